#!/bin/bash
# A seeded sample of power cuts on the real binaries: during an install, and during a revert. Every device must
# run one whole verified set afterwards. usage: sample.sh (from the root of the repository)
set -euo pipefail
dir=build/torture
boot=(--m7 build/fw/boot_cm7.elf --m4 build/fw/boot_cm4.elf)
"$(dirname "$0")/prepare.sh" "$dir"
rc=0
echo "install:"
build/bin/duoemu torture "${boot[@]}" --flash "$dir/staged.flash" --key "$dir/key.raw" --sample 100 --moments 30 --seed 1 \
    --html "$dir/install.html" || rc=1
echo "revert:"
build/bin/duoemu torture "${boot[@]}" --flash "$dir/trial.flash" --key "$dir/key.raw" --sample 60 --moments 15 --seed 2 \
    --html "$dir/revert.html" || rc=1
exit $rc
