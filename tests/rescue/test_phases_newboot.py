# SPDX-License-Identifier: MIT
"""Layout twin: watchdogs that start with the chip, and a flash operation that does not end, while a set brings a new bootloader.

In the end both cores run one set, with the new bootloader or with the old ones; the next update goes through.
"""

import struct

import pytest

from duotest.newboot import *

if LAYOUT != "twin":
    pytest.skip("for DUO_LAYOUT=twin", allow_module_level=True)

pytestmark = pytest.mark.long

DOGS = ("IWDG1_SW=0", "IWDG2_SW=0")
PAIR = r"app: m7 (\d)\.0\.0 beat \d+, m4 (\d)\.0\.0 beat [1-9]"
NEVER_AGAIN = "recovery 0|banks to be swapped|app m7: last failure|reset flags"


def device(*options):
    return power_on("--load", factory(), *(word for option in options for word in ("--option", option)), until=running(1, 1))


def brings(core, **more):
    return bring("2.0.0", core, bytes(good(core)), of=bundle("2.0.0", **more))


def send_set(board, path):
    """By the example's own line, from where it was; False if it has not come to an installation."""
    offset = int(board.key("u", r"send the bundle from byte (\d+) on").group(1))
    rest = write("rest.duo", contents(path)[offset:])
    done = board.ymodem("sb", "-q", "-k", rest, grain=0.01, seconds=200, unplug_when=lambda: "reset flags" in board.seen)
    return bool(done) and done.returncode == 0


def has_new(board, core):
    """Is the new bootloader in the bank that comes first?"""
    at = BANK[1] + (M4_AT if core == "m4" else 0) + UNUSED_VECTOR
    return board.memory(at, 4) == struct.pack("<I", MARKER)


def stays(board, version):
    """On both cores, also after a reset."""
    board.expect(running(version, version), 90)
    board.never(NEVER_AGAIN, 1.5)
    board.reset()
    board.seen = ""
    board.expect(running(version, version))


def next_update(board):
    """Of the applications alone."""
    assert send_set(board, bundle("2.0.0"))
    board.expect("confirm: done")
    stays(board, 2)


# ---- Watchdogs that start with the chip ----


def goes_in(core, *options):
    with device(*options) as board:
        assert send_set(board, brings(core))
        board.expect("confirm: done")
        stays(board, 2)
        assert has_new(board, core)
        next_update(board)


@pytest.mark.parametrize("options", [DOGS, DOGS[:1], DOGS[1:], ("BCM4=0", *DOGS)])
@pytest.mark.parametrize("core", ["m4", "m7"])
def test_watchdogs(core, options):
    goes_in(core, *options)


@pytest.mark.parametrize("core, how", [("m7", "resets"), ("m7", "hangs"), ("m7", "faults"), ("m4", "hangs"), ("m4", "resets")])
def test_a_bad_bootloader_comes_and_goes_beside_watchdogs(core, how):
    with device(*DOGS) as board:
        assert send_set(board, bring("2.0.0", core, bytes(bad(core, how)), of=tiny_set("2.0.0")))
        board.expect("last failure: (a new bootloader did not work and has been taken back|the new set was not confirmed in time"
                     "|a watchdog ended the trial)", 90)
        stays(board, 1)
        assert not has_new(board, core)
        next_update(board)


# ---- A flash operation that does not end ----


def settles(board):
    """Which version runs on both cores; a pair of two is never seen."""
    board.run(11)  # after which nothing of the sender's is on its way
    board.reset()
    board.seen = ""
    found = board.expect(PAIR, 90)
    assert found[1] == found[2], found[0]
    return int(found[1])


def hangs_once(core, kind, place):
    """What it costs is that attempt, and the reason is said; the old set runs, and the second attempt goes in."""
    path = brings(core)
    with device() as board:
        board.endless(kind, place)
        assert not send_set(board, path)
        assert board.endless_left() == 0, "no operation has hung"
        assert "a flash operation does not end" in board.seen, board.seen
        assert settles(board) == 1 and not has_new(board, core)
        assert send_set(board, path)
        board.expect("confirm: done")
        stays(board, 2)
        assert has_new(board, core)


@pytest.mark.parametrize("kind, place", [("program", BANK[2]), ("erase", BANK[2]), ("program", STAGING["m7"]), ("erase", STAGING["m4"])])
@pytest.mark.parametrize("core", ["m4", "m7"])
def test_an_operation_hangs_once(core, kind, place):
    """Where the new bootloader is written to, and the set that brings it."""
    hangs_once(core, kind, place)
