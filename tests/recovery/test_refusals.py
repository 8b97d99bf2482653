# SPDX-License-Identifier: MIT
"""Everything that must be refused, each with its reason; what ran before stays, and a good file is taken next."""

import binascii

import pytest

from duotest.recovery import *

PATTERN = b"\x5A\xA5" * (SECTOR // 2)  # what the staging slots hold before


def refusals(board, *cases, code=None):
    """Each case: files of one batch, and the words that refuse them."""
    for paths, words in cases:
        sent = board.ymodem("sb", "-q", "-k", *([paths] if isinstance(paths, str) else paths))
        board.expect(words)
        board.expect(WAITING)
        assert sent.returncode != 0, f"sb was told that all is well, not {words}"


def version_1_still_runs_and_2_is_taken(board):
    with board.copy():
        board.key("3", "verified; resetting to start it")
        board.expect(running(1, 1))
    send(board, bundle("2.0.0"))
    board.expect(running(2, 2))


def with_full_staging():
    return recovery("--load", f"{write('staged.bin', PATTERN)}@{STAGING['m7']}",
                    "--load", f"{write('staged.bin', PATTERN)}@{STAGING['m4']}")


def nothing_was_erased(board):
    return all(board.memory(STAGING[core], 0x8000) == PATTERN[:0x8000] for core in STAGING)


def changed(name, source, at, value):
    data = bytearray(contents(source))
    data[at:at + len(value)] = value
    return write(name, bytes(data))


def flipped(name, source, at):
    return changed(name, source, at, bytes([contents(source)[at] ^ 1]))


def tlvs(path):
    """Offsets of the TLVs of an image: {type: (offset, length)}, and of the area's end."""
    data = contents(path)
    header, _, size = struct.unpack_from("<HHI", data, 8)
    at, found = header + size, {}
    while at < len(data):
        magic, total = struct.unpack_from("<HH", data, at)
        entry, end = at + 4, at + total
        while entry < end:
            kind, length = struct.unpack_from("<HH", data, entry)
            found[kind] = entry + 4, length
            entry += 4 + length
        at = end
    return found


def without_signature(source):
    """The image with its hash, and nothing that is signed."""
    data = contents(source)
    (signature, length), key = tlvs(source)[0x22], tlvs(source).get(0x01)
    drop = [(signature - 4, signature + length)] + ([(key[0] - 4, key[0] + key[1])] if key else [])
    for start, end in sorted(drop, reverse=True):
        data = data[:start] + data[end:]
    header, protected, size = struct.unpack_from("<HHI", data, 8)
    info = header + size + protected
    return write("unsigned.img", data[:info + 2] + struct.pack("<H", len(data) - info) + data[info + 4:])


def test_before_anything_is_erased():
    """A bundle's signature, purpose and counter, an image's size, are known before the first erase."""
    with with_full_staging() as board:
        good = bundle("2.0.0")
        refusals(
            board,
            (bundle("2.0.0", key=other_key()), "refused: signed by another key; sign it with this device's key"),
            (flipped("sig.duo", good, 280), "refused: signature does not match; sign it with this device's key"),
            (flipped("man.duo", good, 40), r"refused: (signature does not match|signed by another key); "),
            (bundle("2.0.0", hardware_id="0x1234"), "refused: made for other hardware; send what is made for this device"),
            (changed("magic.duo", good, 0, b"TEXT"), "refused: not the expected kind of file; send a bundle or signed image"),
            (write("text.duo", b"hello world\n" * 500), "refused: not the expected kind of file; "),
            (write("empty.duo", b""), "refused: empty; make it again and send it again"),
            (write("short.duo", contents(good)[:200]), "refused: truncated; make it again and send it again"),
            (changed("large.img", image("m7", "2.0.0"), 12, struct.pack("<I", SLOT["m7"])), "refused: too large for its slot; "),
        )
        assert nothing_was_erased(board)
        version_1_still_runs_and_2_is_taken(board)


@pytest.mark.long
def test_when_all_of_a_bundle_is_known():
    with recovery() as board:
        good = bundle("2.0.0")
        refusals(
            board,
            (flipped("m7.duo", good, 4000), "refused: hash does not match; make it again and send it again"),
            (flipped("m4.duo", good, len(contents(good)) - 700), "refused: hash does not match; "),
            (write("cut.duo", contents(good)[:-700]), "refused: truncated; make it again and send it again"),
        )
        version_1_still_runs_and_2_is_taken(board)


@pytest.mark.long
def test_when_all_of_an_image_is_known():
    with recovery() as board:
        good = image("m7", "2.0.0")
        refusals(
            board,
            (image("m7", "2.0.0", key=other_key()), "refused: signed by another key; sign it with this device's key"),
            (flipped("bad.img", good, tlvs(good)[0x22][0] + 20), "refused: signature does not match; sign it with"),
            (flipped("code.img", good, 4000), "refused: hash does not match; make it again and send it again"),
            (without_signature(good), "refused: not signed; sign it with this device's key"),
            (write("cut.img", contents(good)[:-100]), "refused: truncated; make it again and send it again"),
            (signed("hw", "m7", binary("m7", 2), "--hardware-id", "0x1234"),
             "refused: made for other hardware; send what is made for this device"),
        )
        version_1_still_runs_and_2_is_taken(board)


@pytest.mark.proof
def test_images_cut_out_of_a_bundle_for_other_hardware():
    """The bundle is refused, and so are its two images, one by one or as a batch."""
    with with_full_staging() as board:
        other = [image(core, "2.0.0", hardware_id="0x1234") for core in APP]
        refusals(board, (bundle("2.0.0", hardware_id="0x1234"), "refused: made for other hardware; "),
                 (other, "refused: made for other hardware; send what is made for this device"),
                 (other[1], "refused: made for other hardware; send what is made for this device"))
        assert nothing_was_erased(board)


@pytest.mark.long
def test_batches_that_make_no_set():
    with recovery() as board:
        refusals(
            board,
            ([image("m7", "2.0.0"), image("m7", "1.0.0")], "refused: made for the other core; send what is made for this"),
            ([image("m4", "2.0.0"), image("m4", "1.0.0")], "refused: (made for the other core|bad reset vector); "),
            ([image("m7", "2.0.0"), bundle("2.0.0")], "refused: not the expected kind of file; "),
            ([image("m7", "2.0.0"), image("m4", "2.0.0"), image("m7", "2.0.0")],
             "refused: bytes after the end; send one bundle, or one image each"),
        )
        version_1_still_runs_and_2_is_taken(board)


@pytest.mark.long
def test_a_second_bundle_changes_nothing_of_the_first():
    """The first is complete and staged by then; the rest of the batch is refused."""
    with recovery() as board:
        board.ymodem("sb", "-q", "-k", bundle("2.0.0"), bundle("1.0.0"))
        board.expect("resetting to install it")
        board.expect(running(2, 2))


@pytest.mark.long
def test_one_image_for_an_empty_device():
    for core in APP:
        with empty() as board:
            board.ymodem("sb", "-q", "-k", image(core, "2.0.0"))
            board.expect("refused: no image; send both cores' images in one batch")
            board.expect(WAITING)
            send(board, bundle("1.0.0"))
            board.expect(running(1, 1))


@pytest.mark.proof
def test_what_is_older_than_the_counter_allows():
    with recovery() as board:
        send(board, bundle("2.0.0", security_counter=5))
        board.expect("confirm: done")
        board.send(b"r")
        board.expect("security counter 5")
        board.expect(WAITING)
        old = signed("old", "m7", binary("m7", 1), "--security-counter", "4")
        refusals(board, (bundle("1.0.0", security_counter=4), "refused: security counter too low; send a newer set"),
                 (old, "refused: security counter too low; send a newer set"))
        send(board, bundle("1.0.0", security_counter=5))
        board.expect(running(1, 1))


@pytest.mark.long
def test_an_update_in_the_middle_of_a_trial():
    """Its place holds the set that the trial falls back to."""
    with recovery() as board:
        send(board, bundle("2.0.0"))
        board.expect(r"set 2\.0\.0, state trial")
        board.send(b"r")
        board.expect(WAITING)
        refusals(board, (bundle("1.0.0"), r"refused: a set is on trial; roll back \(r\), then send this again"))
        board.key("c", "confirmed for both cores")
        board.expect(WAITING)
        send(board, bundle("1.0.0"))
        board.expect(running(1, 1))


def block(number, data):
    data = data.ljust(128, b"\0")
    return bytes([1, number, 255 - number]) + data + struct.pack(">H", binascii.crc_hqx(data, 0))


@pytest.mark.long
def test_the_rest_of_a_file_whose_header_was_refused():
    """Its sender ignores the cancelling and takes the next C for its own. The same bytes by XMODEM would be a whole bundle."""
    wrong = r"transfer failed: the file header has no valid size; send it again"
    with recovery() as board:
        for sent in (block(0, b"set.duo\x0012x4"), block(1, contents(bundle("2.0.0"))[:128])):
            board.expect("C")
            board.send(sent)
            board.expect(wrong)
            board.expect(WAITING)
        with board.copy():
            board.run(12)  # that sender has given up: this is another file
            board.send(sent)
            board.never("transfer failed")
        board.key("1", "C")
        send(board, bundle("2.0.0"), program="sx")
        board.expect(running(2, 2))
