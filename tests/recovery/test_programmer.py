# SPDX-License-Identifier: MIT
"""Programs that speak ST's boot loader protocol, played byte for byte as stm32flash does: they write slots, and the
flash is touched only when GO has found both images to be ours."""

import pytest

from duotest.recovery import *
from duotest.programmer import ACK, NACK, Client, after_go
from duotest.slots import slots, update


def test_both_cores_are_updated():
    with recovery() as board:
        client = Client(board)
        assert client.erase(1, 2, 3, 9, 10)
        for core, data in update().items():
            assert client.write(APP[core], data)
            assert client.read(APP[core] + 0x200, 256) == data[0x200:0x300]
        before = board.flash_ops
        assert client.go()
        assert before == 0, "the flash was touched before GO"
        after_go(board, 2, 2)


@pytest.mark.proof
def test_one_core_is_updated():
    with recovery() as board:
        client = Client(board)
        assert client.write(APP["m4"], update()["m4"])
        assert client.go(APP["m4"])
        after_go(board, 1, 2)


@pytest.mark.proof
def test_a_file_with_both_slots_fills_what_lies_between():
    with recovery() as board:
        client = Client(board)
        assert client.write(STAGING["m7"], b"\xff" * 512) and client.read(STAGING["m7"], 64) == b"\xff" * 64
        assert not client.write(STAGING["m7"], b"\xff" * 100 + b"\x00")
        assert not client.write(BANK[1], bytes(64))
        assert not client.write(0x20000000, bytes(64))
        assert client.read(0x20000000, 16) is None
        assert client.read(0x1FF1E880, 4) is not None
        assert client.erase(*range(16))


NO_IMAGE = "no signed image was written; write what duoboot factory makes"


def refused(data, reason):
    """What is no verified image changes nothing: no flash operation, and version 1 runs on. Who reads the line learns why."""
    with recovery() as board:
        client = Client(board)
        for core, content in data.items():
            assert client.write(APP[core], content)
        assert not client.go()
        assert board.flash_ops == 0
        board.run(11)
        board.expect(f"duoboot: refused: {reason}")
        board.expect(WAITING)
        board.key("b")
        board.expect(running(1, 1))


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def test_a_damaged_image_is_refused():
    good = update()
    refused({"m7": good["m7"], "m4": flipped(good["m4"], 0x100)}, "hash")


@pytest.mark.proof
def test_an_image_signed_by_another_key_is_refused():
    public, out = files.path("foreign.pub.pem"), files.path("foreign.hex")
    run(f"{BIN}/duoboot", "keygen", "-q", "--from", other_key(), "--public", public)
    foreign = {core: image(core, "2.0.0", key=other_key()) for core in APP}
    refused(slots(foreign["m7"], foreign["m4"], public), "signed by another key; sign it with this device's key")


@pytest.mark.proof
def test_an_image_for_the_other_core_is_refused():
    refused({"m7": update()["m4"]}, NO_IMAGE)


def test_go_without_an_image_is_refused():
    refused({}, NO_IMAGE)


def test_ymodem_goes_on_when_the_program_has_gone():
    with recovery() as board:
        client = Client(board)
        assert client.command(0x31) == ACK  # and then nothing
        board.run(11)
        send(board, bundle("2.0.0"))
        after_go(board, 2, 2)


def test_noise_before_a_client_does_no_harm():
    with recovery() as board:
        board.send(b"\x7f\x31\xce\x08")
        board.run(1.5)
        client = Client(board)
        assert client.write(APP["m4"], update()["m4"]) and client.go()
        after_go(board, 1, 2)


def test_a_stray_byte_does_not_keep_the_keys_away():
    """A sync byte may be noise: keys pressed all the time are heard again two seconds after it."""
    with recovery() as board:
        board.send(b"\x7f")
        for _ in range(6):
            board.run(0.5)
            board.send(b"s")
        board.expect(r"duoboot: recovery ", 5)
