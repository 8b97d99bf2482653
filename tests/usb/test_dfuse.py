# SPDX-License-Identifier: MIT
"""Slots by address, in a bootloader with DUO_DFUSE: what dfu-util -s and STM32CubeProgrammer send."""

import contextlib

import pytest

from duotest.dfu import *
from duotest.board import BIN, run
from duotest.recovery import APP, bundle, factory, files, image, is_at, layout, other_key, power_on, running, send
from duotest.slots import slots, update
from duotest.variant import bootloader

BOOT_M7 = layout.boot["m7"]


@contextlib.contextmanager
def plugged():
    with power_on("--load", factory(), "--button", "PC13=50ms", boot_m7=bootloader(DUO_DFUSE="ON")) as board:
        host = UsbLine(board)
        host.plug()
        dfu = DfuSe(host)
        dfu.open()
        yield board, host, dfu


def foreign():
    public = files.path("foreign.pub.pem")
    run(f"{BIN}/duoboot", "keygen", "-q", "--from", other_key(), "--public", public)
    return slots(image("m7", "2.0.0", key=other_key()), image("m4", "2.0.0", key=other_key()), public)


def stalls(host, *setup):
    try:
        host.control(*setup)
        return False
    except UsbError as error:
        return error.status == STALL


def test_the_device_describes_itself():
    with plugged() as (_, host, dfu):
        c = host.control(0x80, 6, 0x200, 0, 255)
        assert c[4] == 1 and c[-9:] == bytes([9, 0x21, 3, 255, 0, 0x00, 0x10, 0x1A, 0x01]), c.hex()
        assert dfu.string(c[17]) == "@Internal Flash   /0x08000000/16*128Kg"
        assert stalls(host, 0x01, 11, 1, 0)  # one alternate
        assert dfu.read(0) == b"\x00\x21\x41"


def test_both_slots_become_a_set_at_the_leave():
    new = update()
    with plugged() as (board, _, dfu):
        before = board.flash_ops
        for core in ("m4", "m7"):
            dfu.download(APP[core], new[core])
        dfu.set_address(APP["m7"])
        assert dfu.upload(len(new["m7"])) == new["m7"]
        assert board.flash_ops == before, "the flash was touched before the leave"
        assert dfu.leave(APP["m7"]) == (OK, MANIFEST, "")
        board.expect(running(2, 2), 60)


@pytest.mark.proof
def test_one_slot_joins_the_other_cores_image():
    with plugged() as (board, _, dfu):
        dfu.download(APP["m4"], update()["m4"])
        assert dfu.leave(APP["m4"])[:2] == (OK, MANIFEST)
        board.expect(running(1, 2), 60)


@pytest.mark.proof
def test_two_runs_of_a_program_make_one_set():
    with plugged() as (board, host, dfu):
        dfu.download(APP["m7"], update()["m7"])
        host.sleep(15000)  # longer than the line waits for a silent host
        dfu.open()
        dfu.download(APP["m4"], update()["m4"])
        assert dfu.leave()[:2] == (OK, MANIFEST)
        board.expect(running(2, 2), 60)


def refused(dfu, act, status, words):
    try:
        act()
        raise AssertionError(f"{words}: accepted")
    except Refused as refusal:
        assert refusal.status == status and words in refusal.text, (refusal.status, refusal.text)
    dfu.out(CLRSTATUS)
    assert dfu.get_status()[::2] == (OK, IDLE)


def leave(dfu):
    status, state, text = dfu.leave()
    if (status, state) != (OK, MANIFEST):
        raise Refused(status, text)


@pytest.mark.proof
def test_what_is_refused_loses_nothing_and_the_next_is_taken():
    new = update()
    with plugged() as (board, _, dfu):
        before = board.flash_ops
        refused(dfu, lambda: dfu.command(b"\x92"), ERR_VENDOR, "no such command")  # "read unprotect"
        refused(dfu, lambda: dfu.command(b"\x21\x00"), ERR_VENDOR, "no such command")
        refused(dfu, lambda: dfu.download(BOOT_M7, b"\x00" * 64), ERR_ADDRESS, "nothing can be written there")
        refused(dfu, lambda: dfu.download(0x20000000, b"\x00" * 64, erase=False), ERR_ADDRESS, "nothing can be written there")
        refused(dfu, lambda: dfu.erase(0x08200000), ERR_ADDRESS, "nothing can be written there")
        dfu.download(APP["m7"], new["m7"][:20000])
        refused(dfu, lambda: leave(dfu), ERR_NOTDONE, "a slot is not whole")
        stranger = foreign()
        for core in ("m7", "m4"):
            dfu.download(APP[core], stranger[core])
        refused(dfu, lambda: leave(dfu), ERR_FILE, "sign it with this device's key")
        assert board.flash_ops == before
        dfu.erase_all()
        dfu.download(APP["m7"], new["m7"])  # alone: what was sent of the M4's is erased
        leave(dfu)
        board.expect(running(2, 1), 60)


@pytest.mark.proof
def test_a_leave_without_a_download_ends_recovery():
    with plugged() as (board, _, dfu):
        assert dfu.leave(APP["m7"])[:2] == (OK, MANIFEST)
        board.expect(running(1, 1), 30)


@pytest.mark.proof
def test_a_reset_of_the_bus_gives_up_what_was_written():
    with plugged() as (board, host, dfu):
        dfu.download(APP["m7"], update()["m7"])
        host.reset()
        send(board, bundle("2.0.0"))  # the serial line asks for files again
        board.expect(running(2, 2), 60)


@pytest.mark.proof
def test_a_silent_host_leaves_the_serial_line_to_others():
    with plugged() as (board, _, dfu):
        dfu.download(APP["m7"], update()["m7"][:8192])
        board.run(11)
        send(board, bundle("2.0.0"))
        board.expect(running(2, 2), 60)
        assert is_at(board, APP["m7"], image("m7", "2.0.0"))
