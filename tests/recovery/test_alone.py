# SPDX-License-Identifier: MIT
"""One core that starts again alone: by a window watchdog of core scope, or by a jump into its bootloader.

Its application and the other core's would be out of step. So the whole chip starts again, and says why in its reset
flags: WWDG1RSTF, WWDG2RSTF; SFT1RSTF, SFT2RSTF for a jump.
"""

import pytest

from duotest.recovery import *

FLAGS = {"w": 1 << 28, "W": 1 << 29, "j": 1 << 24, "J": 1 << 25}
ALL = sum(FLAGS.values())


def pair():
    m7, m4 = (signed(f"alone-{core}", core, firmware(f"alone_{core}.elf")) for core in ("m7", "m4"))
    return files.factory(m7, m4)


def start(board):
    flags = int(board.expect(r"app starts, reset flags 0x([0-9a-f]+)", 3).group(1), 16)
    board.expect("both run", 3)
    return flags


def both_start_again(key, says=None):
    for bcm4 in (1, 0):
        with LineBoard("--load", pair(), "--option", f"BCM4={bcm4}") as board:
            assert start(board) & ALL == 0
            board.key(key)
            if says:
                board.expect(says, 3)
            flags = start(board)
            assert flags & ALL == FLAGS[key], f"BCM4={bcm4}: reset flags 0x{flags:x}"
            assert "recovery" not in board.seen


@pytest.mark.proof
def test_window_watchdog_of_the_m7():
    both_start_again("w")


def test_window_watchdog_of_the_m4():
    both_start_again("W")


def test_the_m7_jumps_into_its_bootloader():
    both_start_again("j", "duoboot: the m7 was started alone, resetting both cores")


@pytest.mark.proof
def test_the_m4_jumps_into_its_bootloader():
    both_start_again("J")
