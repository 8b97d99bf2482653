# SPDX-License-Identifier: MIT
"""A plug that is pulled, a bus or a chip that is reset, a host that is in a hurry: the next try works, nothing is lost."""

import random

import pytest

from duotest.dfu import *
from duotest.recovery import APP, bundle, contents, factory, image, is_at, power_on, recovery, running

GOOD = contents(bundle("2.0.0"))


def plugged(board):
    host = UsbLine(board)
    host.plug()
    return host, Dfu(host)


def then_it_is_taken(board, host, dfu):
    assert is_at(board, APP["m7"], image("m7", "1.0.0")) and is_at(board, APP["m4"], image("m4", "1.0.0"))
    dfu.open(SET)
    assert dfu.download(GOOD)[:2] == (OK, IDLE)
    board.expect(running(2, 2), 60)


def download_until(dfu, moments):
    """A download whose `moments`th transfer or sleep does not come to its end; False: it was complete before."""
    host, left = dfu.host, [moments]
    control, sleep = host.control, host.sleep

    def cut_control(*arguments, **more):
        left[0] -= 1
        if left[0] == 0:
            control(*arguments, **dict(more, ms=0.1))  # somewhere inside of it, or just after
            raise UsbError(UNDER_WAY)
        return control(*arguments, **more)

    def cut_sleep(ms):
        left[0] -= 1
        sleep(ms / 2 if left[0] == 0 else ms)
        if left[0] == 0:
            raise UsbError(UNDER_WAY)

    host.control, host.sleep = cut_control, cut_sleep
    try:
        dfu.download(GOOD)
        return False
    except UsbError as error:
        assert error.status == UNDER_WAY, error
        return True
    finally:
        host.control, host.sleep = control, sleep


@pytest.mark.long
def test_unplugged_at_any_transfer():
    for moment in (1, 2, 3, 4, 5, 8, 13, 21, 30):
        with recovery() as board:
            host, dfu = plugged(board)
            dfu.open()
            if download_until(dfu, moment):
                host.unplug()
                host.sleep(random.Random(moment).choice([1, 50, 2000]))
                host, dfu = plugged(board)
                then_it_is_taken(board, host, dfu)


def pulled_out_during(board, control, arguments, more):
    """In a copy of the board: the plug is out in the middle of this transfer; then the device takes a file from its first block on, or
    it has the set as a whole and installs it."""
    with board.copy():
        try:
            control(*arguments, **dict(more, ms=0.1))
        except UsbError as error:
            assert error.status == UNDER_WAY, error
        UsbLine(board).unplug()
        board.run(0.5)
        if "set received" in board.seen:
            board.expect(running(2, 2), 60)
            return
        _, dfu = plugged(board)
        dfu.open(SET)
        dfu.out(DNLOAD, 0, GOOD[:4096])
        assert dfu.settle()[:2] == (OK, DNLOAD_IDLE)


def unplugged_during(chosen):
    """At each transfer of a download for which chosen(block, its number since then) holds; how many. The board itself goes on."""
    with recovery() as board:
        host, dfu = plugged(board)
        dfu.open()
        control, block, since_block, times = host.control, -1, 1, 0

        def cut(*arguments, **more):
            nonlocal block, since_block, times
            if arguments[1] == DNLOAD:
                block, since_block = block + 1, 0
            else:
                since_block += 1
            if chosen(block, since_block):
                times += 1
                pulled_out_during(board, control, arguments, more)
            return control(*arguments, **more)

        host.control = cut
        assert dfu.download(GOOD)[:2] == (OK, IDLE)
        return times


BLOCKS = -(-len(GOOD) // 4096) + 1  # the last one is empty


def test_unplugged_at_some_blocks():
    """In the block, or in the question after it."""
    assert unplugged_during(lambda block, since_block: block % 5 == 0 and since_block == block // 5 % 2) == -(-BLOCKS // 5)


@pytest.mark.proof
def test_unplugged_at_every_block():
    assert unplugged_during(lambda block, since_block: since_block <= 1) == 2 * BLOCKS


@pytest.mark.long
def test_unplugged_at_every_transfer():
    assert unplugged_during(lambda block, since_block: True) > 100


@pytest.mark.proof
def test_a_storm_of_resets():
    rng = random.Random(3)
    with recovery() as board:
        host, dfu = plugged(board)
        for _ in range(12):
            dfu.open()
            download_until(dfu, rng.randrange(1, 12))
            for _ in range(rng.randrange(1, 4)):
                host.reset()
                host.sleep(rng.choice([0, 1, 30]))
        then_it_is_taken(board, host, dfu)


def erase_runs(dfu, block):
    """Sends a block. True: the device is busy with an erase; else the block is done."""
    dfu.out(DNLOAD, block, GOOD[block * 4096:][:4096])
    while True:
        status, ms, state, _ = dfu.get_status()
        if state != DNBUSY or ms > 200:
            assert status == OK and state in (DNBUSY, DNLOAD_IDLE), (status, state)
            return state == DNBUSY
        dfu.host.sleep(ms)


def test_a_second_host_asks_while_it_is_busy():
    with recovery() as board:
        host, dfu = plugged(board)
        dfu.open()
        block = 0
        while not erase_runs(dfu, block):
            block += 1
        began = board.now
        assert dfu.get_state() == DNBUSY
        try:
            dfu.out(DNLOAD, block + 1, GOOD[:4096])
            raise AssertionError("a block is taken while another is at work")
        except UsbError as error:
            assert error.status == STALL
        assert dfu.get_status()[::2] == (ERR_STALLEDPKT, ERROR)
        dfu.out(CLRSTATUS)  # is held until the flash is done
        assert board.now - began > 300 * MS, board.now - began
        assert dfu.get_status()[::2] == (OK, IDLE)
        then_it_is_taken(board, host, dfu)


@pytest.mark.proof
def test_a_reset_in_the_middle():
    for operation in (1, 40, 200, 700):
        with power_on("--load", factory(), "--button", "PC13=50ms") as board:
            host, dfu = plugged(board)
            dfu.open()
            try:
                while board.flash_ops < operation:
                    block = getattr(dfu, "block", 0)
                    dfu.out(DNLOAD, block, GOOD[block * 4096:][:4096])
                    if dfu.settle()[1] != DNLOAD_IDLE:
                        break
                    dfu.block = block + 1
            except UsbError:
                pass
            board.reset()
            board.expect(running(1, 1), 60)


def cut_off(operation):
    """A download, and what follows it, with the power cut at this flash operation; then the next try is taken."""
    with recovery() as board:
        host, dfu = plugged(board)
        board.cut_at(operation)
        try:
            dfu.open()
            assert dfu.download(GOOD)[:2] == (OK, IDLE)
        except UsbError as error:
            assert error.status in (GONE, UNDER_WAY, PROTOCOL), error
        ran = board.expect(r"app: m7 (\d)\.0\.0 beat \d+, m4 (\d)\.0\.0 beat [1-9]\d*, fpu ok|waiting for a bundle", 90)
        assert ran.group(1) == ran.group(2), f"cut at {operation}: {ran.group(0)}"
        assert board.flash_ops >= operation, f"no cut at {operation}: {board.flash_ops} operations in all"
        if ran.group(1):
            board.expect("confirm: (done|nothing)", 30)
            board.key("r", "waiting for a bundle", 60)
        host.unplug()
        host, dfu = plugged(board)
        dfu.open()
        assert dfu.download(GOOD)[:2] == (OK, IDLE)
        board.expect(running(2, 2), 90)


def stages():
    """Flash operations before a download, of its parts, and when its set runs: (begin, verified, installed)."""
    with recovery() as board:
        host, dfu = plugged(board)
        begin = board.flash_ops
        dfu.open()
        assert dfu.download(GOOD)[:2] == (OK, IDLE)
        verified = board.flash_ops
        board.expect(running(2, 2), 60)
        return begin, verified, board.flash_ops


@pytest.mark.proof
def test_the_power_is_cut_in_a_download():
    begin, verified, _ = stages()
    assert begin < verified
    cut_off((begin + verified) // 2)


@pytest.mark.proof
def test_the_power_is_cut_after_a_download():
    """In the journal's entry for it, and in the middle of the exchange."""
    _, verified, installed = stages()
    assert verified < installed
    for operation in (verified, (verified + installed) // 2):
        cut_off(operation)


@pytest.mark.long
def test_the_power_is_cut_everywhere():
    begin, verified, installed = stages()
    for operation in sorted({*range(begin + 1, begin + 5), *range(begin + 5, verified, 97), *range(verified - 3, verified + 12),
                             *range(verified + 12, installed, 211), installed}):
        cut_off(operation)


def test_nothing_of_usb_is_left_on():
    """Registers of USB, its clock and its supply, when the applications run after an update by USB."""
    with recovery() as board:
        host, dfu = plugged(board)
        assert board.memory(0x40080038, 4) != bytes(4)  # GCCFG: the PHY has power now
        dfu.open()
        assert dfu.download(GOOD)[:2] == (OK, IDLE)
        board.expect(running(2, 2), 60)
        word = lambda a: int.from_bytes(board.memory(a, 4), "little")  # noqa: E731
        assert word(0x40080038) == 0 and word(0x40080008) == 0 and word(0x40080014) == 0x04000020
        assert word(0x58024400) & 3 << 12 == 0, "HSI48 is on"
        assert word(0x58024454) >> 20 & 3 == 0, "USBSEL"
        assert word(0x5802480C) >> 24 == 0, "the supply of the PHY is on"
        assert word(0x58024538) & 1 << 27 == 0 and word(0x58024540) & 2 == 0, "bus clocks"
        assert word(0x40008400) == 0x2000, "CRS"
