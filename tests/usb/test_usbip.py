# SPDX-License-Identifier: MIT
"""duoemu run --usb: a USB/IP client in user space finds the board, updates it, loses it, and may come again. Real time."""

import re

from duotest.dfu import *
from duotest.recovery import bundle, contents, factory
from duotest.board import Board
from duotest.usbip import UsbIp, devices


def usb_port(board):
    return int(re.search(r"OTG_FS on localhost:(\d+)", board.log_text()).group(1))


def test_a_client_updates_both_cores():
    with Board("--load", factory(), "--button", "PC13=50ms", "--usb", "OTG_FS=usbip:0") as board:
        board.expect("waiting for a bundle by ymodem")
        port = usb_port(board)
        assert devices(port) == [("1-1", 0x1209, 0x0001)]
        first = UsbIp(port)
        assert Dfu(first).string(2) == "duoboot recovery"
        first.close()
        second = UsbIp(port)  # the plug was pulled, and put in again
        dfu = Dfu(second)
        dfu.open()
        assert dfu.download(contents(bundle("2.0.0")))[:2] == (OK, IDLE)
        board.expect(r"app: m7 2\.0\.0 beat \d+, m4 2\.0\.0", 120)
        try:
            second.control(0x80, 6, 0x100, 0, 18)
            raise AssertionError("the device answers, and it has gone")
        except UsbError as error:
            assert error.status == GONE
        assert devices(port) == []
