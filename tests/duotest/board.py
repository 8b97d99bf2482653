# SPDX-License-Identifier: MIT
"""An emulated board for the system tests: the real firmware under duoemu, its serial line on a pty."""

import os
import re
import select
import signal
import subprocess
import tempfile
import termios
import time
import tty
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, "build", "bin")
LAYOUT = os.environ.get("DUO_LAYOUT", "exchange")  # duoboot and duoemu look at it, too
FW = os.environ.get("DUO_TEST_FW") or os.path.join(ROOT, "build", "" if LAYOUT == "exchange" else LAYOUT, "fw")  # tests/mutants: another


def firmware(name):
    return os.path.join(FW, name)


def require(*paths):
    """The test is skipped when something it needs has not been built or installed."""
    for path in paths:
        if not os.path.exists(path):
            raise unittest.SkipTest(f"{path} is absent")


def key_pair():
    """The private key that belongs to the bootloader that was built; skipped when it is not known."""
    remembered = os.path.join(ROOT, "build", "keys", "trusted")  # scripts/build
    require(remembered)
    with open(remembered, encoding="utf-8") as file:
        public = os.path.join(ROOT, file.read().strip())
    private = os.environ.get("DUO_TEST_KEY", re.sub(r"\.pub\.pem$", ".pem", public))
    require(public, private)
    return private


def run(*command, **options):
    """A program that must succeed."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command} ended with {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


class Files:
    """Signed images, bundles and factory contents of the example applications, in a temporary folder."""

    def __init__(self, key=None):
        self.dir = tempfile.TemporaryDirectory(prefix="duo-system-")
        self.key = key or key_pair()

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def image(self, core, version, elf=None, key=None, hardware_id="0x745"):
        out = self.path(f"{core}-{version}-{hardware_id}-{os.path.basename(key or '')}.img")
        elf = elf or firmware(f"app_{core}_v{version.split('.')[0]}.elf")
        require(elf)
        run(f"{BIN}/duoboot", "sign", "-q", "--core", core, "--version", version, "--key", key or self.key,
            "--hardware-id", hardware_id, "--out", out, elf)
        return out

    def bundle(self, version, key=None, **more):
        options = [f"--{name.replace('_', '-')}={value}" for name, value in more.items()]
        out = self.path(f"set-{version}-{os.path.basename(key or '')}{''.join(options)}.duo")
        made_for = {"hardware_id": more["hardware_id"]} if "hardware_id" in more else {}
        run(f"{BIN}/duoboot", "bundle", "-q", "--m7", self.image("m7", version, key=key, **made_for), "--m4",
            self.image("m4", version, key=key, **made_for), "--set-version", version, "--key", key or self.key, "--out", out,
            *options)
        return out

    def factory(self, m7, m4):
        out = self.path(f"factory-{os.path.basename(m7)}-{os.path.basename(m4)}.hex")  # of several pairs in one test
        run(f"{BIN}/duoboot", "factory", "-q", "--m7", m7, "--m4", m4, "--out", out)
        return out

    def factory_set(self, bundle):
        """Factory contents that know their set: with a journal."""
        out = self.path("factory-set.hex")
        run(f"{BIN}/duoboot", "factory", "-q", "--bundle", bundle, "--key", self.key, "--out", out)
        return out


class Board:
    """One run of duoemu. Use it in a `with` block."""

    def __init__(self, *arguments, uart="pty", boot_m7="boot_cm7.elf", boot_m4="boot_cm4.elf"):
        require(f"{BIN}/duoemu", firmware(boot_m7))
        command = [f"{BIN}/duoemu", "run", "--m7", firmware(boot_m7), "--uart", f"USART3={uart}", *arguments]
        if boot_m4:
            require(firmware(boot_m4))
            command += ["--m4", firmware(boot_m4)]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.seen = ""
        self.line = None
        if uart == "pty":
            self.port = self._wait_log(r"/dev/pts/\d+")
            self.line = os.open(self.port, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self.line, termios.TCSANOW)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.line is not None:
            os.close(self.line)
            self.line = None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log_text(self):
        self.log.seek(0)
        return self.log.read()

    def _wait_log(self, pattern, seconds=120):
        end = time.time() + seconds
        while time.time() < end:
            found = re.search(pattern, self.log_text())
            if found:
                return found.group(0)
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"duoemu did not say {pattern}: {self.log_text()}")

    def read(self, seconds):
        """What comes within this time, added to what has been seen."""
        end = time.time() + seconds
        while time.time() < end:
            ready, _, _ = select.select([self.line], [], [], max(0, end - time.time()))
            if ready:
                self.seen += os.read(self.line, 4096).decode("latin1")
                return True
        return False

    def expect(self, pattern, seconds=40):
        """Waits for a pattern in what has not been matched yet; returns the match."""
        end = time.time() + seconds
        while True:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found
            if time.time() > end or (not self.read(1) and self.process.poll() is not None):
                raise AssertionError(f"no {pattern!r} in {self.seen!r}; duoemu: {self.log_text()}")

    def press(self, key, pattern, seconds=40):
        """Presses a key until its answer comes: what a sender left on the line may have swallowed it."""
        end = time.time() + seconds
        while True:
            self.send(key)
            try:
                return self.expect(pattern, 5)
            except AssertionError:
                if time.time() > end:
                    raise

    def never(self, pattern, seconds=2):
        """Fails if the pattern comes within this time."""
        end = time.time() + seconds
        while time.time() < end:
            self.read(max(0.01, end - time.time()))
        found = re.search(pattern, self.seen)
        if found:
            raise AssertionError(f"{found.group(0)!r} must not come: {self.seen!r}")

    def send(self, data):
        os.write(self.line, data)

    def ymodem(self, *command, seconds=120, **options):
        """Runs sb or rb on the line; the CompletedProcess.

        Its bytes pass through here, so that `seen` has all the device said: a sender that holds the line itself
        reads, and throws away, the beginning of the words that say why it is refused.
        """
        end = time.time() + seconds
        program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   **options)
        to_line, to_program = program.stdout.fileno(), program.stdin.fileno()
        while time.time() < end:
            ready, _, _ = select.select([self.line, to_line], [], [], 1)
            if self.line in ready:
                self._hand_over(os.read(self.line, 4096), to_program)
            if to_line in ready:
                data = os.read(to_line, 4096)
                if not data:
                    break
                self.send(data)
        else:
            program.kill()
        errors = program.communicate()[1].decode("latin1")
        return subprocess.CompletedProcess(command, program.returncode, stderr=errors)

    def _hand_over(self, data, to_program):
        self.seen += data.decode("latin1")
        try:
            os.write(to_program, data)
        except BrokenPipeError:
            pass  # it has ended; its output says so next
