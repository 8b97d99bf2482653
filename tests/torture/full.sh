#!/bin/bash
# Every flash operation of an install and of a revert, cut at least once (make torture). Long: each cut is a boot and the
# rest of an exchange. The reports and results.txt are in build/torture.
set -euo pipefail
dir=build/torture
boot=(--m7 build/fw/boot_cm7.elf --m4 build/fw/boot_cm4.elf)
"$(dirname "$0")/prepare.sh" "$dir"
rc=0
: >"$dir/results.txt"
for what in staged trial; do
    [ $what = staged ] && echo "install:" || echo "revert:"
    build/bin/duoemu torture "${boot[@]}" --flash "$dir/$what.flash" --key "$dir/key.raw" --all --html "$dir/$what.html" "$@" || rc=1
    echo "report: $dir/$what.html"
done > >(tee -a "$dir/results.txt")
exit $rc
