# SPDX-License-Identifier: MIT
"""Slots as a programmer writes them."""

import functools
import os

from duotest.board import BIN, run
from duotest.recovery import APP, SLOT, files, image


def memory_of(path):
    """{address: byte} of an Intel HEX file."""
    memory, upper = {}, 0
    with open(path, encoding="ascii") as lines:
        for line in lines:
            record = bytes.fromhex(line.strip()[1:])
            if record[3] == 4:
                upper = int.from_bytes(record[4:6], "big") << 16
            elif record[3] == 0:
                start = upper + int.from_bytes(record[1:3], "big")
                memory.update((start + i, byte) for i, byte in enumerate(record[4:-1]))
    return memory


def slot_in(memory, core):
    """What a core's slot holds, as far as it is filled."""
    base = APP[core]
    return bytes(memory.get(a, 0xFF) for a in range(base, max(a for a in memory if base <= a < base + SLOT[core]) + 1))


@functools.lru_cache(None)
def slots(m7, m4, key=None):
    """{core: content of its slot} of two signed images, as `duoboot factory` lays them out."""
    out = files.path(f"slots-{os.path.basename(m7)}-{os.path.basename(m4)}.hex")
    run(f"{BIN}/duoboot", "factory", "-q", "--m7", m7, "--m4", m4, "-k", key or files.key, "--out", out)
    memory = memory_of(out)
    return {core: slot_in(memory, core) for core in APP}


def update():
    return slots(image("m7", "2.0.0"), image("m4", "2.0.0"))
