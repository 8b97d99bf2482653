#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes the two devices that power-cut tests start from, on the real flash geometry:
#   DIR/staged.flash   version 1 runs, version 2 is staged: the next boot installs
#   DIR/trial.flash    version 2 was installed and not confirmed: the next boot takes it back
# and DIR/key.raw, the public key. The images use every sector of their slots (three and two), sparsely: an exchange
# moves all of them in few flash operations. usage: prepare.sh DIR (from the root of the repository)
set -euo pipefail
dir=$1
. scripts/common.sh
key=$(signing_key prepare)
emu=build/bin/duoemu tool=build/bin/duoboot
boot=(--m7 "$fw/boot_cm7.elf" --m4 "$fw/boot_cm4.elf")
rm -rf "$dir"
mkdir -p "$dir"

# A little beyond two sectors, and one.
declare -A size=([m7]=270000 [m4]=140000)
for v in 1 2; do
    for core in m7 m4; do
        scripts/stretch "$fw/app_${core}_v$v.bin" "$dir/$core-$v.bin" ${size[$core]} sparse "$core-$v"
        "$tool" sign -q --core $core --version $v.0.0 --key "$key" -o "$dir/$core-$v.img" "$dir/$core-$v.bin"
    done
done
"$tool" factory -q --m7 "$dir/m7-1.img" --m4 "$dir/m4-1.img" --out "$dir/factory.hex"
"$tool" bundle -q --m7 "$dir/m7-2.img" --m4 "$dir/m4-2.img" --set-version 2.0.0 -k "$key" -o "$dir/v2.duo"
"$tool" keygen -q --from "$key" --public "$dir/key.raw" --format raw

scripts/stage "$dir/factory.hex" "$dir/v2.duo" "$dir/staged.flash" 'resetting to install'
cp "$dir/staged.flash" "$dir/trial.flash"
# Both applications confirm after a second; the first line of the new M7 application comes long before.
"$emu" run "${boot[@]}" --flash "$dir/trial.flash" --until 'app m7 2' --for 60s >"$dir/trial.log" 2>&1 ||
    { cat "$dir/trial.log" >&2; exit 1; }
