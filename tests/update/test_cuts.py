# SPDX-License-Identifier: MIT
"""The power is cut at a flash operation of a download by libduo, and the download goes on."""

import copy
import random

import pytest

from duotest.iap import *  # noqa: F403

# include/duo/update.h: what a reset costs at most, and what may have been in the queue; the end of an image besides.
AGAIN, QUEUE, TAIL = 4096, 3840, 512
STEP = 0.005  # s: a copy of the board is cut within the next one
# Of a program or of an erase; one after the other, for a copy draws the same at random as the copy before it.
LEFT_BEHIND = ("untouched", "complete", "double", "single", "blank", "torn-erase", "marginal")
PARTS = 4  # so that not all is lost when one fails


def is_over(link):
    return link.phase() in ("complete", "failed")


def operations_of_next_step(board):
    """Their numbers, as cut_at() counts."""
    begun = board.flash_ops
    with board.copy():
        board.run(STEP)
        return range(begun + 1, board.flash_ops + 1)


def moments(board, link, wanted):
    """Before each operation of a download that is wanted; the board is as it is shortly before it."""
    link.begin()
    while not is_over(link):
        link.fill()
        for operation in operations_of_next_step(board):
            if wanted(operation):
                yield operation
        board.run(STEP)
        link.note_progress()
    assert link.phase() == "complete", (link.phase(), link.status())


def cut_and_go_on(board, link, operation):
    outcome = LEFT_BEHIND[operation % len(LEFT_BEHIND)]
    with board.copy():
        board.cut_at(operation, outcome)
        board.run(1)  # the cut, 100 ms without power, boot
        assert link.phase() != "complete"
        again = Link(board, link.file_of_bundle, 7)
        again.download()
        cut = f"cut at {operation} ({outcome}), {link.last_taken} bytes taken"
        assert again.phase() == "complete", f"{cut}: {again.phase()}, {again.status()}"
        assert again.first_taken is None or again.first_taken >= link.last_taken - AGAIN - QUEUE - TAIL, (
            f"{cut}, then sent from {again.first_taken}")
    return again.first_taken is not None


def whole_bundle():
    images = pair("ram")
    return make_bundle("cuts.duo", images["m7", "2.0.0"], images["m4", "2.0.0"])


def short_bundle():
    """Of images that nobody starts here: one of them is longer than what lies between two records of the progress."""
    images = {}
    for core, size in (("m7", AGAIN + 500), ("m4", 1200)):
        program = contents(firmware(f"ill_{core}_brief.bin"))
        images[core] = signed(f"short-{core}", core, program + random.Random(core).randbytes(size - len(program)))
    return make_bundle("short.duo", images["m7"], images["m4"])


def cuts(bundle, wanted):
    """The power is cut at each operation of a download that is wanted; how many these are, of how many."""
    images = pair("ram")
    number = 0
    with LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"])) as board:
        board.run(0.3)
        link = Link(board, bundle, 7)
        link.file_of_bundle = bundle
        for operation in moments(board, link, wanted):
            cut_and_go_on(board, copy.copy(link), operation)
            number += 1
        return number, board.flash_ops


def test_a_sample_goes_on():
    number, operations = cuts(whole_bundle(), lambda operation: operation in (46, 690))
    assert number == 2
    print(f"{number} power cuts, {number} downloads went on; of {operations} operations")


@pytest.mark.proof
def test_every_operation_of_a_short_download_goes_on():
    number, operations = cuts(short_bundle(), lambda operation: True)
    assert number == operations > 200
    print(f"{number} power cuts, {number} downloads went on")


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_goes_on(part):
    """Each part has every PARTS-th."""
    number, operations = cuts(whole_bundle(), lambda operation: operation % PARTS == part)
    assert number >= operations // PARTS
    print(f"{number} power cuts, {number} downloads went on; of {operations} operations")
