# SPDX-License-Identifier: MIT
"""Debian's stm32flash, unmodified, writes both slots of a device, each block read back, and starts them: in recovery, and in
a running application.

In real time. The program waits one second for an answer, which the emulator on a loaded machine may miss; then it is
started again, as a person would. Whether GO was taken shows in what the device runs.
"""

import subprocess
import time

import pytest

from duotest.board import Board, require
from duotest.recovery import APP, factory, files, running
from duotest.slots import update

require("/usr/bin/stm32flash")
ROUNDS = 20


def stm32flash(board, *arguments):
    return subprocess.run(["stm32flash", "-b", "115200", "-m", "8n1", *arguments, board.port], capture_output=True,
                          text=True, errors="replace", timeout=300, check=False)


def content_file(core):
    path = files.path(core + ".slot")
    with open(path, "wb") as file:
        file.write(update()[core])
    return path


def write(board, core):
    for _ in range(ROUNDS):
        done = stm32flash(board, "-w", content_file(core), "-S", hex(APP[core]), "-v")
        if done.returncode == 0:
            assert "100.00%" in done.stdout, done.stdout[-300:]
            return
        time.sleep(2)
    raise AssertionError(f"{core}: {done.stdout[-500:]}{done.stderr}")


def update_both(board):
    write(board, "m7")
    write(board, "m4")
    for _ in range(ROUNDS):
        started = stm32flash(board, "-g", hex(APP["m7"]))
        if started.returncode == 0 or "Starting execution" in started.stdout:
            break
    board.expect(running(2, 2), 600)


def test_both_cores_are_updated():
    with Board("--load", factory(), "--button", "PC13=50ms") as board:
        board.expect("waiting for a bundle")
        update_both(board)


@pytest.mark.proof
def test_a_running_application_is_updated():
    with Board("--load", factory()) as board:
        board.expect(running(1, 1))
        update_both(board)
