# SPDX-License-Identifier: MIT
"""Flash operations that never end (duoemu run --flash-endless): each wait has an end, a reason, and another way.

A device whose flash does so once goes on after a reset; one whose flash always does so ends in recovery, with a true
reason, and answers there. The watchdog, which is fed meanwhile, ends none of this.
"""

import pytest

from duotest.recovery import *

STUCK = "a flash operation does not end"
JOURNAL = layout.journal[0]


def device(kind, place, times=""):
    return recovery("--flash-endless", f"{kind}@0x{place:08x}{times}")


def download(kind, place):
    with device(kind, place, ",times=1") as board:
        assert board.ymodem("sb", "-q", "-k", bundle("2.0.0")).returncode != 0, "sb was told that all is well"
        board.expect(rf"refused: {STUCK}; reset \(b\), then send it again")
        board.expect(WAITING)
        board.key("s", "duoboot: write protection: ")  # it answers, though a bank cannot be read
        board.key("b", running(1, 1))
        board.key("r", WAITING)
        send(board, bundle("2.0.0"))
        board.expect(running(2, 2))


def install(kind, place):
    with device(kind, place, ",times=1") as board:
        send(board, bundle("2.0.0"))
        board.expect(f"exchange stopped: {STUCK}; resetting")
        board.expect(DONE)
        board.expect(running(2, 2))


def never_again(kind, place):
    with device(kind, place) as board:
        send(board, bundle("2.0.0"))
        for _ in range(3):
            board.expect(f"exchange stopped: {STUCK}; resetting")
        board.expect("reason: the flash does not take what is written")
        board.expect(WAITING)
        board.never("exchanging the sets|app m7", 1)


@pytest.mark.proof
def test_erases_in_a_download():
    for core in APP:
        download("erase", STAGING[core])


@pytest.mark.long
def test_programs_in_a_download():
    for core in APP:
        download("program", STAGING[core])


@pytest.mark.proof
def test_an_erase_in_the_m7s_slot():
    install("erase", APP["m7"])


def test_an_erase_in_the_m4s_slot():
    install("erase", APP["m4"])


@pytest.mark.long
def test_programs_in_an_installation():
    for core in APP:
        install("program", APP[core])


def test_the_journal():
    with device("program", JOURNAL, ",times=1") as board:
        assert board.ymodem("sb", "-q", "-k", bundle("2.0.0")).returncode != 0
        board.expect("refused: ")
        board.key("b", running(1, 1))


@pytest.mark.long
def test_a_broken_bank_1():
    never_again("erase", APP["m7"])


@pytest.mark.proof
def test_a_broken_bank_2():
    """With the journal in it: nothing can be recorded there."""
    never_again("erase", APP["m4"])
