# SPDX-License-Identifier: MIT
"""10,000 random keys and line bytes, every key among them: nothing hangs, and both cores keep one verified set."""

import binascii
import random
import re

import pytest

from duotest.recovery import *

pytestmark = pytest.mark.long  # ten thousand random bytes

KEYS = b"1g234crlsbm" + b"yYn74a\x03\r"
ROM = 0x1FF00000
PLACES = ("duoboot: recovery ", "aborted", "verified; resetting", "transfer failed", "write protection:", "app: m7",
          "resetting to exchange the sets", "upload failed")


def two_sets(board):
    """Version 2 runs, version 1 can be rolled back to."""
    send(board, bundle("2.0.0"))
    board.expect("confirm: done")
    board.send(b"r")
    board.expect(WAITING)


def block(number, data):
    data = data.ljust(128, b"\0")
    return bytes([1, number, 255 - number]) + data + struct.pack(">H", binascii.crc_hqx(data, 0))


def some_noise(rng):
    """Pairs of bytes and the silence after them (s): mostly keys alone, else a burst of anything, or what looks like
    the beginning of a transfer."""
    kind = rng.random()
    if kind < 0.45:
        return [(bytes([rng.choice(KEYS)]), rng.choice((0.04, 0.1, 0.5, 0.5, 1.2)))]
    if kind < 0.65:  # questions and their answers
        return [(bytes([key]), 0.3) for key in rng.choice((b"lY", b"ry", b"47y", b"44y", b"4b", b"27", b"24", b"21"))]
    if kind < 0.70:
        return [(block(rng.randrange(2), b"noise\0" + b"1000"), rng.choice((0.005, 0.2, 7)))]
    if kind < 0.75:
        return [(b"\x18\x18", 0.2)]
    return [(rng.randbytes(rng.randrange(1, 60)), rng.choice((0.005, 0.05, 1.5)))]


def press(board, key, pattern):
    """Until it is heard: what noise has begun may swallow a key."""
    for _ in range(20):
        try:
            return board.key(key, pattern, 10)
        except AssertionError:
            pass
    return board.key(key, pattern, 10)


def in_rom_loader(board):
    return board.core()[0] >> 17 == ROM >> 17


def one_set_runs(text):
    """Wherever the applications said which versions run, both were of one set."""
    return all(m7 == m4 for m7, m4 in re.findall(r"app: m7 (\d)\.0\.0 beat \d+, m4 (\d)\.0\.0 beat", text))


def still_answers(board):
    """After three minutes of silence everything that waits has ended: a menu or applications are there."""
    board.run(180)
    board.seen = ""
    board.run(12)
    if "app: m7" in board.seen:
        assert re.search(running(1, 1), board.seen) or re.search(running(2, 2), board.seen), board.seen
        press(board, "r", r"duoboot: recovery ")
        board.expect(WAITING)
    press(board, "s", r"duoboot: recovery ")
    versions = [board.expect(rf"duoboot: {core} image (\d)\.0\.0\+0 verified").group(1) for core in ("m7", "m4")]
    assert versions[0] == versions[1], f"versions {versions} together"
    board.expect(r"set \d\.0\.0\+0 (confirmed|factory|trial)")


def reached(board, came_to):
    came_to.update(words for words in PLACES if words in board.seen)
    return came_to == {"the ROM loader", *PLACES}


def ten_thousand_bytes(seed):
    rng = random.Random(seed)
    with recovery() as board:
        two_sets(board)
        sent = 0
        came_to = set()
        while sent < 10000 or not reached(board, came_to) and sent < 40000:  # more, until it has come everywhere
            for data, silence in some_noise(rng):
                board.send(data)
                board.run(silence)
                sent += len(data)
            if in_rom_loader(board):
                came_to.add("the ROM loader")
                board.reset()  # nothing else ends it
        assert one_set_runs(board.seen), "two sets were mixed"
        everywhere = reached(board, came_to)
        board.send(b"\x18" * 4)
        still_answers(board)
        board.key("3", r"verified; resetting to start it")
        board.expect(f"{running(1, 1)}|{running(2, 2)}")
    assert everywhere, f"this noise has only come to {came_to}"


def test_noise_neither_hangs_it_nor_loses_the_set():
    ten_thousand_bytes(1)
