#!/bin/bash
# SPDX-License-Identifier: MIT
# A seeded sample of power cuts, and of resets of every kind, on the real binaries: during an install, with either setting
# of BCM4, and during a revert. Every device must run one whole verified set afterwards, and no core may ever have fetched an
# instruction of anything else. usage: sample.sh [--short] (from the root of the repository);
# --short: fewer, with BCM4 = 1 only
set -euo pipefail
. scripts/common.sh
dir=build/torture${1:+-short}
[ "$layout" = exchange ] || dir=build/$layout/torture${1:+-short}
boot=(--m7 "$fw/boot_cm7.elf" --m4 "$fw/boot_cm4.elf")
"$(dirname "$0")/prepare.sh" "$dir"
rc=0
cut() { # device, report, options
    local device=$1 report=$2
    shift 2
    build/bin/duoemu torture "${boot[@]}" --flash "$dir/$device.flash" --key "$dir/key.raw" "${jobs[@]}" --html "$dir/$report.html" "$@" || rc=1
}
if [ "${1:-}" = --short ]; then
    jobs=(--jobs 1) # beside other tests
    install=(--sample 3 --moments 1 --resets 2) revert=(--sample 2 --moments 1 --resets 1)
else
    jobs=()
    install=(--sample 20 --moments 6 --resets 6) m7_starts=(--sample 8 --moments 4 --resets 6) revert=(--sample 10 --moments 3 --resets 3)
fi
echo "install:"
cut staged install "${install[@]}" --seed 1
echo "revert:"
cut trial revert "${revert[@]}" --seed 3
[ "${1:-}" != --short ] || exit $rc
echo "install, the M7 starts the M4 (BCM4 = 0):"
cut staged install-bcm4-0 --option BCM4=0 "${m7_starts[@]}" --seed 2
echo "the example of the help text:"
ln -sf "$PWD/$fw/boot_cm7.elf" "$PWD/$fw/boot_cm4.elf" "$dir/"
build/bin/duoboot keygen -q --from "$(signing_key sample)" --public "$dir/product.pub.pem"
example=$(build/bin/duoemu torture --help | sed -n 's/^example: duoemu //p')
emu=$PWD/build/bin/duoemu
# shellcheck disable=SC2086 # its words
(cd "$dir" && "$emu" $example "${jobs[@]}") || rc=1
exit $rc
