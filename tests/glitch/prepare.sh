#!/bin/bash
# SPDX-License-Identifier: MIT
# Devices for duoemu glitch. usage: prepare.sh DIR (from the root of the repository)
#   DIR/set.hex            a new device with a signed set: --flip makes an altered one of it
#   DIR/images.hex         a new device with two signed images and no set
#   DIR/stranger-set.hex   the same two, signed by a key that the bootloader does not trust
#   DIR/stranger-images.hex
#   DIR/lab-set.hex        the same, signed by a development key of DIR/lab-boot.elf, a bootloader for production
# The applications are as short as they get: what is disturbed is the way to them, and hashing more of them takes longer.
set -euo pipefail
dir=$1
. scripts/common.sh
key=$(signing_key prepare)
tool=build/bin/duoboot
rm -rf "$dir"
mkdir -p "$dir"
"$tool" keygen -q --out "$dir/stranger.pem"
"$tool" keygen -q --out "$dir/lab.pem"
make_device() { # name key
    for core in m7 m4; do
        "$tool" sign -q --core $core --version 1.0.0 --key "$2" -o "$dir/$1$core.img" "build/fw/ill_${core}_brief.elf"
    done
    "$tool" bundle -q --m7 "$dir/$1m7.img" --m4 "$dir/$1m4.img" --set-version 1.0.0 -k "$2" -o "$dir/$1set.duo"
    "$tool" factory -q --bundle "$dir/$1set.duo" --key "$2" --out "$dir/$1set.hex"
    "$tool" factory -q --m7 "$dir/$1m7.img" --m4 "$dir/$1m4.img" --out "$dir/$1images.hex"
}
make_device '' "$key"
make_device stranger- "$dir/stranger.pem"
make_device lab- "$dir/lab.pem"
PYTHONPATH=tests /usr/bin/python3 -B - "$dir" "$key" <<'END'
import sys
from duotest import ring
folder, key = sys.argv[1:]
ring.bootloader(f"{folder}/lab-boot.elf", [(key, ring.RELEASE, 0), (f"{folder}/lab.pem", ring.DEVELOPMENT, 0)], production=True)
END
