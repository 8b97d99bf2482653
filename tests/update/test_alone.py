# SPDX-License-Identifier: MIT
"""A core starts again alone in a download, by its window watchdog: the chip starts again, and the download goes on, whichever
core has the link. Or by a jump into its bootloader, with its interrupts on."""

import random

import pytest

from duotest.iap import *

BLOCK, QUEUE, TAIL = 4096, 3840, 512  # as in test_cuts.py


def start_alone(board, link, core):
    board.poke(LINK, bytes(4))  # the RAM outlives this reset, and the M4 may look at it before the M7 has cleared it
    board.poke(ORDER + 4 * core, struct.pack("<I", ord("w")))
    for _ in range(300):
        board.run(0.01)
        if link.words()[3] == 0:
            board.run(0.1)  # the M7's application clears all of the link
            return
    raise AssertionError(f"core {core}: no reset")


@pytest.mark.parametrize("rounds", [2, pytest.param(24, marks=pytest.mark.long)])
def test_a_core_that_starts_alone_costs_at_most_a_block(rounds):
    """At random times in the middle of a download; each time it goes on where it was."""
    rng = random.Random(rounds)
    images = pair("ram")
    bundle = make_bundle("alone.duo", images["m7", "2.0.0"], images["m4", "2.0.0"])
    with LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"])) as board:
        board.run(0.3)
        for number in range(rounds):
            with board.copy():
                link = Link(board, bundle, rng.choice((7, 4)))
                link.begin()
                until = rng.randrange(BLOCK, len(contents(bundle)))
                while link.phase() != "failed" and (link.last_taken or 0) < until and link.phase() != "complete":
                    link.fill()
                    board.run(0.02)
                    link.note_progress()
                before = link.last_taken
                start_alone(board, link, number % 2)
                again = Link(board, bundle, rng.choice((7, 4)))
                again.download()
                assert again.phase() == "complete", (again.phase(), again.status())
                assert again.first_taken is None or again.first_taken >= before - BLOCK - QUEUE - TAIL, (before, again.first_taken)


@pytest.mark.parametrize("place, core", [("ram", "m7"), ("ram", "m4"), pytest.param("flash", "m7", marks=pytest.mark.proof),
                                         pytest.param("flash", "m4", marks=pytest.mark.proof)])
def test_a_core_that_jumps_into_its_bootloader_restarts_the_chip(place, core):
    """An interrupt of 1 kHz goes on, and what it calls lies in the RAM that the M7's bootloader is copied to."""
    images = pair(place)
    with LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"])) as board:
        board.run(0.4)
        link = Link(board, images["m7", "1.0.0"], 7, guard=1)
        for moment in range(2):
            with board.copy():
                board.run(moment * 0.0007)
                board.poke(ORDER + 4 * (core == "m4"), struct.pack("<I", ord("j")))
                board.run(0.6)
                assert link.words()[2] == 0, f"moment {moment}: the M7's application has not begun again"
