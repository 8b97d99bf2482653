#!/bin/bash
# SPDX-License-Identifier: MIT
# Does duoemu torture find what is broken? Bootloaders with a deliberate fault (tests/fw/torture) must fail, in the way
# that is to be expected, and the command line printed for a failure must repeat it.
set -euo pipefail
dir=build/torture-faults
cuts=(--sample 6 --moments 2 --resets 4)
"$(dirname "$0")/prepare.sh" "$dir"
fail() { echo "faults: $1" >&2; cat "$dir/out" >&2; exit 1; }

check() { # firmware, what its devices come to
    local name=$1 end=$2 repeat
    if build/bin/duoemu torture --m7 "build/fw/$name.elf" --m4 build/fw/boot_cm4.elf --flash "$dir/staged.flash" \
        --key "$dir/key.raw" "${cuts[@]}" --twice 0 --for 20s --seed 1 --html "$dir/$name.html" >"$dir/out"; then
        fail "$name passed"
    fi
    repeat=$(sed -n "/^FAIL $end: /{n;s/^ *reproduce: //p;q}" "$dir/out")
    [ -n "$repeat" ] || fail "$name does not end as '$end'"
    grep -qF "$end</span>" "$dir/$name.html" || fail "the report of $name does not show it"
    if bash -c "$repeat" >"$dir/out"; then
        fail "not repeated by: $repeat"
    fi
    grep -q "^FAIL $end: " "$dir/out" || fail "another end than '$end' by: $repeat"
    echo "$name: found, and repeated by one command"
}

check fault_stuck stuck
check fault_unverified 'unverified image executed'
