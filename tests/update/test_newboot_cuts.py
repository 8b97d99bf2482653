# SPDX-License-Identifier: MIT
"""Layout twin: the power is cut while a set brings a new bootloader, and while a bad one comes and goes."""

import contextlib
import re

import pytest

from duotest.iap import Link, pair
from duotest.newboot import *

if LAYOUT != "twin":
    pytest.skip("for DUO_LAYOUT=twin", allow_module_level=True)

# What a cut leaves of a word, a sector, and the option bytes; `factory` of the first two is as `complete`.
ENDS = ("untouched", "complete", "double", "factory")
PARTS = 8  # so that a part takes about a minute, and not all is lost when one fails
OPTSR_CUR, OPT_BUSY = 0x5200201C, 1
CONFIRMED = struct.pack("<II", 0x4C494244, 1)  # lib/shared.h: the trial is over
SHARED = 0x3800E000


@contextlib.contextmanager
def about_to_install(core, how):
    """A device that resets next, and installs a bad bootloader then."""
    with power_on("--load", factory(), until=running(1, 1)) as board:
        board.key("u", r"send the bundle from byte 0 on")
        send(board, bring("2.0.0", core, bytes(bad(core, how)), of=tiny_set("2.0.0")), grain=0.01)
        board.expect("is complete, installing")
        yield board


def come_and_go(board):
    """In the end it runs version 1, and goes on doing so."""
    board.expect(running(1, 1), seconds=120)
    board.run(1.2)
    board.expect(running(1, 1))


def cut(board, operation, end):
    with board.copy():
        board.cut_at(operation, end)
        come_and_go(board)


@pytest.mark.proof
def test_a_bad_m4_bootloader_comes_and_goes_when_the_power_is_cut():
    """In the change of options that goes back; they are lost in it."""
    with about_to_install("m4", "faults") as board:
        cut(board, board.flash_ops + 27, "factory")


def changes_of_options(board):
    """The numbers of those until all is over, and of the last operation of any kind."""
    changes = set()
    end = board.now + 120 * SECOND
    while not re.search(running(1, 1), board.seen):
        assert board.now < end, board.seen
        board.run(0.002)
        if board.memory(OPTSR_CUR, 4)[0] & OPT_BUSY:
            changes.add(board.flash_ops)
    return changes, board.flash_ops


def all_cuts(board):
    """Each operation and change of options, from the reset that installs until all is over, with each of its ends."""
    first = board.flash_ops + 1
    with board.copy():
        changes, last = changes_of_options(board)
    assert changes and last - first >= 10
    return [(operation, end) for operation in range(first, last + 1) for end in ENDS if end != "factory" or operation in changes]


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("core, how", [(core, how) for core in ("m7", "m4") for how in BAD])
def test_a_bad_bootloader_comes_and_goes_whenever_the_power_is_cut(core, how, part):
    """Each part has every PARTS-th cut."""
    with about_to_install(core, how) as board:
        cuts = all_cuts(board)
        for operation, end in cuts[part::PARTS]:
            cut(board, operation, end)
    print(f"{core}, {how}: {len(cuts[part::PARTS])} of {len(cuts)} cuts")


# ---- While it comes in ----


def download_is_complete(board, path):
    link = Link(board, path, 7)
    link.download()
    assert link.phase() == "complete", (link.phase(), link.status())
    return link


def installs(board, link, core):
    """The new bootloader runs, both applications have confirmed, and after a reset they still run."""
    link.install()
    for _ in range(200):
        board.run(0.05)
        if board.memory(SHARED, 8) == CONFIRMED and link.words()[0] == 0:
            break
    else:
        raise AssertionError("the new set is not confirmed")
    at = BANK[1] + (M4_AT if core == "m4" else 0) + UNUSED_VECTOR
    assert board.memory(at, 4) == struct.pack("<I", MARKER)


def cut_and_go_on(board, path, core, operation):
    """False: the download was over before that operation."""
    with board.copy():
        board.cut_at(operation)
        link = Link(board, path, 7)
        link.download()
        if link.phase() == "complete":
            return False
        board.run(1)
        installs(board, download_is_complete(board, path), core)
    return True


@pytest.mark.parametrize("core, first, step", [
    ("m4", 3000, 10000), pytest.param("m4", 1, 151, marks=pytest.mark.long), pytest.param("m7", 1, 151, marks=pytest.mark.long)])
def test_the_download_of_a_bootloader_goes_on_after_a_power_cut(core, first, step):
    """Its other half is copied from the bank that runs: that is cut, too."""
    images = pair("ram")
    path = bring("2.0.0", core, bytes(good(core)), of=make_bundle("cuts.duo", images["m7", "2.0.0"], images["m4", "2.0.0"]))
    cuts = 0
    with LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"])) as board:
        board.run(0.3)
        while cut_and_go_on(board, path, core, first + cuts * step):
            cuts += 1
    assert cuts > 0
    print(f"{core}: {cuts} power cuts, {cuts} downloads went on, and the new bootloader runs")
