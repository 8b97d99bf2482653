#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Launch: both applications start, from either setting of BCM4, and nothing unverified ever does."""

import json
import re
import subprocess

from duotest.board import BIN, Board, Files, firmware
from duotest.layout import Layout

files = Files()
RUNNING = r"app: m7 1\.0\.0 beat \d+, m4 1\.0\.0 beat [1-9]\d*, fpu ok"


def factory():
    return files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0"))


def test_both_applications_start_when_both_cores_boot():
    with Board("--load", factory()) as board:
        board.expect(RUNNING)


def test_both_applications_start_when_the_m7_boots_the_m4():
    with Board("--load", factory(), "--option", "BCM4=0") as board:
        board.expect(RUNNING)


def test_a_run_can_end_when_both_applications_run():
    ended = subprocess.run([f"{BIN}/duoemu", "run", "-q", "--json", "--m7", firmware("boot_cm7.elf"), "--m4",
                            firmware("boot_cm4.elf"), "--load", factory(), "--until-running", "--for", "5s"],
                           capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert 0 < result["running_s"]["CM7"] <= result["virtual_time_s"] < 1, result
    assert 0 < result["running_s"]["CM4"] <= result["virtual_time_s"], result
    assert "app" not in result["uart"].get("USART3", ""), "it went on after the first instructions"


def test_a_set_from_the_factory_is_known_and_confirmed():
    with Board("--load", files.factory_set(files.bundle("1.0.0"))) as board:
        board.expect(r"app m7 1\.0\.0: set 1\.0\.0, state confirmed")
        board.expect(RUNNING)
        board.send(b"r")
        board.expect(r"duoboot: set 1\.0\.0\+0 confirmed")


def test_an_empty_device_says_so():
    with Board() as board:
        board.expect(r"duoboot: recovery ")
        board.expect(r"duoboot: reason: no set")
        board.expect(r"duoboot: m4 parked")
        board.expect(r"duoboot: m7 image absent")
        board.expect(r"duoboot: m4 image absent")
        board.expect(r"waiting for a bundle")


def test_an_empty_device_holds_the_m4():
    with Board("--option", "BCM4=0") as board:
        board.expect(r"duoboot: m4 held in reset")


def damaged(slot_offset, image_of):
    """Factory content with one bit of one core's image changed."""
    path = factory()
    lines = open(path).read().splitlines()
    upper = 0
    for i, line in enumerate(lines):
        record = bytes.fromhex(line[1:])
        if record[3] == 4:
            upper = int.from_bytes(record[4:6], "big") << 16
        elif record[3] == 0 and upper + int.from_bytes(record[1:3], "big") == image_of + slot_offset:
            body = bytearray(record[:-1])
            body[4 + 3] ^= 0x10
            lines[i] = ":" + (bytes(body) + bytes([-sum(body) & 0xFF])).hex().upper()
    out = files.path("damaged.hex")
    with open(out, "w") as file:
        file.write("\n".join(lines) + "\n")
    return out


def test_a_damaged_m7_image_starts_nothing():
    with Board("--load", damaged(0x400, Layout().app["m7"])) as board:
        board.expect(r"duoboot: reason: m7 image: ")
        board.expect(r"duoboot: m7 image bad: ")
        board.expect(r"duoboot: m4 image 1\.0\.0\+0 verified")
        board.expect(r"waiting for a bundle")
        board.never("app")


def test_a_damaged_m4_image_starts_nothing():
    with Board("--load", damaged(0x400, Layout().app["m4"])) as board:
        board.expect(r"duoboot: reason: m4 image: ")
        board.expect(r"duoboot: m7 image 1\.0\.0\+0 verified")
        board.expect(r"duoboot: m4 image bad: ")
        board.expect(r"waiting for a bundle")
        board.never("app")


def test_the_button_enters_recovery():
    with Board("--load", factory(), "--button", "PC13") as board:
        board.expect(r"duoboot: reason: recovery was asked for")
        board.expect(r"duoboot: m7 image 1\.0\.0\+0 verified")
        board.expect(r"waiting for a bundle")


def test_nothing_it_says_is_taken_for_a_poll():
    """A sender may listen from the start: C and G ask it to begin, NAK too."""
    with Board("--load", factory(), "--button", "PC13") as board:
        while "bundle by ymodem" not in board.seen:
            assert board.read(20), board.seen
        said = board.seen[:board.seen.index("bundle by ymodem")]
        assert "this menu" in said and not re.search("[CG\x15]", said), said


def test_an_application_enters_recovery_once():
    with Board("--load", factory()) as board:
        board.expect(RUNNING)
        board.send(b"r")
        board.expect(r"duoboot: reason: recovery was asked for")
        board.expect(r"waiting for a bundle")
        board.send(b"b")
        board.expect(r"duoboot: resetting")
        board.expect(RUNNING)


def test_a_missing_m4_bootloader_is_named():
    with Board("--load", factory(), boot_m4=None) as board:
        board.expect(r"duoboot: reason: the m4 did not start: its bootloader is missing")
