# SPDX-License-Identifier: MIT
"""gdb-multiarch against the stub of each core."""
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from duotest.emulator import Board, fw

GDB = shutil.which("gdb-multiarch")
BOARD = ["--m7", fw("uart_interrupt_cm7.elf"), "--m4", fw("uart_fifo_cm4.elf"), "--for", "1000s",
         "--uart", "USART3=file:/dev/null", "--uart", "USART1=file:/dev/null",
         "--gdb-m7", "0", "--gdb-m4", "0"]


def gdb(port, elf, *commands, timeout=60):
    args = [GDB, "-nx", "-q", "-batch", "-ex", "set pagination off", "-ex", f"target remote :{port}"]
    for c in commands:
        args += ["-ex", c]
    done = subprocess.run(args + [elf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout)
    return done.stdout


@unittest.skipUnless(GDB, "gdb-multiarch is not installed")
class Gdb(unittest.TestCase):
    def board(self, *extra):
        board = Board(*BOARD, *extra)
        self.addCleanup(board.__exit__)
        self.m7 = board.expect(r"GDB of the CM7: target remote localhost:(\d+)").group(1)
        self.m4 = board.expect(r"GDB of the CM4: target remote localhost:(\d+)").group(1)
        return board

    def in_order(self, text, *parts):
        at = 0
        for part in parts:
            found = text.find(part, at)
            self.assertGreaterEqual(found, 0, f"no {part!r} after position {at} in:\n{text}")
            at = found + len(part)

    def test_m7_breakpoint_step_registers_memory(self):
        self.board()
        out = gdb(self.m7, fw("uart_interrupt_cm7.elf"),
                  "info symbol $pc", "p/x $sp", "hbreak put_text", "continue", "bt 1",
                  "set $before = $pc", "stepi", "p $pc != $before", "set var $r4 = 0x12345678",
                  "p/x $r4", "set var *(unsigned *)0x24000000 = 0xcafe",
                  "x/wx 0x24000000", "set var $d7 = 1.5", "p $s15 != 0", "p/x $control",
                  "x/wx 0xe000ed00", "detach")
        self.in_order(out, "reset_handler in section .text", "= 0x20008000", "Breakpoint 1,",
                      "put_text", "= 1", "= 0x12345678", "0x0000cafe", "= 0x0", "0x411fc27")

    def test_m4_breakpoint_and_its_own_map(self):
        self.board()
        out = gdb(self.m4, fw("uart_fifo_cm4.elf"),
                  "info symbol $pc", "break uart_init", "continue", "finish", "info mem",
                  "x/wx 0x20000000", "detach")
        self.in_order(out, "reset_handler in section .text", "uart_init", "test_main",
                      "0x08000000 0x08200000 flash blocksize 0x20000")
        self.assertIn("Cannot access memory", out)  # the M4 has no DTCM

    def test_watchpoint(self):
        self.board()
        out = gdb(self.m7, fw("uart_interrupt_cm7.elf"), "hbreak test_main", "continue",
                  "delete", "watch *(unsigned *)0x40004800", "continue", "p/x *(unsigned *)0x40004800",
                  "delete", "detach")
        self.in_order(out, "Hardware watchpoint 2", "Old value", "New value")

    def test_reset_and_power_cut(self):
        self.board()
        out = gdb(self.m7, fw("uart_interrupt_cm7.elf"), "hbreak test_main", "continue",
                  "set var *(unsigned *)0x38000000 = 0x1234abcd",
                  "monitor reset", "maintenance flush register-cache", "info symbol $pc",
                  "x/wx 0x38000000", "monitor power-cut", "maintenance flush register-cache",
                  "info symbol $pc", "x/wx 0x38000000", "continue", "info symbol $pc",
                  "monitor nonsense", "monitor help", "detach")
        self.in_order(out, "reset; both cores", "reset_handler in section", "0x1234abcd",
                      "power was cut", "reset_handler in section", "0x38000000:", "Breakpoint 1",
                      "test_main", "unknown command", "power-cut")
        self.assertEqual(out.count("0x1234abcd"), 1, out)  # RAM does not outlive the power

    def test_peripherals_have_names(self):
        self.board()
        out = gdb(self.m7, fw("uart_interrupt_cm7.elf"), "hbreak put_text", "continue", "monitor regs",
                  "monitor regs usart3", "x/wx 0x4000480c", "monitor regs TIM4.arr", "monitor regs NOPE", "monitor regs TIM4.NOPE",
                  "detach")
        self.in_order(out, "USART3", "CR1 ", "0x40004800  0x", "BRR ", "0x4000480c  0x", "ISR ", "0x4000480c:",
                      "ARR ", "0x4000082c  0x0000ffff", "no peripheral of that name", "no register of that name")
        shown = out[out.index("0x4000480c  0x") + 12:][:10]
        self.assertIn(f"0x4000480c:\t{shown}", out)

    def test_load_programs_flash(self):
        self.board()
        out = gdb(self.m7, fw("uart_polled_cm7.elf"), "compare-sections", "load",
                  "compare-sections", "monitor reset", "maintenance flush register-cache",
                  "hbreak test_main", "continue", "info symbol $pc", "detach", timeout=100)
        self.in_order(out, "MIS-MATCHED!", "Transfer rate", 'Section .text', "matched.",
                      "Breakpoint 1", "test_main", "in section .text")

    def test_a_signal_ends_a_stopped_board(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            board = self.board()  # stands before its first instruction
            board.child.send_signal(sig)
            self.assertEqual(board.wait(10), 7)
            board = self.board()
            client = socket.create_connection(("127.0.0.1", int(self.m7)), 10)
            client.sendall(b"$?#3f")
            client.recv(100)
            board.child.send_signal(sig)
            self.assertEqual(board.wait(10), 7)
            client.close()

    def ask(self, client, payload):
        """One packet of the remote protocol; its answer without frame."""
        client.sendall(b"$%s#%02x" % (payload, sum(payload) & 0xFF))
        return self.answer(client)

    def answer(self, client):
        data = b""
        while b"#" not in data[:-2]:
            data += client.recv(4096)
        client.sendall(b"+")
        return data[data.index(b"$") + 1:data.index(b"#")]

    def time(self, client):
        """Virtual seconds, as `monitor time` has them."""
        return float(bytes.fromhex(self.ask(client, b"qRcmd," + b"time".hex().encode()).decode()).split()[0])

    def until(self, condition):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_each_debugger_runs_its_own_core(self):
        self.board()
        with socket.create_connection(("localhost", int(self.m7)), timeout=60) as m7:
            before = self.ask(m7, b"g")
            out = gdb(self.m4, fw("uart_fifo_cm4.elf"), "stepi", "hbreak test_main", "continue", "stepi", "p/x $pc",
                      "monitor time", "detach")
            self.in_order(out, "test_main", "= 0x81", "CM4 runs")
            self.assertEqual(self.ask(m7, b"g"), before)  # not one instruction of the M7
            self.assertTrue(self.ask(m7, b"s").startswith(b"T05"))
            self.assertNotEqual(self.ask(m7, b"g"), before)

    def test_a_stop_of_one_core_leaves_the_other_running(self):
        self.board()
        with socket.create_connection(("localhost", int(self.m7)), timeout=60) as m7, \
                socket.create_connection(("localhost", int(self.m4)), timeout=60) as m4:
            halted = self.ask(m7, b"g")
            m4.sendall(b"$c#63")  # the M4 goes; nobody lets the M7 go
            self.assertEqual(m4.recv(1), b"+")
            before = self.time(m7)
            self.until(lambda: self.time(m7) > before + 0.05)
            self.assertEqual(self.ask(m7, b"g"), halted)
            m4.sendall(b"\x03")  # its Ctrl-C
            self.assertIn(b"T02", self.answer(m4))
            at = self.time(m7)
            self.assertEqual(self.time(m4), at)  # both are halted: time stands
            self.assertTrue(self.ask(m7, b"s").startswith(b"T05"))
            self.assertNotEqual(self.ask(m7, b"g"), halted)

    def test_both_stop_when_wanted(self):
        self.board()
        out = gdb(self.m7, fw("uart_interrupt_cm7.elf"), "hbreak test_main", "continue", "monitor stop", "monitor stop both",
                  "monitor time", "shell sleep 0.3", "monitor time", "monitor stop own", "monitor time", "shell sleep 0.3",
                  "monitor time", "monitor stop none", "detach")
        self.in_order(out, "leaves the other one running", "stops time for both", "leaves the other one running", "unknown command")
        one, two, three, four = re.findall(r"^([\d.]+) s, CM7", out, re.M)
        self.assertEqual([one, two], [two, three])
        self.assertEqual(three, four)  # time stands until a core goes on

    def test_watchdogs_stand_while_a_core_is_halted(self):
        self.board()
        with socket.create_connection(("localhost", int(self.m7)), timeout=60) as m7, \
                socket.create_connection(("localhost", int(self.m4)), timeout=60) as m4:
            self.assertEqual(self.ask(m7, b"m5c001054,4"), b"00000c00")  # as a probe sets it: both IWDG
            self.assertEqual(self.ask(m7, b"M58004800,4:cccc0000"), b"OK")  # IWDG1: 0.5 s
            m4.sendall(b"$c#63")
            start = self.time(m7)
            self.until(lambda: self.time(m7) > start + 0.8)
            self.assertEqual(self.watchdog_reset(m7), 0)
            self.ask(m7, b"M5c001054,4:00000000")
            self.until(lambda: self.watchdog_reset(m7))

    def watchdog_reset(self, client):
        return int.from_bytes(bytes.fromhex(self.ask(client, b"m580244d0,4").decode()), "little") >> 26 & 1  # RCC_RSR.IWDG1RSTF

    def test_back_to_the_last_flash_operations(self):
        board = Board("--m7", fw("samebank_cm7.elf"), "--m4", fw("stuck_cm4.elf"), "--gdb-m7", "0", "--gdb-reverse")
        self.addCleanup(board.__exit__)
        port = board.expect(r"GDB of the CM7: target remote localhost:(\d+)").group(1)
        out = gdb(port, fw("samebank_cm7.elf"), "hbreak program if first == 40 * 0x10001", "continue", "p first / 0x10001",
                  "delete", "x/wx 0x080204e0", "monitor time", "reverse-continue", "x/wx 0x080204e0", "monitor time", "reverse-continue",
                  "x/wx 0x080204e0", "x/wx 0x080204c0", "hbreak program", "continue", "continue", "p first / 0x10001",
                  "x/wx 0x080204e0", *["reverse-continue"] * 40, "monitor time", "kill")
        self.in_order(out, "= 40", "0x80204e0:\t0x00270027", "0x80204e0:\t0xffffffff", "0x80204e0:\t0xffffffff",
                      "0x80204c0:\t0xffffffff", "= 40", "0x00270027", "No more reverse-execution history")
        times = [float(t) for t in re.findall(r"^([\d.]+) s, CM7", out, re.M)]
        self.assertGreater(times[2], 1)  # 32 operations, not to the erase of the first second
        self.assertTrue(times[0] > times[1] > times[2], times)
        self.assertEqual(board.wait(), 7)

    def test_both_at_once_and_interrupt(self):
        self.board("--uart", "USART2=pty")  # an interactive UART: time does not run away
        script = ["python gdb.events.cont.connect(lambda _: print('it runs', flush=True))",
                  "continue", "p/x $xpsr", "detach"]
        one = subprocess.Popen([GDB, "-nx", "-q", "-batch", "-ex", f"target remote :{self.m7}",
                                *sum((["-ex", c] for c in script), []),
                                fw("uart_interrupt_cm7.elf")],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(one.kill)
        for line in one.stdout:
            if "it runs" in line:
                break
        out = gdb(self.m4, fw("uart_fifo_cm4.elf"), "monitor reset", "hbreak put_text", "continue", "delete",
                  "detach")
        self.assertIn("Breakpoint 1", out)
        one.send_signal(signal.SIGINT)  # what Ctrl-C does
        first, _ = one.communicate(timeout=60)
        self.in_order(first, "SIGINT", "= 0x")
