# SPDX-License-Identifier: MIT
"""SMP over a line that drops, doubles and flips bytes, one in 10,000, in both directions.

smpclient sends nothing twice: where a message is lost it waits in vain. The device then has lost nothing, answers the next client at
once, and goes on with the file where it stands.
"""
import random

import pytest

from duotest.recovery import *
from duotest.smp_peer import *


async def install(client):
    await upload(client, contents(bundle("2.0.0")))
    await ask(client, ResetWrite())


async def states(client):
    return await ask(client, ImageStatesRead())


def gives_up(board, fault):
    """What a client says that has been left alone, or has read nonsense."""
    try:
        peer(board, install, fault=fault)
    except (TimeoutError, AssertionError, smpclient.exceptions.SMPClientException, ValueError) as problem:
        return problem
    raise AssertionError(f"it came through with {fault.done} on the line")


# Console framing alone: it has a checksum. Raw messages have none, and what a line flips in them is found when the whole has come.
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.proof) for seed in (3, 5, 7))])
def test_a_bad_line_costs_nothing_but_the_transfer(seed):
    fault = Fault(random.Random(seed))
    with recovery() as board:
        problem = gives_up(board, fault)
        assert sum(fault.done.values()) > 0, problem
        before = peer(board, states)
        assert [s.version for s in before.images if s.slot == 0] == ["1.0.0", "1.0.0"], before
        peer(board, install)
        board.expect(DONE)
        board.expect(running(2, 2))
