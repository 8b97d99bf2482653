# SPDX-License-Identifier: MIT
"""A host that speaks DFU 1.1 to the emulated board, over any transport that has control() and sleep().

Virtual time: UsbLine, over tests/line. Real time: the USB/IP client in usbip.py.
"""

import struct

from duotest.line import MS, SECOND, LineBoard  # noqa: F401

DETACH, DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS, GETSTATE, ABORT = range(7)
IDLE, DNLOAD_SYNC, DNBUSY, DNLOAD_IDLE, MANIFEST_SYNC, MANIFEST, MANIFEST_WAIT_RESET, UPLOAD_IDLE, ERROR = range(2, 11)
OK, ERR_TARGET, ERR_FILE, ERR_WRITE, ERR_ERASE = range(5)
ERR_PROG, ERR_VERIFY, ERR_ADDRESS, ERR_NOTDONE = range(6, 10)
ERR_VENDOR, ERR_STALLEDPKT = 0x0B, 0x0F
SET, M7, M4 = range(3)
READY = 6  # enum usb_port
STALL, GONE, UNDER_WAY, PROTOCOL = -32, -19, 1, -71


class UsbError(Exception):
    def __init__(self, status):
        super().__init__({STALL: "stalled", GONE: "gone", UNDER_WAY: "no answer", PROTOCOL: "protocol"}.get(status, status))
        self.status = status


class UsbLine:
    """The host at the plug of a LineBoard. Seconds are virtual ones."""

    def __init__(self, board):
        self.board = board
        self.port = 0

    def _ask(self, what, payload=b""):
        b = self.board
        head, = b._ask(b"U" + what + payload, 10)
        _, self.port, status, n = struct.unpack("<BBiI", head)
        data = b._get(n)
        b.now, b.flash_ops, n = struct.unpack("<QQI", b._get(20))
        b.seen += b._get(n).decode("latin1")
        return status, data

    def plug(self, seconds=3):
        """Until the device is enumerated."""
        self._ask(b"p")
        end = self.board.now + seconds * SECOND
        while self.state() != READY:
            assert self.board.now < end, f"no device after {seconds} s: {self.board.seen[-400:]}"
            self.sleep(10)

    def unplug(self):
        self._ask(b"x")

    def reset(self):
        """Resets the bus, and restores address and configuration."""
        self._ask(b"r")
        end = self.board.now + 3 * SECOND
        while self.state() != READY and self.board.now < end:
            self.sleep(10)  # a device that was busy may miss its first reset: the host tries again

    def state(self):
        self._ask(b"s")
        return self.port

    def sleep(self, ms):
        self.board.step(self.board.now + int(ms * MS))

    def endpoint(self, number, data_or_length, ms=5000):
        """A transfer on a bulk endpoint; 0x80 and up: to the host. The bytes that came."""
        into = number & 0x80
        length = data_or_length if into else len(data_or_length)
        until = self.board.now + int(ms * MS)
        status, data = self._ask(b"e", struct.pack("<QBI", until, number, length) + (b"" if into else data_or_length))
        if status != 0:
            raise UsbError(status)
        return data

    def control(self, kind, request, value, index, data_or_length=b"", ms=5000):
        into = kind & 0x80
        length = data_or_length if into else len(data_or_length)
        setup = struct.pack("<BBHHH", kind, request, value, index, length)
        until = self.board.now + int(ms * MS)
        payload = struct.pack("<Q8sI", until, setup, length) + (b"" if into else data_or_length)
        status, data = self._ask(b"c", payload)
        if status != 0:
            raise UsbError(status)
        return data


class Dfu:
    """The requests, and what dfu-util makes of them."""

    def __init__(self, host):
        self.host = host
        self.busy_answers = 0

    def out(self, request, value=0, data=b"", **more):
        self.host.control(0x21, request, value, 0, data, **more)

    def get_state(self):
        return self.host.control(0xA1, GETSTATE, 0, 0, 1)[0]

    def get_status(self):
        """status, time-out in ms, state, string"""
        d = self.host.control(0xA1, GETSTATUS, 0, 0, 6)
        assert len(d) == 6, d
        return d[0], d[1] | d[2] << 8 | d[3] << 16, d[4], d[5]

    def string(self, index):
        d = self.host.control(0x80, 6, 0x300 | index, 0x409, 255)
        assert d[0] == len(d) and d[1] == 3, d
        return d[2:].decode("utf-16le")

    def open(self, alternate=SET):
        """As dfu-util begins: configuration, alternate, dfuIDLE."""
        self.host.control(0x00, 9, 1, 0)
        self.host.control(0x01, 11, alternate, 0)
        for _ in range(5):
            status, _, state, _ = self.get_status()
            if state == IDLE:
                return
            self.out(CLRSTATUS if state == ERROR else ABORT)
        raise AssertionError(f"never dfuIDLE: status {status}, state {state}")

    def settle(self):
        """Until the device is not busy; its status, state and string index."""
        for _ in range(1000):
            status, ms, state, text = self.get_status()
            if state not in (DNLOAD_SYNC, DNBUSY, MANIFEST_SYNC, MANIFEST):
                return status, state, text
            self.busy_answers += 1
            assert ms > 0, "busy, and does not say for how long"
            self.host.sleep(ms)
        raise AssertionError("busy forever")

    def transfer_size(self):
        d = self.host.control(0x80, 6, 0x200, 0, 255)
        at = 0
        while d[at + 1] != 0x21:
            at += d[at]
        return d[at + 5] | d[at + 6] << 8

    def download(self, data, size=None):
        """status, state, and what the device says to it."""
        size = size or self.transfer_size()
        number = 0
        for at in range(0, len(data), size):
            self.out(DNLOAD, number, data[at:at + size])
            number = number + 1 & 0xFFFF
            status, state, text = self.settle()
            if state != DNLOAD_IDLE:
                return status, state, self.string(text) if text else ""
        self.out(DNLOAD, number)
        status, state, text = self.settle()
        return status, state, self.string(text) if text else ""

    def upload(self, size=None):
        size = size or self.transfer_size()
        data, number = b"", 0
        while True:
            piece = self.host.control(0xA1, UPLOAD, number, 0, size)
            data += piece
            number += 1
            if len(piece) < size:
                return data


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"status {status}: {text}")
        self.status, self.text = status, text


class DfuSe(Dfu):
    """ST's extension, request by request as dfu-util's -s makes them."""

    SECTOR = 0x20000

    def block(self, number, data):
        """dfu-util wants to see dfuDNBUSY after each, and waits."""
        self.out(DNLOAD, number, data)
        status, ms, state, text = self.get_status()
        if status == OK:
            assert state == DNBUSY and ms > 0, (state, ms)
            self.host.sleep(ms)
            status, state, text = self.settle()
        if status != OK:
            raise Refused(status, self.string(text) if text else "")
        assert state == DNLOAD_IDLE, state

    def command(self, data):
        self.block(0, data)

    def set_address(self, addr):
        self.command(b"\x21" + struct.pack("<I", addr))

    def erase(self, addr):
        self.command(b"\x41" + struct.pack("<I", addr))

    def erase_all(self):
        self.command(b"\x41")

    def download(self, addr, data, erase=True, size=None):
        """Into erased sectors; always as block 2."""
        size = size or self.transfer_size()
        if erase:
            for sector in range(addr // self.SECTOR, (addr + len(data) - 1) // self.SECTOR + 1):
                self.erase(sector * self.SECTOR)
        for at in range(0, len(data), size):
            self.set_address(addr + at)
            self.block(2, data[at:at + size])

    def leave(self, addr=None):
        """What the only GETSTATUS after it says: status, state, text."""
        if addr is not None:
            self.set_address(addr)
        self.out(DNLOAD, 2)
        status, _, state, text = self.get_status()
        return status, state, self.string(text) if text else ""

    def read(self, number, size=None):
        self.out(ABORT)
        return self.host.control(0xA1, UPLOAD, number, 0, size or self.transfer_size())

    def upload(self, length):
        """From the address that was set on."""
        size = self.transfer_size()
        self.out(ABORT)
        data = b"".join(self.host.control(0xA1, UPLOAD, 2 + at // size, 0, min(size, length - at))
                        for at in range(0, length, size))
        if self.get_state() == UPLOAD_IDLE:
            self.out(ABORT)
        return data
