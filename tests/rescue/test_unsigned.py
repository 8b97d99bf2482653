# SPDX-License-Identifier: MIT
"""Files that nobody signed, by each way into recovery, while a device has something to lose: not a word of its flash changes."""

import functools
import struct
import subprocess

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


@functools.lru_cache(None)
def staged():
    """What it is in recovery for can have cost the first boot of the trial."""
    flash = new_flash(fresh())
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        receive(board, bundle("2.0.0", trial_boots=3))
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


# ---- Why the device waits there: each of these gives recovery other rights ----

BOOT_M4 = 0x08100000  # layouts/exchange.h


def took_faults(board):
    """As if the bootloader had taken two; its record lies in RAM that a reset leaves alone (boot/cm7/fault.c)."""
    table = subprocess.run(["arm-none-eabi-nm", firmware("boot_cm7.elf")], capture_output=True, text=True, check=True).stdout
    at = next(int(line.split()[0], 16) for line in table.splitlines() if line.split()[1:] == ["b", "record"])
    words = [0x4641554C, 2, 3, 0x1234, 0, 0, 0, 0]
    board.run(0.001)
    board.poke(at, struct.pack("<9I", *words, functools.reduce(int.__xor__, words, 0x5A5AA5A5)))
    board.reset()


def damages_m4(board):
    """The M4's bootloader; the good one is programmed again for the next power-on."""
    board.run(0.001)
    board.poke(BOOT_M4 + 0x100, bytes(WORD))
    board.reset()


def nobody(board):
    """It comes there by itself."""


CAUSES = {"asked": (("--button", "PC13"), nobody, "recovery was asked for"),
          "fault": ((), took_faults, "the bootloader took fault 3"),
          "m4": ((), damages_m4, "m4 did not start: its bootloader is damaged"),
          "m4_held": (("--option", "BCM4=0"), damages_m4, "m4 did not start: its bootloader is damaged"),
          "options": (("--option", "BOOT_CM4_ADD0=0x0818", "--option", "BOOT_CM4_ADD1=0x0810"), nobody, "an option byte is wrong")}


def nothing_changes(device, way, cause="asked"):
    make, then = DEVICES[device]
    arguments, comes_there, reason = CAUSES[cause]
    flash = new_flash(make())
    with LineBoard("--flash", flash, *arguments) as board:
        comes_there(board)
        board.expect(reason)
        board.expect(WAITING)
        before = board.flash_ops  # the boot has counted a trial, or has installed what is staged
        assert cause != "asked" or before == 0
        WAYS[way](board)
        assert board.flash_ops == before, "something unsigned has changed the flash"
    with LineBoard("--flash", flash, "--option", "BOOT_CM4_ADD0=0x0810") as board:
        board.expect(then)


def test_nothing_changes_in_a_first_trial_by_dfu():
    nothing_changes("first_trial", "dfu")


# Each device and each way once in proof, all pairs in long.
PAIRS = [pytest.param(device, way, marks=pytest.mark.proof if n == m else pytest.mark.long)
         for n, device in enumerate(DEVICES) for m, way in enumerate(WAYS)]


@pytest.mark.parametrize("device, way", PAIRS)
def test_nothing_changes(device, way):
    nothing_changes(device, way)


@pytest.mark.proof
@pytest.mark.parametrize("cause, way", [("fault", "ymodem"), ("m4", "smp"), ("m4_held", "programmer"), ("options", "dfu")])
def test_nothing_changes_in_a_first_trial_whatever_recovery_is_for(cause, way):
    nothing_changes("first_trial", way, cause)


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("device", DEVICES)
def test_nothing_changes_whatever_recovery_is_for(device, cause, way):
    nothing_changes(device, way, cause)
