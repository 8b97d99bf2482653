# SPDX-License-Identifier: MIT
"""SMP in recovery, by the unmodified smpclient: both framings, each way an update can go, and each way it is refused."""

import pytest

from duotest.recovery import *
from duotest.smp_peer import *

M7, M4, SET = 0, 1, 2
RAW = pytest.mark.parametrize("raw", [pytest.param(False, id="console"), pytest.param(True, id="raw", marks=pytest.mark.long)])
# IMG_MGMT_ERR_
NO_IMAGE, WRONG_SLOT, BAD_MAGIC, BAD_HASH, NEWER_RUNS, TOO_LARGE, CONFIRM_DENIED = 3, 14, 23, 24, 27, 30, 32


def new(core):
    return contents(image(core, "2.0.0"))


def find(states, image, slot):
    return next((s for s in states.images if (s.image, s.slot) == (image, slot)), None)


async def states(client):
    return await ask(client, ImageStatesRead())


def runs(board, m7, m4):
    board.expect(DONE)
    board.expect(running(m7, m4))


def test_it_tells_what_it_is():
    async def talk(client):
        assert (await ask(client, EchoWrite(d="Hallo, Gerät"))).r == "Hallo, Gerät"
        parameters = await ask(client, MCUMgrParametersRead())
        assert parameters.buf_size >= 2048
        assert (await ask(client, OSApplicationInfoRead(format="s"))).output == "duoboot"
        assert "cortex-m7" in (await ask(client, OSApplicationInfoRead(format="a"))).output
        assert (await ask(client, BootloaderInformationRead())).bootloader == "MCUboot"
        assert await command(client, 8, group=0, query="mode") == {"mode": 1}  # smp 4.2.0 does not know this answer
        assert await refused(client, BootloaderInformationRead(query="colour")) == 3
        found = await states(client)
        for core in (M7, M4):
            state = find(found, core, 0)
            assert state.active and state.confirmed and state.version == "1.0.0" and len(state.hash) == 32
            assert find(found, core, 1) is None

    with recovery() as board:
        for raw in (False, True):
            peer(board, talk, raw)
        assert board.flash_ops == 0


def test_nothing_is_said_while_a_raw_message_begins():
    """Its client would take it for the answer. Recovery asks for a file each second; here the header comes then."""
    request = bytes((0x08, 0, 0, 1, 0, 0, 7, 6, 0xA0))  # parameters
    with recovery() as board:
        while not board.step(board.now + SECOND, stop=True).endswith(b"C"):
            pass
        asked = board.now
        board.step(asked + 999 * MS)
        said = len(board.seen)
        for byte in request[:-1]:
            board.send(bytes([byte]))
            board.run(0.0015)
        assert board.seen[said:] == "", board.seen[said:]
        board.send(request[-1:])
        board.run(0.5)
        assert board.seen[said:].encode("latin1")[:8] == bytes((0x09, 0, 0, 24, 0, 0, 7, 6)), board.seen[said:]


def set_by(raw):
    async def talk(client):
        await upload(client, contents(bundle("2.0.0")), SET if raw else M7)
        found = await states(client)
        assert find(found, M7, 1).pending and find(found, M4, 1).pending
        await ask(client, ResetWrite())

    with recovery() as board:
        peer(board, talk, raw)
        runs(board, 2, 2)


def test_a_set_is_installed():
    set_by(False)


@pytest.mark.proof
def test_a_set_is_installed_by_raw_messages():
    set_by(True)


@RAW
@pytest.mark.proof
def test_two_images_are_tried(raw):
    async def talk(client):
        await upload(client, new("m7"), M7)
        assert not find(await states(client), M7, 1).pending
        await upload(client, new("m4"), M4)
        image = find(await states(client), M4, 1)
        found = await ask(client, ImageStatesWrite(hash=image.hash))
        assert find(found, M7, 1).pending and find(found, M4, 1).pending
        await ask(client, ResetWrite())

    with recovery() as board:
        peer(board, talk, raw)
        runs(board, 2, 2)


@pytest.mark.long
def test_each_is_tried_when_it_has_come():
    """Two tools at work one after the other: the first image is part of a set before the second one comes."""
    async def talk(client):
        for image, core in ((M7, "m7"), (M4, "m4")):
            await upload(client, new(core), image)
            await ask(client, ImageStatesWrite(hash=find(await states(client), image, 1).hash))
        await ask(client, ResetWrite())

    with recovery() as board:
        peer(board, talk)
        runs(board, 2, 2)


@pytest.mark.proof
@RAW
def test_one_image_and_a_reset(raw):
    """`smpmgr upgrade` with its first slot: no state is written."""
    async def talk(client):
        await upload(client, new("m4"), M4)
        await ask(client, ResetWrite())

    with recovery() as board:
        peer(board, talk, raw)
        runs(board, 1, 2)


@pytest.mark.proof
@RAW
def test_trial_is_confirmed_and_rolled_back(raw):
    async def on_trial(client):
        found = await states(client)
        assert find(found, M7, 0).version == "2.0.0" and not find(found, M7, 0).confirmed
        status = await command(client, 0)
        assert status["state"] == "trial" and status["current"]["m7"] == "2.0.0", status
        assert await refused(client, ImageStatesWrite(hash=find(found, M4, 1).hash, confirm=True)) == CONFIRM_DENIED
        found = await ask(client, ImageStatesWrite(confirm=True))
        assert find(found, M7, 0).confirmed and find(found, M4, 0).confirmed
        assert (await command(client, 6))["events"][-1] == {"event": 5, "set": "2.0.0"}  # include/duo/log.h

    async def back(client):
        found = await ask(client, ImageStatesWrite(hash=find(await states(client), M7, 1).hash))
        assert find(found, M7, 1).pending and find(found, M7, 1).permanent
        await ask(client, ResetWrite())

    async def install(client):
        await upload(client, contents(bundle("2.0.0")))
        await ask(client, ResetWrite())

    with recovery() as board:
        peer(board, install, raw)
        board.expect(DONE)
        board.expect("app m7 2.0.0: set")
        board.send(b"r")
        board.expect(WAITING)
        peer(board, on_trial, raw)
        peer(board, back, raw)
        runs(board, 1, 1)


def test_nothing_wrong_is_taken():
    stranger = contents(image("m7", "2.0.0", key=other_key()))
    damaged = bytearray(new("m7"))
    damaged[0x400] ^= 1

    async def talk(client):
        for data, image, code in (
                (new("m7"), M4, WRONG_SLOT), (new("m4"), M7, WRONG_SLOT), (contents(bundle("2.0.0")), M4, WRONG_SLOT),
                (new("m7"), SET, WRONG_SLOT), (new("m7"), 7, WRONG_SLOT), (stranger, M7, BAD_HASH),
                (bytes(damaged), M7, BAD_HASH), (bytes(1000), M7, BAD_MAGIC),
                (contents(bundle("2.0.0", key=other_key())), M7, BAD_HASH)):
            got = await upload_refused(client, data, image)
            assert got == code, f"image {image} of {len(data)} bytes: {got} and not {code}"
        assert await upload_refused(client, contents(image_("m7", "1.0.0")), M7, upgrade=True) == NEWER_RUNS
        assert await refused(client, ImageStatesWrite(hash=bytes(32))) == NO_IMAGE
        await ask(client, ImageErase(slot=1))
        await ask(client, ResetWrite())

    image_ = globals()["image"]
    with recovery() as board:
        peer(board, talk)
        board.expect(running(1, 1))
        assert board.flash_ops == 0, "the flash was touched"


@RAW
@pytest.mark.proof
def test_an_upload_goes_on_where_it_was_cut(raw):
    data = contents(signed("longer", "m7", binary("m7", "2") + os.urandom(60000)))

    async def cut(client):
        async for offset in client.upload(data, M7, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER):
            if offset > len(data) // 2:
                client.port.board.send(b"\x02\0\x01\0" if raw else b"\x06\x09AAAA")  # the cable goes in the middle of a message
                return offset

    async def go_on(client):
        before = client.port.sent
        await upload(client, data, M7)
        await ask(client, ResetWrite())
        return client.port.sent - before

    with recovery() as board:
        offset = peer(board, cut, raw)
        board.run(3)
        sent = peer(board, go_on, raw)
        assert sent < (len(data) - offset) * 1.5 + 40000, f"{sent} bytes for {len(data) - offset}"
        board.expect(DONE)


@pytest.mark.proof
@pytest.mark.parametrize("at", [pytest.param(0, marks=pytest.mark.long), 3000, pytest.param(40000, marks=pytest.mark.long)])
def test_a_killed_transfer_leaves_the_device_ready_in_3_s(at):
    """For `duoboot update` and its like, whatever the killed program spoke."""
    async def cut(client):
        async for offset in client.upload(contents(bundle("2.0.0")), 0, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER):
            if offset > at:
                return

    async def install(client):
        await upload(client, contents(bundle("2.0.0")))
        await ask(client, ResetWrite())

    for kill in (lambda board: board.ymodem("sb", "-q", "-k", bundle("2.0.0"), unplug_after=at), lambda board: peer(board, cut)):
        with recovery() as board:
            kill(board)
            board.run(3)
            start = board.now
            peer(board, lambda client: ask(client, EchoWrite(d="there")))
            assert board.now - start < SECOND // 2, (kill, (board.now - start) / SECOND)
            peer(board, install)
            board.expect(running(2, 2))


@pytest.mark.proof
def test_files_may_hold_what_looks_like_a_message():
    """A file sent by YMODEM that is full of beginnings of messages arrives whole."""
    noise = (b"\x06\x09" + b"\x00" * 30 + b"\x0a\x00\x00\x01\x00\x00\x01\x05\xa0") * 100

    with recovery() as board:
        done = board.ymodem("sb", "-q", "-k", write("noise.bin", noise))
        assert done.returncode != 0
        board.expect(r"refused: not the expected kind of file")
        board.expect(WAITING)
        send(board, bundle("2.0.0"))
        runs(board, 2, 2)


def test_keys_are_heard_after_a_client():
    async def talk(client):
        await ask(client, EchoWrite(d="x"))

    with recovery() as board:
        peer(board, talk)
        board.key("s", "duoboot: recovery ")
        board.expect(PROMPT)  # a raw client takes what is still being said for its answer
        peer(board, talk, raw=True)
        board.run(11)
        board.expect(WAITING)


@pytest.mark.proof
def test_own_commands():
    async def talk(client):
        status = await command(client, 0)
        assert status["recovery"] and status["hardware"] == 0x745 and status["state"] == "factory", status
        options = await command(client, 3)
        assert options["good"] and {"name": "BCM7", "value": 1, "wanted": 1} in options["options"], options
        assert await command(client, 4) == {"bootloaders": False, "m7 application": False, "m4 application": False}
        got = await command(client, 4, write=True, **{"m7 application": True})
        assert got["m7 application"] and not got["bootloaders"]
        assert await upload_refused(client, new("m7"), M7) == 13
        await command(client, 4, write=True, **{"m7 application": False})
        read, size = b"", 1
        while len(read) < size:
            piece = await command(client, 5, what="m4", off=len(read))
            read, size = read + piece["data"], piece["len"]
        assert read == contents(image("m4", "1.0.0"))
        assert (await command(client, 99))["rc"] == 8
        assert (await command(client, 5, what="m9", off=0))["err"]["group"] == 64

    with recovery() as board:
        peer(board, talk)
