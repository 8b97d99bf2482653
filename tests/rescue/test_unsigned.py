# SPDX-License-Identifier: MIT
"""Files that nobody signed, by each way into recovery, while a device has something to lose: not a word of its flash changes."""

import functools

import pytest

from duotest.devices import *
from duotest.dfu import CLRSTATUS, ERROR, OK, SET, Dfu, UsbLine
from duotest.programmer import Client
from duotest.recovery import other_key
from duotest.slots import update
from duotest.smp_peer import peer, upload_refused

TRIAL = r"app m7 2\.0\.0: set 2\.0\.0, state trial"


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


# ---- Devices, and what runs on each in the end ----

@functools.lru_cache(None)
def first_trial():
    flash = new_flash()
    with LineBoard("--flash", flash) as board:
        receive(board, bundle("2.0.0", trial_boots=3))
        board.expect(TRIAL)
    return flash


@functools.lru_cache(None)
def trial():
    flash = new_flash(fresh())
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        receive(board, bundle("2.0.0", trial_boots=3))
        board.expect(TRIAL)
    return flash


DEVICES = {"first_trial": (first_trial, TRIAL), "trial": (trial, TRIAL), "staged": (staged, r"app m7 2\.0\.0: set 2\.0\.0, state trial"),
           "updated": (updated, r"app m7 2\.0\.0: set 2\.0\.0, state confirmed")}


# ---- Ways in ----

def wrong_files():
    good, bundled = contents(image("m4", "1.0.0")), contents(bundle("1.2.0"))
    yield from (flipped(good, len(good) // 2), flipped(good, len(good) - 5), good[:100], flipped(bundled, 40), flipped(bundled, 200),
                contents(bundle("1.2.0", key=other_key())))


def by_ymodem(board):
    for number, data in enumerate(wrong_files()):
        assert board.ymodem("sb", "-q", "-k", write(f"wrong-{number}.bin", data)).returncode != 0
        board.expect("refused: ")
        board.expect(WAITING)


def by_smp(board):
    async def talk(client):
        for data in wrong_files():
            for slot in (0, 1):
                assert await upload_refused(client, data, slot) is not None
    peer(board, talk)


def by_programmer(board):
    client = Client(board)
    slots = update()
    assert client.erase(*range(16))
    assert client.write(APP["m7"], slots["m7"]) and client.write(APP["m4"], flipped(slots["m4"], 0x100))
    assert not client.go()


def by_dfu(board):
    host = UsbLine(board)
    host.plug()
    dfu = Dfu(host)
    for alternate in (SET, 1, 2):
        dfu.open(alternate)
        for data in wrong_files():
            got, state, _ = dfu.download(data)
            assert got != OK and state == ERROR
            dfu.out(CLRSTATUS)


WAYS = {"ymodem": by_ymodem, "smp": by_smp, "programmer": by_programmer, "dfu": by_dfu}


def nothing_changes(device, way):
    make, then = DEVICES[device]
    flash = new_flash(make())
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        board.expect(WAITING)
        WAYS[way](board)
        assert board.flash_ops == 0, "something unsigned has changed the flash"
    with LineBoard("--flash", flash) as board:
        board.expect(then)


def test_nothing_changes_in_a_first_trial_by_dfu():
    nothing_changes("first_trial", "dfu")


@pytest.mark.proof
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("device", DEVICES)
def test_nothing_changes(device, way):
    nothing_changes(device, way)
