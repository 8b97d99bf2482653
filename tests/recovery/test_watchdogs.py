# SPDX-License-Identifier: MIT
"""Watchdogs that the chip starts by itself (options IWDG1_SW = 0, IWDG2_SW = 0): 512 ms, on either core or both.

The bootloader holds both cores up, with the M4 parked (BCM4 = 1) or held (BCM4 = 0), so it feeds both in each phase.
"""

import pytest

from duotest.recovery import *
from duotest.variant import bootloader

WATCHDOGS = [("IWDG1_SW=0",), ("IWDG2_SW=0",), ("IWDG1_SW=0", "IWDG2_SW=0")]
CASES = [(bcm4, *watchdogs) for watchdogs in WATCHDOGS for bcm4 in ("BCM4=1", "BCM4=0")]
# In which the bootloader never is: it sleeps, but never stops the clocks.
FROZEN = ("IWDG1_SW=0", "IWDG2_SW=0", "FZ_IWDG_STOP=0", "FZ_IWDG_SDBY=0")


def options(case):
    return [word for option in case for word in ("--option", option)]


def each(test, cases=CASES):
    for case in cases:
        try:
            test(case)
        except AssertionError as error:
            raise AssertionError(f"{' '.join(case)}: {error}") from error


@pytest.mark.proof
def test_recovery_is_left_alone():
    """While nothing happens, in questions, and while a person does nothing: longer than the time that it gives the other core's."""

    def test(case):
        with recovery(*options(case)) as board:
            board.never("recovery 0|fault|app m7", 35)
            board.key("2", "or a:")
            board.never("recovery 0|fault|app m7", 2)

    each(test)


def test_an_update_is_installed():
    """A download with its erases, an exchange, a trial and its confirmation."""
    with recovery(*options(FROZEN)) as board:
        send(board, bundle("2.0.0"))
        board.expect(DONE, 20)
        board.expect(running(2, 2))


@pytest.mark.proof
def test_an_update_is_installed_and_rolled_back():
    def test(case):
        with recovery(*options(case)) as board:
            send(board, bundle("2.0.0"))
            board.expect("resetting to install it")
            board.expect(DONE, 10)
            board.expect(running(2, 2))
            board.never("recovery 0|exchanging", 2)
            board.key("r", WAITING)
            board.key("r", "y/n:")
            board.key("y", "resetting to exchange the sets")
            board.expect(DONE, 10)
            board.expect(running(1, 1))

    each(test, CASES)


@pytest.mark.proof
def test_the_largest_images_are_started():
    """Verifying takes longest."""

    def test(case):
        with LineBoard("--load", files.factory(big("m7"), big("m4")), *options(case)) as board:
            board.expect("app m7 1", 3)
            board.never("recovery 0", 1)

    each(test, [CASES[4], CASES[5]])


def test_write_protection_is_changed():
    """An option change stops the flash of both cores for longer than anything else but an erase."""

    def test(case):
        with recovery(*options(case)) as board:
            board.key("4", "which, or a: ")
            board.key("b", "bootloaders on")
            board.never("recovery 0", 1)

    each(test, [CASES[4]])


@pytest.mark.proof
def test_a_long_start_window_is_waited_for():
    boot = bootloader(DUO_START_WINDOW_MS=28000)
    with LineBoard("--load", factory(), *options(CASES[4]), boot_m7=boot) as board:
        board.expect("a key enters recovery")
        board.never("a key enters recovery", 27)
        board.expect("app m7 1", 3)
