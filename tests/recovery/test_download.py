# SPDX-License-Identifier: MIT
"""Recovery's download: bundles, images, batches, by every protocol a terminal program has."""

import pytest

from duotest.recovery import *


def arrives(*command, key=None, late=0, m7=2, m4=2, runs=False):
    """A device with version 1 gets files: its staging slots then hold what is new, and it runs these versions."""
    with recovery() as board:
        if key:
            board.key(key, "a aborts")
        sent = board.ymodem(*command, late=late)
        assert sent.returncode == 0, f"{command} ended with {sent.returncode}: {sent.stderr}"
        board.expect(r"duoboot: received ")
        board.expect(r"resetting to install it")
        for core, version in (("m7", m7), ("m4", m4)):
            assert version == 1 or is_at(board, STAGING[core], image(core, "2.0.0")), f"{core} is not staged"
        if runs:
            board.expect(DONE)
            board.expect(running(m7, m4))


def test_a_bundle_in_short_blocks():
    arrives("sb", "-q", bundle("2.0.0"), runs=True)


@pytest.mark.long
def test_a_bundle_in_long_blocks():
    arrives("sb", "-q", "-k", bundle("2.0.0"), key="1")


@pytest.mark.long
def test_a_sender_that_starts_late():
    """The device has asked six times, the sender answers each of these."""
    arrives("sb", "-q", "-k", bundle("2.0.0"), late=6.2)


@pytest.mark.long
def test_ymodem_g():
    arrives("sb", "-q", bundle("2.0.0"), key="g")


@pytest.mark.long
def test_ymodem_g_with_a_sender_that_starts_late():
    """A sender that has read two 'G's sends data right after the header: nothing may be dropped then."""
    arrives("sb", "-q", bundle("2.0.0"), key="g", late=3.3)


@pytest.mark.long
def test_ymodem_g_with_two_images():
    arrives("sb", "-q", image("m7", "2.0.0"), image("m4", "2.0.0"), key="g", late=2.2, runs=True)


@pytest.mark.long
def test_xmodem():
    arrives("sx", "-q", bundle("2.0.0"))


@pytest.mark.proof
def test_xmodem_1k():
    arrives("sx", "-q", "-k", bundle("2.0.0"), key="1")


@pytest.mark.long
def test_xmodem_1k_with_a_sender_that_starts_late():
    """Block 1 comes once for each time the device had asked: it is acknowledged once."""
    arrives("sx", "-q", "-k", bundle("2.0.0"), late=3.3)
    arrives("sx", "-q", "-k", bundle("2.0.0"), late=6.2)


@pytest.mark.long
def test_an_image_by_xmodem_1k():
    """Padded to whole blocks, without name and size: the image knows its own end."""
    arrives("sx", "-q", "-k", image("m7", "2.0.0"), m4=1, runs=True)
    arrives("sx", "-q", image("m4", "2.0.0"), m7=1)


def test_an_m7_image_forms_a_set_with_the_m4_image_there():
    arrives("sb", "-q", "-k", image("m7", "2.0.0"), m4=1)


@pytest.mark.long
def test_an_m4_image_forms_a_set_with_the_m7_image_there():
    arrives("sb", "-q", "-k", image("m4", "2.0.0"), m7=1, runs=True)


def test_an_empty_device_takes_a_bundle():
    with empty() as board:
        send(board, bundle("1.0.0"))
        board.expect(r"received .*, \d+ bytes")
        board.expect(running(1, 1))


@pytest.mark.long
def test_name_size_and_versions_are_printed():
    with recovery() as board:
        send(board, image("m7", "2.0.0"), image("m4", "2.0.0"))
        name, size = board.expect(r"duoboot: received (\S+), (\d+) bytes").groups()
        last = image("m4", "2.0.0")
        assert (name, int(size)) == (os.path.basename(last), os.path.getsize(last))
        board.expect(r"duoboot: m7 image 2\.0\.0\+0 received")
        board.expect(r"duoboot: m4 image 2\.0\.0\+0 received")


@pytest.mark.long
def test_the_largest_images_fit():
    """All sectors of both slots, erased while bytes come at the line's rate."""
    with empty() as board:
        send(board, big("m7"), big("m4"))
        board.expect(r"resetting to install it")
        for core in APP:
            assert is_at(board, STAGING[core], big(core)), f"{core} is not staged"
        board.expect(running(1, 1), 200)
