# SPDX-License-Identifier: MIT
"""mcumgr-toolkit, unmodified, on a pseudo-terminal, in real time: its Python interface, in a process of its own, because it
lives in build/venv. What a loaded machine makes it miss is tried again, as a person would. In the raw framing it takes a YMODEM
invitation that has come before for the beginning of its first answer, and asks again after its time-out; the next invitation
comes 10 s after a client's last message, so the time-out must be shorter than that."""

import glob
import os
import subprocess
import time

import pytest

from duotest.board import ROOT, Board, require
from duotest.recovery import bundle, factory, image, other_key, running

PYTHON = os.path.join(ROOT, "build", "venv", "bin", "python3")
require(PYTHON, *(glob.glob(f"{ROOT}/build/venv/lib/python3*/site-packages/mcumgr_toolkit") or ["mcumgr_toolkit (PyPI)"]))
ROUNDS = 20
BEGIN = """
import sys
from mcumgr_toolkit import MCUmgrClient
c = MCUmgrClient.{framing}("{port}", 115200, timeout_ms=4000)
c.use_auto_frame_size()
def file(path):
    return open(path, "rb").read()
"""


def toolkit(board, script, framing="serial", refused=None):
    """What the script prints; or, when it is to be refused, what it was refused with."""
    for _ in range(ROUNDS):
        done = subprocess.run([PYTHON, "-c", BEGIN.format(framing=framing, port=board.port) + script], capture_output=True, text=True,
                              timeout=900, check=False)
        if refused and done.returncode != 0 and refused in done.stderr:
            return done.stderr
        if not refused and done.returncode == 0:
            return done.stdout
        time.sleep(2)
    raise AssertionError(f"{script}: {done.returncode}: {done.stdout[-500:]}{done.stderr[-1500:]}")


def in_recovery():
    return Board("--load", factory(), "--button", "PC13=50ms")


def test_it_asks_and_is_refused_with_the_right_code():
    wrong_core = f'c.image_upload(file("{image("m7", "2.0.0")}"), image=1)'
    stranger = f'c.image_upload(file("{bundle("2.0.0", key=other_key())}"))'
    with in_recovery() as board:
        board.expect("waiting for a bundle", 300)
        for framing in ("serial", "raw_serial"):
            said = toolkit(board, 'print(c.os_echo("hello")); print([s.version for s in c.image_get_state()])', framing)
            assert "hello" in said and said.count("1.0.0") == 2, said
        toolkit(board, wrong_core, refused="IMG_MGMT_ERR_INVALID_SLOT")
        toolkit(board, stranger, refused="IMG_MGMT_ERR_INVALID_HASH")


@pytest.mark.proof
def test_two_images_are_uploaded_and_tried():
    with in_recovery() as board:
        board.expect("waiting for a bundle", 300)
        for number, core in enumerate(("m7", "m4")):
            toolkit(board, f'c.image_upload(file("{image(core, "2.0.0")}"), image={number})')
        toolkit(board, "c.os_system_reset()")
        board.expect(running(2, 2), 900)


@pytest.mark.proof
def test_a_set_is_uploaded_and_tried():
    for framing in ("serial", "raw_serial"):
        with in_recovery() as board:
            board.expect("waiting for a bundle", 300)
            toolkit(board, f'c.image_upload(file("{bundle("2.0.0")}"))', framing)
            toolkit(board, "c.os_system_reset()", framing)
            board.expect(running(2, 2), 900)
