# SPDX-License-Identifier: MIT
"""Each core has a line, and on each is a client (smpclient), at the same time: each gets the answers to its own questions, one of
them uploads, and the other one's upload waits."""

import asyncio
import functools

import pytest

from duotest.devices import *
from duotest.memory_line import MemoryPort
from duotest.smp_peer import *

M4 = 1  # images are 0 the M7's, 1 the M4's
UP = "served: up"
PENDING = 28  # IMG_MGMT_ERR_IMAGE_ALREADY_PENDING


@functools.lru_cache(None)
def m7():
    return signed("own", "m7", firmware("served_m7_memory.elf"), version="1.0.0")


@functools.lru_cache(None)
def m4(version):
    return signed(f"far-{version}", "m4", firmware("served_m4.elf"), version=version)


async def asked_again(question):
    """What comes while the other client is served may be dropped: its client asks again, as all do after two seconds."""
    for _ in range(20):
        try:
            return await question()
        except TimeoutError:
            pass
    raise AssertionError("no answer in 20 tries")


class Talkers:
    """One uploads; as long as it does, the other one asks what only it asks, and tries to upload, too."""

    def __init__(self):
        self.begun = self.ended = False
        self.echoes = self.refused = 0

    async def upload(self, client):
        async for at in client.upload(contents(m4("2.0.0")), M4, first_timeout_s=FOREVER, subsequent_timeout_s=FOREVER):
            self.begun = self.begun or at > 2048
        self.ended = True

    async def interfere(self, client):
        while not self.ended:
            text = f"number {self.echoes} of mine"
            answer = await asked_again(lambda: client.request(EchoWrite(d=text)))
            assert success(answer) and answer.r == text, answer
            self.echoes += 1
            client.port.board.run(0.05)
            await asyncio.sleep(0)  # an answer in memory is there at once: the other one's turn
            if self.begun and self.refused == 0:
                assert await asked_again(lambda: upload_refused(client, contents(m4("3.0.0")), M4)) == PENDING
                self.refused += 1


@pytest.mark.parametrize("far_uploads", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_two_clients_at_once(far_uploads):
    talkers = Talkers()
    with LineBoard("--load", files.factory(m7(), m4("1.0.0"))) as board:
        board.expect(UP)
        far, own = Port(board), MemoryPort(board)
        uploader, other = (far, own) if far_uploads else (own, far)
        other.patience = 2 * SECOND
        peers((uploader, talkers.upload), (other, talkers.interfere))
        assert talkers.refused == 1 and talkers.echoes > 3, (talkers.refused, talkers.echoes)
        print(f"  {talkers.echoes} questions of the other client were answered during the upload")
