#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
A bootloader that goes wrong: what it does is caught (MPU, stack at the end of its memory), recorded, and leads into
recovery, which says where it was. A debugger makes the mistakes, in the real binary, while recovery waits for a bundle.
"""

import socket

from board import Board, Files, main
from rsp import Rsp

files = Files()
WAITING = r"waiting for a bundle by ymodem"
RUNS = r"app: m7 1\.0\.0 beat \d+, m4 1\.0\.0 beat [1-9]"
M7_APP = 0x08020000
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


def a_branch_into_the_application_is_caught():
    """Not even a verified image may run like this: flash is not executable while the bootloader runs."""
    led_astray({PC: M7_APP + 0x400, XPSR: THUMB}, r".* at 0x8020400 .*")


def a_null_pointer_is_caught():
    led_astray({PC: 0, XPSR: THUMB}, r".* at 0x0 .*")


def a_full_stack_is_caught():
    """It ends where the memory ends, so the next push leaves it instead of overwriting something."""
    led_astray({SP: 0x20000000}, r".*took fault \d+ at .*")


def code_in_ram_is_caught():
    led_astray({PC: 0x20008000, XPSR: THUMB}, r".* at 0x20008000 .*")


main([
    a_branch_into_the_application_is_caught,
    a_null_pointer_is_caught,
    a_full_stack_is_caught,
    code_in_ram_is_caught,
])
