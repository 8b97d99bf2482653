# SPDX-License-Identifier: MIT
"""An engineer whose new set hangs in its trial, and one who is impatient: each has a way out, and nothing is lost."""

import pytest

from duotest.devices import *
from duotest.variant import bootloader

TRIAL = r"app m7 2\.0\.0: set 2\.0\.0, state trial"


def hung():
    """Version 2 is on trial with boots left, and the power went before it was confirmed. Version 1 is in staging."""
    flash = new_flash(fresh())
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        receive(board, bundle("2.0.0", trial_boots=3))
        board.expect(TRIAL)
    return flash


def test_a_download_in_a_trial_is_refused_with_a_way_out():
    flash = hung()
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        board.expect("reason: recovery was asked for")
        board.expect(r"set 2\.0\.0\+0 trial")
        board.expect(r"other set 0\.0\.0\+0 can be rolled back to")
        board.expect(WAITING)
        sent = board.ymodem("sb", "-q", "-k", bundle("1.2.0"))
        assert sent.returncode != 0, "sb was told that all is well"
        board.expect(r"refused: a set is on trial; roll back \(r\), then send this again")
        board.key("r", "y/n:")
        board.key("y", "resetting to exchange the sets")
        board.expect("exchange done, resetting")
        board.expect(r"app m7: last failure: rolled back by request")
        board.expect(running(1, 1))
        board.key("r", WAITING)
        send(board, bundle("1.2.0"))
        board.expect(r"app m7 1\.0\.0: set 1\.2\.0, state trial")
        board.expect("confirm: done")


@pytest.mark.proof
def test_a_hung_trial_goes_back_at_the_next_resets():
    flash = hung()
    for _ in range(2):
        with LineBoard("--flash", flash) as board:
            board.expect(TRIAL)
    with LineBoard("--flash", flash) as board:
        board.expect("exchanging the sets")
        board.expect("app m7: last failure: the new set was not confirmed in time")
        board.expect(running(1, 1))


@pytest.mark.proof
def test_a_first_set_that_hangs_is_simply_replaced():
    """There is nothing to go back to, so a download need not wait for anything."""
    flash = new_flash()
    with LineBoard("--flash", flash) as board:
        receive(board, bundle("2.0.0", trial_boots=3))
        board.expect(TRIAL)
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        board.expect("reason: recovery was asked for")
        receive(board, bundle("1.2.0"))
        board.expect(r"app m7 1\.0\.0: set 1\.2\.0, state trial")
        board.expect(running(1, 1))


def test_spoiled_files_cost_a_first_set_on_trial_nothing():
    """A genuine image with one byte changed, one without its end, 100 bytes of one: not a word of the flash changes."""
    flash = new_flash()
    with LineBoard("--flash", flash) as board:
        receive(board, bundle("2.0.0", trial_boots=3))
        board.expect(TRIAL)
    good = contents(image("m4", "1.0.0"))
    half = len(good) // 2
    spoiled = good[:half] + bytes([good[half] ^ 1]) + good[half + 1:]
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        board.expect(WAITING)
        for name, data in (("spoiled.img", spoiled), ("cut.img", good[:-40]), ("short.img", good[:100])):
            sent = board.ymodem("sb", "-q", "-k", write(name, data))
            assert sent.returncode != 0, f"sb was told that all is well with {name}"
            board.expect("refused: (hash does not match|truncated)")
            board.expect(WAITING)
        assert board.flash_ops == 0, "something unsigned has changed the flash"
    with LineBoard("--flash", flash) as board:
        board.expect(TRIAL)


@pytest.mark.proof
def test_a_trial_goes_on_after_a_download_that_broke_off():
    """Rightly signed, but it ends too soon: the set on trial is still there, and its trial is."""
    flash = new_flash()
    with LineBoard("--flash", flash) as board:
        receive(board, bundle("2.0.0", trial_boots=3))
        board.expect(TRIAL)
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        board.expect(WAITING)
        board.ymodem("sb", "-q", "-k", write("broken-off.duo", contents(bundle("1.2.0"))[:-700]))
        board.expect("refused: truncated")
    with LineBoard("--flash", flash) as board:
        board.expect(TRIAL)
        board.expect("confirm: done")


@pytest.mark.proof
def test_an_exchange_is_completed_before_a_download():
    flash = new_flash(staged())
    with LineBoard("--flash", flash) as board:
        board.expect("exchange 20 %")
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        board.expect(r"set 0\.0\.0\+0 being exchanged")
        board.expect(WAITING)
        board.ymodem("sb", "-q", "-k", bundle("1.2.0"))
        board.expect(r"refused: an exchange of the sets is not complete; reset \(b\), then send this again")
        board.key("b", "duoboot: resetting")
        board.expect("exchange done, resetting")
        board.expect(running(2, 2))


def hangs_until_it_is_taken_back(update, boots, seconds, **bootloader):
    """A set that feeds nobody and confirms nothing: so many boots, in each the M7's watchdog runs for this time."""
    flash = new_flash(fresh())
    with LineBoard("--flash", flash, "--button", "PC13", **bootloader) as board:
        receive(board, update)
        board.expect(TRIAL)
        for boot in range(boots):
            started = board.now
            board.hang()
            board.expect("exchanging the sets" if boot == boots - 1 else TRIAL, 2 * seconds + 1)
            took = (board.now - started) / SECOND
            assert 0.75 * seconds < took < 1.5 * seconds, f"boot {boot + 1} ended after {took} s"
        board.expect("app m7: last failure: a watchdog ended the trial of the new set")
        board.expect(running(1, 1))


@pytest.mark.proof
def test_the_watchdog_of_the_manifest_ends_a_trial():
    hangs_until_it_is_taken_back(bundle("2.0.0", trial_time=2, trial_boots=2), boots=2, seconds=2)


@pytest.mark.proof
def test_what_the_build_says_counts_for_more_than_the_manifest():
    hangs_until_it_is_taken_back(bundle("2.0.0", trial_time=2, trial_boots=1), boots=3, seconds=4,
                                 boot_m7=bootloader(DUO_TRIAL_BOOTS="3", DUO_TRIAL_TIME_S="4"))
