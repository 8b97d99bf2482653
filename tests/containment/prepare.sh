#!/bin/bash
# SPDX-License-Identifier: MIT
# Factory contents of version 1. usage: prepare.sh DIR (from the root of the repository)
set -euo pipefail
dir=$1
. scripts/common.sh
key=$(signing_key prepare)
mkdir -p "$dir"
for core in m7 m4; do
    build/bin/duoboot sign -q --core $core --version 1.0.0 --key "$key" -o "$dir/$core.img" "build/fw/app_${core}_v1.elf"
done
build/bin/duoboot factory -q --m7 "$dir/m7.img" --m4 "$dir/m4.img" --out "$dir/factory.hex"
