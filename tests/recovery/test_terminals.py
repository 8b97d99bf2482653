# SPDX-License-Identifier: MIT
"""A person's session with a terminal program: minicom and picocom in a tmux window, which see what a person sees."""

import os
import re
import subprocess
import tempfile
import time

from duotest.board import Board, Files, require

require("/usr/bin/tmux", "/usr/bin/minicom", "/usr/bin/picocom", "/usr/bin/sb", "/usr/bin/rb")
files = Files()
ROUNDS = 5
m7, m4 = files.image("m7", "1.0.0"), files.image("m4", "1.0.0")  # no two signings are alike


class Window:
    """A terminal of 100 by 40 characters with one program in it, on a tmux server of its own."""

    def __init__(self, *command):
        self.home = tempfile.TemporaryDirectory(prefix="duo-tmux-")
        self.socket = os.path.join(self.home.name, "socket")
        environment = dict(os.environ, HOME=self.home.name, TERM="xterm", LANG="C.UTF-8")
        environment.pop("TMUX", None)
        subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40",
                        *command], check=True, env=environment, cwd=self.home.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tmux("kill-server", check=False)
        self.home.cleanup()

    def _tmux(self, *arguments, check=True):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=check, capture_output=True, text=True).stdout

    def screen(self):
        """What is in the window, and some lines that have scrolled out of it."""
        return self._tmux("capture-pane", "-p", "-S", "-60")

    def wipe(self):
        self._tmux("send-keys", "-R")
        self._tmux("clear-history")

    def press(self, *keys):
        self._tmux("send-keys", *keys)

    def type(self, text):
        self._tmux("send-keys", "-l", text)

    def see(self, pattern, seconds=90):
        """Waits until the pattern is on the screen."""
        end = time.time() + seconds
        while time.time() < end:
            if re.search(pattern, self.screen()):
                return
            time.sleep(0.1)
        raise AssertionError(f"no {pattern!r} on the screen:\n{self.screen().rstrip()[-1500:]}")

    def press_until(self, key, pattern, seconds=90):
        """As a person does: again, when nothing happens."""
        end = time.time() + seconds
        while True:
            self.press(key)
            try:
                return self.see(pattern, 5)
            except AssertionError:
                if time.time() > end:
                    raise


def board_with_version_1():
    board = Board("--load", files.factory(m7, m4), "--button", "PC13=300ms")
    os.close(board.line)  # the terminal program has the line for itself
    board.line = None
    return board


def looks_around(window):
    window.press_until("m", r"aiting for a bundle(.|\n)* 1  download(.|\n)* m  this menu\n.*key \(m = menu\):")
    window.press_until("s", r"this menu(.|\n)*reason: recovery was asked for(.|\n)*"
                       r"m7 image 1\.0\.0\+0 verified(.|\n)*key \(m = menu\):")


def the_new_version_runs(window):
    window.see(r"received set-2\.0\.0-\.duo, \d+ bytes")
    window.see(r"exchange done, resetting")
    window.see(r"app: m7 2\.0\.0 beat \d+, m4 2\.0\.0 beat \d+, fpu ok")


def test_minicom_session():
    """Menu, status, download by `Ctrl-A S`, as minicom comes."""
    with board_with_version_1() as board, Window("minicom", "-o", "-D", board.port, "-b", "115200") as window:
        window.see("Welcome to minicom")
        looks_around(window)
        window.press_until("1", "waiting for files by ymodem")
        window.press("C-a")
        window.press("s")
        window.see(r"\[Upload\]|ymodem")
        window.press("Down")
        window.press("Enter")
        window.see("Select.*file.*for upload")
        window.press("Enter")  # Okay: asks for a name
        window.see("No file selected - enter filename:")
        window.type(files.bundle("2.0.0"))
        window.press("Enter")
        window.see("Transfer complete(.|\n)*READY: press any key")
        window.press("Enter")
        the_new_version_runs(window)


def test_picocom_session():
    """The same in picocom, by `Ctrl-A Ctrl-S`."""
    with board_with_version_1() as board, Window("picocom", "-b", "115200", "--send-cmd", "sb -vv -k",
                                                 "--receive-cmd", "rb -vv", board.port) as window:
        window.see("Terminal ready")
        looks_around(window)
        window.press("C-a")
        window.press("C-s")
        window.see(r"\*\*\* file:")
        window.type(files.bundle("2.0.0"))
        window.press("Enter")
        window.see(r"\*\*\* exit status: 0")
        the_new_version_runs(window)


def receive(window):
    """False: rb has given up. It counts in real time, and a loaded machine can keep the emulator from it for too long."""
    window.wipe()  # of a round before
    window.press_until("2", r"or a:\s*$")
    window.press_until("7", r"sending m7\.img, \d+ bytes; start to receive")
    window.press("C-a")
    window.press("C-r")
    window.see(r"\*\*\* file:")
    window.press("Enter")
    window.see(r"\*\*\* exit status: \d+")
    if re.search(r"\*\*\* exit status: 0", window.screen()):
        return True
    window.see(r"upload failed")
    return False


def test_picocom_upload():
    """The M7's image comes back by `Ctrl-A Ctrl-R`."""
    with board_with_version_1() as board, Window("picocom", "-b", "115200", "--receive-cmd", "rb -vv", board.port) as window:
        window.see("Terminal ready")
        for _ in range(ROUNDS):
            if receive(window):
                break
        window.see(r"sent m7\.img")
        with open(os.path.join(window.home.name, "m7.img"), "rb") as came, open(m7, "rb") as installed:
            assert came.read() == installed.read(), "another image"
