# SPDX-License-Identifier: MIT
"""What both programs show on a terminal and what elsewhere: colour, NO_COLOR, its width, and the commit in --version."""
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
import unittest

from duotest.board import BIN, ROOT
from duotest.emulator import fw
from duotest.toolcase import DUOBOOT

DUOEMU = os.path.join(BIN, "duoemu")
ESCAPE = b"\x1b["
# An error on standard error, and what is in colour on standard output.
COLOURED = ((DUOBOOT, "info", "absent"), (DUOBOOT, "update", "absent"), (DUOEMU, "doctor", "--nonsense"),
            (DUOEMU, "doctor", "--explain", "jump.primask"))


def plain_environment():
    return {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}


def on_terminal(command, columns=0, **environment):
    """Both streams of a command that has a terminal."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24 if columns else 0, columns, 0, 0))
    try:
        process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=plain_environment() | environment)
    finally:
        os.close(its)
    said = b""
    try:
        while part := os.read(ours, 65536):
            said += part
    except OSError:  # the other end has been closed
        pass
    os.close(ours)
    process.wait(timeout=60)
    return said


def commands(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  (\w+) ", re.split("before the command|exit codes", text)[0], re.M)


class Colour(unittest.TestCase):
    def test_on_a_terminal_and_not_where_it_is_unwanted(self):
        for command in COLOURED:
            with self.subTest(command):
                self.assertIn(ESCAPE, on_terminal(command))
                self.assertNotIn(ESCAPE, on_terminal(command, NO_COLOR="1"))
                self.assertNotIn(ESCAPE, on_terminal(command, TERM="dumb"))
                piped = subprocess.run(command, capture_output=True, env=plain_environment(), timeout=60)
                self.assertGreater(len(piped.stdout + piped.stderr), 0)
                self.assertNotIn(ESCAPE, piped.stdout + piped.stderr)

    def test_an_error_is_red_and_its_text_is_whole(self):
        said = on_terminal((DUOBOOT, "info", "absent"))
        self.assertIn(b"duoboot info: \x1b[1;31merror:\x1b[0m absent: cannot be opened", said)
        said = on_terminal((DUOBOOT, "info", "absent"), NO_COLOR="1")
        self.assertIn(b"duoboot info: error: absent: cannot be opened", said)

    def test_no_command_obeys_less(self):
        """Of each command, its help and its first mistake."""
        for program in (DUOBOOT, DUOEMU):
            for name in commands(program):
                for word in ("--help", "--nonsense"):
                    said = on_terminal((program, name, word), NO_COLOR="1")
                    self.assertIn(os.path.basename(program).removesuffix("_sanitized").encode(), said)
                    self.assertNotIn(ESCAPE, said, (name, word))


class Width(unittest.TestCase):
    def test_of_the_doctor(self):
        """No line is left to the terminal to break, the headings included."""
        files = [x for core in ("m7", "m4") for x in (f"--{core}", fw(f"broken_question_boot_{core}.elf"),
                                                      "--load", fw(f"broken_question_app_{core}.elf"))]
        for command in ((DUOEMU, "doctor", *files), (DUOEMU, "doctor", "--explain", "after.irq-never")):
            for columns in (40, 80):
                said = on_terminal(command, columns, NO_COLOR="1").decode().splitlines()
                self.assertGreater(len(said), 5)
                self.assertEqual([line for line in said if len(line) > columns], [], columns)


class Commit(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)

    def git(self, *words):
        return subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x.invalid", *words], cwd=self.dir, check=True,
                              capture_output=True, text=True).stdout.strip()

    def header(self, folder):
        out = os.path.join(self.dir, "commit.h")
        subprocess.run(["cmake", f"-DROOT={folder}", f"-DOUT={out}", "-P", os.path.join(ROOT, "cmake/commit.cmake")], check=True,
                       capture_output=True)
        with open(out, encoding="utf-8") as f:
            return re.search(r'#define DUO_BUILD_COMMIT "(.*)"', f.read()).group(1)

    def test_of_a_clone_a_changed_one_and_a_tarball(self):
        unknown = "not built in a clone, so the commit is not known"
        self.assertEqual(self.header(self.dir), unknown)
        self.git("init", "-q")
        self.assertEqual(self.header(self.dir), unknown)  # no commit yet
        source = os.path.join(self.dir, "source")
        os.makedirs(os.path.join(self.dir, "unpacked"))
        for text, changed in (("one", ""), ("two", ", changed")):
            with open(source, "w", encoding="utf-8") as f:
                f.write(text)
            if not changed:
                self.git("add", "source")
                self.git("commit", "-q", "-m", "x")
            commit = self.git("rev-parse", "HEAD")[:12]
            self.assertEqual(self.header(self.dir), f"commit {commit}{changed}")
        self.assertEqual(self.header(os.path.join(self.dir, "unpacked")), unknown)  # a tarball in somebody's clone

    def test_both_programs_show_it(self):
        for program in (DUOBOOT, DUOEMU):
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
            self.assertRegex(said, r"^duo(boot|emu) \d+\.\d+\.\d+\S* \((commit [0-9a-f]{12}(, changed)?|not built in a clone, "
                                   r"so the commit is not known)\)\n$")
