#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The jump contract: at the first instruction of each application, every register has the value it has after a
reset, except for the list in docs/jump.md. Both settings of BCM4; a plain launch, and one after a write to the journal.
"""

import os
import re
import socket

import pytest

from duotest.board import ROOT, Board, Files
from duotest.devices import LineBoard, new_flash, staged
from duotest.layout import Layout
from duotest.rsp import Rsp

files = Files()
M7_APP, M4_APP = Layout().app.values()

# Register blocks as (name, base, words); write-only, read-to-take and receive registers are left out by SKIP.
COMMON = [
    ("FLASH", 0x52002000, 0x168 // 4),
    ("SYSCFG", 0x58000400, 0x12),
    ("PWR", 0x58024800, 11),
    ("RCC", 0x58024400, 0x1E0 // 4),
    ("HSEM", 0x58026400, 32),
    ("HSEM", 0x58026500, 8),
    ("EXTI", 0x58000000, 0xF0 // 4),
    ("IWDG1", 0x58004800, 5),
    ("IWDG2", 0x58004C00, 5),
    ("WWDG1", 0x50003000, 3),
    ("WWDG2", 0x40002C00, 3),
    ("USART1", 0x40011000, 9),
    ("USART2", 0x40004400, 9),
    ("USART3", 0x40004800, 9),
    ("CRC", 0x58024C00, 6),
    ("RNG", 0x48021800, 2),
    ("RTC", 0x58004000, 0xD0 // 4),
    ("ART", 0x40024400, 1),
] + [(f"GPIO{chr(65 + i)}", 0x58020000 + 0x400 * i, 10) for i in range(11)] + [
    (f"TIM{i}", 0x40000000 + 0x400 * (i - 2), 21) for i in range(2, 8)]
PRIVATE = [
    ("SysTick", 0xE000E010, 3),
    ("NVIC", 0xE000E100, 5),
    ("NVIC", 0xE000E200, 5),
    ("NVIC", 0xE000E300, 5),
    ("NVIC", 0xE000E400, 38),
    ("SCB", 0xE000ED04, 14),
    ("SCB", 0xE000ED88, 1),
    ("MPU", 0xE000ED94, 4),
    ("FPU", 0xE000EF34, 3),
    ("ACTLR", 0xE000E008, 1),
]
SKIP = {0x52002104, 0x52002004}

# What may differ: (core whose view, block, address, mask of the bits that may). docs/jump.md has a row for each;
# the text in quotes must be found there.
ALLOWED = [
    ("VTOR", 0xE000ED08, 0xFFFFFFFF),
    ("BFAR, MMFAR", 0xE000ED34, 0xFFFFFFFF),
    ("BFAR, MMFAR", 0xE000ED38, 0xFFFFFFFF),
    ("PWR_CR3 low byte", 0x5802480C, 0x000100FF),
    ("PWR_CSR1.ACTVOSRDY", 0x58024804, 0x00002000),
    ("RCC_GCR.BOOT_C2", 0x580244A0, 0x00000008),
    ("RCC_GCR.WW1RSC, WW2RSC", 0x580244A0, 0x00000003),
    ("RCC_CR.D2CKRDY", 0x58024400, 0x00008000),
]
IN_A_TRIAL = [
    ("IWDG1", 0x58004804, 0x7),
    ("IWDG1", 0x58004808, 0xFFF),
    ("RCC_CSR.LSIRDY", 0x58024474, 0x2),
]


def snapshot(port_view, blocks):
    state = {}
    for name, base, count in blocks:
        for i, value in enumerate(port_view.words(base, count)):
            address = base + 4 * i
            if address not in SKIP:
                state[(name, address)] = value
    return state


def machine(rsp_m7, rsp_m4):
    return {
        "common": snapshot(rsp_m7, COMMON),
        "M7": snapshot(rsp_m7, PRIVATE),
        "M4": snapshot(rsp_m4, PRIVATE),
    }


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def allowed_bits(address, allowed):
    mask = 0
    for _, where, bits in allowed:
        if where == address:
            mask |= bits
    return mask


def differences(before, after, views, allowed):
    found = []
    for view in views:
        for (name, address), old in before[view].items():
            new = after[view][(name, address)]
            if old is None or new is None:
                assert old == new, f"{view} {name} 0x{address:08x} cannot be read at one of the two moments"
                continue
            bits = (old ^ new) & ~allowed_bits(address, allowed)
            if bits:
                found.append(f"{view} {name} 0x{address:08x}: reset 0x{old:08x}, now 0x{new:08x}")
    return found


# Numbers in duoemu's target description.
XPSR, SYSTEM = 25, {"PSP": 44, "PRIMASK": 45, "BASEPRI": 46, "FAULTMASK": 47, "CONTROL": 48}


def check_core(rsp, words, name):
    sp, pc = words[0], words[1] & ~1
    registers = [rsp.register(i) for i in range(16)]
    assert registers[15] == pc, f"{name} stopped at 0x{registers[15]:x}"
    assert registers[13] == sp, f"{name}: SP is 0x{registers[13]:x}, the table says 0x{sp:x}"
    assert registers[14] == 0xFFFFFFFF, f"{name}: LR is 0x{registers[14]:x}"
    assert all(r == 0 for r in registers[1:13]), f"{name}: r1-r12 are {registers[1:13]}"
    for register, number in SYSTEM.items():
        assert rsp.register(number) == 0, f"{name}: {register} is 0x{rsp.register(number):x}"
    xpsr = rsp.register(XPSR)
    assert xpsr & 0x010001FF == 0x01000000, f"{name}: xPSR is 0x{xpsr:x}: not Thread mode"


def new_device():
    return "--load", files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0"))


def device_on_trial():
    """Its next boot writes to the journal before it starts the applications, under a watchdog."""
    flash = new_flash(staged())
    with LineBoard("--flash", flash) as board:
        board.expect("exchange done, resetting")
    return "--flash", flash


def compare(core, *options, device=new_device, allowed=ALLOWED):
    ports = [free_port(), free_port()]
    with Board(*device(), "--gdb-m7", str(ports[0]), "--gdb-m4", str(ports[1]), *options,
               uart="file:/dev/null"):
        m7, m4 = Rsp(ports[0]), Rsp(ports[1])
        m7.ask("qRcmd," + b"stop both".hex())  # or the other core runs on while this one's state is read
        before = machine(m7, m4)
        stopped, other, base = (m7, m4, M7_APP) if core == "M7" else (m4, m7, M4_APP)
        table = stopped.words(base, 2)
        other.go()  # each debugger holds its own core only
        stopped.run_to(table[1] & ~1)
        other.stop()
        after = machine(m7, m4)
        check_core(stopped, table, core)
        found = differences(before, after, ["common", core], allowed)
        assert not found, "\n  " + "\n  ".join(found)
        m7.close()
        m4.close()


def test_the_m7_finds_a_chip_as_after_reset():
    compare("M7")


@pytest.mark.proof
def test_the_m4_finds_a_chip_as_after_reset():
    compare("M4")


@pytest.mark.proof
def test_the_m7_finds_a_chip_as_after_reset_with_bcm4_0():
    compare("M7", "--option", "BCM4=0")


def test_the_m4_finds_a_chip_as_after_reset_with_bcm4_0():
    compare("M4", "--option", "BCM4=0")


@pytest.mark.proof
def test_the_m7_finds_a_chip_as_after_reset_in_a_trial():
    compare("M7", device=device_on_trial, allowed=ALLOWED + IN_A_TRIAL)


def test_every_exception_is_documented():
    text = open(os.path.join(ROOT, "docs", "jump.md")).read()
    table = text[text.index("## What may differ"):]
    for name, _, _ in ALLOWED + IN_A_TRIAL:
        assert re.search(re.escape(name), table), f"docs/jump.md does not list {name}"
