# SPDX-License-Identifier: MIT
"""A damaged M7 bootloader says so and runs nothing of itself.

Its reset code copies the program to RAM and compares two sums (boot/cm7/start.c). Here the program is changed in
many places, cut short, and left out; whatever it then is, only the line of boot/cm7/damaged.c may appear.
"""
import os
import struct
import subprocess
import tempfile

import pytest

from duotest.board import BIN, firmware, require

DAMAGED = "the M7 bootloader in flash is damaged"


def content(name):
    with open(firmware(name), "rb") as file:
        return file.read()


def sections(path):
    """{name: (address, size)} of an ELF file's sections."""
    text = subprocess.run(["arm-none-eabi-size", "-A", path], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return {row[0]: (int(row[2]), int(row[1])) for row in rows if len(row) == 3 and row[0].startswith(".")}


def said(binary):
    """What it says on the line in half a second, with its M4 and without applications."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(binary)
        file.flush()
        done = subprocess.run([os.path.join(BIN, "duoemu"), "run", "-q", "--m7", file.name,
                               "--m4", firmware("boot_cm4.elf"), "--for", "500ms"],
                              capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 3, (done.returncode, done.stderr)  # time over: no lockup
    return done.stdout


def check(binary, what):
    words = said(binary)
    assert words.count(DAMAGED) == 1 and "recovery" not in words, f"{what}: {words!r}"


@pytest.fixture(scope="module")
def good():
    require(firmware("boot_cm7.elf"), firmware("boot_cm4.elf"), os.path.join(BIN, "duoemu"))
    return content("boot_cm7.bin")


@pytest.fixture(scope="module")
def where():
    return sections(firmware("boot_cm7.elf"))


@pytest.fixture(scope="module")
def first(where):
    """Where the part that is copied and compared begins."""
    return where[".boot"][1]


def test_the_good_one_runs(good):
    assert "duoboot: recovery" in said(good)


def test_a_changed_one_says_so(good, first):
    places = [first + (len(good) - 1 - first) * i // 12 for i in range(13)]
    for place in places:
        changed = bytearray(good)
        changed[place] ^= 0x10
        check(bytes(changed), f"byte {place} changed")


def test_words_that_changed_places_are_seen(good, first):
    changed = bytearray(good)
    for at in range(first, len(good) - 16, 4):
        one, other = struct.unpack_from("<II", good, at)
        if one != other:
            struct.pack_into("<II", changed, at, other, one)
            break
    check(bytes(changed), f"words at {at} exchanged")


def test_one_that_was_programmed_in_part_says_so(good, first):
    for end in (first, first + 2000, len(good) - 32):
        check(good[:end], f"cut at {end}")


def test_elf_and_bin_load_the_same(good, where):
    size = sum(where[name][1] for name in (".boot", ".recovery", ".text", ".data", ".sums"))
    assert len(good) == size, (len(good), size)
