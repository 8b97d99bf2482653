# SPDX-License-Identifier: MIT
# Read by the scripts of this folder: the root of the tree, and what they all ask.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# CMake keeps absolute paths: in a copy, it would build the original, and with the original's key. So in each build folder:
# of another layout, of a variant, of coverage.
refuse_foreign_tree() { # name of the caller
    local cache made
    while read -r cache; do
        made=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
        [ -z "$made" ] || [ "$made" -ef "$PWD" ] || {
            echo "$1: error: ${cache%/CMakeCache.txt} was made for $made, and this is $PWD: the tree was copied or moved" >&2
            echo "  make clean    removes what was built; the keys in build/keys and what was fetched stay" >&2
            exit 1
        }
    done < <(ls build/*/CMakeCache.txt build/*/*/CMakeCache.txt 2>/dev/null)
}

# The key that the bootloaders trust is remembered here (scripts/build), so that a later build cannot change it unasked.
remembered_key=build/keys/trusted

# The private half of that key, which tests and the demo sign with: DUO_TEST_KEY, or the file beside the public one.
signing_key() { # name of the caller
    local public private
    public=$(cat "$remembered_key" 2>/dev/null || true)
    private=${DUO_TEST_KEY:-${public%.pub.pem}.pem}
    [ -f "$private" ] || {
        echo "$1: error: the bootloaders trust ${public:-no key yet}, and its private key is not at hand" >&2
        echo "  DUO_TEST_KEY=FILE     names the private key" >&2
        echo "  DUO_PUBKEY=dev make   builds with a pair made on this machine" >&2
        exit 1
    }
    echo "$private"
}

# The flash layout: programs of the host take it from the same variable, firmware is built for one.
layout=${DUO_LAYOUT:-exchange}
fw=build/fw
[ "$layout" = exchange ] || fw=build/$layout/fw

# By its file, not by its name: another layout may swap the banks, too.
swaps_banks() { grep -Eq '^#define LAYOUT_TWIN +1' "layouts/$layout.h"; }
