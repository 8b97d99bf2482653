#!/bin/bash
# SPDX-License-Identifier: MIT
# Layout twin on the real binaries: a chip as it comes from ST sets its own options and runs version 1; version 2 comes in by
# recovery; the power is cut at a sample of the flash operations of the install, and of the revert that follows when nobody
# confirms, and at their changes of option bytes with every outcome; and a swap by hand is undone.
# usage: twin.sh [OPTION...]    (from the root of the repository) what is cut, for duoemu torture; nothing: a small sample
set -euo pipefail
export DUO_LAYOUT=twin
[ $# -gt 0 ] || set -- --sample 2 --moments 1 --resets 1
. scripts/common.sh
dir=build/twin/torture
key=$(signing_key twin)
emu=build/bin/duoemu tool=build/bin/duoboot
boot=(--m7 "$fw/boot_cm7.elf" --m4 "$fw/boot_cm4.elf")
[ -f "$fw/app_m4_v2.elf" ] || { echo "skipped: $fw is absent: DUO_LAYOUT=twin scripts/build examples"; exit 77; }
rm -rf "$dir"
mkdir -p "$dir"
fail() { echo "twin: $1" >&2; cat "$2" >&2; exit 1; }

for v in 1 2; do
    for core in m7 m4; do
        "$tool" sign -q --core $core --version $v.0.0 --key "$key" -o "$dir/$core-$v.img" "$fw/app_${core}_v$v.elf"
    done
    "$tool" bundle -q --m7 "$dir/m7-$v.img" --m4 "$dir/m4-$v.img" --set-version $v.0.0 -k "$key" -o "$dir/v$v.duo"
done
"$tool" factory -q --bundle "$dir/v1.duo" --key "$key" --out "$dir/factory.hex"
"$tool" keygen -q --from "$key" --public "$dir/key.raw" --format raw

# The two layouts are not mixed up.
! "$tool" --layout=exchange bundle -q --m7 "$dir/m7-1.img" --m4 "$dir/m4-1.img" --set-version 1.0.0 -k "$key" -o "$dir/wrong.duo" \
    2>"$dir/wrong.log" || fail "a set for another layout is bundled" "$dir/wrong.log"
grep -q 'linked for flash layout twin, and this is layout exchange' "$dir/wrong.log" || fail "no reason" "$dir/wrong.log"

scripts/stage "$dir/factory.hex" "$dir/v2.duo" "$dir/staged.flash" 'resetting to install'

# What somebody with a programmer does to a device that waits to install: it swaps back, and installs then.
cp "$dir/staged.flash" "$dir/swapped.flash"
"$emu" run "${boot[@]}" --flash "$dir/swapped.flash" --option SWAP_BANK=1 --until 'confirm: done' --for 5s >"$dir/swapped.log" 2>&1 ||
    fail "a swap by hand is not undone" "$dir/swapped.log"

# Nothing is wrong with a device whose banks are swapped.
"$emu" doctor "${boot[@]}" --flash "$dir/swapped.flash" --for 400ms >"$dir/doctor.log" 2>&1 || fail "the doctor is not content" "$dir/doctor.log"

# Both applications confirm after a second; the first line of the new M7 application comes long before.
cp "$dir/staged.flash" "$dir/trial.flash"
"$emu" run "${boot[@]}" --flash "$dir/trial.flash" --until 'app m7 2\.0\.0' --for 5s >"$dir/trial.log" 2>&1 ||
    fail "version 2 is not installed" "$dir/trial.log"

# With DUO_NEWBOOT: sets that bring a bootloader. Torture wants a device that ends with the staged set when nothing is cut; bad
# ones are cut by tests/update/test_newboot_cuts.py.
devices='staged trial'
if [ -n "${DUO_NEWBOOT:-}" ]; then
    devices='brings-m7 brings-m4'
    for core in m7 m4; do
        "$tool" bundle -q --m7 "$dir/m7-2.img" --m4 "$dir/m4-2.img" --set-version 2.0.0 "--boot-$core" "$fw/boot_c$core.elf" -k "$key" \
            -o "$dir/brings-$core.duo"
        scripts/stage "$dir/factory.hex" "$dir/brings-$core.duo" "$dir/brings-$core.flash" 'resetting to install'
    done
fi

rc=0
for device in $devices; do
    echo "$device:"
    "$emu" torture "${boot[@]}" --flash "$dir/$device.flash" --key "$dir/key.raw" --html "$dir/$device.html" \
        --seed 1 "$@" || rc=1
done
exit $rc
