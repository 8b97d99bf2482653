# SPDX-License-Identifier: MIT
"""What libduo's calls take of time and of stack, measured in a running application of either core (the stack is painted), against
the table in docs/iap.md; and what they say where they are not allowed. tests/fw/calls makes them."""

import functools
import os
import re
import struct

import pytest

from duotest import journal
from duotest.board import ROOT
from duotest.devices import *

SEEN = 0x24000000  # tests/fw/calls/calls.h
ODD = 64
HEAD = 24
COST = SEEN + HEAD + 4 * ODD
UNSEEN = 64  # what a measurement takes of the stack itself
US = {"us": 1, "ms": 1000, "s": 1000000}
# Free words in the half of the journal that is in use. Enough for an update: then both halves are full when the trial ends. Or so
# few that the update switches halves first: one erase more, in its first step of work.
ENOUGH, FEW = 800, 60
# They do not return, or are a few words and cannot be measured.
NOT_MEASURED = {"enter_recovery", "restart", "rollback", "server_reset", "event_text", "reason_text", "status_text"}


def source(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


CALLS = [name.lower() for name in re.findall(r"^    CALL_(\w+),$", source("tests", "fw", "calls", "calls.h"), flags=re.M)]
BUNDLE = COST + 12 * len(CALLS)


@functools.lru_cache(None)
def programs(version, measured):
    """Of the core that is measured, and of the other one, which does its part."""
    made = {core: image(core, version) for core in ("m7", "m4")}
    made[measured] = signed(f"calls-{measured}-{version}", measured, firmware(f"calls_{measured}.elf"), version=version)
    return made


def words(board, at, n):
    return struct.unpack(f"<{n}I", board.memory(at, 4 * n))


def stated(core):
    """The table of docs/iap.md: {name: (microseconds, bytes of stack)}."""
    sizes = {}
    for header in ("duo.h", "server.h"):
        sizes.update(re.findall(r"#define (DUO_STACK\w*)\s+(\d+)u", source("include", "duo", header)))
    limits = {}
    for name, m7, m4, stack in re.findall(r"^\| `duo_(\w+)\(\)` \| ([^|]+) \| ([^|]+) \| `?(\w+)`? \|", source("docs", "iap.md"),
                                          flags=re.M):
        value, unit = (m7 if core == "m7" else m4).split()
        limits[name] = float(value) * US[unit], int(sizes[stack])
    return limits


def exported():
    return {name.removeprefix("duo_") for name in source("lib", "exports.txt").split()}


def status_numbers():
    text = re.sub(r"/\*.*?\*/", "", source("include", "duo", "status.h"), flags=re.S)
    return re.findall(r"\b(DUO_OK|DUO_E_\w+)\b", text[text.index("enum duo_status {"):text.index("DUO_STATUS_COUNT")])


EXPECTED = {
    "m7": """
    NO_IMAGE STATE STATE STATE STATE STATE ARG ARG ARG
    OK OPEN OPEN OPEN STATE STATE OK
    OK OK MAGIC MAGIC MAGIC MAGIC MAGIC OPEN STATE
    INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT INTERRUPT OK
    OK ARG ARG OK
    OK
""".split(),  # in the order of calls.c: a ring that is written over, NULL; the last one: bytes after the end
    "m4": "NO_IMAGE STATE STATE STATE STATE M7_ONLY M7_ONLY M7_ONLY M7_ONLY OK OPEN ARG ARG OK".split(),
}


def measure(core, age, update):
    """The costs, and what the calls that are wrong have said. `age`: free words of the journal; None: it is new."""
    first, second = (make_set(core, version) for version in ("1.0.0", "2.0.0"))
    data = contents(second)
    with LineBoard("--load", files.factory_set(first)) as board:
        if age is not None:
            journal.grow_old(board, age)
        board.poke(SEEN, bytes(BUNDLE - SEEN))
        board.run(1.3)
        if update:
            for at in range(0, len(data), journal.AT_ONCE):
                board.poke(BUNDLE + at, data[at:at + journal.AT_ONCE])
            board.poke(SEEN, struct.pack("<II", 1, len(data)))
            board.expect(DONE)
            board.run(2)
            assert age != FEW or journal.BLANK in journal.read(board, 1), "the halves have not been switched"
        wish, _, error, count, told, untrue = words(board, SEEN, 6)
        assert (wish, error) == (2 if update else 0, 0), "what was wrong before has kept the update from being taken"
        assert untrue == 0, f"{untrue} of {told} changes were none, or lost bytes"
        assert told > (len(data) // 4000 if update else 3), f"changes were told of {told} times"
        return ({name: words(board, COST + 12 * number, 3) for number, name in enumerate(CALLS)},
                words(board, SEEN + HEAD, count))


def make_set(core, version):
    out = files.path(f"calls-{core}-{version}.duo")
    made = programs(version, core)
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", made["m7"], "--m4", made["m4"], "--set-version", version, "--key", files.key,
        "--out", out)
    return out


# Of the M4 the journal makes no difference.
THROUGH = [pytest.param(core, age, True, marks=mark) for core, age, mark in (
    ("m7", FEW, pytest.mark.proof), ("m4", None, pytest.mark.proof), ("m7", None, pytest.mark.long), ("m7", ENOUGH, pytest.mark.long))]


@pytest.mark.parametrize("core, age, update", [("m7", ENOUGH, False), *THROUGH])
def test_calls_keep_to_their_time_and_say_what_is_wrong(core, age, update):
    """Before an update; and through one, to the end of the trial, with a new journal and with full ones."""
    names = status_numbers()
    costs, said = measure(core, age, update)
    odd = [names[value].replace("DUO_E_", "").replace("DUO_", "") for value in said]
    for name, (us, stack, times) in costs.items():
        print(f"  duo_{name}: {us} us, {stack} bytes, {times} calls")
    assert odd == (EXPECTED[core] if update or core == "m4" else EXPECTED[core][:-1])
    assert core == "m4" or costs["service"][0] > 1000 or not update, "the end of the trial has not been measured"
    limits = stated(core)
    assert set(limits) == set(CALLS) == exported() - NOT_MEASURED, set(limits) ^ exported()
    for name, (us, stack, times) in costs.items():
        assert times > 0 or not update, f"duo_{name}() was not called"
        assert us * 1.1 <= limits[name][0], f"duo_{name}(): {us} us, and docs/iap.md says {limits[name][0]:.0f}"
        assert stack <= limits[name][1] + UNSEEN, f"duo_{name}(): {stack} bytes of stack"
