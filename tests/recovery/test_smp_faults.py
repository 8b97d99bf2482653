# SPDX-License-Identifier: MIT
"""SMP over a line that drops, doubles and flips bytes, one in 10,000, in both directions.

smpclient sends nothing twice: where a message is lost it waits in vain. The device then has lost nothing, answers the next client at
once, and goes on with the file where it stands. Raw messages have no checksum: what a line flips in them is found when the whole has
come, by its hash. Then the file is refused, and the attempt after that one begins again.
"""
import random

import pytest

from duotest.recovery import *
from duotest.smp_peer import *

pytestmark = pytest.mark.proof


async def install(client):
    await upload(client, contents(bundle("2.0.0")))
    await ask(client, ResetWrite())


async def states(client):
    return await ask(client, ImageStatesRead())


TROUBLE = TimeoutError, AssertionError, smpclient.exceptions.SMPClientException, ValueError


def gives_up(board, fault, raw=False):
    """What a client says that has been left alone, or has read nonsense."""
    try:
        peer(board, install, raw, fault=fault)
    except TROUBLE as problem:
        return problem
    raise AssertionError(f"it came through with {fault.done} on the line")


def installs(board, raw):
    try:
        peer(board, install, raw)
        return True
    except TROUBLE:
        return False


def version_1_runs(board, raw=False):
    """A raw client takes what the menu says at that moment for its answer: then the next one knows."""
    try:
        answer = peer(board, states, raw)
    except TROUBLE:
        if not raw:
            raise
        answer = peer(board, states, raw)
    assert [s.version for s in answer.images if s.slot == 0] == ["1.0.0", "1.0.0"], answer


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (3, 5, 7))])
def test_a_bad_line_costs_nothing_but_the_transfer(seed):
    fault = Fault(random.Random(seed))
    with recovery() as board:
        problem = gives_up(board, fault)
        assert sum(fault.done.values()) > 0, problem
        version_1_runs(board)
        peer(board, install)
        board.expect(DONE)
        board.expect(running(2, 2))


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.long) for seed in (5, 7, 9))])
def test_raw_messages_on_a_bad_line(seed):
    with recovery() as board:
        problem = gives_up(board, fault := Fault(random.Random(seed)), raw=True)
        assert sum(fault.done.values()) > 0, problem
        version_1_runs(board, raw=True)
        if not installs(board, raw=True):  # it went on with a file that had a flipped byte
            version_1_runs(board, raw=True)
            peer(board, install, True)
        board.expect(DONE)
        board.expect(running(2, 2))
