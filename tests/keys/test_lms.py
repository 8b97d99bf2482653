# SPDX-License-Identifier: MIT
"""A bootloader that demands a second signature (DUO_LMS): a set needs both, by each way in and at each boot; the real program."""

import functools
import json
import os

import pytest

from duotest import second
from duotest.recovery import *

TOOL = f"{BIN}/duoboot"
LACKS = r"lacks the second signature \(LMS\) that the device demands"
WRONG = r"second signature \(LMS\) does not match"
REMEDY = "; send a bundle that this device's LMS key has signed, too"


@functools.lru_cache(None)
def boot():
    return second.bootloader()


def bundle_of_two(version, key=None):
    """A bundle with both signatures."""
    out = files.path(f"two-{version}-{os.path.basename(key or '')}.duo")
    run(TOOL, "bundle", "-q", "--m7", image("m7", version, key=key), "--m4", image("m4", version, key=key), "--set-version", version,
        "--key", key or files.key, "--lms", second.key(), "--out", out)
    return out


@functools.lru_cache(None)
def two(version):
    return bundle_of_two(version)


@functools.lru_cache(None)
def altered(version):
    with open(two(version), "rb") as file:
        data = bytearray(file.read())
    data[288 + 1000] ^= 1
    return write(f"altered-{version}.duo", bytes(data))


@functools.lru_cache(None)
def new_device(path):
    """Factory contents with this set."""
    out = files.path("new-" + os.path.basename(path) + ".hex")
    run(TOOL, "factory", "-q", "--bundle", path, "--key", files.key, "--out", out)
    return out


OPTIONS = ("--option", "BOOT_CM4_ADD0=0x801") if LAYOUT == "twin" else ()


def device():
    return power_on("--load", new_device(two("1.0.0")), "--button", "PC13=50ms", *OPTIONS, boot_m7=boot())


def refused(board, path, words):
    sent = board.ymodem("sb", "-q", "-k", path)
    board.expect(words)
    board.expect(WAITING)
    assert sent.returncode != 0, f"sb was told that all is well, not {words}"


def test_both_signatures_must_hold():
    with device() as board:
        refused(board, bundle("2.0.0"), LACKS + REMEDY)
        refused(board, altered("2.0.0"), WRONG + REMEDY)
        refused(board, bundle_of_two("2.0.0", other_key()), "signed by another key")
        refused(board, image("m7", "2.0.0"), LACKS + REMEDY)
        send(board, two("2.0.0"))
        board.expect(running(2, 2))


def test_the_program_says_what_it_demands():
    about = json.loads(run(TOOL, "info", "--json", boot()))
    assert about["second_signature_needed"] and len(about["keys"][0]["lms_key"]) == 8
    run(TOOL, "verify", "--bootloader", boot(), two("2.0.0"))
    assert not json.loads(run(TOOL, "info", "--json", firmware("boot_cm7.elf")))["second_signature_needed"]


def test_each_boot_asks_for_both():
    """Sets that were programmed, not downloaded: nobody has looked at them before."""
    images = files.factory(image("m7", "1.0.0"), image("m4", "1.0.0"))
    for contents_of, words in ((new_device(bundle("1.0.0")), LACKS), (new_device(altered("1.0.0")), WRONG), (images, LACKS)):
        with power_on("--load", contents_of, until=words, boot_m7=boot()):
            pass  # it says so and waits for another one


def test_another_bootloader_says_that_the_file_is_too_new():
    with recovery() as board:
        refused(board, two("2.0.0"), "too new; make it for this bootloader's version")


@pytest.mark.proof
def test_back_to_the_set_before():
    with device() as board:
        send(board, two("2.0.0"))
        board.expect(r"app m7: confirm: done")
        board.send(b"r")
        board.expect(WAITING)
        board.send(b"\x03")
        board.expect(PROMPT)
        board.key("r", "y/n:")
        board.send(b"y")
        board.expect(running(1, 1))


@pytest.mark.long
def test_the_journal_turns():
    """A manifest takes 175 of its 4096 words: after some 20 sets the other half is begun, and takes both along."""
    with device() as board:
        for n in range(25):
            version = f"{2 - n % 2}.0.0"
            send(board, two(version))
            board.expect(running(version[0], version[0]))
            board.expect(r"app m7: confirm: done")
            board.send(b"r")
            board.expect(WAITING)


def pair(version):
    """A bundle of both signatures with an application that can take another one."""
    m7 = signed(f"taking-{version}", "m7", second.application(version), version=f"{version}.0.0")
    out = files.path(f"taking-{version}.duo")
    run(TOOL, "bundle", "-q", "--m7", m7, "--m4", image("m4", f"{version}.0.0"), "--set-version", f"{version}.0.0", "--key", files.key,
        "--lms", second.key(), "--out", out)
    return out


def byte_asked_for(board):
    board.key("u")
    return int(board.expect(r"app m7: send the bundle from byte (\d+) on").group(1))


@pytest.mark.proof
def test_the_running_application_asks_for_both():
    """By libduo, whose stack a manifest of this size would not fit; after a reset in the middle it goes on."""
    path = pair(2)
    spoiled = bytearray(contents(path))
    spoiled[288 + 7] ^= 1
    flash = files.path("taking.flash")
    start = ("--load", new_device(pair(1)))
    for wrong, words in ((bundle("2.0.0"), LACKS), (write("spoiled.duo", bytes(spoiled)), WRONG)):
        with LineBoard(*start, "--flash", flash, boot_m7=boot()) as board:
            board.expect(running(1, 1))
            assert byte_asked_for(board) == 0
            board.ymodem("sb", "-q", "-k", wrong)
            board.expect(words)
        start = ()
    with LineBoard("--flash", flash, boot_m7=boot()) as board:
        board.expect(running(1, 1))
        assert byte_asked_for(board) == 0
        board.ymodem("sb", "-q", "-k", path, unplug_after=20000)
    with LineBoard("--flash", flash, boot_m7=boot()) as board:
        board.expect(running(1, 1))
        offset = byte_asked_for(board)
        assert offset > 2800
        send(board, write("rest.duo", contents(path)[offset:]))
        board.expect("exchange done, resetting")
        board.expect("confirm: done")
        board.expect(running(2, 2))


@pytest.mark.proof
@pytest.mark.skipif(LAYOUT != "twin", reason="for DUO_LAYOUT=twin")
def test_a_set_brings_a_bootloader_under_both_signatures():
    """Format 5: the manifest, whose second signature lies before the images, names the bootloader after them."""
    out, words = files.path("brings.duo"), ("--boot-m4", firmware("boot_cm4.hex"), "--lms", second.key())
    run(TOOL, "bundle", "-q", "--m7", image("m7", "2.0.0"), "--m4", image("m4", "2.0.0"), "--set-version", "2.0.0", "--key", files.key,
        *words, "--out", out)
    assert contents(out)[4] == 5
    with device() as board:
        send(board, out)
        board.expect(r"app m7: confirm: done")
        board.expect(running(2, 2))
