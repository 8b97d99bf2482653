# SPDX-License-Identifier: MIT
"""A pair of tests/fw/iap on an emulated board, with this end of its link."""

import struct

from duotest.recovery import *

LINK, RING = 0x24000000, 0x40000  # tests/fw/iap/link.h
WORDS = 10 + 2 * 5
RING_AT = LINK + WORDS * 4
ORDER = RING_AT + RING + 0x20000  # of the M7, and after it of the M4
UPDATE, INSTALL, NEXT = 1, 2, 3
BUNDLE, IMAGE_M7, IMAGE_M4 = 0, 1, 2  # enum duo_update_file
TICK_US = 1000
PHASES = ("none", "data", "work", "complete", "released", "failed")


class Meter:
    """What the 1 kHz interrupt of a core has seen."""

    def __init__(self, words):
        self.ticks, low, high, longest, longest_else = words
        self.lost = (low + (high << 32)) // TICK_US + 1 - self.ticks if self.ticks else 0
        # beyond the time that lies between two ticks anyway
        self.late_us = max(0, longest - TICK_US)
        self.late_else_us = max(0, longest_else - TICK_US)


class Link:
    def __init__(self, board, bundle, owner, guard=0, room=0):
        self.board, self.bundle, self.filled = board, contents(bundle), 0
        self.first_taken, self.last_taken = None, 0
        board.poke(LINK + 4, struct.pack("<II", owner, guard))
        board.poke(LINK + 32, struct.pack("<I", room))

    def words(self):
        return struct.unpack(f"<{WORDS}I", self.board.memory(LINK, WORDS * 4))

    def phase(self):
        phase = self.words()[5]
        return PHASES[phase] if phase < len(PHASES) else "unknown"  # the RAM after a power cut

    def status(self):
        return self.words()[6]

    def meters(self):
        words = self.words()
        return Meter(words[10:15]), Meter(words[15:20])

    def begin(self):
        self.board.poke(LINK, struct.pack("<I", UPDATE))

    def file(self):
        return self.words()[9]

    def next(self, image):
        """The other core's image, into the same set."""
        self.bundle, self.filled = contents(image), 0
        self.first_taken = None
        self.board.poke(LINK, struct.pack("<I", NEXT))
        for _ in range(100):
            self.board.run(0.01)
            if self.words()[0] != NEXT:
                return
        raise AssertionError(f"no second image is wanted: status {self.status()}")

    def fill(self):
        """As much as the ring takes."""
        taken = self.words()[4]
        while self.filled < len(self.bundle) and self.filled - taken < RING:
            at = self.filled % RING
            n = min(1 << 15, RING - at, taken + RING - self.filled, len(self.bundle) - self.filled)
            self.board.poke(RING_AT + at, self.bundle[self.filled:self.filled + n])
            self.filled += n
        self.board.poke(LINK + 12, struct.pack("<I", self.filled))

    def download(self, seconds=120):
        """Until it ends, well or not; the seconds that it took."""
        begun = self.board.now
        self.begin()
        while self.phase() not in ("complete", "failed") and self.board.now - begun < seconds * SECOND:
            if self.words()[0] != UPDATE:
                break  # the application has begun again
            self.fill()
            self.board.run(0.02)
            self.note_progress()
        return (self.board.now - begun) / SECOND

    def note_progress(self):
        """The first and the last byte that the application has asked for."""
        words = self.words()
        if words[0] == UPDATE and self.phase() == "data":
            self.first_taken = words[4] if self.first_taken is None else self.first_taken
            self.last_taken = words[4]

    def install(self):
        """Until both cores run again; the seconds that it took."""
        begun = self.board.now
        self.board.poke(LINK, struct.pack("<I", INSTALL))
        self.board.expect(DONE)
        return (self.board.now - begun) / SECOND


def pair(place):
    """Version 1 and the bundle of version 2 of this folder's pair, small."""
    images = {(core, version): signed(f"iap-{place}-{core}-{version}", core, firmware(f"iap_{core}_{place}.elf"),
                                      version=version) for core in ("m7", "m4") for version in ("1.0.0", "2.0.0")}
    return images


def make_bundle(name, m7, m4, version="2.0.0"):
    out = files.path(name)
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", m4, "--set-version", version, "--key", files.key, "--out",
        out)
    return out
