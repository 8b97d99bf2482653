# SPDX-License-Identifier: MIT
"""New bootloaders for layout twin, good ones and bad ones, and bundles that bring them."""

import functools
import hashlib
import struct
import subprocess

from duotest.iap import make_bundle
from duotest.recovery import *

MANIFEST, SIGNED = 288, 224
RESERVED = [32 + e * 96 + at for e in (0, 1) for at in (12, 24, 28)]  # docs/formats.md, "A bootloader, format 4"
M4_AT, M4_SIZE, M4_RECORD = 0x10000, 0x1000, 64
MARK, ABOUT = 7 * 4, 9 * 4  # core/image/boot_mark.h
HARDWARE, RING = 48, 72  # core/image/about.h, in the record
UNUSED_VECTOR, MARKER = 8 * 4, 0x0B00710D  # reserved in ARMv7-M
BIT = {"m7": 1, "m4": 2, "both": 3}
STACK = {"m7": 0x24010000, "m4": 0x10010000}
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
    """Its digest, made again."""
    magic, size = struct.unpack_from("<II", data, M4_RECORD)
    assert magic == 0x344D5544
    data[size:size + 32] = hashlib.sha256(data[:size]).digest()
    return data


def good(core):
    """Another one that works: only a vector that is never used is not the same."""
    data = plain(core)
    struct.pack_into("<I", data, UNUSED_VECTOR, MARKER)
    return seal_m4(data) if core == "m4" else data


def marked(core, version=None, layout=1, of=None):
    """A good one that says in its mark that it is another one; the version is three bytes."""
    data = good(core)
    own, = struct.unpack_from("<I", data, MARK)
    number = own >> 8 if version is None else int.from_bytes(version, "big")
    struct.pack_into("<I", data, MARK, number << 8 | layout << 4 | (of or int(core[1])))
    return seal_m4(data) if core == "m4" else data


def foreign(change, tells=True):
    """The M7's, whole, with another record about itself: change(bytes, its place). tells=False: of a version that does not say where."""
    path = files.path("foreign.elf")
    data = bytearray(contents(f"{FW}/boot_cm7.elf"))
    assert data.count(b"duoboot about 2") == 1
    change(data, data.index(b"duoboot about 2"))
    write("foreign.elf", data)
    run("python3", f"{ROOT}/cmake/seal.py", "arm-none-eabi-objcopy", path, ".text,.data", ".recovery")
    run("arm-none-eabi-objcopy", "-O", "binary", "--gap-fill", "0xff", path, files.path("boot_cm7.bin"))
    made = plain("m7", os.path.dirname(path))
    if not tells:
        struct.pack_into("<I", made, ABOUT, 0)
    return made


def trusts_nobody(data, at):
    struct.pack_into("<I", data, at + RING, 0)


def trusts_another(data, at):
    data[at + RING + 4] ^= 1


def for_other_hardware(data, at):
    data[at + HARDWARE] ^= 3


def bad(core, how):
    data = good(core)
    at = (struct.unpack_from("<I", data, 4)[0] & ~1) - APP["m7"] + SECTOR
    at = at - M4_AT if core == "m4" else at + M7_BEGINNING
    data[at:at + len(BAD[how])] = BAD[how]
    return seal_m4(data) if core == "m4" else data


@functools.lru_cache(None)
def tiny_set(version):
    """Of a few bytes: beside a bad bootloader no instruction of it ever runs."""
    made = [signed(f"tiny-{core}", core, struct.pack("<II", STACK[core], APP[core] + 0x41) + bytes(120), version=version)
            for core in STACK]
    return make_bundle("tiny.duo", *made, version=version)


def sign(manifest):
    """By OpenSSL, whose signature is DER: a sequence of two integers."""
    signed = bytes(manifest[:SIGNED])
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", files.key], input=signed, capture_output=True, check=True).stdout
    r = der[4:4 + der[3]]
    s = der[6 + der[3]:]
    return signed + b"".join(int.from_bytes(n, "big").to_bytes(32, "big") for n in (r, s))


def bring(version, core, boot, of=None, counter=None):
    """The bundle of this version (or another file) with a bootloader that no tool has looked at."""
    data = contents(of or bundle(version))
    manifest = bytearray(data[:MANIFEST])
    struct.pack_into("<H", manifest, 4, 4)
    if counter is not None:
        struct.pack_into("<I", manifest, 20, counter)
    words = [len(boot) | BIT[core] << 24] + list(struct.unpack("<5I", hashlib.sha256(boot).digest()[:20]))
    for at, word in zip(RESERVED, words):
        struct.pack_into("<I", manifest, at, word)
    return write(f"brings-{core}-{hashlib.sha256(boot).hexdigest()[:8]}-{version}.duo", sign(manifest) + data[MANIFEST:] + boot)
