#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the SHA-256 over a bootloader into its section .digest, which lies after all the rest (core/image/m4_record.h).

usage: digest.py OBJCOPY FILE.elf
"""
import hashlib
import os
import subprocess
import sys
import tempfile


def main():
    objcopy, elf = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program")
        subprocess.run([objcopy, "-O", "binary", "--remove-section=.digest", elf, path], check=True)
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).digest()
        with open(path, "wb") as file:
            file.write(digest)
        subprocess.run([objcopy, f"--update-section=.digest={path}", elf], check=True)


if __name__ == "__main__":
    main()
