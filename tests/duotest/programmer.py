# SPDX-License-Identifier: MIT
"""A client of ST's boot loader protocol, byte for byte as stm32flash plays it."""

import functools

from duotest.line import MS, SECOND
from duotest.recovery import APP, DONE, running

ACK, NACK = b"\x79", b"\x1f"


def xored(data):
    return functools.reduce(lambda a, b: a ^ b, data, 0)


class Client:
    def __init__(self, board):
        self.board = board
        board.run(0.1)
        first = self.say(b"\x7f")
        assert (first or self.say(b"\x7f")) in (ACK, NACK)  # once more when nobody answers, as stm32flash does

    def say(self, data, n=1, seconds=2):
        """Sends, and hears n bytes; what comes sooner than the answer is the device's own text, dropped here."""
        board = self.board
        board.step(board.now + 1)
        heard = b""
        board.send(data[:-1])
        heard += board.step(board.now + 1, data[-1:])
        end = board.now + int(seconds * SECOND)
        while len(heard) < n and board.now < end:
            heard += board.step(min(end, board.now + MS))
        return heard

    def command(self, code):
        return self.say(bytes([code, code ^ 0xFF]))

    def address(self, code, addr):
        assert self.command(code) == ACK
        data = addr.to_bytes(4, "big")
        return self.say(data + bytes([xored(data)]))

    def write(self, addr, data):
        """True when every block was acknowledged."""
        for at in range(0, len(data), 256):
            block = data[at:at + 256]
            assert self.address(0x31, addr + at) == ACK
            block = bytes([len(block) - 1]) + block
            if self.say(block + bytes([xored(block)])) != ACK:
                return False
        return True

    def read(self, addr, n):
        assert self.address(0x11, addr) == ACK
        answer = self.say(bytes([n - 1, (n - 1) ^ 0xFF]), n + 1)
        return answer[1:] if answer[:1] == ACK else None

    def erase(self, *pages):
        assert self.command(0x44) == ACK
        data = b"".join(number.to_bytes(2, "big") for number in (len(pages) - 1, *pages))
        return self.say(data + bytes([xored(data)])) == ACK

    def go(self, addr=APP["m7"]):
        return self.address(0x21, addr) == ACK


def after_go(board, m7, m4):
    board.expect(r"resetting to install it")
    board.expect(DONE)
    board.expect(running(m7, m4))


def kill_programmer(board, core, content=b""):
    """It is in the middle of a block of this core's slot."""
    client = Client(board)
    assert client.write(APP[core], content)
    client.address(0x31, APP[core] + len(content))
    board.send(b"\xff" + bytes(100))
