# SPDX-License-Identifier: MIT
"""duoemu as a child process, for the tests of its host side."""
import os
import re
import select
import subprocess
import time

from duotest.board import BIN, firmware as fw  # noqa: F401

DUOEMU = f"{BIN}/duoemu"


class Board:
    """A running `duoemu run`; stderr is collected until a wanted line shows up."""

    def __init__(self, *args, **kw):
        self.log = ""
        self.child = subprocess.Popen([DUOEMU, "run", *args], stderr=subprocess.PIPE,
                                      stdin=kw.pop("stdin", subprocess.DEVNULL), **kw)

    def expect(self, pattern, timeout=120):
        """Waits for a line on stderr; returns the match."""
        end = time.monotonic() + timeout
        while True:
            found = re.search(pattern, self.log)
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.child.stderr], [], [], left)[0]:
                raise AssertionError(f"no {pattern!r} on stderr; got:\n{self.log}")
            data = os.read(self.child.stderr.fileno(), 65536)
            if not data:
                raise AssertionError(f"duoemu ended without {pattern!r}:\n{self.log}")
            self.log += data.decode(errors="replace")

    def cpu_seconds(self):
        with open(f"/proc/{self.child.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wakes(self):
        """How often the process has gone to sleep so far."""
        with open(f"/proc/{self.child.pid}/status") as f:
            return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", f.read(), re.M).group(1))

    def wait(self, timeout=120):
        return self.child.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(10)
        self.child.stderr.close()


def read_until(fd, wanted, timeout=120):
    """Reads from fd until `wanted` (bytes) was seen; returns everything."""
    data, end = b"", time.monotonic() + timeout
    while wanted not in data:
        left = end - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            raise AssertionError(f"no {wanted!r}; got {data!r}")
        chunk = os.read(fd, 4096)
        if not chunk:
            raise AssertionError(f"end of stream without {wanted!r}; got {data!r}")
        data += chunk
    return data
