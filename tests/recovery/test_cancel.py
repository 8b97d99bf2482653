# SPDX-License-Identifier: MIT
"""Cancelling and unplugging at each stage, in each way; recovery then says so, and a new transfer works."""

import random

import binascii

import pytest

from duotest.recovery import *

CAN, ETX, EOT, SOH, STX = b"\x18", b"\x03", 4, 1, 2
# How it is cancelled once the sender has stopped: what is sent, and what recovery says then.
WAYS = {
    "CAN CAN": (CAN * 2, "transfer failed: cancelled by the other side; send it again"),
    "a": (b"a", "transfer failed: aborted here"),
    "Ctrl-C": (ETX, "transfer failed: aborted here"),
    "silence": (b"", "transfer failed: the other side is silent; send it again"),
}


@functools.lru_cache(None)
def stages():
    """{name: (files, bytes after which the sender stops)} of a bundle and of a batch of two images."""
    found = {}
    for files_, names in (((bundle("2.0.0"),), ("bundle",)), ((image("m7", "2.0.0"), image("m4", "2.0.0")), ("m7", "m4"))):
        sent = bytearray()

        def record(byte):
            sent.append(byte)
            return bytes([byte]), 0

        with recovery() as board:
            send(board, *files_, to_board=record)
        for name, (start, end) in zip(names, blocks(bytes(sent))):
            found[f"after the EOT of {name}"] = files_, end + 2
            if name == "bundle":
                continue
            found[f"in the header block of {name}"] = files_, start + 60
            found[f"in the first block of {name}"] = files_, start + 133 + 500
            found[f"between blocks of {name}"] = files_, start + 133 + 1029
            found[f"in the middle of {name}"] = files_, start + (end - start) // 2
            found[f"at the EOT of {name}"] = files_, end
    return found


def blocks(sent):
    """(start of the header block, position of the first EOT) of each file in what a sender sent."""
    at, start, found = 0, 0, []
    while at < len(sent):
        if sent[at] == EOT:
            found.append((start, at))
            while sent[at] == EOT:
                at += 1
            start = at
        else:
            assert sent[at] in (SOH, STX), f"no block at {at}"
            at += 133 if sent[at] == SOH else 1029
    return found


def stop_and_cancel(board, paths, after, way, instead=None):
    """The sender vanishes; `instead`: what is right to happen where there is nothing left to cancel."""
    sent, words = WAYS[way]
    assert board.ymodem("sb", "-q", "-k", *paths, unplug_after=after) is None, "it was over before"
    if way != "CAN CAN":
        board.run(0.45)  # a finger is not as fast as a sender
    board.send(sent)
    board.expect(instead or words, 120)


def downloads(way, chosen=slice(None)):
    for stage, (paths, after) in list(stages().items())[chosen]:
        complete = stage == "after the EOT of bundle" and way != "CAN CAN"
        not_begun = stage.startswith("in the header block of") and not stage.endswith("m4") and way == "silence"
        with recovery() as board:
            try:
                stop_and_cancel(board, paths, after, way, instead="resetting to install it" if complete else
                                "C\x15C" if not_begun else None)
                if complete:
                    continue
                if not not_begun:
                    board.expect(WAITING)
                if "middle" in stage:
                    send(board, bundle("2.0.0"))
                else:
                    board.key("3", "verified; resetting to start it")
            except AssertionError as error:
                raise AssertionError(f"{way} {stage}: {error}") from error


SAMPLE = slice(0, None, 8)


def test_cancelled_by_the_sender():
    downloads("CAN CAN", SAMPLE)


@pytest.mark.long
def test_cancelled_by_the_sender_at_each_stage():
    downloads("CAN CAN")


@pytest.mark.long
def test_aborted_by_a():
    downloads("a")


@pytest.mark.long
def test_aborted_by_control_c():
    downloads("Ctrl-C")


@pytest.mark.long
def test_silence_ends_a_transfer():
    downloads("silence")


@pytest.mark.proof
def test_before_the_header():
    with recovery() as board:
        for start in ("1", "g"):
            board.key(start, "a aborts")
            board.key("a", "aborted")
            board.expect(PROMPT)
            board.key(start, "a aborts")
            board.key("\x03", "aborted")
            board.expect(PROMPT)
            board.key(start, "a aborts")
            board.run(2)
            board.send(CAN * 2)
            board.expect("transfer failed: cancelled by the other side")
            board.expect(WAITING)
        send(board, bundle("2.0.0"))


@pytest.mark.long
def test_ymodem_g_is_cancelled_while_it_streams():
    for way in ("CAN CAN", "a", "silence"):
        with recovery() as board:
            board.key("g", "a aborts")
            stop_and_cancel(board, (bundle("2.0.0"),), 9000, way, None if way == "CAN CAN" else
                            "transfer failed: (aborted here|too many line errors)")  # a gap is an error here
            board.expect(WAITING)
            send(board, bundle("2.0.0"))


@pytest.mark.proof
def test_questions():
    with recovery() as board:
        for keys in ("2", "4", "47", "44", "r", "l"):
            for way in ("a", "\x03"):
                for each in keys:
                    board.key(each, r"(or a:|y/n:|Y/n:) ")
                board.key(way, "aborted")
                board.expect(PROMPT)
        board.key("s", "bootloaders off, m7 application off, m4 application off")
        board.expect(PROMPT)


@pytest.mark.long
def test_upload_before_and_amid():
    with recovery() as board:
        for amid in (False, True):
            for cancel, words in ((CAN * 2, "cancelled by the other side"), (b"a", "aborted here"), (ETX, "aborted here"),
                                  (b"", "the other side is silent")):
                board.key("2", "or a:")
                board.key("1", "a aborts")
                if amid:
                    assert board.ymodem("rb", "-q", "-y", cwd=files.dir.name, unplug_after=20, grain=0.003) is None
                board.run(0.5)
                board.send(cancel)
                board.expect(f"upload failed: {words}", 130)
                board.expect(PROMPT)
        send(board, bundle("2.0.0"))


def unplugged(paths, after, pause):
    """The sender and its line vanish after a number of bytes; the next sender is served."""
    with recovery() as board:
        board.ymodem("sb", "-q", "-k", *paths, unplug_after=after)
        board.run(pause)
        done = board.ymodem("sb", "-q", "-k", *paths)
        if done.returncode != 0:  # it met the end of the old transfer, which may have been complete
            if board.expect(f"{WAITING}|resetting to install it", 120).group(0).startswith("waiting"):
                send(board, *paths)
        board.expect(DONE)
        assert is_at(board, APP["m7"], image("m7", "2.0.0")), f"after {after}: m7 is not there"
        assert is_at(board, APP["m4"], image("m4", "2.0.0")), f"after {after}: m4 is not there"


@pytest.mark.long
def test_unplugged_at_any_byte():
    """In headers, at boundaries of blocks, at ends, and at drawn places."""
    rng = random.Random(55)
    last = max(after for _, after in stages().values())
    for paths, after in stages().values():
        unplugged(paths, after, rng.choice((0, 0.3, 3)))
    for after in (1, 133, 134, last + 1, rng.randrange(last), rng.randrange(last), rng.randrange(last)):
        unplugged((image("m7", "2.0.0"), image("m4", "2.0.0")), after, rng.choice((0, 0.3, 3)))


def block(number, data):
    """A block of YMODEM, by hand."""
    head = b"\x01" if len(data) == 128 else b"\x02"
    return head + bytes([number, 255 - number]) + data + binascii.crc_hqx(data, 0).to_bytes(2, "big")


@pytest.mark.long
def test_a_data_byte_with_pauses_around_it_is_no_key():
    """The sender stops before and after one byte `a` of a block: it is data, and what it is part of is judged."""
    with recovery() as board:
        board.send(block(0, b"set.duo\0" + b"1024".ljust(120, b"\0")))
        board.run(0.5)
        data = block(1, b"a" * 1024)
        for piece in (data[:500], data[500:501], data[501:]):
            board.send(piece)
            board.run(0.7)
        board.expect("refused: not the expected kind of file")
        board.expect(WAITING)
