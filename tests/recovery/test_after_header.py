# SPDX-License-Identifier: MIT
"""Programs that are linked after their image's header, as MCUboot's are: by every way into a device, beside images of the
other form, back again, and after a power cut in the middle."""

import functools
import struct

import pytest

from duotest.iap import *
from duotest.programmer import Client, after_go
from duotest.slots import slots
from duotest.smp_peer import ResetWrite, ask, command, peer, upload

HEADER = 0x400


@functools.lru_cache(None)
def new(core):
    return signed(f"after-{core}", core, firmware(f"app_{core}_after_header.elf"))


@functools.lru_cache(None)
def new_set():
    return make_bundle("after.duo", new("m7"), new("m4"))


def lies_in_its_slot_as_in_its_file(board, core):
    data = contents(new(core))
    header, size = struct.unpack_from("<H2xI", data, 8)
    assert header == HEADER
    body = min(header + size, SECTOR // 4)
    assert board.memory(APP[core], body) == data[:body], core


def test_a_set_is_installed_and_taken_back():
    with recovery() as board:
        send(board, new_set())
        board.expect(DONE)
        board.expect(running(2, 2))
        for core in APP:
            lies_in_its_slot_as_in_its_file(board, core)
        board.send(b"r")
        board.expect(WAITING)
        peer(board, roll_back)
        board.expect(DONE)
        board.expect(running(1, 1))


async def roll_back(client):
    assert await command(client, 2, write=True) == {}
    await ask(client, ResetWrite())


def test_one_image_runs_beside_the_other_form():
    async def talk(client):
        await upload(client, contents(new("m4")), 1)
        await ask(client, ResetWrite())

    with recovery() as board:
        peer(board, talk)
        board.expect(DONE)
        board.expect(running(1, 2))


@pytest.mark.proof
def test_a_programmer_writes_it():
    with recovery() as board:
        client = Client(board)
        for core, data in slots(new("m7"), new("m4")).items():
            assert client.write(APP[core], data)
        assert client.go()
        after_go(board, 2, 2)


@pytest.mark.proof
def test_an_application_takes_it_and_goes_on_after_a_power_cut():
    images = pair("ram")
    with LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"])) as board:
        board.run(0.3)
        board.cut_at(700)
        link = Link(board, new_set(), 7)
        link.download()
        assert link.phase() != "complete"
        board.run(1)
        link = Link(board, new_set(), 7)
        link.download()
        assert link.phase() == "complete" and link.first_taken > 4096, (link.phase(), link.status(), link.first_taken)
        link.install()
        board.expect(running(2, 2))


def test_linked_for_the_other_form_it_is_refused():
    """As the line has it, before anything is erased."""
    data = bytearray(contents(new("m7")))
    struct.pack_into("<H", data, 8, HEADER + 0x200)  # the vector table would lie where none can
    with recovery() as board:
        board.ymodem("sb", "-q", "-k", write("wrong.img", bytes(data)))
        board.expect("bad reset vector|bad initial stack")
        assert board.flash_ops == 0
