#!/bin/bash
# SPDX-License-Identifier: MIT
# 2,000 seeded single faults, on devices that must start nothing: none may win. And on a bootloader that does not ask once
# more before it lets applications go, skipping must win: else the faults would do nothing. usage: sample.sh (from the root)
set -euo pipefail
dir=build/glitch
tests/glitch/prepare.sh "$dir"
boot=(--m7 build/fw/boot_cm7.elf --m4 build/fw/boot_cm4.elf)
rc=0
try() { # what, options
    echo "$1:"
    shift
    build/bin/duoemu glitch "${boot[@]}" --jobs 1 "$@" || rc=1
}
try "M4 image altered, what is decided late" --load "$dir/set.hex" --flip 0x08120200 --last 5 --sample 1300 --seed 1
try "M7 image altered, from its hash on" --load "$dir/set.hex" --flip 0x08020400 --last 8 --sample 540 --seed 2
try "no set, images altered" --load "$dir/images.hex" --flip 0x08120200 --last 5 --sample 100 --seed 3
try "a set of another key, all of the boot" --load "$dir/stranger-set.hex" --sample 40 --seed 4
boot[1]=$dir/lab-boot.elf
for share in 1/2 2/2; do
    try "a set of a development key, in production, share $share" --load "$dir/lab-set.hex" --in duo_trust_permits --all --share $share
done
boot[1]=build/fw/boot_cm7.elf
try "altered, and reset while applications run" --load "$dir/set.hex" --flip 0x08120200 --warm --core m4 --sample 20 --seed 5

echo "a bootloader that trusts its decision:"
boot[1]=build/fw/fault_trusting.elf
out=$dir/trusting.txt
altered=(--load "$dir/set.hex" --flip 0x08020400 --or-flip 0x08120200)
if build/bin/duoemu glitch "${boot[@]}" "${altered[@]}" --in duo_set_verify --all --jobs 1 >"$out"; then
    cat "$out"
    echo "sample.sh: no skipped instruction wins, so the faults have no effect" >&2
    exit 1
fi
for image in 0x08020400 0x08120200; do # both of the two devices that the run has begun with as one
    sed -n "/^$image altered:/,/points over/p" "$out" | grep -q '^WIN skip in duo_set_verify() at set.c:[0-9]*: the M7 executes' || {
        cat "$out"
        echo "sample.sh: nothing wins with $image altered" >&2
        exit 1
    }
done
again=$(sed -n 's/^ *again: --only //p' "$out" | tail -n 1)
if build/bin/duoemu glitch "${boot[@]}" --load "$dir/set.hex" --flip 0x08120200 --only "$again" >"$out"; then
    echo "sample.sh: --only $again does not win again" >&2
    exit 1
fi
echo "one skipped instruction wins, and again by --only"
exit $rc
