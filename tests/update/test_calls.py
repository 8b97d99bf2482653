# SPDX-License-Identifier: MIT
"""What libduo's calls take of time and of stack, measured in a running application (the stack is painted), against the table in
docs/iap.md; and what they say where they are not allowed. tests/fw/calls makes them."""

import os
import re
import struct

import pytest

from duotest.board import ROOT
from duotest.devices import *

SEEN = 0x24000000  # tests/fw/calls/calls.h
ODD = 64
COST = SEEN + 16 + 4 * ODD
CALLS = ("confirm service kept feed get_status get_log update_begin update_resume update_write update_poll update_work update_look "
         "update_next update_abort update_install update_buffer server_start server_work").split()
BUNDLE = COST + 12 * len(CALLS)
UNSEEN = 64  # what a measurement takes of the stack itself
US = {"us": 1, "ms": 1000, "s": 1000000}


def device(version):
    m7 = signed(f"calls-{version}", "m7", firmware("calls_m7.elf"), version=version)
    m4 = image("m4", version)
    return m7, m4


def words(board, at, n):
    return struct.unpack(f"<{n}I", board.memory(at, 4 * n))


def stated():
    """The table of docs/iap.md: {name: (microseconds, bytes of stack)}."""
    with open(os.path.join(ROOT, "docs", "iap.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `duo_(\w+)\(\)` \| ([\d.]+) (us|ms|s) \| `?(\w+)`? \|", file.read(), flags=re.M)
    sizes = {}
    for header in ("duo.h", "server.h"):
        with open(os.path.join(ROOT, "include", "duo", header), encoding="utf-8") as file:
            sizes.update(re.findall(r"#define (DUO_STACK\w*)\s+(\d+)u", file.read()))
    return {name: (float(value) * US[unit], int(sizes[stack])) for name, value, unit, stack in rows}


def status_numbers():
    with open(os.path.join(ROOT, "include", "duo", "status.h"), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    return re.findall(r"\b(DUO_OK|DUO_E_\w+)\b", text[text.index("enum duo_status {"):text.index("DUO_STATUS_COUNT")])


EXPECTED = """
    NO_IMAGE STATE STATE STATE STATE STATE ARG ARG ARG
    OK OPEN OPEN OPEN STATE STATE OK
    OK OK MAGIC MAGIC MAGIC MAGIC MAGIC OPEN STATE
    INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT OK
    OK
""".split()  # in the order of calls.c; the last one: bytes after the end


@pytest.mark.parametrize("update", [False, pytest.param(True, marks=pytest.mark.long)])
def test_calls_keep_to_their_time_and_say_what_is_wrong(update):
    """Before an update; and through one, to the end of the trial."""
    out = files.path("calls.duo")
    m7, m4 = device("2.0.0")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", m4, "--set-version", "2.0.0", "--key", files.key, "--out", out)
    data = contents(out)
    names = status_numbers()
    with LineBoard("--load", files.factory(*device("1.0.0"))) as board:
        board.poke(SEEN, bytes(BUNDLE - SEEN))
        board.run(0.5)
        if update:
            board.poke(BUNDLE, data)
            board.poke(SEEN, struct.pack("<II", 1, len(data)))
            board.expect(DONE)
            board.run(1.5)
        wish, _, error, count = words(board, SEEN, 4)
        odd = [names[value].replace("DUO_E_", "").replace("DUO_", "") for value in words(board, SEEN + 16, count)]
        costs = {name: words(board, COST + 12 * number, 3) for number, name in enumerate(CALLS)}
    print("  " + " ".join(odd))
    assert (wish, error) == (2 if update else 0, 0), "what was wrong before has kept the update from being taken"
    assert odd == (EXPECTED if update else EXPECTED[:-1])
    assert costs["service"][0] > 1000 or not update, "the end of the trial has not been measured"
    limits = stated()
    assert set(limits) == set(CALLS), set(limits) ^ set(CALLS)
    for name, (us, stack, times) in costs.items():
        print(f"  duo_{name}: {us} us, {stack} bytes, {times} calls")
        assert times > 0 or not update, f"duo_{name}() was not called"
        assert us * 1.1 <= limits[name][0], f"duo_{name}(): {us} us, and docs/iap.md says {limits[name][0]:.0f}"
        assert stack <= limits[name][1] + UNSEEN, f"duo_{name}(): {stack} bytes of stack"
