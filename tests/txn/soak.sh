#!/bin/bash
# SPDX-License-Identifier: MIT
# The random parts of the transaction's proof with new seeds, on every processor, until the time is over (make soak). make
# check has fixed seeds, so that it repeats; here is what finds more. A failure ends it, with the command that repeats it.
# usage: soak.sh [MINUTES], 10 if not given (from the root of the repository)
set -uo pipefail
minutes=${1:-10}
case $minutes in '' | *[!0-9]*)
    echo "soak: '$minutes' is no number of minutes" >&2
    exit 2
    ;;
esac
end=$((SECONDS + 60 * minutes))
found=$(mktemp)
trap 'rm -f "$found"' EXIT

try() { # a program of the proof and its arguments, a seed last
    local said
    if said=$("$@" 2>&1); then
        tail -n 1 <<<"$said" | sed "s|^|$(basename "$1") $2 ${*: -1}: |"
    else
        printf '%s\nrepeat it: %s\n' "$(tail -n 3 <<<"$said")" "$*" | tee -a "$found"
    fi
}

more() { [ $SECONDS -lt $end ] && [ ! -s "$found" ]; }

soak() {
    while more; do
        seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
        try build/bin/txn_walk 4000 "$seed"
        more && try build/bin/txn_exhaustive flicker $((seed % 1000000000))
    done
}

for _ in $(seq "$(nproc)"); do soak & done
wait
if [ -s "$found" ]; then
    echo "soak: a device got stuck or ran what it must not"
    exit 1
fi
echo "soak: no failure in $minutes minutes"
