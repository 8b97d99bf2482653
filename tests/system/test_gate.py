#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
What stands between the two bootloaders and a mistake: the gate block that the M7 hands to the M4, the M4's memory
protection, and the end of a bootloader that faults again and again. A debugger makes the mistakes, in the real binaries.
"""

import socket
import subprocess
import time

from duotest.board import Board, Files, firmware
from duotest.layout import Layout
from duotest.rsp import Rsp

files = Files()
WAITING = r"waiting for a bundle by ymodem"
layout = Layout()
PC, XPSR, THUMB = 15, 25, 0x01000000

# include/duo/sram4.h, include/duo/gate.h
GATE, HANDOFF = 0x3800FE00, 0x3800FF00
VECTORS, STACK, ENTRY, START, CHECK, ANSWER, GO = (GATE + 4 * i for i in range(1, 8))
CFSR, NO_FETCH = 0xE000ED28, 1  # the MPU has refused a fetch (ARM DDI 0403)
MAGIC, GO_WORD, FAULT = 0x47415445, 0x474F2121, 0xBF


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def symbol(program, name, kinds="Tt"):
    table = subprocess.run(["arm-none-eabi-nm", firmware(program)], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[0], 16) for line in table.splitlines() if line.split()[1] in kinds and line.split()[-1] == name)


def write(rsp, address, *words):
    data = b"".join(word.to_bytes(4, "little") for word in words)
    assert rsp.ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK", f"0x{address:x} cannot be written"


def mix(words):
    total = MAGIC
    for word in words:
        total = (((total << 7 | total >> 25) & 0xFFFFFFFF ^ word) + 0x9E3779B9) & 0xFFFFFFFF
    return total


def with_a_filled_gate(spoil, expected):
    """The M7 has filled the block and is about to open the gate; what happens to the block then, and what recovery says."""
    port = free_port()
    with Board("--load", files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0")), "--gdb-m7", str(port)) as board:
        m7 = Rsp(port, 120)
        m7.run_to(symbol("boot_cm7.elf", "fill_gate"))
        write(m7, GO, GO_WORD)  # as a boot before this one may have left it, and a glitch in the M4's bootloader, too
        m7.run_to(symbol("boot_cm7.elf", "hsem_take"))
        assert m7.words(GO, 1) == [0], "the M4 would run ahead: an old `go` is still there"
        spoil(m7)
        m7.go()
        board.expect("reason: the m4 did not start: " + expected)
        board.expect(WAITING)
        board.never("app m", 0.3)
        m7.close()


def test_a_damaged_block_starts_nothing():
    with_a_filled_gate(lambda m7: write(m7, START, 2), "it found the request damaged")


def test_a_block_for_another_image_starts_nothing():
    def another_stack(m7):
        words = m7.words(VECTORS, 4)
        words[1] -= 8
        write(m7, VECTORS, *words, mix(words))

    with_a_filled_gate(another_stack, "it reads another image than was verified")


def test_a_block_for_another_place_starts_nothing():
    def another_place(m7):
        words = m7.words(VECTORS, 4)
        words[0] += 0x40000
        write(m7, VECTORS, *words, mix(words))

    with_a_filled_gate(another_place, "the two bootloaders do not match")


def parked_m4_goes_astray(to):
    """Where a wild branch of it ends: in its fault handler. It is about to park; what sleeps does not branch."""
    port = free_port()
    with Board("--load", files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0")), "--button", "PC13=50ms",
               "--gdb-m4", str(port)) as board:
        m4 = Rsp(port, 120)
        m4.run_to(symbol("boot_cm4.elf", "hsem_take"))
        write(m4, ANSWER, 0)
        m4.set_register(PC, to)
        m4.set_register(XPSR, THUMB)
        for _ in range(20):
            m4.go()
            time.sleep(0.2)
            m4.stop()
            if m4.words(ANSWER, 1) == [FAULT]:
                cfsr = m4.words(CFSR, 1)[0]
                assert cfsr == NO_FETCH, f"0x{to:x} is executed, and something else went wrong: CFSR 0x{cfsr:x}"
                m4.close()
                return
        raise AssertionError(f"0x{to:x} is executed: the M4 is at 0x{m4.register(PC):x}")


def test_an_unverified_m4_image_cannot_be_run_by_a_parked_m4():
    parked_m4_goes_astray(layout.app["m4"] + 0x400)


def test_data_cannot_be_run_by_a_parked_m4():
    parked_m4_goes_astray(symbol("boot_cm4.elf", "__data"))


def six_faults(board, m7, flaw=0):
    """As if the bootloader had taken six of them: it waits in recovery, and the record lies in RAM that a reset leaves alone."""
    m7.go()
    board.expect(WAITING)
    m7.stop()
    record = [0x4641554C, 6, 3, 0x1234, 0, 0, 0, 0]
    check = 0x5A5AA5A5
    for word in record:
        check ^= word
    write(m7, symbol("boot_cm7.elf", "record", "Bb"), *record, check ^ flaw)
    m7.go()


def test_six_faults_in_a_row_halt_it_until_somebody_says_go():
    port = free_port()
    with Board("--gdb-m7", str(port)) as board:
        m7 = Rsp(port, 120)
        six_faults(board, m7)
        halted = "duoboot: halted: the bootloader took 6 faults in a row; b begins again"
        board.press(b"b", halted)
        board.send(b"x")
        board.expect(halted)
        board.never(WAITING, 0.3)
        board.press(b"b", WAITING)
        assert "took fault" not in board.seen, "the record is still there"
        m7.close()


def test_a_damaged_record_of_faults_halts_nothing():
    port = free_port()
    with Board("--gdb-m7", str(port)) as board:
        m7 = Rsp(port, 120)
        six_faults(board, m7, flaw=1)
        board.send(b"b")
        board.never("halted", 1)
        board.expect(WAITING)
        assert "took fault" not in board.seen
        m7.close()


def test_the_bootloaders_are_never_erased():
    """The flash driver itself refuses, whoever asks: here a debugger calls it. Another sector it takes."""
    port = free_port()
    with Board("--button", "PC13=50ms", "--gdb-m7", str(port)) as board:
        m7 = Rsp(port, 120)
        m7.go()
        board.expect(WAITING)
        m7.stop()
        back = symbol("boot_cm7.elf", "hsem_take")
        answers = []
        for address in (layout.boot["m7"], layout.boot["m4"], layout.staging["m4"]):
            for register, value in ((0, 0), (1, address), (14, back | 1), (PC, symbol("boot_cm7.elf", "begin_erase")), (XPSR, THUMB)):
                m7.set_register(register, value)
            m7.run_to(back)
            answers.append(m7.register(0))
        assert answers[0] == answers[1] != 0 and answers[2] == 0, answers
        m7.close()


def test_a_damaged_handoff_is_none():
    """One word of what the bootloader tells the applications has changed when they read it."""
    port = free_port()
    with Board("--load", files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0")), "--gdb-m7", str(port)) as board:
        m7 = Rsp(port, 120)
        m7.run_to(m7.words(layout.app["m7"], 2)[1] & ~1)
        write(m7, HANDOFF + 24, m7.words(HANDOFF + 24, 1)[0] ^ 1)
        m7.go()
        board.expect(r"app m7 1\.0\.0: not started by duoboot")
        m7.close()
