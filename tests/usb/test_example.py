# SPDX-License-Identifier: MIT
"""An application with a USB stack of its own (examples/app_m7/usb): interrupt-driven, in the order of ST's HAL, endpoint 1 besides 0.

It shows libduo's two ways (run-time DFU into recovery; the session fed by the application's own endpoint), and it is the
controller model's second driver, which nobody wrote for the model.
"""

import struct

from duotest.dfu import *
from duotest.recovery import contents, power_on
from duotest.usb_example import beating, factory, update

BEGIN, GIVE_UP, OUT, IN = 1, 2, 0x01, 0x81
NONE, DATA, WORK, COMPLETE, RELEASED, FAILED = range(6)  # enum duo_update_phase


def wanted():
    return contents(update())


def running():
    return power_on("--load", factory(), until=beating(1))


def plugged(board):
    host = UsbLine(board)
    host.plug()
    host.control(0x00, 9, 1, 0)
    return host


def report(host, ms=20000):
    """phase, error, received, total"""
    return struct.unpack("<IIII", host.endpoint(IN, 64, ms=ms))


def report_until(host, *phases):
    for _ in range(200):
        r = report(host)
        if r[0] in phases:
            return r
    raise AssertionError(f"phase {r[0]} does not end")


def test_the_device_describes_itself():
    with running() as board:
        host = plugged(board)
        c = host.control(0x80, 6, 0x200, 0, 255)
        assert len(c) == c[2] | c[3] << 8 and c[4] == 2, c.hex()
        assert c[9:18] == bytes([9, 4, 0, 0, 0, 0xFE, 1, 1, 3]) and c[18:21] == bytes([9, 0x21, 9]), c.hex()
        assert Dfu(host).string(2) == "duoboot example"
        assert host.control(0xA1, GETSTATUS, 0, 0, 6) == bytes(6)  # appIDLE
        assert host.control(0xA1, GETSTATE, 0, 0, 1) == b"\0"
        for refused in ((0xA1, UPLOAD, 0, 0, 64), (0x21, DNLOAD, 0, 0), (0x41, 9, 0, 1), (0x80, 6, 0x600, 0, 10)):
            try:
                host.control(*refused)
                raise AssertionError(f"accepted: {refused}")
            except UsbError as error:
                assert error.status == STALL, (refused, error)
        host.reset()
        assert host.control(0x80, 8, 0, 0, 1) == b"\1"  # the host has configured it again


def test_detached_into_recovery():
    """What dfu-util does with a device in run time: DETACH, then the same id comes back in DFU mode."""
    with running() as board:
        host = plugged(board)
        host.control(0x21, DETACH, 1000, 0)
        board.expect("detached, resetting into recovery")
        board.expect("waiting for a bundle", 30)
        while host.state() != READY:
            host.sleep(10)
        dfu = Dfu(host)
        dfu.open()
        assert dfu.download(wanted())[:2] == (OK, IDLE)
        board.expect(beating(2), 90)


def sent(host, data):
    for at in range(0, len(data), 4096):
        host.endpoint(OUT, data[at:at + 4096], ms=60000)


def test_the_running_application_takes_a_set():
    """Garbage before a session, a wrong file, then a set that is pulled out in the middle and sent on from where it stopped."""
    with running() as board:
        host = plugged(board)
        sent(host, b"nobody has asked for this")
        host.control(0x41, BEGIN, 0, 1)
        sent(host, b"this is no bundle" * 40)
        phase, error, _, _ = report_until(host, FAILED)
        assert error != 0
        host.control(0x41, BEGIN, 0, 1)
        assert report_until(host, DATA)[2] == 0
        sent(host, wanted()[:24000])
        host.unplug()
        board.expect(beating(1))  # it runs on
        board.reset()
        board.expect(beating(1), 60)
        host = plugged(board)
        host.control(0x41, BEGIN, 0, 1)
        _, _, received, total = report_until(host, DATA)
        assert 0 < received <= 24000 and total == len(wanted()), (received, total)
        sent(host, wanted()[received:])
        report_until(host, COMPLETE)
        board.expect("the set is complete, installing", 30)
        board.expect(beating(2), 90)
