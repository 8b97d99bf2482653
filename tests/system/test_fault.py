#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
A bootloader that goes wrong: what it does is caught (MPU, stack at the end of its memory), recorded, and leads into
recovery, which says where it was. A debugger makes the mistakes, in the real binary, while recovery waits for a bundle.
"""

import socket
import subprocess

import pytest

from duotest.board import Board, Files, firmware
from duotest.layout import Layout
from duotest.rsp import Rsp

files = Files()
WAITING = r"waiting for a bundle by ymodem"
RUNS = r"app: m7 1\.0\.0 beat \d+, m4 1\.0\.0 beat [1-9]"
M7_APP = Layout().app["m7"]
SP, PC, XPSR = 13, 15, 25
THUMB = 0x01000000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def factory():
    return files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0"))


def led_astray(registers, record):
    """Recovery runs, then a register is wrong. The record must come, and after it a device that works."""
    port = free_port()
    with Board("--load", factory(), "--gdb-m7", str(port)) as board:
        debugger = Rsp(port)
        debugger.go()
        board.expect(RUNS)
        board.press(b"r", WAITING)
        debugger.stop()
        for number, value in registers.items():
            debugger.set_register(number, value)
        debugger.go()
        board.expect("duoboot: fault in the bootloader, resetting")
        board.expect(r"duoboot: reason: " + record)
        board.never("app m7", 0.5)
        board.expect(WAITING)
        board.press(b"3", "verified; resetting to start it")
        board.expect(RUNS)
        debugger.close()


def symbol(name):
    table = subprocess.run(["arm-none-eabi-nm", firmware("boot_cm7.elf")], capture_output=True, text=True, check=True)
    return next(int(line.split()[0], 16) for line in table.stdout.splitlines() if line.split()[-1] == name)


REASON = r"reason: the bootloader took fault \d+ at 0x([0-9a-f]+) \(cfsr 0x([0-9a-f]+), address 0x([0-9a-f]+)\)"
# CFSR (ARM DDI 0403, CFSR): what the MPU refused, and nothing else went wrong.
NO_FETCH, NO_DATA = 0x01, 0x82


def faults(registers):
    """In a recovery of its own the registers are changed. What the next boot reports: place, CFSR, address."""
    port = free_port()
    with Board("--button", "PC13=50ms", "--gdb-m7", str(port)) as board:
        debugger = Rsp(port)
        debugger.go()
        board.expect(WAITING)
        debugger.stop()
        for number, value in registers.items():
            debugger.set_register(number, value)
        debugger.go()
        said = board.expect(REASON)
        debugger.close()
        return tuple(int(number, 16) for number in said.groups())


def call(name, *arguments):
    """The bootloader's own code is led into one of its functions. Where that lies, and what happened to it."""
    place = symbol(name)
    return place, faults({**dict(enumerate(arguments)), PC: place, XPSR: THUMB})


def is_refused(name, address, *arguments):
    """The MPU stops it in this function, at the first access to this address."""
    place, (pc, cfsr, at) = call(name, *arguments)
    assert cfsr == NO_DATA and place <= pc < place + 0x200 and address <= at < address + 32, (hex(pc), hex(cfsr), hex(at))


def test_a_branch_into_the_application_is_caught():
    """Not even a verified image may run like this: flash is not executable while the bootloader runs."""
    led_astray({PC: M7_APP + 0x400, XPSR: THUMB}, r".* at 0x8020400 .*")


def test_a_null_pointer_is_caught():
    assert faults({PC: 0, XPSR: THUMB})[:2] == (0, NO_FETCH)
    is_refused("memcpy", 0x10, 0x20008000, 0x10, 32)
    is_refused("memset", 0x10, 0x10, 0, 32)


def test_a_full_stack_is_caught():
    """It ends where the memory ends, so the next push leaves it instead of overwriting something."""
    led_astray({SP: 0x20000000}, r".*took fault \d+ at .*")


# Each memory that can hold code, at each address at which it can be seen (RM0399, memory map).
NO_CODE = (0x20008000, 0x24010000, 0x10000100, 0x10020000, 0x10047000, 0x30000100, 0x30047000, 0x38000000, 0x38800000,
           0x08000400, 0x08120400, 0x1FF09800, 0x60000000, 0x90000000)


@pytest.mark.proof
def test_code_anywhere_else_is_caught():
    for at in NO_CODE:
        assert faults({PC: at, XPSR: THUMB})[:2] == (at, NO_FETCH), f"0x{at:x} is executed"


def test_its_own_code_cannot_be_written():
    """A store to ITCM by the bootloader's own code, where it would not be missed at once."""
    place = symbol("boot_main")
    is_refused("memset", place, place, 0, 32)
