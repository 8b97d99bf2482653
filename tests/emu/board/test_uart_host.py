# SPDX-License-Identifier: MIT
"""Host side of the UARTs: pty, TCP, stdio, files; time against the wall clock; idle costs nothing."""
import os
import pty
import re
import socket
import subprocess
import tempfile
import termios
import time
import tty
import unittest
from pathlib import Path

from duotest.emulator import DUOEMU, Board, fw, read_until

SHELL = ["--m7", fw("uart_shell_cm7.elf"), "--option", "BCM4=0", "-q"]


def open_tty(path):
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd, termios.TCSANOW)  # as it is by default it throws away what the board has sent since open()
    return fd


def sleeps(board):
    """Waits until nothing has woken it for five of its dots."""
    wakes = None
    while wakes != board.wakes():
        wakes = board.wakes()
        time.sleep(0.5)


class Pty(unittest.TestCase):
    def test_survives_closing_and_reopening(self):
        with Board(*SHELL, "--uart", "USART3=pty") as board:
            path = board.expect(r"USART3 on (/dev/pts/\d+)").group(1)
            time.sleep(0.3)  # nobody listens: the banner is kept for the first client
            fd = open_tty(path)
            self.assertIn(b"shell ready\n", read_until(fd, b"ready\n"))
            os.write(fd, b"one")
            read_until(fd, b"one")
            os.write(fd, b"T")
            os.close(fd)
            sleeps(board)  # ten dots have gone out while nobody listened: lost
            fd = open_tty(path)
            os.write(fd, b"two")
            self.assertEqual(read_until(fd, b"two"), b"two")
            os.close(fd)

    def test_binary_goes_through_unchanged(self):
        data = bytes(i for i in range(256) if i not in b"TK")
        with Board(*SHELL, "--uart", "USART3=pty") as board:
            fd = os.open(board.expect(r"USART3 on (/dev/pts/\d+)").group(1), os.O_RDWR | os.O_NOCTTY)
            read_until(fd, b"ready\n")
            for byte in data:
                os.write(fd, bytes([byte]))
                self.assertEqual(read_until(fd, bytes([byte])), bytes([byte]))
            os.close(fd)


    def test_a_name_of_its_own(self):
        with tempfile.TemporaryDirectory() as d:
            link = os.path.join(d, "tty")
            os.symlink("/dev/pts/gone", link)  # as a board leaves it that was killed
            with Board(*SHELL, "--uart", f"USART3=pty:{link}") as board:
                board.expect(re.escape(f"USART3 on {link}"))
                fd = open_tty(link)
                self.assertIn(b"shell ready\n", read_until(fd, b"ready\n"))
                os.close(fd)
                terminal = os.readlink(link)
                done = subprocess.run([DUOEMU, "run", *SHELL, "--uart", f"USART3=pty:{link}"], capture_output=True, text=True,
                                      stdin=subprocess.DEVNULL, timeout=60)
                self.assertEqual((done.returncode, os.readlink(link)), (2, terminal))
                self.assertIn("a board that runs", done.stderr)
            self.assertFalse(os.path.lexists(link))
            with Board(*SHELL, "--uart", f"USART3=pty:{link}") as board:
                board.expect(re.escape(f"USART3 on {link}"))
                board.child.kill()
                board.child.wait()
            self.assertTrue(os.path.islink(link))
            with Board(*SHELL, "--uart", f"USART3=pty:{link}") as board:
                board.expect(re.escape(f"USART3 on {link}"))
                os.unlink(link)
                os.symlink("/dev/pts/another", link)
            self.assertEqual(os.readlink(link), "/dev/pts/another")
            os.unlink(link)
            Path(link).write_text("mine")
            done = subprocess.run([DUOEMU, "run", *SHELL, "--uart", f"USART3=pty:{link}"], capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual((done.returncode, Path(link).read_text()), (2, "mine"))
            other = os.path.join(d, "other")
            os.symlink(link, other)
            for words in ([f"USART3=pty:{other}"], [f"USART3=pty:{d}/new", "--uart", f"UART4=pty:{d}/./new"],
                          [f"USART3=pty:{d}/new", "--trace", f"{d}/new"]):
                done = subprocess.run([DUOEMU, "run", *SHELL, "--uart", *words], capture_output=True, stdin=subprocess.DEVNULL,
                                      timeout=60)
                self.assertIn(done.returncode, (2, 5), done.stderr)
                self.assertEqual((os.readlink(other), os.listdir(d).count("new")), (link, 0))


class Tcp(unittest.TestCase):
    def test_one_client_at_a_time_and_again(self):
        with Board(*SHELL, "--uart", "USART3=tcp:0") as board:
            port = int(board.expect(r"USART3 on localhost:(\d+)").group(1))
            first = socket.create_connection(("127.0.0.1", port), 10)
            read_until(first.fileno(), b"ready\n")
            second = socket.create_connection(("127.0.0.1", port), 10)
            second.settimeout(10)
            self.assertEqual(second.recv(1), b"")  # turned away
            first.sendall(b"abc")
            read_until(first.fileno(), b"abc")
            first.close()
            third = socket.create_connection(("127.0.0.1", port), 10)
            third.sendall(b"xyz")
            self.assertEqual(read_until(third.fileno(), b"xyz"), b"xyz")
            second.close()
            third.close()


    def test_more_than_the_line_holds_gets_through(self):
        """The line takes 4096 bytes at once; what is held back must go on without another byte from the host."""
        data = bytes(b"abcdefghij"[i % 10] for i in range(12000))
        with Board(*SHELL, "--uart", "USART3=tcp:0") as board:
            port = int(board.expect(r"USART3 on localhost:(\d+)").group(1))
            client = socket.create_connection(("127.0.0.1", port), 10)
            read_until(client.fileno(), b"ready\n")
            client.sendall(data)
            client.settimeout(60)
            echoed = b""
            while len(echoed) < len(data):
                echoed += client.recv(4096)
            self.assertEqual(echoed, data)
            client.close()


class Stdio(unittest.TestCase):
    def test_pipe_runs_as_fast_as_it_can(self):
        start = time.monotonic()
        done = subprocess.run([DUOEMU, "run", *SHELL, "--until", "ten"], input=b"T" * 20,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"..........ten", done.stdout)
        self.assertLess(time.monotonic() - start, 20)

    def test_terminal_is_raw_and_quits_with_its_key(self):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(DUOEMU, [DUOEMU, "run", *SHELL])
        read_until(fd, b"ready")
        os.write(fd, b"\x03q")  # Ctrl-C is the board's, not ours
        read_until(fd, b"\x03q")
        os.write(fd, b"\x1d")
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 7)
        os.close(fd)

    def test_no_input_and_nothing_to_do_ends(self):
        done = subprocess.run([DUOEMU, "run", *SHELL], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 6, done.stderr)


class File(unittest.TestCase):
    def test_truncates_or_appends(self):
        with tempfile.TemporaryDirectory() as d:
            out, inp = os.path.join(d, "out"), os.path.join(d, "in")
            Path(inp).write_text("x")
            Path(out).write_text("old\n")
            command = [DUOEMU, "run", *SHELL, "--until", "x", "--uart"]
            subprocess.run([*command, f"USART3=file:{out},in={inp},append"], timeout=60, check=True)
            self.assertEqual(Path(out).read_text(), "old\nshell ready\nx")
            subprocess.run([*command, f"USART3=file:{out},in={inp}"], timeout=60, check=True)
            self.assertEqual(Path(out).read_text(), "shell ready\nx")

    def test_bad_specifications_are_usage_errors(self):
        for spec in ("USART9=pty", "USART3", "USART3=", "USART3=tcp:x", "USART3=tcp:70000",
                     "USART3=file:/no/such/dir/x", "USART3=pty,baud=1", "USART3=serial"):
            done = subprocess.run([DUOEMU, "run", *SHELL, "--uart", spec], capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual(done.returncode, 2, spec)
            self.assertIn(b"--uart", done.stderr)


class Baud(unittest.TestCase):
    def test_partner_at_another_rate_reads_garbage(self):
        with tempfile.TemporaryDirectory() as d:
            out = os.path.join(d, "out")
            subprocess.run([DUOEMU, "run", *SHELL, "--uart", f"USART3=file:{out},baud=9600",
                            "--for", "100ms"], timeout=60)
            data = Path(out).read_bytes()
            self.assertTrue(data)
            self.assertNotIn(b"shell", data)


class Time(unittest.TestCase):
    def test_a_second_lasts_a_second(self):
        with Board(*SHELL, "--uart", "USART3=tcp:0") as board:
            port = int(board.expect(r"USART3 on localhost:(\d+)").group(1))
            s = socket.create_connection(("127.0.0.1", port), 10)
            read_until(s.fileno(), b"ready\n")
            start = time.monotonic()
            s.sendall(b"T")
            read_until(s.fileno(), b"ten\n")
            # Never faster than the wall clock; slower only as far as the host is.
            self.assertGreater(time.monotonic() - start, 0.99)
            s.close()

    def test_fast_does_not_wait(self):
        with Board(*SHELL, "--fast", "--uart", "USART3=tcp:0") as board:
            port = int(board.expect(r"USART3 on localhost:(\d+)").group(1))
            s = socket.create_connection(("127.0.0.1", port), 10)
            read_until(s.fileno(), b"ready\n")
            start = time.monotonic()
            for _ in range(20):  # 20 s of virtual time
                s.sendall(b"T")
                read_until(s.fileno(), b"ten\n")
            self.assertLess(time.monotonic() - start, 19)
            s.close()

    def test_an_idle_board_uses_no_cpu(self):
        with Board(*SHELL, "--uart", "USART3=pty") as board:
            fd = open_tty(board.expect(r"USART3 on (/dev/pts/\d+)").group(1))
            read_until(fd, b"ready\n")
            time.sleep(0.2)
            before = board.cpu_seconds()
            time.sleep(2)
            self.assertLessEqual(board.cpu_seconds() - before, 0.03)
            os.write(fd, b"!")  # and still answers at once
            read_until(fd, b"!")
            os.close(fd)

    def test_the_ticks_of_an_idle_board_are_taken_several_at_once(self):
        with Board(*SHELL, "--uart", "USART3=pty") as board:
            fd = open_tty(board.expect(r"USART3 on (/dev/pts/\d+)").group(1))
            read_until(fd, b"ready\n")
            os.write(fd, b"K")
            time.sleep(0.5)
            before = board.wakes()
            time.sleep(2)
            self.assertLess(board.wakes() - before, 1000)  # of 2000 ticks
            answers = []
            for _ in range(20):
                start = time.monotonic()
                os.write(fd, b"!")
                read_until(fd, b"!")
                answers.append(time.monotonic() - start)
            self.assertLess(min(answers), 0.05)  # the best: a loaded host is late at times
            os.close(fd)
