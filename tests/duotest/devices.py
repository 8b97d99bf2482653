# SPDX-License-Identifier: MIT
"""Devices whose flash outlives their power, for the tests of this folder."""

import functools
import os
import shutil

from duotest.recovery import *  # noqa: F401,F403
from duotest.recovery import WAITING, LineBoard, bundle, factory, files, layout, running, send

JOURNAL = layout.journal
WORD = 32

_number = 0


def new_flash(source=None):
    """A flash file of one's own, blank or a copy."""
    global _number
    _number += 1
    path = files.path(f"device-{_number}.flash")
    if source:
        shutil.copy(source, path)
    return path


def receive(board, path):
    """Recovery takes a file; the device is about to reset."""
    board.expect(WAITING)
    send(board, path)
    board.expect(r"duoboot: received ")
    board.expect("resetting to install it")


@functools.lru_cache(None)
def fresh():
    """Version 1 as from the factory; it has never been updated."""
    flash = new_flash()
    with LineBoard("--load", factory(), "--flash", flash) as board:
        board.expect(running(1, 1))
    return flash


@functools.lru_cache(None)
def staged():
    """Version 1 runs, version 2 is staged, the power is off."""
    flash = new_flash(fresh())
    with LineBoard("--flash", flash, "--button", "PC13") as board:
        receive(board, bundle("2.0.0"))
    return flash


@functools.lru_cache(None)
def updated():
    """Version 2 runs and is confirmed, version 1 can be rolled back to."""
    flash = new_flash(staged())
    with LineBoard("--flash", flash) as board:
        board.expect("confirm: done")
        board.expect(running(2, 2))
    return flash


@functools.lru_cache(None)
def served():
    """A bundle whose M7 leaves everything to the client; its M4 waits for beats that do not come."""
    m7 = signed("served", "m7", firmware("served_m7.elf"), version="3.0.0")
    out = files.path("served.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", image("m4", "2.0.0"), "--set-version", "3.0.0", "--mixed", "--key",
        files.key, "--out", out)
    return out
