# SPDX-License-Identifier: MIT
"""The M4's application has the link and drives the update; it is equal to one that the M7 drives."""

import functools
import struct

import pytest

from duotest.devices import *  # noqa: F403

LINK = 0x24000000  # struct link of tests/fw/link/link_m4.c
WISH_UPDATE = 1
BLOCK = 4096
E_OPEN, E_KEY = "an update session is open already", 15


@functools.lru_cache(None)
def device():
    """Version 1, the M4's with a link."""
    m4 = signed("link-m4", "m4", firmware("link_m4.elf"), version="1.0.0")
    flash = new_flash()
    with LineBoard("--load", files.factory(image("m7", "1.0.0"), m4), "--flash", flash) as board:
        board.expect(running(1, 1))
    return flash


def link(board, path):
    """The bundle is where the M4 takes it from."""
    data = contents(path)
    board.poke(LINK, struct.pack("<IIII", 0, len(data), 0xFFFFFFFF, 0))
    for at in range(0, len(data), 1024):
        board.poke(LINK + 16 + at, data[at:at + 1024])
    board.poke(LINK, struct.pack("<I", WISH_UPDATE))


def first_and_status(board):
    return struct.unpack("<II", board.memory(LINK + 8, 8))


def test_an_m4_updates_both_cores_and_goes_on_after_a_reset():
    flash = new_flash(device())
    with LineBoard("--flash", flash) as board:
        board.expect(running(1, 1))
        link(board, bundle("2.0.0"))
        while board.memory(STAGING["m7"] + 3 * BLOCK, 32) == b"\xff" * 32:
            board.run(0.1)
        assert first_and_status(board) == (0, 0)
        board.key("u", E_OPEN)  # the M7 may not have one of its own meanwhile
    with LineBoard("--flash", flash) as board:
        board.expect(running(1, 1))
        link(board, bundle("2.0.0"))
        board.expect("exchange done, resetting")
        assert 2 * BLOCK < first_and_status(board)[0], "it began at the first byte again"
        board.expect("confirm: done")
        board.expect(running(2, 2))


def test_an_m4_is_told_what_it_may_not_do():
    """What is the M7's alone, and what waits for an answer, in an interrupt (tests/fw/link)."""
    with LineBoard("--flash", new_flash(device())) as board:
        board.poke(LINK + 16 + 0x70000, b"\xff" * 4)
        board.expect(running(1, 1))
        assert struct.unpack("<I", board.memory(LINK + 16 + 0x70000, 4))[0] == 0


@pytest.mark.proof
def test_an_m4_is_told_why_a_bundle_is_refused():
    with LineBoard("--flash", new_flash(device())) as board:
        board.expect(running(1, 1))
        link(board, bundle("2.0.0", key=other_key()))
        board.run(3)
        assert first_and_status(board)[1] == E_KEY
        board.expect(running(1, 1))


LOOK = LINK + 16 + 0x70000 + 4  # struct link of link_m4.c
TRIAL, CONFIRMED = 1, 2  # enum duo_set_state
E_STAGED, E_INSTALL, E_TRIAL, E_CONFIRMED = 2, 3, 4, 5  # enum duo_event_kind


def test_an_m4_is_told_how_the_device_is():
    """State, versions, counter, boots left, who has confirmed, why the chip was reset, the last failure; and the log, which is
    in the M7's hands."""
    m4 = signed("link-m4-2", "m4", firmware("link_m4.elf"), version="2.0.0")
    out = files.path("look.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", image("m7", "2.0.0"), "--m4", m4, "--set-version", "2.0.0", "--key", files.key,
        "--out", out)
    with LineBoard("--flash", new_flash(device())) as board:
        board.expect(running(1, 1))
        link(board, out)
        board.expect("exchange done, resetting")
        board.poke(LINK, bytes(4))  # the RAM outlives the reset
        board.expect("state trial")
        board.run(0.4)
        before = struct.unpack("<12I", board.memory(LOOK, 48))
        board.expect("confirm: done")
        board.run(2)
        after = struct.unpack("<12I", board.memory(LOOK, 48))
        n, = struct.unpack("<I", board.memory(LOOK + 48, 4))
        events = [struct.unpack("<4I", board.memory(LOOK + 52 + 16 * i, 16)) for i in range(n)]
    two = 2 << 24
    assert before[:5] == (1, TRIAL, two, two, two) and before[7:9] == (0, 0), before
    assert after[:5] == (1, CONFIRMED, two, two, two) and after[7:9] == (1, 1) and after[9] == before[9] != 0, after
    assert after[10:] == (0, 0), after
    assert [event[:2] for event in events[-4:]] == [(kind, two) for kind in (E_STAGED, E_INSTALL, E_TRIAL, E_CONFIRMED)], events
