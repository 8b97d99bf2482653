# SPDX-License-Identifier: MIT
"""The other end of a line in memory (tests/fw/served/line_memory.c), for smpclient."""

import struct

from duotest.smp_peer import Port

BYTES = 4096
IN = 0x24000000
OUT = IN + 8 + 4 * BYTES


class MemoryPort(Port):
    """As Port, of a line that takes no time."""

    def __init__(self, board):
        super().__init__(board)
        self.taken = self.counters(OUT)[0]

    def counters(self, way):
        return struct.unpack("<II", self.board.memory(way, 8))

    def reset_input_buffer(self):
        self.taken = self.counters(OUT)[0]

    def write(self, data):
        head, _ = self.counters(IN)
        assert len(data) <= BYTES
        for byte in data:
            self.board.poke(IN + 8 + 4 * (head % BYTES), struct.pack("<I", byte))
            head += 1
        self.board.poke(IN, struct.pack("<I", head))
        self.asked = self.board.now

    def read_all(self):
        self.pass_time()
        head, _ = self.counters(OUT)
        words = struct.unpack(f"<{BYTES}I", self.board.memory(OUT + 8, 4 * BYTES))
        data = bytes(words[at % BYTES] & 0xFF for at in range(self.taken, head))
        self.taken = head
        self.expect_no_silence()
        return data
