# SPDX-License-Identifier: MIT
"""Every request of DFU 1.1 in every state (appendix A.2), standard requests of USB 2.0 chapter 9, and a host without sense."""

import random

import pytest

from duotest.dfu import *
from duotest.recovery import contents, bundle, recovery, running

GOOD = contents(bundle("2.0.0"))
REQUESTS = {"DETACH": DETACH, "DNLOAD": DNLOAD, "DNLOAD 0": DNLOAD, "UPLOAD": UPLOAD, "GETSTATUS": GETSTATUS, "CLRSTATUS": CLRSTATUS,
            "GETSTATE": GETSTATE, "ABORT": ABORT}
# Which requests a state accepts, and the state afterwards; all others stall and lead to dfuERROR. DETACH in dfuIDLE is
# dfu-util's -R, and ends recovery: test_dfu has it.
ACCEPTED = {
    IDLE: {"DNLOAD": DNLOAD_SYNC, "UPLOAD": UPLOAD_IDLE, "GETSTATUS": IDLE, "GETSTATE": IDLE, "ABORT": IDLE},
    DNLOAD_SYNC: {"GETSTATUS": (DNBUSY, DNLOAD_IDLE), "GETSTATE": DNLOAD_SYNC, "ABORT": IDLE},
    DNBUSY: {"GETSTATUS": (DNBUSY, DNLOAD_IDLE), "GETSTATE": DNBUSY},
    DNLOAD_IDLE: {"DNLOAD": DNLOAD_SYNC, "DNLOAD 0": MANIFEST_SYNC, "GETSTATUS": DNLOAD_IDLE, "GETSTATE": DNLOAD_IDLE,
                  "ABORT": IDLE},
    MANIFEST_SYNC: {"GETSTATUS": (MANIFEST, IDLE, ERROR), "GETSTATE": MANIFEST_SYNC, "ABORT": IDLE},
    UPLOAD_IDLE: {"UPLOAD": UPLOAD_IDLE, "GETSTATUS": UPLOAD_IDLE, "GETSTATE": UPLOAD_IDLE, "ABORT": IDLE},
    ERROR: {"GETSTATUS": ERROR, "CLRSTATUS": IDLE, "GETSTATE": ERROR},
}


def bring_to(dfu, state):
    """From dfuIDLE, in alternate 0 or (upload) 1."""
    if state in (DNLOAD_SYNC, DNBUSY, DNLOAD_IDLE, MANIFEST_SYNC):
        dfu.out(DNLOAD, 0, GOOD[:4096])
    if state == DNBUSY:
        assert dfu.get_status()[2] == DNBUSY
    if state in (DNLOAD_IDLE, MANIFEST_SYNC):
        assert dfu.settle()[:2] == (OK, DNLOAD_IDLE)
    if state == MANIFEST_SYNC:
        dfu.out(DNLOAD, 1)
    if state == UPLOAD_IDLE:
        assert len(dfu.host.control(0xA1, UPLOAD, 0, 0, 64)) == 64
    if state == ERROR:
        try:
            dfu.out(DNLOAD, 0)  # nothing, in dfuIDLE
            raise AssertionError("an empty download begins")
        except UsbError as error:
            assert error.status == STALL
    assert dfu.get_state() == state, (dfu.get_state(), state)


def ask(dfu, name):
    """True: accepted."""
    try:
        if name == "GETSTATUS":
            dfu.get_status()
        elif name == "GETSTATE":
            dfu.get_state()
        elif name == "UPLOAD":
            dfu.host.control(0xA1, UPLOAD, 0, 0, 64)
        elif name == "DNLOAD":
            dfu.out(DNLOAD, 1 if dfu.get_state() == DNLOAD_IDLE else 0, GOOD[4096:4160])
        else:
            dfu.out(REQUESTS[name])
        return True
    except UsbError as error:
        assert error.status == STALL, (name, error)
        return False


def test_every_request_in_every_state():
    with recovery() as board:
        host = UsbLine(board)
        host.plug()
        dfu = Dfu(host)
        for state, accepted in ACCEPTED.items():
            for name in REQUESTS:
                if (state, name) == (IDLE, "DETACH"):
                    continue
                dfu.open(M7 if UPLOAD_IDLE in (state, accepted.get(name)) else SET)
                bring_to(dfu, state)
                was = ask(dfu, name)
                assert was == (name in accepted), f"{name} in state {state}: {'accepted' if was else 'stalled'}"
                now, expected = dfu.get_state(), accepted.get(name, ERROR)
                assert now in (expected if isinstance(expected, tuple) else (expected,)), f"{name} in state {state} leads to {now}"
                if not was:
                    assert dfu.get_status()[0] == ERR_STALLEDPKT, (name, state)
        dfu.open(SET)
        assert dfu.download(GOOD)[:2] == (OK, IDLE)
        board.expect(running(2, 2), 60)


def test_standard_requests():
    with recovery() as board:
        host = UsbLine(board)
        host.plug()

        def stalls(*setup):
            try:
                host.control(*setup)
                return False
            except UsbError as error:
                return error.status == STALL

        assert host.control(0x80, 8, 0, 0, 1) == b"\0"  # not configured yet
        assert stalls(0xA1, GETSTATUS, 0, 0, 6)
        assert stalls(0x01, 11, 0, 0) and stalls(0x81, 10, 0, 0, 1)
        assert stalls(0x00, 9, 2, 0)
        host.control(0x00, 9, 1, 0)
        assert host.control(0x80, 8, 0, 0, 1) == b"\1"
        host.control(0x01, 11, 2, 0)
        assert host.control(0x81, 10, 0, 0, 1) == b"\2"
        assert stalls(0x01, 11, 3, 0) and stalls(0x01, 11, 0, 1)
        assert host.control(0x81, 0, 0, 0, 2) == b"\0\0" and host.control(0x82, 0, 0, 0, 2) == b"\0\0"
        host.control(0x02, 1, 0, 0)
        assert stalls(0x80, 6, 0x600, 0, 10)  # no qualifier: full speed only
        assert stalls(0x80, 6, 0x3FF, 0x409, 10) and stalls(0x80, 6, 0x201, 0, 9) and stalls(0x80, 12, 0, 0, 2)
        assert stalls(0xC0, 0x51, 0, 0, 8) and stalls(0x40, 1, 2, 3)
        assert host.control(0x80, 6, 0x300, 0, 255) == b"\x04\x03\x09\x04"
        assert len(host.control(0x80, 6, 0x100, 0, 8)) == 8  # as much as is asked for
        assert len(host.control(0x80, 6, 0x200, 0, 64)) == 45
        assert host.control(0x80, 8, 0, 0, 1) == b"\1"


@pytest.mark.proof
def test_a_host_without_sense(rounds=1200, seed=1):
    """Random SETUPs, lengths and orders; afterwards a set is taken as ever."""
    rng = random.Random(seed)
    with recovery() as board:
        host = UsbLine(board)
        host.plug()
        dfu = Dfu(host)
        for _ in range(rounds):
            if rng.random() < 0.01:
                host.reset()
            kind = rng.choice([0x21, 0xA1, 0x21, 0xA1, 0x00, 0x80, 0x01, 0x81, 0x02, rng.randrange(256)])
            request = rng.choice([1, 1, 2, 3, 3, 4, 5, 6, 6, 8, 9, 11, rng.randrange(256)])
            value = rng.choice([0, 0, 1, 2, 0x100, 0x200, 0x300 + rng.randrange(20), rng.randrange(65536)])
            index = rng.choice([0, 0, 0, 1, rng.randrange(65536)])
            length = rng.choice([0, 0, 1, 6, 63, 64, 65, 255, 4096, 4097, rng.randrange(5000)])
            if (kind, request) == (0x00, 5):
                value = 1  # an address of its own choice is the device's to take: the host would lose it
            if kind & 0x60 == 0x20 and request == 0 or (kind & 0x7F, request) == (0x21, 0):
                continue  # DETACH ends recovery
            data = length if kind & 0x80 else rng.choice([GOOD[:length], bytes(length)])
            try:
                host.control(kind, request, value, index, data, ms=rng.choice([0.05, 1, 5000]))
            except UsbError as error:
                assert error.status in (STALL, UNDER_WAY), error
        host.reset()
        dfu.open(SET)
        assert dfu.download(GOOD)[:2] == (OK, IDLE)
        board.expect(running(2, 2), 60)


@pytest.mark.long
def test_a_host_without_sense_at_length():
    test_a_host_without_sense(20000, 2)
