# SPDX-License-Identifier: MIT
"""What programs print by semihosting and through the ITM, and how they exit."""
import struct
import subprocess

import pytest

from duotest.emulator import DUOEMU, fw

FOUND, TIME, PROGRAM = 0, 3, 8
BY_SEMIHOSTING = "string\nc\nwritten\n"


@pytest.mark.parametrize("status, options, expected", [
    (0, ["--semihosting", "--itm"], (FOUND, "through the ITM\n" + BY_SEMIHOSTING)),
    (0, ["--semihosting"], (FOUND, BY_SEMIHOSTING)),
    (5, ["--semihosting"], (PROGRAM, BY_SEMIHOSTING)),
    (5, ["--semihosting", "--until", "^str"], (FOUND, "string\n")),
    (0, ["--itm"], (TIME, "through the ITM\n")),  # without a host BKPT is a fault, as on a board
    (0, [], (TIME, "")),
])
def test_what_is_printed_and_how_it_ends(tmp_path, status, options, expected):
    word = tmp_path / "status.bin"
    word.write_bytes(struct.pack("<I", status))
    done = subprocess.run([DUOEMU, "run", "-q", "--m7", fw("print_cm7.elf"), "--m4", fw("stuck_cm4.elf"), "--load", f"{word}@0x08010000",
                           "--for", "20ms", *options], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout) == expected
