#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What programs print by semihosting and through the ITM, and how they exit. usage: print.py SOURCE_DIR"""
import pathlib
import struct
import subprocess
import sys
import tempfile

TOP = pathlib.Path(sys.argv[1])
FOUND, TIME, PROGRAM = 0, 3, 8
BY_SEMIHOSTING = "string\nc\nwritten\n"


def run(status, *options):
    with tempfile.TemporaryDirectory() as tmp:
        word = pathlib.Path(tmp) / "status.bin"
        word.write_bytes(struct.pack("<I", status))
        args = [TOP / "build/bin/duoemu", "run", "-q", "--m7", TOP / "build/fw/print_cm7.elf", "--m4",
                TOP / "build/fw/stuck_cm4.elf", "--load", f"{word}@0x08010000", "--for", "20ms", *options]
        done = subprocess.run(args, capture_output=True, text=True)
    return done.returncode, done.stdout


def main():
    cases = [
        (run(0, "--semihosting", "--itm"), (FOUND, "through the ITM\n" + BY_SEMIHOSTING)),
        (run(0, "--semihosting"), (FOUND, BY_SEMIHOSTING)),
        (run(5, "--semihosting"), (PROGRAM, BY_SEMIHOSTING)),
        (run(5, "--semihosting", "--until", "^str"), (FOUND, "string\n")),
        (run(0, "--itm"), (TIME, "through the ITM\n")),  # without a host BKPT is a fault, as on a board
        (run(0), (TIME, "")),
    ]
    wrong = [case for case in cases if case[0] != case[1]]
    for got, expected in wrong:
        print(f"got {got}, expected {expected}")
    return bool(wrong)


sys.exit(main())
