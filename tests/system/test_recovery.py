#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Recovery over YMODEM: from an empty device to version 1 to version 2, with real clients in real time.
What must be refused is in tests/recovery/test_refusals.py."""

import os
import shutil
import subprocess

import pytest

from duotest.board import BIN, Board, Files, require

files = Files()
WAITING = r"waiting for a bundle by ymodem"
require(shutil.which("sb") or "sb (package lrzsz)")


def running(version):
    return rf"app: m7 {version} beat \d+, m4 {version} beat [1-9]\d*, fpu ok".replace(".", r"\.")


def flash_file(name):
    path = files.path(name)
    if os.path.exists(path):
        os.remove(path)
    return path


def test_an_empty_device_takes_a_bundle_from_sb():
    with Board() as board:
        board.expect(WAITING)
        sent = board.ymodem("sb", "-q", files.bundle("1.0.0"))
        assert sent.returncode == 0, sent.stderr
        board.expect(r"duoboot: received set-1\.0\.0-\.duo, \d+ bytes")
        board.expect(r"duoboot: exchange done, resetting")
        board.expect(r"app m7 1\.0\.0: set 1\.0\.0, state trial")
        board.expect(running("1.0.0"))
        board.expect(r"app m7: confirm: done")


@pytest.mark.long
def test_long_blocks_work_as_well():
    with Board() as board:
        board.expect(WAITING)
        sent = board.ymodem("sb", "-q", "-k", files.bundle("1.0.0"))
        assert sent.returncode == 0, sent.stderr
        board.expect(running("1.0.0"))


def factory_with_version_1():
    return files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0"))


def test_duoboot_update_brings_both_cores_to_version_2():
    flash = flash_file("update.flash")
    with Board("--load", factory_with_version_1(), "--flash", flash) as board:
        board.expect(running("1.0.0"))
        board.expect(r"confirm: done")
        updated = subprocess.run([f"{BIN}/duoboot", "update", "-q", "--port", board.port, "--enter", "r",
                                  files.bundle("2.0.0")], capture_output=True, text=True, timeout=120)
        assert updated.returncode == 0, updated.stdout + updated.stderr  # what the application printed went to duoboot
    with Board("--flash", flash) as board:
        board.expect(r"app m7 2\.0\.0: set 2\.0\.0, state confirmed")
        board.expect(running("2.0.0"))


def goes_back_after_its_trial(factory):
    """The set is reset before it can confirm: the next boot brings version 1 back on both cores."""
    flash = flash_file("trial.flash")
    with Board("--flash", flash, "--load", factory) as board:
        board.expect(running("1.0.0"))
        board.expect(r"confirm: done")
        board.send(b"r")
        board.expect(WAITING)
        assert board.ymodem("sb", "-q", "-k", files.bundle("2.0.0")).returncode == 0
        board.expect(r"app m7 2\.0\.0: set 2\.0\.0, state trial")
        board.send(b"b")
        board.expect(r"exchanging the sets")
        board.expect(running("1.0.0"))


@pytest.mark.proof
def test_an_unconfirmed_set_goes_back_after_its_trial():
    goes_back_after_its_trial(factory_with_version_1())


@pytest.mark.long
def test_an_unconfirmed_set_goes_back_to_the_factorys_set():
    goes_back_after_its_trial(files.factory_set(files.bundle("1.0.0")))


@pytest.mark.proof
def test_cancelling_leaves_the_device_waiting():
    with Board("--load", factory_with_version_1(), "--button", "PC13") as board:
        board.expect(WAITING)
        sender = subprocess.Popen(["sb", "-q", files.bundle("2.0.0")], stdin=board.line, stdout=board.line,
                                  stderr=subprocess.DEVNULL)
        try:
            sender.wait(timeout=2)
        except subprocess.TimeoutExpired:
            sender.kill()
            sender.wait()
        board.send(b"\x18" * 8)
        board.expect(r"duoboot: transfer failed: .*cancel")
        board.expect(WAITING)
        sent = board.ymodem("sb", "-q", "-k", files.bundle("2.0.0"))
        assert sent.returncode == 0, sent.stderr
        board.expect(r"duoboot: received ")
