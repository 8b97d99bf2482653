# SPDX-License-Identifier: MIT
"""Bad input on the real firmware: what the journal, the staging slots and a manifest must not be able to do."""

import hashlib
import zlib

import pytest

from duotest.devices import *

CHUNK = 0x8000
SECTOR_WORDS = SECTOR // WORD


def fill(board, half, data):
    for at in range(0, SECTOR, CHUNK):
        board.poke(half + at, (data * (CHUNK // len(data)))[:CHUNK])


def rescued(flash, spoil, reason):
    """Nothing runs, recovery says why, takes a bundle, and the application can read why, too."""
    with LineBoard("--flash", flash) as board:
        spoil(board)
        board.expect("duoboot: reason: " + reason)
        board.expect(r"m7 image 2\.0\.0\+0 verified")
        board.never(r"app m7", 0.1)
        receive(board, bundle("1.2.0"))
        board.expect(r"app m7 1\.0\.0: set 1\.2\.0, state trial")
        board.expect("confirm: done")
    with LineBoard("--flash", flash) as board:
        board.expect(r"app m7 1\.0\.0: set 1\.2\.0, state confirmed")


def test_a_journal_of_noise_is_lost():
    def spoil(board):
        for half in JOURNAL:
            fill(board, half, hashlib.sha256(b"noise").digest() * 32)
    rescued(new_flash(updated()), spoil, "the journal cannot be read")


@pytest.mark.proof
def test_a_journal_of_zeros_is_lost():
    def spoil(board):
        for half in JOURNAL:
            fill(board, half, bytes(WORD))
    rescued(new_flash(updated()), spoil, "the journal cannot be read")


@pytest.mark.proof
def test_a_journal_of_double_errors_is_lost():
    def spoil(board):
        for half in JOURNAL:
            for at in range(0, SECTOR, WORD):
                board.damage(half + at)
    rescued(new_flash(updated()), spoil, "the journal cannot be read")


def record(version, sequence):
    """A journal record (docs/formats.md) of a type and content from the future."""
    word = b"DJ" + bytes([version, 9]) + sequence.to_bytes(4, "little") + b"\x5a" * 20
    return word + zlib.crc32(word).to_bytes(4, "little")


def first_free(board, half):
    words = [board.memory(half + at, WORD) for at in range(0, SECTOR, WORD)]
    return half + WORD * (1 + max(i for i in range(SECTOR_WORDS) if words[i] != b"\xff" * WORD))


def test_a_journal_of_a_newer_version_is_left_alone():
    flash = new_flash(updated())
    with LineBoard("--flash", flash) as board:
        place = first_free(board, JOURNAL[0])
        board.poke(place, record(2, 1 << 30))
        board.expect("duoboot: reason: the journal was written by a newer version")
        board.never(r"app m7", 0.1)
        assert board.memory(place, WORD) == record(2, 1 << 30)
        assert board.flash_ops == 0, "it has written to a journal it does not understand"
    rescued(flash, lambda board: None, "the journal was written by a newer version")


@pytest.mark.proof
def test_a_newer_record_with_a_wrong_checksum_is_noise():
    with LineBoard("--flash", new_flash(updated())) as board:
        place = first_free(board, JOURNAL[0])
        word = bytearray(record(2, 1 << 30))
        word[20] ^= 1
        board.poke(place, bytes(word))
        board.expect(running(2, 2))


def staging_that_has_changed(core, spoil, code="hash does not match"):
    """The set that was running goes on running, and its application can read why there was no update."""
    flash = new_flash(staged())
    with LineBoard("--flash", flash) as board:
        spoil(board, STAGING[core] + 0x400)
        board.expect(r"app m7 1\.0\.0: set 0\.0\.0")
        board.expect(rf"app m7: last failure: the staged set changed after it was verified \({code}\)")
        board.expect(running(1, 1))
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        receive(board, bundle("2.0.0"))
        board.expect(running(2, 2))


def a_changed_bit(board, addr):
    word = bytearray(board.memory(addr, WORD))
    word[3] ^= 0x10
    board.poke(addr, bytes(word))


@pytest.mark.proof
def test_changed_m7_staging_is_not_installed():
    staging_that_has_changed("m7", a_changed_bit)


@pytest.mark.proof
def test_changed_m4_staging_is_not_installed():
    staging_that_has_changed("m4", a_changed_bit)


@pytest.mark.proof
def test_unreadable_staging_is_not_installed():
    staging_that_has_changed("m7", lambda board, addr: board.damage(addr), "cannot be read")


def signature(data):
    """r and s as the manifest has them, 32 bytes each, of the key this bootloader trusts."""
    source, out = write("to-sign", bytes(data)), files.path("signature.der")
    run("openssl", "dgst", "-sha256", "-sign", files.key, "-out", out, source)
    der = contents(out)
    r_size = der[3]
    r, s = der[4:4 + r_size], der[6 + r_size:]
    return b"".join(n.lstrip(b"\0").rjust(32, b"\0") for n in (r, s))


@pytest.mark.proof
def test_a_manifest_beyond_its_slot_erases_nothing():
    """Rightly signed, but the M4 image it names is one byte larger than a slot takes (docs/formats.md)."""
    data = bytearray(contents(bundle("2.0.0")))
    entry = 128
    payload = 248 * 1024 + 1
    data[entry + 4:entry + 8] = (payload + 32 + 160).to_bytes(4, "little")
    data[entry + 8:entry + 12] = payload.to_bytes(4, "little")
    data[224:288] = signature(data[:224])
    flash = new_flash(updated())
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        board.expect(WAITING)
        before = [board.memory(STAGING[core], 1024) for core in ("m7", "m4")]
        sent = board.ymodem("sb", "-q", "-k", write("large.duo", data))
        assert sent.returncode != 0, "sb was told that all is well"
        board.expect("refused: too large for its slot")
        assert [board.memory(STAGING[core], 1024) for core in ("m7", "m4")] == before
    with LineBoard("--flash", flash) as board:
        board.expect(r"app m7: last failure: a bundle was refused \(too large for its slot\)")
        board.expect(running(2, 2))


def test_the_signature_of_this_test_is_good():
    """Or the test above would show nothing: the same bytes with the sizes left alone are taken."""
    data = bytearray(contents(bundle("2.0.0")))
    data[224:288] = signature(data[:224])
    with LineBoard("--flash", new_flash(updated()), "--button", "PC13") as board:
        receive(board, write("signed-again.duo", data))
