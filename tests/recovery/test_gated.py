# SPDX-License-Identifier: MIT
"""A set whose M7 application starts the M4 (duoboot bundle --m4-start application), with either setting of BCM4."""

from duotest.recovery import *


def pair(start):
    m7, m4 = (signed(f"gated-{core}", core, firmware(f"gated_{core}.elf"), version="1.0.0") for core in ("m7", "m4"))
    path = files.path(f"gated-{start}.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", m4, "--set-version", "1.0.0", "--key", files.key,
        "--m4-start", start, "--out", path)
    return files.factory_set(path)


def test_the_m4_runs_when_the_m7_says_so():
    for bcm4 in (0, 1):
        with LineBoard("--load", pair("application"), "--option", f"BCM4={bcm4}") as board:
            board.expect("m7 sets up", 3)
            board.run(0.2)
            board.key("g", "m4 has not run", 3)
            board.expect("m4 found all set up", 3)


def test_otherwise_it_runs_at_once():
    with LineBoard("--load", pair("bootloader"), "--option", "BCM4=0") as board:
        board.expect("m7 sets up", 3)
        board.key("g", "m4 came too early", 3)


def test_a_damaged_m4_image_is_never_let_go():
    """Verified before the M7's application runs, so there is nothing that could let it go."""
    with LineBoard("--load", pair("application"), "--option", "BCM4=0") as board:
        board.poke(APP["m4"] + 0x40, b"\x00\x12\x34\x56")
        board.expect("reason: m4 image: ")
        board.never("m7 sets up", 0.5)
