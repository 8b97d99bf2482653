# SPDX-License-Identifier: MIT
"""smpclient, unmodified, at the other end of the line: its serial transports write to and read from the board in virtual
time. What it computes costs no virtual time; each time it looks for an answer and finds none, 5 ms pass, as it waits."""

import asyncio
import os
import site
import sys

from duotest.recovery import ROOT, SECOND, require

# smpclient lives in the test tools' own environment (scripts/setup), made by the same Python.
PACKAGES = os.path.join(ROOT, "build", "venv", "lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
require(os.path.join(PACKAGES, "smpclient"))
site.addsitedir(PACKAGES)
sys.path.insert(0, PACKAGES)  # before the system's, of which one that smpclient needs may be there and too old

import smpclient  # noqa: F401
from smp import header as smpheader
from smpclient import SMPClient
from smpclient.generics import error, success  # noqa: F401
from smpclient.requests.image_management import (ImageErase, ImageStatesRead, ImageStatesWrite,  # noqa: F401
                                                 ImageUploadWrite)
from smpclient.requests.os_management import (BootloaderInformationRead, EchoWrite, MCUMgrParametersRead,  # noqa: F401
                                              OSApplicationInfoRead, ResetWrite)
from smpclient.transport.serial.encoded import SMPSerialTransport
from smpclient.transport.serial.unencoded import SMPSerialRawTransport

POLL = 0.005
CHUNK = 1024
FOREVER = 3600  # of the wall clock: the emulator may be slow


class Port:
    """What pyserial offers, over a LineBoard."""

    def __init__(self, board, fault=None):
        self.board = board
        self.fault = fault
        self.port = "board"
        self.out_waiting = 0
        self.sent = 0
        self.mark = len(board.seen)
        self.asked = board.now
        self.patience = (10 if fault else 60) * SECOND

    def open(self):
        pass

    def close(self):
        pass

    def reset_input_buffer(self):
        self.board.run(0.05)
        self.mark = len(self.board.seen)

    def write(self, data):
        self.sent += len(data)
        if self.fault:
            data = b"".join(self.fault(byte)[0] for byte in data)
        for at in range(0, len(data), CHUNK):
            self.board.send(data[at:at + CHUNK])
            while self.board.queued > CHUNK:  # the board's own rate is not exactly the line's
                self.board.run(0.001)
        self.asked = self.board.now

    def pass_time(self):
        """As it waits, a little finer."""
        self.board.step(self.board.now + int(POLL * SECOND))

    def expect_no_silence(self):
        if self.board.now - self.asked > self.patience:
            raise TimeoutError(f"no answer of the board {self.patience // SECOND} s after the question")

    def read_all(self):
        board = self.board
        if len(board.seen) == self.mark:
            self.pass_time()
        data = board.seen[self.mark:].encode("latin1")
        self.mark = len(board.seen)
        if self.fault:
            data = b"".join(self.fault(byte)[0] for byte in data)
        # Recovery's menu asks for a bundle now and then, so that silence does not tell.
        self.expect_no_silence()
        return data


def transport(port, raw=False, **options):
    made = SMPSerialRawTransport(**options) if raw else SMPSerialTransport(**options)
    made._conn = port
    return made


async def converse(port, conversation, raw=False, **options):
    async with SMPClient(transport(port, raw, **options), "board", FOREVER) as client:
        client.port = port
        return await conversation(client)


def peer(board, conversation, raw=False, fault=None, **options):
    """Runs `conversation(client)`, a coroutine, to its end, and returns what it returns."""
    return asyncio.run(converse(Port(board, fault), conversation, raw, **options))


def peers(*conversations):
    """Runs several (port, conversation) at once."""

    async def all_talk():
        return await asyncio.gather(*(converse(*each) for each in conversations))

    return asyncio.run(all_talk())


async def ask(client, request):
    """The answer, which must be no error."""
    answer = await client.request(request)
    assert success(answer), answer
    return answer


async def refused(client, request):
    """The number of the error."""
    answer = await client.request(request)
    assert error(answer), answer
    return answer.err.rc if hasattr(answer, "err") else answer.rc


async def upload(client, data, image=0, **options):
    async for _ in client.upload(data, image, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER, **options):
        pass


async def upload_refused(client, data, image=0, **options):
    """The number of the error, of the image group's list."""
    try:
        await upload(client, data, image, **options)
    except smpclient.exceptions.SMPUploadError as problem:
        return problem.args[0].err.rc
    raise AssertionError("it was taken")


GROUP = 64  # proto/smp.h, DUO_SMP_GROUP


async def command(client, number, write=False, group=GROUP, **fields):
    """A command that smpclient has no class for, as those of duoboot's own group; the answer's map."""
    import cbor2
    body = cbor2.dumps(fields)
    head = smpheader.Header(op=smpheader.OP.WRITE if write else smpheader.OP.READ, version=smpheader.Version.V2, flags=0,
                            length=len(body), group_id=group, sequence=7, command_id=number)
    answer = await client._transport.send_and_receive(bytes(head) + body)
    return cbor2.loads(answer[smpheader.Header.SIZE:])
