#!/bin/bash
# Makes the two devices that power-cut tests start from, with small images on the real flash geometry:
#   DIR/staged.flash   version 1 runs, version 2 is staged: the next boot installs
#   DIR/trial.flash    version 2 was installed and not confirmed: the next boot takes it back
# and DIR/key.raw, the public key. usage: prepare.sh DIR (from the root of the repository)
set -euo pipefail
dir=$1 key=build/keys/dev.pem
emu=build/bin/duoemu tool=build/bin/duoboot
boot=(--m7 build/fw/boot_cm7.elf --m4 build/fw/boot_cm4.elf)
rm -rf "$dir"
mkdir -p "$dir"

for v in 1 2; do
    for core in m7 m4; do
        "$tool" sign -q --core $core --version $v.0.0 --key "$key" -o "$dir/$core-$v.img" "build/fw/app_${core}_v$v.elf"
    done
done
"$tool" factory -q --m7 "$dir/m7-1.img" --m4 "$dir/m4-1.img" --out "$dir/factory.hex"
"$tool" bundle -q --m7 "$dir/m7-2.img" --m4 "$dir/m4-2.img" --set-version 2.0.0 -k "$key" -o "$dir/v2.duo"
"$tool" keygen -q --from "$key" --public "$dir/key.raw" --format raw

"$emu" run "${boot[@]}" --load "$dir/factory.hex" --flash "$dir/staged.flash" --button PC13 --uart USART3=pty --fast \
    --until 'resetting to install' --for 120s >"$dir/stage.log" 2>&1 &
pid=$!
for _ in $(seq 200); do
    pty=$(sed -n 's|.*USART3 on \(/dev/[^ ]*\).*|\1|p' "$dir/stage.log" | head -n 1)
    [ -z "$pty" ] || break
    sleep 0.1
done
sb -q -k "$dir/v2.duo" <"$pty" >"$pty" 2>"$dir/sb.log" || { cat "$dir/sb.log" "$dir/stage.log" >&2; exit 1; }
wait "$pid" || { cat "$dir/stage.log" >&2; exit 1; }

cp "$dir/staged.flash" "$dir/trial.flash"
# Both applications confirm after a second; the first line of the new M7 application comes long before.
"$emu" run "${boot[@]}" --flash "$dir/trial.flash" --until 'app m7 2' --for 60s >"$dir/trial.log" 2>&1 ||
    { cat "$dir/trial.log" >&2; exit 1; }
