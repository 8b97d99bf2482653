# SPDX-License-Identifier: MIT
"""Clients on the M4's link, unmodified (smpclient) or byte for byte (stm32flash): the M7 has no link at all. And ST's protocol
on the M7's own, in a running application."""

import functools

import pytest

from duotest import programmer
from duotest.devices import *
from duotest.slots import slots
from duotest.smp_peer import *

M7, M4 = 0, 1
WRONG_SLOT, BAD_HASH, TRUNCATED = 14, 24, 22  # IMG_MGMT_ERR_
REJECTED = 10  # duo/reason.h
UP = "served: up"


@functools.lru_cache(None)
def pair(version):
    """The images of the pair, and a bundle of them."""
    m7 = signed(f"worker-{version}", "m7", firmware("worker_m7.elf"), version=version)
    m4 = signed(f"served-{version}", "m4", firmware("served_m4.elf"), version=version)
    out = files.path(f"pair-{version}.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", m4, "--set-version", version, "--key", files.key, "--out", out)
    return m7, m4, out


@functools.lru_cache(None)
def factory_flash():
    flash = new_flash()
    with LineBoard("--load", files.factory(*pair("1.0.0")[:2]), "--flash", flash) as board:
        board.expect(UP)
    return flash


def device():
    return LineBoard("--flash", new_flash(factory_flash()))


def find(states, image, slot):
    return next((s for s in states.images if (s.image, s.slot) == (image, slot)), None)


async def send_and_try(client, data, to):
    await upload(client, data, to)
    found = await ask(client, ImageStatesRead())
    assert find(found, M4, 1).version == "2.0.0" and find(found, M4, 1).bootable
    found = await ask(client, ImageStatesWrite(hash=find(found, M4, 1).hash))
    assert find(found, M4, 1).pending
    await ask(client, ResetWrite())


async def confirm(client):
    assert (await command(client, 0))["state"] == "trial"
    found = await ask(client, ImageStatesWrite(confirm=True))
    assert find(found, M7, 0).confirmed and find(found, M4, 0).version == "2.0.0"
    status = await command(client, 0)
    assert status["state"] == "confirmed" and status["current"]["m4"] == "2.0.0", status


async def m4_on_trial(client):
    status = await command(client, 0)
    assert status["state"] == "trial" and status["current"]["m4"] == "2.0.0" and status["current"]["m7"] == "1.0.0", status


@pytest.mark.parametrize("raw, to", [(False, M4), pytest.param(False, M7, marks=pytest.mark.long),
                                     pytest.param(True, M7, marks=pytest.mark.long)])
def test_a_client_of_the_m4_updates(raw, to):
    """Its own image; or a set of both, which goes to image 0."""
    async def talk(client):
        assert (await ask(client, EchoWrite(d="Hallo"))).r == "Hallo"
        assert (await ask(client, MCUMgrParametersRead())).buf_size == 1024 - 4, "the M4's buffer is the shorter one"
        await send_and_try(client, contents(pair("2.0.0")[1 if to == M4 else 2]), to)

    with device() as board:
        board.expect(UP)
        peer(board, talk, raw)
        board.expect(UP)
        peer(board, m4_on_trial if to == M4 else confirm, raw)


@pytest.mark.parametrize("raw", [pytest.param(False, marks=pytest.mark.proof), pytest.param(True, marks=pytest.mark.long)])
def test_a_client_of_the_m7_updates(raw):
    """Its one loop listens and erases: what comes in an erase is read after it, and is the same message still."""
    async def send_set(client):
        await upload(client, contents(pair("3.0.0")[2]), M7)
        assert find(await ask(client, ImageStatesRead()), M4, 1).version == "3.0.0"

    with LineBoard("--flash", new_flash(own_flash())) as board:
        board.expect(UP)
        peer(board, send_set, raw)


# ---- ST's protocol ----

@functools.lru_cache(None)
def own_pair(version):
    """The same client's program on the M7, beside the example's M4."""
    return signed(f"own-{version}", "m7", firmware("served_m7.elf"), version=version), image("m4", "2.0.0")


@functools.lru_cache(None)
def own_flash():
    flash = new_flash()
    with LineBoard("--load", files.factory(*own_pair("1.0.0")), "--flash", flash) as board:
        board.expect(UP)
    return flash


def write_slot(client, core, content):
    assert client.erase(*range(1, 4)) if core == "m7" else client.erase(9, 10)
    assert client.write(APP[core], content)


@pytest.mark.long
@pytest.mark.parametrize("far", [True, False])
def test_a_programmer_updates_a_running_application(far):
    """By address: the M7's slot and then the M4's, each read back in part, and GO."""
    images = pair("2.0.0")[:2] if far else own_pair("2.0.0")
    content = slots(*images)
    with LineBoard("--flash", new_flash(factory_flash() if far else own_flash())) as board:
        board.expect(UP)
        client = programmer.Client(board)
        for core in ("m7", "m4"):
            write_slot(client, core, content[core])
            assert client.read(APP[core] + 256, 256) == content[core][256:512]
        assert client.go()
        board.expect(UP)
        peer(board, two_run)


async def two_run(client):
    status = await command(client, 0)
    assert status["state"] == "trial" and status["current"]["m7"] == status["current"]["m4"] == "2.0.0", status


def test_a_programmer_is_refused_at_go_what_is_below_the_counter():
    """The client has gone when the session finds out."""
    m7 = signed("worker-2", "m7", firmware("worker_m7.elf"), "--security-counter", "2", version="1.0.0")
    m4 = signed("served-2", "m4", firmware("served_m4.elf"), "--security-counter", "2", version="1.0.0")
    old = signed("served-1", "m4", firmware("served_m4.elf"), "--security-counter", "1", version="2.0.0")
    of_two = files.path("of-two.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", m4, "--set-version", "1.0.0", "--key", files.key, "--out", of_two)
    with LineBoard("--load", files.factory_set(of_two)) as board:
        board.expect(UP)
        client = programmer.Client(board)
        write_slot(client, "m4", slots(m7, old)["m4"])
        assert not client.go()
        for raw in (False, True):
            programmer.kill_programmer(board, "m4")
            board.run(3)
            start = board.now
            peer(board, lambda client: ask(client, EchoWrite(d="there")), raw)
            assert board.now - start < SECOND // 2


@pytest.mark.long
def test_a_programmer_is_refused_at_go():
    """Nothing written, a damaged image, another key's, the other core's; then the right one is taken. Nothing is written outside
    of a slot."""
    m7, m4, _ = pair("2.0.0")
    good = slots(m7, m4)["m4"]
    damaged = good[:400] + bytes([good[400] ^ 1]) + good[401:]
    stranger = slots(signed("w", "m7", firmware("worker_m7.elf"), version="2.0.0", key=other_key()),
                     signed("s", "m4", firmware("served_m4.elf"), version="2.0.0", key=other_key()), key=other_key())["m4"]
    with device() as board:
        board.expect(UP)
        client = programmer.Client(board)
        assert not client.go()
        assert not client.write(0x08000000, b"boot") and not client.write(APP["m7"], bytes(256) * 400)
        assert client.erase(1, 2, 3), "or that has all the room"
        for wrong in damaged, stranger, slots(m7, m4)["m7"][:4096]:
            write_slot(client, "m4", wrong)
            assert not client.go()
        write_slot(client, "m4", good)
        assert client.go()
        board.expect(UP)
        peer(board, m4_on_trial)


@pytest.mark.parametrize("far", [pytest.param(True, marks=pytest.mark.proof), pytest.param(False, marks=pytest.mark.long)])
def test_a_programmer_is_told_by_the_status_of_a_bad_signature(far):
    """GO does not wait for it: what runs stays, nothing is erased, and the next client is told why; then the right one is taken."""
    images = pair("2.0.0")[:2] if far else own_pair("2.0.0")
    good = slots(*images)["m7"]
    last = len(good.rstrip(b"\xff")) - 2  # in the signature's second number
    forged = good[:last] + bytes([good[last] ^ 1]) + good[last + 1:]

    async def refused(client):
        status = await command(client, 0)
        assert status["reason"] == REJECTED and status["code_text"] == "signature does not match", status

    with LineBoard("--flash", new_flash(factory_flash() if far else own_flash())) as board:
        board.expect(UP)
        client = programmer.Client(board)
        write_slot(client, "m7", forged)
        assert client.go()
        board.run(3)  # the line is no longer the first client's
        assert board.memory(STAGING["m7"], 64) == b"\xff" * 64
        peer(board, refused)
        board.run(3)
        client = programmer.Client(board)
        write_slot(client, "m7", good)
        assert client.go()
        board.expect(UP)


# ---- One after the other ----

def upload_is_killed(board, raw):
    async def cut(client):
        async for offset in client.upload(contents(pair("2.0.0")[2]), 0, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER):
            if offset > 3000:
                return

    peer(board, cut, raw)


def programmer_updates(board, content):
    client = programmer.Client(board)
    for core in ("m7", "m4"):
        write_slot(client, core, content[core])
    assert client.go()


@pytest.mark.long
@pytest.mark.parametrize("far", [True, False])
@pytest.mark.parametrize("raw", [False, True])
def test_what_was_killed_gives_way(far, raw):
    """A client of SMP that was killed in its upload to stm32flash; and stm32flash that was killed in a slot to a client of SMP."""
    content = slots(*(pair("2.0.0")[:2] if far else own_pair("2.0.0")))

    async def update(client):
        await upload(client, contents(pair("3.0.0")[2]), M7)
        assert find(await ask(client, ImageStatesRead()), M4, 1).version == "3.0.0"

    for comes in (update, programmer_updates):
        with LineBoard("--flash", new_flash(factory_flash() if far else own_flash())) as board:
            board.expect(UP)
            upload_is_killed(board, raw)
            board.run(3)
            if comes is update:
                programmer.kill_programmer(board, "m4", content["m4"][:512])
                board.run(3)
                peer(board, update, raw)
            else:
                programmer_updates(board, content)
                board.expect(UP)
                peer(board, two_run)
