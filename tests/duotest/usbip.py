# SPDX-License-Identifier: MIT
"""A USB/IP client (the Linux kernel's Documentation/usb/usbip_protocol.rst): control transfers to `duoemu run --usb`, in real time."""

import socket
import struct
import time

from duotest.dfu import GONE, UsbError


def connect(port, seconds=60):
    connection = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def receive(connection, n):
    data = b""
    while len(data) < n:
        piece = connection.recv(n - len(data))
        if not piece:
            raise UsbError(GONE)
        data += piece
    return data


def devices(port):
    """What `usbip list` shows: bus id, vendor, product."""
    with connect(port) as connection:
        connection.sendall(struct.pack(">HHI", 0x0111, 0x8005, 0))
        _, code, status, n = struct.unpack(">HHII", receive(connection, 12))
        assert (code, status) == (5, 0)
        found = []
        for _ in range(n):
            d = receive(connection, 312)
            receive(connection, 4 * d[311])
            found.append((d[256:288].rstrip(b"\0").decode(), *struct.unpack(">HH", d[300:304])))
        return found


class UsbIp:
    """`usbip attach`; the same calls as UsbLine."""

    def __init__(self, port):
        self.connection = connect(port)
        self.connection.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, b"1-1"))
        _, code, status = struct.unpack(">HHI", receive(self.connection, 8))
        assert code == 3
        if status:
            raise UsbError(GONE)
        self.device = receive(self.connection, 312)
        self.number = 0

    def close(self):
        self.connection.close()

    def sleep(self, ms):
        time.sleep(ms / 1000)

    def control(self, kind, request, value, index, data_or_length=b"", **_):
        into = kind & 0x80
        length = data_or_length if into else len(data_or_length)
        self.number += 1
        self.connection.sendall(struct.pack(">IIIIIIIIII", 1, self.number, 0x10002, 1 if into else 0, 0, 0, length, 0, 0, 0)
                                + struct.pack("<BBHHH", kind, request, value, index, length)
                                + (b"" if into else data_or_length))
        answer = receive(self.connection, 48)
        command, number, status, actual = struct.unpack(">II12xiI", answer[:28])
        assert (command, number) == (3, self.number)
        data = receive(self.connection, actual) if into else b""
        if status:
            raise UsbError(status)
        return data
