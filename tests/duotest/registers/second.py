# SPDX-License-Identifier: MIT
"""Reads second.txt, the second source of register facts (scripts/second-source writes it)."""

import os


class Fact:
    def __init__(self, block, name, address, reset, fields):
        self.block, self.name, self.address, self.reset, self.fields = block, name, address, reset, fields

    def key(self):
        return self.block, self.name


def read(folder):
    """All registers of all blocks."""
    blocks = {}
    with open(os.path.join(folder, "second.txt"), encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if line.startswith("#") or not words:
                continue
            if line[0] != " ":
                block = words[0]
                blocks[block] = (int(words[1], 16), blocks[words[3]][1] if len(words) > 2 else [])
            else:
                offset, name, reset, fields = words
                blocks[block][1].append((int(offset, 16), name, int(reset, 16), int(fields, 16)))
    return [
        Fact(block, name, base + offset, reset, fields)
        for block, (base, registers) in blocks.items()
        for offset, name, reset, fields in registers
    ]
