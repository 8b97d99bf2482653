#!/bin/bash
# SPDX-License-Identifier: MIT
# Every flash operation of an install and of a revert, cut at least once (make torture). Long: each cut is a boot and the
# rest of an exchange, about a second of processor time. Results are kept: after an interruption the same command goes
# on where it was, unless what was built has changed. The reports and results.txt are in build/torture-full.
set -euo pipefail
dir=build/torture-full
boot=(--m7 build/fw/boot_cm7.elf --m4 build/fw/boot_cm4.elf)
inputs=$(sha256sum build/bin/duoemu build/fw/boot_cm[74].elf build/fw/app_m[74]_v[12].bin)
if [ "$inputs" != "$(cat "$dir/inputs" 2>/dev/null)" ]; then
    "$(dirname "$0")/prepare.sh" "$dir"
    echo "$inputs" >"$dir/inputs"
fi
rc=0
: >"$dir/results.txt"
for what in staged trial; do
    [ $what = staged ] && echo "install:" || echo "revert:"
    build/bin/duoemu torture "${boot[@]}" --flash "$dir/$what.flash" --key "$dir/key.raw" --all --resume "$dir/$what.results" \
        --html "$dir/$what.html" "$@" || rc=1
    echo "report: $dir/$what.html"
done > >(tee -a "$dir/results.txt")
exit $rc
