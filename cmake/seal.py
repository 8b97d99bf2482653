#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the two sums by which a bootloader tells whether what it copies to RAM is whole (boot/cm7/sums.h).

usage: seal.py OBJCOPY FILE.elf SECTION[,SECTION...]...
    for each group the sums over its sections, in this order, go into section .sums
"""
import os
import struct
import subprocess
import sys
import tempfile


def content(objcopy, elf, section, folder):
    path = os.path.join(folder, "section")
    subprocess.run([objcopy, "-O", "binary", f"--only-section={section}", elf, path], check=True)
    with open(path, "rb") as file:
        return file.read()


def sums(data):
    first = second = 0
    for (word,) in struct.iter_unpack("<I", data):
        first = (first + word) & 0xFFFFFFFF
        second = (second + first) & 0xFFFFFFFF
    return struct.pack("<II", first, second)


def group(objcopy, elf, sections, folder):
    data = b"".join(content(objcopy, elf, section, folder) for section in sections)
    if not data or len(data) % 4:
        sys.exit(f"seal.py: {elf}: {' '.join(sections)} hold {len(data)} bytes, not whole words: "
                 "align them in the linker script")
    return sums(data)


def main():
    objcopy, elf, *groups = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sums")
        stored = b"".join(group(objcopy, elf, names.split(","), folder) for names in groups)
        with open(path, "wb") as file:
            file.write(stored)
        subprocess.run([objcopy, f"--update-section=.sums={path}", elf], check=True)


if __name__ == "__main__":
    main()
