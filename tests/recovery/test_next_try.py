# SPDX-License-Identifier: MIT
"""A program that was killed in its transfer keeps no other away: 3 s later whatever comes next is served at once, or, if it waits to
be asked for a file, when recovery asks again."""

import pytest

from duotest.programmer import Client, kill_programmer
from duotest.recovery import *
from duotest.smp_peer import *


def sender(*command, after):
    return lambda board: board.ymodem(*command, unplug_after=after)


def uploader(raw):
    async def cut(client):
        async for offset in client.upload(contents(bundle("2.0.0")), 0, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER):
            if offset > 3000:
                return

    return lambda board: peer(board, cut, raw)


KILLED = {
    "ymodem": sender("sb", "-q", "-k", bundle("2.0.0"), after=3000),
    "ymodem-in-the-header": sender("sb", "-q", "-k", bundle("2.0.0"), after=60),
    "ymodem-after-the-header": sender("sb", "-q", "-k", image("m4", "2.0.0"), after=140),
    "ymodem-of-an-image": sender("sb", "-q", "-k", image("m7", "2.0.0"), after=3000),
    "xmodem": sender("sx", "-q", "-k", bundle("2.0.0"), after=3000),
    "console": uploader(raw=False),
    "raw": uploader(raw=True),
    "programmer": lambda board: kill_programmer(board, "m7", contents(image("m7", "2.0.0"))[:3072]),
    "programmer-at-once": lambda board: board.send(b"\x7f"),
}


def echo(raw):
    return lambda board: peer(board, lambda client: ask(client, EchoWrite(d="there")), raw)


def read(board):
    assert len(Client(board).read(APP["m7"], 16)) == 16


def press(board):
    board.key("m", r"1.*download", 3)


def send(*command):
    def sends(board):
        done = board.ymodem(*command)
        assert done.returncode == 0, done
        board.expect("received .*, resetting|resetting to install it")

    return sends


# What is done, and the seconds that it may take: a sender is asked 10 s after the last client was heard.
NEXT = {
    "console": (echo(raw=False), 0.5),
    "raw": (echo(raw=True), 0.5),
    "programmer": (read, 3),  # stm32flash sends its first byte once more after 2 s
    "person": (press, 3),
    "ymodem": (send("sb", "-q", "-k", bundle("2.0.0")), 20),
    "xmodem": (send("sx", "-q", "-k", bundle("2.0.0")), 30),
}
NOW = (("ymodem", "programmer"),)
SOON = (("ymodem", "person"), ("programmer", "person"), ("ymodem", "ymodem"), ("programmer", "console"), ("programmer", "raw"), ("xmodem", "xmodem"))
# XMODEM's first block is taken for the one that the header has announced: its sender is cancelled, and the next one is served.
SECOND_TRY = (("ymodem-after-the-header", "xmodem"),)


def pairs():
    for killed in KILLED:
        for comes in NEXT:
            pair = killed, comes
            mark = [] if pair in NOW else pytest.mark.proof if pair in SOON else pytest.mark.long
            yield pytest.param(killed, comes, marks=mark)


@pytest.mark.parametrize("killed, comes", pairs())
def test_whatever_comes_next_is_served(killed, comes):
    does, seconds = NEXT[comes]
    with recovery() as board:
        KILLED[killed](board)
        board.run(3)
        if (killed, comes) in SECOND_TRY:
            assert board.ymodem("sx", "-q", "-k", bundle("2.0.0")).returncode != 0
            board.run(1)
        start = board.now
        does(board)
        assert board.now - start < seconds * SECOND, f"{(board.now - start) / SECOND:.2f} s"
