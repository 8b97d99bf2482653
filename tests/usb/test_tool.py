# SPDX-License-Identifier: MIT
"""duoboot update --usb on the real firmware, in real time: by the emulated board's plug, and by libusb (fake_usb.c plays it)."""

import contextlib
import json
import os
import re
import subprocess

import pytest

from duotest.dfu import *
from duotest.recovery import BIN, bundle, contents, factory, other_key, require
from duotest.board import Board
from duotest import usb_example

FAKE = f"{BIN}/libfake_usb.so"
require(FAKE)
DONE, USAGE, IO, TIMEOUT, REJECTED = 0, 2, 3, 4, 5


@contextlib.contextmanager
def in_recovery():
    with Board("--load", factory(), "--button", "PC13=50ms", "--usb", "OTG_FS=usbip:0") as board:
        board.expect("waiting for a bundle by ymodem")
        yield board, re.search(r"OTG_FS on localhost:(\d+)", board.log_text()).group(1)


def update(*arguments, scene=None):
    environment = dict(os.environ, **({"LD_PRELOAD": FAKE, "DUO_USB_SCENE": scene} if scene else {}))
    return subprocess.run([f"{BIN}/duoboot", "update", *arguments], env=environment, capture_output=True, text=True, timeout=600)


def told(result, code, words):
    assert result.returncode == code and words in result.stderr, (result.returncode, result.stdout, result.stderr)


def test_a_set_by_libusb():
    """A stranger's bundle first: the device's own words, and the next is taken."""
    with in_recovery() as (board, port):
        told(update("--usbip", port, bundle("2.0.0", key=other_key())), REJECTED, "signed by another key")
        told(update("--usb-device", "OTHER", "--timeout", "1", bundle("2.0.0"), scene=f"board:{port}"), TIMEOUT, "serial number OTHER")
        done = update("--usb", "--usb-device", "BOARD", bundle("2.0.0"), scene=f"board:{port}")
        assert (done.returncode, done.stdout) == (DONE, "set 2.0.0 sent; the device installs it now, and nobody has waited for its confirmation\n"), done
        board.expect(r"app: m7 2\.0\.0 beat \d+, m4 2\.0\.0", 120)


@pytest.mark.proof
def test_a_running_application_is_detached():
    """Its run-time DFU interface leads to recovery; then it is an update as any other."""
    with Board("--load", usb_example.factory(), "--usb", "OTG_FS=usbip:0") as board:
        board.expect(usb_example.beating(1))
        port = re.search(r"OTG_FS on localhost:(\d+)", board.log_text()).group(1)
        done = update("--usbip", port, "--json", usb_example.update())
        assert done.returncode == DONE, done.stderr
        answer = json.loads(done.stdout)
        assert (answer["set"], answer["bytes"], answer["running"]) == ("2.0.0", len(contents(usb_example.update())), False), answer
        board.expect(usb_example.beating(2), 120)


def test_no_device_no_rights_too_many():
    path = bundle("2.0.0")
    told(update("--usb", "--timeout", "1", path, scene="none"), TIMEOUT, "no device 1209:0001 at USB within 1 s")
    told(update("--usb", path, scene="denied"), IO, 'ATTRS{idVendor}=="1209"')
    told(update("--usb", path, scene="two"), USAGE, "ONE, TWO")
    told(update("--usbip", "1", path), IO, "Connection refused")
    for mistake in (("--usb-device", "12:zz"), ("--usbip", "70000"), ("--usb", "--ymodem")):
        assert update(*mistake, path).returncode == USAGE, mistake
