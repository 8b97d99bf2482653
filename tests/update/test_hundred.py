# SPDX-License-Identifier: MIT
"""A product that updates itself a hundred times, from version 1 to 2 and back, is as quick and as sparing at the end as at the
beginning: the time of a download, that of an installation, and the flash operations of both."""

import statistics

import pytest

from duotest.devices import *
from duotest.iap import *

SHARED, SHARED_MAGIC = 0x3800E000, 0x4C494244  # lib/shared.h; the word after the magic: there is no trial (any more)
# The journal changes halves when one is full: one erase of 1 s, and the records of both sets once more.
SWITCH_S, SWITCH_OPERATIONS = 1.2, 120


def confirmed(board, link):
    """The new application has begun (it clears the link; the RAM outlives the reset), and its trial is over."""
    for _ in range(200):
        magic, kept = struct.unpack("<II", board.memory(SHARED, 8))
        if link.words()[0] == 0 and (magic, kept) == (SHARED_MAGIC, 1):
            return True
        board.run(0.05)
    return False


def one_update(board, path):
    """Seconds of the download and of the installation, and flash operations."""
    operations = board.flash_ops
    link = Link(board, path, 7)
    download = link.download()
    assert link.phase() == "complete", (link.phase(), link.status())
    install = link.install()
    assert confirmed(board, link), "the new set is not confirmed"
    return download, install, board.flash_ops - operations


@pytest.mark.parametrize("times", [3, pytest.param(100, marks=pytest.mark.long)])
def test_the_last_update_is_like_the_first(times):
    images = pair("ram")
    sets = [make_bundle(f"hundred-{v}.duo", images["m7", f"{v}.0.0"], images["m4", f"{v}.0.0"], f"{v}.0.0") for v in (1, 2)]
    with LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"])) as board:
        board.run(1)
        figures = [one_update(board, sets[(number + 1) % 2]) for number in range(times)]
    for what, values, more in (("download, s", [f[0] for f in figures], SWITCH_S),
                               ("installation, s", [f[1] for f in figures], SWITCH_S),
                               ("flash operations", [f[2] for f in figures], SWITCH_OPERATIONS)):
        usual = statistics.median(values[:10])
        last = statistics.median(values[-10:])
        print(f"  {what}: {usual:.1f} at first, {last:.1f} at last, {min(values):.1f} to {max(values):.1f}")
        assert abs(last - usual) <= 0.05 * usual, f"{what}: {usual} became {last}"
        assert max(values) <= 1.05 * usual + more, f"{what}: one update took {max(values)}, the usual one {usual}"
