# SPDX-License-Identifier: MIT
"""The journal in an emulated board's flash (docs/formats.md, "Journal"), as old as a test wants it."""

import struct
import zlib

HALVES = 0x081C0000, 0x081E0000  # layouts/exchange.h
WORD, WORDS = 32, 4096
STATE, MANIFEST, SEAL = 1, 2, 3
BLANK = b"\xff" * WORD
AT_ONCE = 0x8000  # bytes that the board takes


def read(board, half):
    data = b"".join(board.memory(HALVES[half] + at, AT_ONCE) for at in range(0, WORD * WORDS, AT_ONCE))
    return [data[at:at + WORD] for at in range(0, len(data), WORD)]


def write(board, half, words):
    data = b"".join(words) + BLANK * (WORDS - len(words))
    for at in range(0, len(data), AT_ONCE):
        board.poke(HALVES[half] + at, data[at:at + AT_ONCE])


def numbered(word, sequence):
    """This record with another sequence number."""
    record = word[:4] + struct.pack("<I", sequence) + word[8:28]
    return record + struct.pack("<I", zlib.crc32(record))


def states(word, first, count):
    """So many words of this state with its seals, from this sequence number on."""
    return [numbered(word[:3] + bytes([SEAL if n % 2 else STATE]) + word[4:], first + n // 2) for n in range(count)]


def grow_old(board, left):
    """A device that has seen much: both halves are full of good records, but for the last `left` words of the one in use. Its state
    and its set are what they were. At power-on, after files.factory_set()."""
    words = [word for word in read(board, 0) if word != BLANK]
    manifest = [word for word in words if word[3] == MANIFEST]
    state = [word for word in words if word[3] == STATE][-1]
    n = WORDS - len(manifest)
    assert manifest and n % 2 == 0 and left % 2 == 0
    write(board, 1, manifest + states(state, 1, n))
    write(board, 0, manifest + states(state, 1 + n // 2, n - left))
