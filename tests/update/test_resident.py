# SPDX-License-Identifier: MIT
"""Interrupts that lie in RAM go on through a whole download, erases included; what never ends is found out."""

import pytest

from duotest.iap import *  # noqa: F403

E_STUCK = 35  # enum duo_status


def board_of(place, *arguments, m4_place=None):
    images = pair(place)
    other = pair(m4_place or place)
    factory = files.factory(images["m7", "1.0.0"], other["m4", "1.0.0"])
    board = LineBoard("--load", factory, *arguments)
    board.run(0.3)
    return board, make_bundle(f"{place}-{m4_place}.duo", images["m7", "2.0.0"], other["m4", "2.0.0"])


def downloaded(place, owner, *arguments, guard=0):
    board, bundle = board_of(place, *arguments)
    with board:
        link = Link(board, bundle, owner, guard)
        link.download()
        assert link.phase() == "complete", (link.phase(), link.status())
        return link.meters()


def test_in_ram_no_tick_is_lost_on_either_core():
    for owner in (7, 4):
        for meter in downloaded("ram", owner):
            assert meter.ticks > 1500 and meter.lost == 0, (owner, vars(meter))
            assert meter.late_us < 500, vars(meter)


def test_in_flash_both_cores_wait_for_erases_and_for_nothing_else():
    for meter in downloaded("flash", 7):
        assert meter.lost > 500, "the test does not see what an erase does"
        assert meter.late_else_us <= 200, vars(meter)


def test_a_busy_bank_can_be_forbidden():
    """A fault, or a region that stays, would end the download."""
    for meter in downloaded("ram", 7, "--m7-speculates", guard=3):
        assert meter.lost == 0, vars(meter)


@pytest.mark.proof
def test_an_erase_of_the_m4s_bank_that_never_ends_is_stuck():
    board, bundle = board_of("ram", "--flash-endless", f"erase@0x{STAGING['m4']:x}")
    with board:
        link = Link(board, bundle, 7)
        link.download(60)
        assert link.phase() == "failed" and link.status() == E_STUCK, (link.phase(), link.status())
        ticks = link.meters()[0].ticks
        board.run(1)
        assert link.meters()[0].ticks > ticks + 900, "the M7 does not go on"


def test_an_erase_of_the_m7s_own_bank_that_never_ends_resets():
    board, bundle = board_of("ram", "--flash-endless", f"erase@0x{STAGING['m7']:x},times=1")
    with board:
        link = Link(board, bundle, 7)
        link.download(30)
        assert link.words()[0] == 0, "the application has not begun again"
        again = Link(board, bundle, 7)
        again.download()
        assert again.phase() == "complete", (again.phase(), again.status())
