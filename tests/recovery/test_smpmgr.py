# SPDX-License-Identifier: MIT
"""smpmgr, unmodified, with recovery and a running application, on a pseudo-terminal, in real time: it waits two seconds for an answer, which the emulator on a
loaded machine may miss; then it is started again, as a person would, and goes on where it stopped."""

import os
import re
import subprocess
import time

import pytest

from duotest.board import ROOT, Board, require
from duotest.devices import served
from duotest.recovery import bundle, factory, image, running

SMPMGR = os.path.join(ROOT, "build", "venv", "bin", "smpmgr")
require(SMPMGR)
ROUNDS = 40


def smpmgr(board, *arguments, wanted=0):
    """Until it ends as wanted: any other end is a time that ran out."""
    for _ in range(ROUNDS):
        done = subprocess.run([SMPMGR, "--port", board.port, "--timeout", "20", *arguments], capture_output=True, text=True,
                              errors="replace", timeout=600, check=False, env=dict(os.environ, NO_COLOR="1", COLUMNS="200"))
        said = done.stdout + done.stderr
        if done.returncode == wanted and "Timeout" not in said:
            return said
        time.sleep(2)
    raise AssertionError(f"smpmgr {' '.join(arguments)}: {done.returncode}: {said[-1500:]}")


def runs_confirmed(board):
    """Of the image that runs on each core: is it confirmed?"""
    return re.findall(r"confirmed=(\w+),\s*active=True", smpmgr(board, "image", "state-read"))


def test_two_images_are_uploaded_and_tried():
    with Board("--load", factory(), "--button", "PC13=50ms") as board:
        board.expect("waiting for a bundle", 300)
        assert "1.0.0" in smpmgr(board, "image", "state-read")
        smpmgr(board, "--line-buffers", "32", "image", "upload", image("m7", "2.0.0"), "--slot", "0")
        smpmgr(board, "--line-buffers", "32", "image", "upload", image("m4", "2.0.0"), "--slot", "1")
        assert "2.0.0" in smpmgr(board, "image", "state-read")
        smpmgr(board, "os", "reset")
        board.expect(running(2, 2), 900)


@pytest.mark.proof
def test_a_set_is_uploaded_and_tried():
    with Board("--load", factory(), "--button", "PC13=50ms") as board:
        board.expect("waiting for a bundle", 300)
        smpmgr(board, "--line-buffers", "128", "image", "upload", bundle("2.0.0"), "--format", "any")
        smpmgr(board, "os", "reset")
        board.expect(running(2, 2), 900)


@pytest.mark.proof
def test_a_running_application_is_updated_and_confirmed():
    """Nothing is tried before the client asks for it, and nobody but the client confirms the new set."""
    with Board("--load", factory()) as board:
        board.expect(running(1, 1), 300)
        smpmgr(board, "image", "upload", served(), "--format", "any")
        hashes = re.findall(r"[0-9A-Fa-f]{64}", smpmgr(board, "image", "state-read"))
        smpmgr(board, "image", "state-write", hashes[-1])
        smpmgr(board, "os", "reset")
        board.expect("served: up", 900)
        assert runs_confirmed(board) == ["False", "False"]
        smpmgr(board, "image", "state-write", "--confirm")
        assert runs_confirmed(board) == ["True", "True"]
