# SPDX-License-Identifier: MIT
"""GDB's remote protocol, as far as the tests need it: look at a stopped core, run to an address."""

import socket
import time


class Rsp:
    def __init__(self, port, seconds=300):
        end = time.time() + seconds
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
                break
            except OSError:
                if time.time() > end:
                    raise
                time.sleep(0.05)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def _byte(self):
        while not self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError("duoemu closed the connection")
            self.buffer = data
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def _reply(self):
        while self._byte() != b"$":
            pass
        packet = b""
        while True:
            byte = self._byte()
            if byte == b"#":
                break
            packet += byte
        self._byte(), self._byte()
        self.socket.sendall(b"+")
        return packet.decode("latin1")

    def ask(self, text):
        data = text.encode("latin1")
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xFF))
        return self._reply()

    def words(self, address, count):
        """`count` words from `address`, without side effects; None for each that cannot be read."""
        reply = self.ask(f"m{address:x},{4 * count:x}")
        if reply.startswith("E"):
            return [None] * count
        data = bytes.fromhex(reply)
        data += b"\0" * (4 * count - len(data))
        return [int.from_bytes(data[4 * i:4 * i + 4], "little") for i in range(count)]

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def set_register(self, number, value):
        if self.ask(f"P{number:x}={value.to_bytes(4, 'little').hex()}") != "OK":
            raise AssertionError(f"register {number} cannot be set")

    def go(self):
        """Continues without waiting for a stop."""
        self.socket.sendall(b"$c#63")

    def stop(self):
        """What Ctrl-C does in GDB."""
        self.socket.sendall(b"\x03")
        return self._reply()

    def run_to(self, address):
        """Hardware breakpoint, continue, breakpoint off again."""
        if self.ask(f"Z1,{address:x},2") != "OK":
            raise AssertionError("no hardware breakpoint")
        stop = self.ask("c")
        if not stop.startswith(("T05", "S05")):
            raise AssertionError(f"did not stop at 0x{address:x}: {stop}")
        self.ask(f"z1,{address:x},2")
