#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds, signs and bundles the pair for both flash layouts.
#
# usage: examples/cubemx/build.sh CUBE OUT [OPTION...]
#   CUBE        folder of STM32CubeH7
#   OUT         gets exchange/ and twin/, each with set.duo, factory.hex and both ELF files
#   OPTION...   go to cmake: -DVERSION=1.0.0, -DKEY=FILE, ...
# LAYOUTS=NAME... in the environment: these layouts alone.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '3,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cube=$(realpath "$1") out=$2
shift 2
for layout in ${LAYOUTS:-exchange twin}; do
    mkdir -p "$out/$layout"
    cmake -S "$(dirname "$0")" -B "$out/$layout" -DCUBE="$cube" -DLAYOUT="$layout" "$@" >"$out/$layout/cmake.log"
    cmake --build "$out/$layout" -j "$(nproc)"
done
