#!/bin/bash
# SPDX-License-Identifier: MIT
# Does duoemu torture find what is broken? Bootloaders with a deliberate fault (tests/fw/torture) must fail, in the way
# that is to be expected, and the command line printed for a failure must repeat it. usage: faults.sh [--short];
# --short: fewer, of devices that prepare.sh has left in build/torture-short
set -euo pipefail
if [ "${1:-}" = --short ]; then
    dir=build/torture-short
    devices=(--sample 2 --moments 1 --resets 1 --jobs 1)
else
    dir=build/torture-faults
    devices=(--sample 6 --moments 2 --resets 4)
    "$(dirname "$0")/prepare.sh" "$dir"
fi
fail() { echo "faults: $1" >&2; cat "$dir/out" >&2; exit 1; }

check() { # firmware, what its devices come to, seed
    local repeat
    if build/bin/duoemu torture --m7 "build/fw/$1.elf" --m4 build/fw/boot_cm4.elf --flash "$dir/staged.flash" \
        --key "$dir/key.raw" "${devices[@]}" --twice 0 --for 20s --seed "$3" --html "$dir/$1.html" >"$dir/out"; then
        fail "$1 passed"
    fi
    repeat=$(grep -A 1 "^FAIL $2: " "$dir/out" | sed -n 's/^ *reproduce: //p' | head -n 1)
    [ -n "$repeat" ] || fail "$1 does not end as '$2'"
    grep -qF "$2</span>" "$dir/$1.html" || fail "the report of $1 does not show it"
    if bash -c "$repeat" >"$dir/out"; then
        fail "not repeated by: $repeat"
    fi
    grep -q "^FAIL $2: " "$dir/out" || fail "another end than '$2' by: $repeat"
    echo "$1: found, and repeated by one command"
}

check fault_stuck stuck 1
check fault_unverified 'unverified image executed' 1
