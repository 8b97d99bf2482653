# SPDX-License-Identifier: MIT
"""What must be refused, by each client: the same files, and each client is told so in its own way. The flash stays as it was. (What
they bring in has tests of its own.)"""

import functools
import struct

import pytest

from duotest.programmer import Client
from duotest.recovery import *
from duotest.slots import slots
from duotest.smp_peer import peer, upload_refused

COUNTER = 5  # of the device
FULL = b"\x5A\xA5" * 0x1000  # what its staging slots hold
WORDS = {"wrong_core": "made for the other core", "wrong_key": "signed by another key", "too_large": "too large for its slot",
         "downgrade": "security counter too low"}
CODES = {"wrong_core": 14, "wrong_key": 24, "too_large": 30, "downgrade": 27}  # IMG_MGMT_ERR_


def small(name, core, counter, key=None):
    """As little as an image may be, so that a line of 115200 baud takes no time."""
    payload = struct.pack("<II", 0x24001000, APP[core] + 9) + bytes(504)
    return signed(name, core, payload, "--security-counter", str(counter), key=key)


@functools.lru_cache(None)
def good(core):
    return small(f"good-{core}", core, COUNTER)


@functools.lru_cache(None)
def bad(case):
    """An image for the M7, which the client takes it for."""
    if case == "wrong_core":
        return good("m4")
    if case == "wrong_key":
        return small("foreign", "m7", COUNTER, other_key())
    if case == "downgrade":
        return small("old", "m7", COUNTER - 1)
    data = bytearray(contents(good("m7")))
    data[12:16] = struct.pack("<I", SLOT["m7"])
    return write("large.img", bytes(data))


@functools.lru_cache(None)
def of_counter():
    made = [signed(f"first-{core}", core, binary(core, 1), "--security-counter", str(COUNTER), version="1.0.0") for core in APP]
    return files.factory(*made)


def by_lines(program, *flags):
    def send_it(board, case):
        paths = [good("m4"), bad(case)] if case == "wrong_core" else [bad(case)]  # it says itself for which core it is
        done = board.ymodem(program, *flags, *paths)
        board.expect("refused: " + WORDS[case])
        assert done.returncode != 0, "the sender was told that all is well"
    return send_it


def by_smp(raw):
    def send_it(board, case):
        code = peer(board, lambda client: upload_refused(client, contents(bad(case)), 0), raw)
        assert code == CODES[case], code
    return send_it


def by_an3155(board, case):
    """Content of the M7's slot. What is too large reaches beyond it."""
    client = Client(board)
    if case == "too_large":
        assert not client.write(APP["m7"] + SLOT["m7"], bytes(64))
        return
    if case == "wrong_key":
        public = files.path("foreign.pub.pem")
        run(f"{BIN}/duoboot", "keygen", "-q", "--from", other_key(), "--public", public)
        content = slots(bad(case), small("foreign-m4", "m4", COUNTER, other_key()), public)["m7"]
    elif case == "wrong_core":
        content = slots(good("m7"), good("m4"))["m4"]
    else:
        content = slots(bad(case), good("m4"))["m7"]
    assert client.write(APP["m7"], content)
    assert not client.go()


CLIENTS = {"sb": by_lines("sb", "-q", "-k"), "smp_console": by_smp(False), "smp_raw": by_smp(True), "an3155": by_an3155}


@pytest.mark.parametrize("case", WORDS)
@pytest.mark.parametrize("client", ["sb", "smp_console", pytest.param("smp_raw", marks=pytest.mark.proof), "an3155"])
def test_refused(client, case):
    staged = write("staged.bin", FULL)
    with power_on("--load", of_counter(), "--button", "PC13=50ms", *(f"--load={staged}@{at}" for at in STAGING.values())) as board:
        CLIENTS[client](board, case)
        assert board.memory(STAGING["m7"], len(FULL)) == FULL, "the staging slot was touched"
