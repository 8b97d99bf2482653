# SPDX-License-Identifier: MIT
"""smpmgr, unmodified, on a pseudo-terminal, in real time: it waits two seconds for an answer, which the emulator on a
loaded machine may miss; then it is started again, as a person would, and goes on where it stopped."""

import os
import subprocess
import time

import pytest

from duotest.board import ROOT, Board, require
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
