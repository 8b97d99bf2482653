# SPDX-License-Identifier: MIT
"""The M7 bootloader that was built, with other trusted keys in it: as built with a list, and without building it."""

import os
import struct
import subprocess
import sys

from duotest.board import BIN, ROOT, firmware, run

MAGIC = b"duoboot about 2\0"
ABOUT, PRODUCTION, KEY, MOST = 72, 68, 76, 8
RELEASE, DEVELOPMENT = 1, 2


def public_bytes(pem):
    """X and Y of a key, 64 bytes."""
    out = pem + ".xy"
    run(f"{BIN}/duoboot", "keygen", "-q", "--from", pem, "--public", out, "--format", "raw")
    with open(out, "rb") as file:
        return file.read()


def bootloader(out, keys, production=False):
    """`keys`: (private key file, role, floor) each. The path of the ELF file."""
    with open(firmware("boot_cm7.elf"), "rb") as file:
        elf = bytearray(file.read())
    at = elf.index(MAGIC)
    ring = struct.pack("<I", len(keys))
    for pem, role, floor in keys:
        ring += public_bytes(pem) + struct.pack("<III", floor, role, int(production and role == DEVELOPMENT))
    elf[at + PRODUCTION] = int(production)
    elf[at + ABOUT:at + ABOUT + 4 + KEY * MOST] = ring.ljust(4 + KEY * MOST, b"\0")
    with open(out, "wb") as file:
        file.write(elf)
    subprocess.run([sys.executable, os.path.join(ROOT, "cmake", "seal.py"), "arm-none-eabi-objcopy", out, ".text,.data",
                    ".recovery"], check=True)
    return out
