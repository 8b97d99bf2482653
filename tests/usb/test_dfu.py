# SPDX-License-Identifier: MIT
"""Files by USB DFU: what is accepted runs on both cores; what is refused is refused with a true reason, and loses nothing."""

import contextlib

import pytest

from duotest.dfu import *
from duotest.recovery import (contents, bundle, empty, files, image, is_at, other_key, recovery, running, signed, APP, binary)


@contextlib.contextmanager
def plugged(start=recovery, alternate=SET):
    with start() as board:
        host = UsbLine(board)
        host.plug()
        dfu = Dfu(host)
        dfu.open(alternate)
        yield board, host, dfu


def refused(dfu, data, status, words):
    got, state, text = dfu.download(data)
    assert (got, state) == (status, ERROR), (got, state, text)
    assert words in text, text
    dfu.out(CLRSTATUS)
    assert dfu.get_status()[::2] == (OK, IDLE)


def test_the_device_describes_itself():
    with plugged() as (_, host, dfu):
        d = host.control(0x80, 6, 0x100, 0, 18)
        assert d[:2] == b"\x12\x01" and d[7] == 64 and d[8:12] == b"\x09\x12\x01\x00", d.hex()
        c = host.control(0x80, 6, 0x200, 0, 255)
        assert len(c) == c[2] | c[3] << 8, c.hex()
        assert c[-9:] == bytes([9, 0x21, 7, 255, 0, 0x00, 0x10, 0x10, 0x01]), c.hex()
        names = [dfu.string(c[9 + 9 * n + 8]) for n in range(3)]
        assert names == ["set (.duo)", "M7 image", "M4 image"], names
        assert len(dfu.string(d[16])) == 24
        assert host.control(0x80, 0, 0, 0, 2) == b"\x01\x00"


def test_a_set_runs_on_both_cores():
    with plugged() as (board, _, dfu):
        assert dfu.download(contents(bundle("2.0.0"))) == (OK, IDLE, "")
        assert dfu.busy_answers > 0  # erases were waited for
        board.expect(running(2, 2), 60)


@pytest.mark.proof
def test_a_device_without_applications_takes_a_set():
    with plugged(empty) as (board, _, dfu):
        assert dfu.download(contents(bundle("1.0.0")))[:2] == (OK, IDLE)
        board.expect(running(1, 1), 60)


@pytest.mark.proof
def test_one_image_joins_the_other_cores():
    for alternate, core, versions in ((M7, "m7", (2, 1)), (M4, "m4", (1, 2))):
        with plugged(alternate=alternate) as (board, _, dfu):
            assert dfu.download(contents(image(core, "2.0.0")))[:2] == (OK, IDLE)
            board.expect(running(*versions), 90)


@pytest.mark.proof
def test_two_images_make_a_set():
    with plugged(alternate=M7) as (board, host, dfu):
        assert dfu.download(contents(image("m7", "2.0.0")))[:2] == (OK, IDLE)
        host.sleep(3000)  # a second run of dfu-util
        dfu.open(M4)
        assert dfu.download(contents(image("m4", "2.0.0")))[:2] == (OK, IDLE)
        board.expect(running(2, 2), 60)


@pytest.mark.proof
def test_a_set_or_the_same_image_takes_the_place_of_an_image():
    for alternate, core in ((M7, "m7"), (M4, "m4")):
        with plugged(alternate=alternate) as (board, _, dfu):
            assert dfu.download(contents(image(core, "1.0.0")))[:2] == (OK, IDLE)
            assert dfu.download(contents(image(core, "2.0.0")))[:2] == (OK, IDLE)
            dfu.open(SET)
            with board.copy():
                board.expect(running(*((2, 1) if core == "m7" else (1, 2))), 90)
            assert dfu.download(contents(bundle("2.0.0")))[:2] == (OK, IDLE)
            board.expect(running(2, 2), 60)


def test_an_image_comes_back_as_it_was():
    for alternate, core in ((M7, "m7"), (M4, "m4")):
        with plugged(alternate=alternate) as (_, _, dfu):
            assert dfu.upload() == contents(image(core, "1.0.0"))
            assert dfu.upload(100) == contents(image(core, "1.0.0"))
            assert dfu.get_status()[::2] == (OK, IDLE)


def test_a_set_cannot_be_uploaded():
    with plugged() as (_, _, dfu):
        try:
            dfu.upload()
        except UsbError as error:
            assert error.status == STALL
        status, _, state, text = dfu.get_status()
        assert (status, state) == (ERR_VENDOR, ERROR) and "alternate 1 and 2" in dfu.string(text)


def test_wrong_files_are_refused_and_the_next_is_taken():
    with plugged() as (board, host, dfu):
        good = contents(bundle("2.0.0"))
        refused(dfu, contents(image("m7", "2.0.0")), ERR_ADDRESS, "send it to alternate 1 (m7) or 2 (m4)")
        refused(dfu, contents(bundle("2.0.0", key=other_key())), ERR_FILE, "signed by another key")
        refused(dfu, b"not a bundle at all" * 500, ERR_FILE, "")
        refused(dfu, good[:100], ERR_NOTDONE, "")
        refused(dfu, good[:-1000], ERR_NOTDONE, "")
        refused(dfu, good[:9000] + bytes(64) + good[9064:], ERR_FILE, "")
        dfu.open(M4)
        refused(dfu, contents(image("m7", "2.0.0")), ERR_ADDRESS, "send it to alternate 1 (m7)")
        refused(dfu, good, ERR_ADDRESS, "send it to alternate 0")
        dfu.open(M7)
        refused(dfu, contents(image("m4", "2.0.0")), ERR_ADDRESS, "send it to alternate 2 (m4)")
        refused(dfu, contents(image("m7", "2.0.0", key=other_key())), ERR_FILE, "sign it with this device's key")
        assert is_at(board, APP["m7"], image("m7", "1.0.0")) and is_at(board, APP["m4"], image("m4", "1.0.0"))
        dfu.open(SET)
        assert dfu.download(good)[:2] == (OK, IDLE)
        board.expect(running(2, 2), 60)


def test_a_reason_belongs_to_its_file():
    with plugged() as (_, host, dfu):
        refused(dfu, contents(bundle("2.0.0", key=other_key())), ERR_FILE, "signed by another key")
        try:
            host.control(0xA1, UPLOAD, 0, 0, 4097)
            raise AssertionError("more than a block is given")
        except UsbError as error:
            assert error.status == STALL
        assert dfu.get_status() == (ERR_STALLEDPKT, 0, ERROR, 0)


@pytest.mark.proof
def test_a_suffix_that_was_left_on_is_ignored():
    suffix = bytes.fromhex("ffffffffffff00015546441012345678")
    for alternate, path in ((SET, bundle("2.0.0")), (M7, image("m7", "2.0.0"))):
        with plugged(alternate=alternate) as (board, _, dfu):
            assert dfu.download(contents(path) + suffix)[:2] == (OK, IDLE)
            board.expect(running(2, 2 if alternate == SET else 1), 90)


def test_detach_ends_recovery():
    with plugged() as (board, _, dfu):
        dfu.out(DETACH, 1000)
        board.expect(running(1, 1), 30)


def test_the_serial_line_works_again_after_a_broken_download():
    with plugged() as (board, host, dfu):
        good = contents(bundle("2.0.0"))
        for block in range(3):
            dfu.out(DNLOAD, block, good[block * 4096:][:4096])
            assert dfu.settle()[:2] == (OK, DNLOAD_IDLE)
        host.unplug()  # and nobody plugs it in again: silence tells
        board.run(11)
        board.ymodem("sb", "-q", "-k", bundle("2.0.0"))
        board.expect(running(2, 2), 60)
