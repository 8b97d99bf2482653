# SPDX-License-Identifier: MIT
"""New bootloaders for layout twin, good ones and bad ones, and bundles that bring them."""

import hashlib
import struct
import subprocess

from duotest.recovery import *

MANIFEST, SIGNED = 288, 224
RESERVED = [32 + e * 96 + at for e in (0, 1) for at in (12, 24, 28)]  # docs/formats.md, "A bootloader, format 4"
M4_AT, M4_SIZE, M4_RECORD = 0x10000, 0x1000, 64
UNUSED_VECTOR = 7 * 4  # reserved in ARMv7-M
BIT = {"m7": 1, "m4": 2, "both": 3}
M7_BEGINNING = 26  # core/txn/newboot.c: after it the M4 is out of the way

# What a bad one does instead of starting. A reset: SYSRESETREQ to AIRCR, again and again.
BAD = {
    "hangs": bytes.fromhex("20bffde7"),  # wfe, again and again
    "faults": bytes.fromhex("00de"),
    "resets": bytes.fromhex("4ef60c50cef2000040f20401c0f2fa510160fde7"),
}


def plain(core, folder=FW):
    """The built bootloader as it lies in flash, in whole words."""
    path = os.path.join(folder, f"boot_c{core}.bin")
    require(path)
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data += b"\xff" * (-len(data) % 32)
    if core == "m7" and len(data) > M4_AT:
        data[M4_AT:M4_AT + M4_SIZE] = b"\xff" * M4_SIZE
    return data


def seal_m4(data):
    """Its digest, anew."""
    magic, size = struct.unpack_from("<II", data, M4_RECORD)
    assert magic == 0x344D5544
    data[size:size + 32] = hashlib.sha256(data[:size]).digest()
    return data


def good(core):
    """Another one that works: only a vector that is never used is not the same."""
    data = plain(core)
    struct.pack_into("<I", data, UNUSED_VECTOR, 0x0B00710D)
    return seal_m4(data) if core == "m4" else data


def bad(core, how):
    data = good(core)
    at = (struct.unpack_from("<I", data, 4)[0] & ~1) - APP["m7"] + SECTOR
    at = at - M4_AT if core == "m4" else at + M7_BEGINNING
    data[at:at + len(BAD[how])] = BAD[how]
    return seal_m4(data) if core == "m4" else data


def sign(manifest):
    """By OpenSSL, whose signature is DER: a sequence of two integers."""
    signed = bytes(manifest[:SIGNED])
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", files.key], input=signed, capture_output=True, check=True).stdout
    r = der[4:4 + der[3]]
    s = der[6 + der[3]:]
    return signed + b"".join(int.from_bytes(n, "big").to_bytes(32, "big") for n in (r, s))


def bring(version, core, boot):
    """The bundle of this version with a bootloader that no tool has looked at."""
    with open(bundle(version), "rb") as file:
        data = file.read()
    manifest = bytearray(data[:MANIFEST])
    struct.pack_into("<H", manifest, 4, 4)
    words = [len(boot) | BIT[core] << 24] + list(struct.unpack("<5I", hashlib.sha256(boot).digest()[:20]))
    for at, word in zip(RESERVED, words):
        struct.pack_into("<I", manifest, at, word)
    return write(f"brings-{core}-{hashlib.sha256(boot).hexdigest()[:8]}-{version}.duo", sign(manifest) + data[MANIFEST:] + boot)
