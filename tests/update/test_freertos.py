# SPDX-License-Identifier: MIT
"""examples/freertos under a small kernel of the same API: it is updated while tasks of both cores keep a beat of 1 kHz."""

import re
import struct
import subprocess

from duotest.devices import *
from duotest.smp_peer import *

CORES = "m7", "m4"
KEPT = r"freertos {}: both cores beat, the set is kept"


def elf(core, version):
    return firmware(f"freertos_{core}_v{version[0]}.elf")


def program(core, version):
    return signed(f"freertos-{core}-{version}", core, elf(core, version), version=version)


def vitals_at(core):
    """struct vitals of examples/freertos/main.c: where a core's program has it."""
    listing = subprocess.run(["arm-none-eabi-nm", elf(core, "1.0.0")], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"^(\w+) B vitals$", listing, flags=re.M).group(1), 16)


def vitals(board):
    """Of each core: beats, signs of the other core, bytes never used of the stacks of `beat` and `duo`."""
    return [struct.unpack("<IIII", board.memory(vitals_at(core), 16)) for core in CORES]


def update():
    out = files.path("freertos.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", program("m7", "2.0.0"), "--m4", program("m4", "2.0.0"), "--set-version",
        "2.0.0", "--key", files.key, "--out", out)
    return contents(out)


async def download(client, data):
    await upload(client, data)
    found = await ask(client, ImageStatesRead())
    staged = next(state for state in found.images if (state.image, state.slot) == (0, 1))
    assert staged.version == "2.0.0" and not staged.pending, staged
    return staged.hash


async def install(client, digest):
    await ask(client, ImageStatesWrite(hash=digest))
    await ask(client, ResetWrite())


def test_tasks_of_both_cores_keep_their_beat_through_an_update():
    device = files.factory(program("m7", "1.0.0"), program("m4", "1.0.0"))
    with LineBoard("--load", device) as board:
        board.expect(KEPT.format(1))
        before, since = vitals(board), board.now
        digest = peer(board, lambda client: download(client, update()))
        board.run(1.1)  # the stacks are looked at once a second
        passed = (board.now - since) / MS
        for core, now, then in zip(CORES, vitals(board), before):
            print(f"{core}: {now[0] - then[0]} beats in {passed:.1f} ms, stacks left: beat {now[2]}, duo {now[3]} bytes")
            assert abs(now[0] - then[0] - passed) <= 2, f"{core}: {now[0] - then[0]} beats in {passed:.0f} ms"
            assert now[1] > then[1], f"{core} has heard nothing of the other one"
            assert now[2] > 0 and now[3] > 0, f"{core}: a stack is full: {now}"
        assert passed > 5000, "no sector has been erased"
        peer(board, lambda client: install(client, digest))
        board.expect("exchange done, resetting")
        board.expect(KEPT.format(2))
