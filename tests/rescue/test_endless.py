# SPDX-License-Identifier: MIT
"""Boots, exchanges and reverts that a flash operation without end stops, once or each time it is tried.

What the bootloader cannot record, because the journal's bank hangs, it counts in RAM: after three boots it gives the exchange up
on record, and if that hangs as well, it writes nothing, and runs the set that verifies.
"""

import functools

import pytest

from duotest.devices import *

STUCK = "a flash operation does not end"
HUNG = f"duoboot: {STUCK}, resetting"
STOPPED = f"exchange stopped: {STUCK}; resetting"
SPARE = layout.spare


@functools.lru_cache(None)
def on_trial(boots):
    """Version 2 was started once and the power went; it may be started `boots` times."""
    flash = new_flash(fresh())
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        receive(board, bundle("2.0.0", trial_boots=boots))
        board.expect(r"app m7 2\.0\.0: set 2\.0\.0, state trial")
    return flash


def stuck(flash, what, address, *more):
    return LineBoard("--flash", new_flash(flash), "--flash-endless", f"{what}@0x{address:08x}" + "".join(more))


def test_a_trial_boot_that_can_never_be_counted_runs():
    with stuck(on_trial(3), "program", JOURNAL[0]) as board:
        for _ in range(4):
            board.expect(HUNG)
        board.expect(r"app m7 2\.0\.0: set 2\.0\.0, state trial")


@pytest.mark.proof
def test_a_trial_boot_that_could_not_be_counted_once_is_counted_after_a_reset():
    with stuck(on_trial(3), "program", JOURNAL[0], ",times=1") as board:
        board.expect(HUNG)
        board.expect("confirm: done")
        board.never(HUNG, 1)


@pytest.mark.proof
@pytest.mark.parametrize("core", ("m7", "m4"))
@pytest.mark.parametrize("what", ("erase", "program"))
def test_a_revert_goes_on_after_a_reset(core, what):
    with stuck(on_trial(1), what, APP[core], ",times=1") as board:
        board.expect("exchanging the sets")
        board.expect(STOPPED)
        board.expect(DONE)
        # What stopped it is the last failure, where it could be recorded.
        board.expect("app m7: last failure: " + ("the flash does not take" if core == "m7" else "the new set was not confirmed in time"))
        board.expect(running(1, 1))


@pytest.mark.proof
@pytest.mark.parametrize("core", ("m7", "m4"))
def test_a_revert_that_can_never_be_completed_ends_in_recovery(core):
    with stuck(on_trial(1), "erase", APP[core]) as board:
        for _ in range(3):
            board.expect(STOPPED)
        board.expect("reason: the flash does not take what is written")
        board.expect(WAITING)
        board.never("exchanging the sets|app m7", 1)


@pytest.mark.proof
def test_a_revert_that_cannot_keep_the_failed_set_does_without_it():
    """Staging is in the journal's bank, so what has failed cannot be recorded in the boot in which it fails."""
    with stuck(on_trial(1), "erase", STAGING["m4"]) as board:
        board.expect(running(1, 1))
        board.key("r", WAITING)
        assert "other set" not in board.seen.split("app m7 1.0.0")[-1], "a set that was half kept is offered"


@pytest.mark.proof
@pytest.mark.parametrize("core", ("m7", "m4"))
def test_an_installation_that_cannot_keep_the_present_set_is_not_begun(core):
    with stuck(staged(), "program", SPARE[core]) as board:
        board.expect("app m7: last failure: " + ("not exchanged: a sector" if core == "m7" else "the flash does not take"))
        board.expect(running(1, 1))
        board.never("exchanging the sets", 1)
