# SPDX-License-Identifier: MIT
"""The running application is updated by smpclient, unmodified, over its own line, while both cores go on; then confirmed."""

import struct

import pytest

from duotest.devices import *
from duotest.smp_peer import *
from smpclient.transport.serial.encoded import BufferParams

M7, M4, SET = 0, 1, 2
# IMG_MGMT_ERR_
NO_IMAGE, WRONG_SLOT, BAD_MAGIC, BAD_HASH, NEWER_RUNS = 3, 14, 23, 24, 27
NOT_NOW, OVERRUN, TRUNCATED, DENIED = 28, 31, 22, 32
STAGED, INSTALL, TRIAL, CONFIRMED = 2, 3, 4, 5  # include/duo/log.h
# The pair of tests/fw/served: nobody but a client confirms it.
SERVED = "served: up"


def find(states, image, slot):
    return next((s for s in states.images if (s.image, s.slot) == (image, slot)), None)


async def states(client):
    return await ask(client, ImageStatesRead())


def life(board):
    """How often each core has called duo_service() (lib/shared.h)."""
    return struct.unpack("<II", board.memory(0x3800E008, 8))


def staging(board, core):
    return [board.memory(STAGING[core] + at, SECTOR // 4) for at in range(0, SLOT[core], SECTOR // 4)]


async def send_and_try(client, data, image=M7):
    await upload(client, data, image)
    found = await states(client)
    assert not find(found, M7, 1).pending and find(found, M7, 1).bootable
    found = await ask(client, ImageStatesWrite(hash=find(found, M4, 1).hash))
    assert find(found, M7, 1).pending and find(found, M4, 1).pending
    await ask(client, ResetWrite())


@pytest.mark.parametrize("raw", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_running_pair_is_updated(raw):
    """Both cores go on meanwhile. By messages of the console's framing, and by raw ones."""
    data = contents(bundle("2.0.0"))

    async def talk(client):
        assert (await ask(client, EchoWrite(d="Hallo"))).r == "Hallo"
        assert (await ask(client, OSApplicationInfoRead(format="sv"))).output == "duoboot 1.0.0"
        assert (await command(client, 0))["recovery"] is False
        found = await states(client)
        assert find(found, M7, 0).active and find(found, M4, 0).version == "1.0.0" and not find(found, M7, 1)
        await send_and_try(client, data, SET if raw else M7)

    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        before, since = life(board), board.now
        peer(board, talk, raw)
        seconds = (board.now - since) / SECOND
        assert all(now - then > 100 * seconds for now, then in zip(life(board), before)), "a core stood still"
        board.expect("exchange done, resetting")
        board.expect("confirm: done")
        board.expect(running(2, 2))


@pytest.mark.proof
def test_a_client_confirms_and_goes_back():
    async def install(client):
        await send_and_try(client, contents(served()))

    async def confirm(client):
        status = await command(client, 0)
        assert status["state"] == "trial" and status["current"]["m7"] == "3.0.0", status
        assert not status["confirmed_m7"] and not find(await states(client), M7, 0).confirmed
        assert await upload_refused(client, contents(bundle("2.0.0"))) == NOT_NOW
        other = find(await states(client), M7, 1)
        assert await refused(client, ImageStatesWrite(hash=other.hash, confirm=True)) == DENIED
        found = await ask(client, ImageStatesWrite(confirm=True))
        assert find(found, M7, 0).confirmed and find(found, M4, 0).confirmed
        assert (await command(client, 0))["state"] == "confirmed"
        await ask(client, ResetWrite())

    async def back(client):
        log = (await command(client, 6))["events"]
        assert [event["event"] for event in log[-4:]] == [STAGED, INSTALL, TRIAL, CONFIRMED], log
        assert log[-1] == {"event": CONFIRMED, "set": "3.0.0"}, log
        assert (await command(client, 0))["state"] == "confirmed"
        assert await upload_refused(client, contents(bundle("2.0.0")), M7, upgrade=True) == NEWER_RUNS
        assert await command(client, 2, write=True) == {}
        assert find(await states(client), M7, 1).pending
        await ask(client, ResetWrite())

    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        peer(board, install)
        board.expect(SERVED)
        peer(board, confirm)
        board.expect(SERVED)  # not taken back by this reset
        peer(board, back)
        board.expect("exchange done, resetting")
        board.expect(running(1, 1))


@pytest.mark.long
def test_an_image_for_each_core_becomes_one_set():
    """Each is taken when it is verified; the reset that the client asks for waits until both are written."""
    async def talk(client):
        await upload(client, contents(image("m7", "2.0.0")), M7)
        found = await states(client)
        assert find(found, M7, 1).version == "2.0.0" and not find(found, M4, 1) and not find(found, M7, 1).pending
        await upload(client, contents(image("m4", "2.0.0")), M4)
        found = await ask(client, ImageStatesWrite(hash=find(await states(client), M7, 1).hash))
        assert find(found, M7, 1).pending and find(found, M4, 1).pending
        await ask(client, ResetWrite())

    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        peer(board, talk)
        board.expect("exchange done, resetting")
        board.expect("confirm: done")
        board.expect(running(2, 2))


@pytest.mark.long
def test_a_small_buffer_is_enough():
    """Messages of 256 bytes: the manifest comes in three, and sectors are erased while pieces are answered late."""
    data = contents(bundle("2.0.0"))

    async def talk(client):
        slowest, then = 0, client.port.board.now
        first = True
        async for _ in client.upload(data, M7, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER):
            now = client.port.board.now
            slowest = slowest if first else max(slowest, now - then)
            first, then = False, now
        assert slowest < 2.4 * SECOND, f"{slowest / SECOND:.1f} s for an answer"
        await ask(client, ResetWrite())

    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        peer(board, talk, fragmentation_strategy=BufferParams(128, 2))
        board.expect("exchange done, resetting")
        board.expect(running(2, 2))


def test_an_upload_goes_on_after_a_reset():
    data = contents(bundle("2.0.0"))

    async def cut(client):
        async for offset in client.upload(data, M7, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER):
            if offset > len(data) // 2:
                return offset

    async def go_on(client):
        before = client.port.sent
        await upload(client, data)
        await ask(client, ResetWrite())
        return client.port.sent - before

    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        offset = peer(board, cut)
        board.reset()
        board.expect(running(1, 1))
        sent = peer(board, go_on)
        most = (len(data) - offset + 2 * 4096 + 4096) * 1.5  # DUO_UPDATE_AGAIN, and what was on its way
        assert sent < most, f"{sent} bytes for {len(data) - offset}"
        board.expect("exchange done, resetting")
        board.expect(running(2, 2))


@pytest.mark.proof
def test_nothing_wrong_is_taken():
    stranger = contents(bundle("2.0.0", key=other_key()))
    good = contents(bundle("2.0.0"))

    async def talk(client):
        for data, to, code in ((good, M4, WRONG_SLOT), (contents(image("m7", "2.0.0")), M4, WRONG_SLOT),
                               (contents(image("m7", "2.0.0", key=other_key())), M7, BAD_HASH),
                               (bytes(1000), M7, BAD_MAGIC), (good[:-100], M7, TRUNCATED), (good + bytes(64), M7, OVERRUN),
                               (stranger, M7, BAD_HASH), (contents(image("m7", "2.0.0"))[:5000], M7, TRUNCATED)):
            got = await upload_refused(client, data, to)
            assert got == code, f"image {to}, {len(data)} bytes: {got} and not {code}"
        for core, to in (("m7", M7), ("m4", M4)):  # no newer than what runs
            assert await upload_refused(client, contents(image(core, "1.0.0")), to, upgrade=True) == NEWER_RUNS
        beyond = await refused(client, ImageUploadWrite(off=0, data=good[:300], image=M7, len=299))
        assert beyond == OVERRUN, f"more bytes than the file has: {beyond}"
        assert await refused(client, ImageStatesWrite(hash=bytes(32))) == NO_IMAGE
        assert (await command(client, 2, write=True))["err"]["rc"] == 24  # DUO_E_NO_IMAGE: nothing to go back to
        assert (await command(client, 99))["rc"] == 8

    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        before = staging(board, "m7"), staging(board, "m4")
        peer(board, talk)
        assert before == (staging(board, "m7"), staging(board, "m4")), "flash was erased"
