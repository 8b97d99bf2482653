# SPDX-License-Identifier: MIT
"""
Layout twin: combinations of the options that both bootloaders look at. A device puts right what does not fit and runs its set,
or it says what is missing and waits for a bundle. One combination holds the only core that could do so (docs/layouts.md).
"""

import itertools

import pytest

from duotest.newboot import plain
from duotest.recovery import *

if LAYOUT != "twin":
    pytest.skip("for DUO_LAYOUT=twin", allow_module_level=True)

FITS = "0x0801"
FACTORY = "0x0810"  # and layout exchange
SWAP, BCM4, BCM7 = range(3)
BITS = ("SWAP_BANK", "BCM4", "BCM7", "IWDG1_SW", "IWDG2_SW")
# With BOOT0 high the cores boot at ADD1, which fits, and ADD0 of the M7 does not.
PIN = ["--boot-pin"] + [word for name in ("BOOT_CM7_ADD0=0x0808", "BOOT_CM7_ADD1=0x0800", "BOOT_CM4_ADD1=" + FITS)
                        for word in ("--option", name)]


def device(pin, cm4, bits):
    """Both banks have the bootloaders, as after the first download; the set is in bank 1, as the programmer wrote it."""
    settings = [f"BOOT_CM4_ADD0={cm4}"] + [f"{name}={value}" for name, value in zip(BITS, bits)]
    words = [word for setting in settings for word in ("--option", setting)]
    for core, at in ("m7", BANK[2]), ("m4", BANK[2] + 0x10000):
        words += ["--load", f"{write(f'second-{core}.bin', bytes(plain(core)))}@{at}"]
    return words + (PIN if pin else [])


def check(pin, cm4, bits):
    held = bits[BCM7] == 0 and bits[BCM4] == 1 and not pin and cm4 != FITS
    with LineBoard("--load", factory(), *device(pin, cm4, bits)) as board:
        if held:
            board.never("app|duoboot", 1)
        elif bits[SWAP]:  # no journal says which bank has the set: what comes first has none
            board.expect("reason: no set is installed", 8)
            board.expect(WAITING, 1)
            assert "app m" not in board.seen
        else:
            board.expect(running(1, 1), 8)


@pytest.mark.parametrize("case", [(False, FACTORY, (0, 0, 0, 0, 0)), (True, "0x0818", (0, 1, 0, 1, 0)), (False, FITS, (1, 1, 1, 1, 1))])
def test_some_combinations(case):
    check(*case)


@pytest.mark.long
@pytest.mark.parametrize("cm4", [FITS, FACTORY])
def test_each_combination(cm4):
    for bits in itertools.product((0, 1), repeat=len(BITS)):
        check(False, cm4, bits)
