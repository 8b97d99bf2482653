# SPDX-License-Identifier: MIT
"""The faults of the vendor's example (AN4657), each with a test that shows it is not here.

The list was found by reading the example; docs/recovery.md has it as a table.
"""

import random

import pytest

from duotest.recovery import *

PATTERN = bytes(range(1, 129)) * (SECTOR // 128)  # an old set in the staging slots


def with_old_staging():
    old = write("old.bin", PATTERN * 3)
    return recovery("--load", f"{old}@{STAGING['m7']}", "--load", f"{write('old4.bin', PATTERN * 2)}@{STAGING['m4']}")


def staging_is_untouched(board):
    return all(board.memory(STAGING[core] + n * SECTOR // 2, SECTOR // 2) == PATTERN[:SECTOR // 2]
               for core in ("m7", "m4") for n in range(2 * SLOT[core] // SECTOR))


@pytest.mark.proof
def test_erase_before_acknowledge():
    """There: everything is erased before the header is acknowledged. Here: an image is complete and verified before
    any flash operation, and no sender waits as long for it to be written as it takes to repeat itself."""
    with with_old_staging() as board:
        before, start = board.flash_ops, len(board.heard)

        def look(sent):
            if sent == 230000:
                assert board.memory(STAGING["m7"], SECTOR // 2) == PATTERN[:SECTOR // 2], "erased too early"

        send(board, big("m7"), at_byte=look)
        answers = [(now, ops) for now, ops, what in board.heard[start:] if what == b"\x06"]
        end = max(range(1, len(answers)), key=lambda i: answers[i][0] - answers[i - 1][0])
        assert len(answers) > 370 and end > 370, "the longest wait was not for the end of the file"
        assert answers[end - 1][1] == before, "the flash was touched before the image was complete"
        assert answers[end][1] > before + 600, "that was no large image"
        longest = answers[end][0] - answers[end - 1][0]
        assert longest < 8 * SECOND, f"the sender waited {longest / SECOND} s"


def resized(core, size, length):
    """An image whose header speaks of another payload size, with as many bytes."""
    data = bytearray(contents(image(core, "2.0.0")))
    struct.pack_into("<I", data, 12, size)
    return write(f"{core}-{size}.img", bytes(data).ljust(length, b"\xA5"))


def test_size_check():
    """There: it never fires. Here: what is larger than its slot is refused with the first block, nothing erased."""
    with with_old_staging() as board:
        for path, reason in ((resized("m7", SLOT["m7"], SLOT["m7"] + 100), "too large for its slot"),
                             (resized("m4", SLOT["m4"], SLOT["m4"] + 100), "too large for its slot"),
                             (resized("m7", 0xFFFFFFF0, 30000), "malformed")):
            sent = board.ymodem("sb", "-q", "-k", path)
            board.expect(f"refused: {reason}; ")
            assert sent.returncode != 0, "sb was told that all is well"
            board.expect(WAITING)
        assert staging_is_untouched(board)


@pytest.mark.long
def test_one_word_in_eight_verified():
    """There: of eight words one is compared. Here: a cell that does not hold is found in any of them."""
    with recovery() as board:
        for word in range(8):
            board.bad_cell(STAGING["m7"] + 0x1000 + 4 * word)
            sent = board.ymodem("sb", "-q", "-k", bundle("2.0.0"))
            board.expect("refused: flash cannot be programmed; send it again")
            assert sent.returncode != 0
            board.expect(WAITING)
        board.bad_cell(0)
        send(board, bundle("2.0.0"))
        board.expect(running(2, 2))


@pytest.mark.long
def test_lost_tail():
    """There: up to 32 bytes of the end are not written. Here: the last byte is there, whatever the size."""
    rng = random.Random(8)
    for more in (1, 2, 3, 5, 31, 32, 33, 97, 127, 129):
        code = binary("m4", 2)
        payload = code.ljust((len(code) + 127) & ~127, b"\xA5") + rng.randbytes(more)
        path = signed(f"tail-{more}", "m4", payload)
        with recovery() as board:
            send(board, path)
            board.expect("resetting to install it")
            assert is_at(board, STAGING["m4"], path), f"{more} bytes after a block: the end is missing"


def acknowledgements_are_lost(*which):
    counts = []
    for lost in (None, *which):
        with recovery() as board:
            acks = 0

            def line(byte):
                nonlocal acks
                acks += byte == 6
                drop = lost is not None and byte == 6 and acks == (lost if lost > 0 else counts[0][0] + 1 + lost)
                return (b"" if drop else bytes([byte])), 0

            send(board, bundle("2.0.0"), to_program=line)
            board.expect("resetting to install it")
            assert is_at(board, STAGING["m7"], image("m7", "2.0.0")) and is_at(board, STAGING["m4"], image("m4", "2.0.0"))
            counts.append((acks, board.flash_ops))
    assert len({ops for _, ops in counts}) == 1, f"flash operations differ: {counts}"


@pytest.mark.long
def test_lost_acknowledgement():
    """There: a lost ACK deadlocks. Here: the repeated block is acknowledged and not programmed a second time."""
    acknowledgements_are_lost(2, -1)


@pytest.mark.proof
def test_lost_acknowledgement_of_each_kind():
    acknowledgements_are_lost(1, 3, 12, -2)


@pytest.mark.long
def test_second_batch_file():
    """There: it erases the first one. Here: it goes to the other core's slot, in either order."""
    for order in (("m7", "m4"), ("m4", "m7")):
        with empty() as board:
            send(board, *(image(core, "2.0.0") for core in order))
            board.expect("resetting to install it")
            assert all(is_at(board, STAGING[core], image(core, "2.0.0")) for core in order)
            board.expect(running(2, 2))


def with_stack(core, top):
    return signed(f"{core}-stack-{top:x}", core, struct.pack("<I", top) + binary(core, 2)[4:])


@pytest.mark.long
def test_stack_in_axi_sram_and_at_the_end_of_dtcm():
    """There: refused by a mask (0x2FFE0000). Here: both are started, on either core where it has that RAM."""
    for m7, m4 in ((0x24080000, 0x30048000), (0x20020000, 0x10048000)):
        with recovery() as board:
            send(board, with_stack("m7", m7), with_stack("m4", m4))
            board.expect(DONE)
            board.expect(running(2, 2))
            board.run(0.2)
            assert m7 - 0x1000 < board.core()[1] <= m7, "it runs on another stack"


@pytest.mark.proof
def test_execute_unchecked():
    """There: whatever lies in flash is jumped to. Here: one changed byte of either core's image, and it says which."""
    for core in ("m7", "m4"):
        with recovery() as board:
            byte = board.memory(APP[core] + 0x300, 1)[0]
            board.poke(APP[core] + 0x300, bytes([byte ^ 1]))
            board.key("3", rf"refused: {core} image: hash does not match")
            board.expect("key .m = menu.:")
    with recovery() as board:
        board.key("3", "verified; resetting to start it")
        board.expect(running(1, 1))
