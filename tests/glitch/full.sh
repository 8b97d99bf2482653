#!/bin/bash
# SPDX-License-Identifier: MIT
# Every instruction of a boot skipped, in up to four of its passes, for each way in which a device can hold what nobody has
# signed; 20,000 pairs of faults; 2,000 single ones of all kinds (make glitch). Hours. The reports and results.txt are in
# build/glitch-full. usage: full.sh [duoemu's options]
set -euo pipefail
dir=build/glitch-full
tests/glitch/prepare.sh "$dir"
boot=(--m7 build/fw/boot_cm7.elf --m4 build/fw/boot_cm4.elf)
rc=0
run() { # name, options
    local name=$1
    shift
    echo "$name:"
    build/bin/duoemu glitch "${boot[@]}" --report "$dir/$name.txt" "$@" || rc=1
}
all() { # what is over soon first
    run m4-warm --load "$dir/set.hex" --flip 0x08120200 --warm --core m4 --all "$@"
    run m4-started-by-m7 --load "$dir/set.hex" --flip 0x08120200 --option BCM4=0 --all --last 20 "$@"
    run every-kind --load "$dir/set.hex" --flip 0x08120200 --sample 2000 "$@"
    run two-faults --load "$dir/set.hex" --flip 0x08120200 --last 8 --twice 20000 "$@"
    run stranger --load "$dir/stranger-set.hex" --all "$@"
    run images-stranger --load "$dir/stranger-images.hex" --all "$@"
    run altered --load "$dir/set.hex" --flip 0x08020400 --or-flip 0x08120200 --all "$@"
    run images-altered --load "$dir/images.hex" --flip 0x08120200 --all "$@"
}
all "$@" > >(tee "$dir/results.txt")
wait
exit $rc
