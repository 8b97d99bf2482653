# SPDX-License-Identifier: MIT
"""A set in which one core fails during its trial is taken back on both cores, and nobody touches the power.

The other core of each set is the well example application, which confirms only when it has heard of its partner, or an unwary
one, which confirms and feeds whatever happens to its partner: there libduo alone has to notice.
"""

import pytest

from duotest.devices import *  # noqa: F403

DEFAULT = 30  # seconds, what a trial has when nobody says otherwise (core/image/manifest.h)
SHORT = 4


def ill(core, fault):
    return signed(f"ill-{core}-{fault}", core, firmware(f"ill_{core}_{fault}.elf"))


def ill_set(core, fault, *options, unwary=False):
    """Version 2 of both cores, of which one is ill."""
    parts = {each: ill(each, "unwary") if unwary else image(each, "2.0.0") for each in ("m7", "m4")}
    parts[core] = ill(core, fault)
    out = files.path(f"ill-{core}-{fault}.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", parts["m7"], "--m4", parts["m4"], "--set-version", "2.0.0",
        "--key", files.key, "--out", out, *options)
    return out


def comes_back(core, fault, deadline=SHORT, options=("--trial-time", str(SHORT)), unwary=False):
    with LineBoard("--flash", new_flash(fresh()), "--button", "PC13=50ms") as board:
        receive(board, ill_set(core, fault, *options, unwary=unwary))
        board.expect("exchange done, resetting")
        started = board.now
        board.expect("exchanging the sets", 2 * deadline)  # back
        took = (board.now - started) / SECOND
        assert took < 1.5 * deadline + 0.5, f"{core} {fault}: back after {took:.1f} s"
        board.expect("app m7: last failure: a watchdog ended the trial of the new set")
        board.expect(running(1, 1))


def test_an_m4_that_crashes_takes_its_set_back():
    comes_back("m4", "crash", DEFAULT, options=())


@pytest.mark.long
def test_an_m4_that_hangs_with_interrupts_on_takes_its_set_back():
    comes_back("m4", "hang")


@pytest.mark.long
def test_an_m4_that_never_starts_takes_its_set_back():
    comes_back("m4", "late")


@pytest.mark.long
def test_an_m7_that_crashes_takes_its_set_back():
    comes_back("m7", "crash")


@pytest.mark.proof
def test_an_m7_that_hangs_with_interrupts_on_takes_its_set_back():
    comes_back("m7", "hang")


@pytest.mark.parametrize("core, fault", [("m7", "mute"), *(pytest.param(*other, marks=pytest.mark.proof) for other in (("m4", "brief"), ("m7", "brief"), ("m4", "mute")))])
def test_an_unwary_partner_keeps_nothing_alive(core, fault):
    comes_back(core, fault, unwary=True)
