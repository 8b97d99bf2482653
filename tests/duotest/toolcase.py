# SPDX-License-Identifier: MIT
"""Common ground of the tool's tests: running duoboot, programs to sign, the file formats by hand."""
import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest

from duotest.board import BIN
from duotest.layout import Layout

DUOBOOT = os.path.join(BIN, "duoboot_sanitized")  # tests/tool/CMakeLists.txt

DONE, VERIFY, USAGE, IO, TIMEOUT, REJECTED, INTERNAL = range(7)
_layout = Layout()
BASE, BOOT = _layout.app, _layout.boot
PAYLOAD_MAX = {core: size - 8 * 1024 for core, size in _layout.slot.items()}  # header and trailer
STACK = {"m7": 0x20020000, "m4": 0x10048000}


def openssl(*args, **kwargs):
    return subprocess.run(["openssl", *args], capture_output=True, timeout=60, **kwargs)


def program(core, size=3000, stack=None, entry=None):
    """A binary with a good vector table unless told otherwise."""
    head = struct.pack("<II", STACK[core] if stack is None else stack,
                       BASE[core] + 0x299 if entry is None else entry)
    return head + bytes((i * 7 + len(core)) & 0xFF for i in range(size - 8))


def intel_hex(base, data):
    def record(kind, addr, body):
        raw = bytes([len(body), addr >> 8 & 0xFF, addr & 0xFF, kind]) + body
        return ":%s%02X\n" % (raw.hex().upper(), -sum(raw) & 0xFF)

    text = ""
    for pos in range(0, len(data), 16):
        addr = base + pos
        if pos == 0 or addr & 0xFFFF < 16:
            text += record(4, 0, struct.pack(">H", addr >> 16))
        text += record(0, addr & 0xFFFF, data[pos:pos + 16])
    return text + record(1, 0, b"")


def tlvs(image):
    """{type: value} of an image file, and the number of bytes that its hash covers."""
    header, prot, size = struct.unpack_from("<HHI", image, 8)
    found, pos, covered = {}, header + size, header + size + prot
    while pos + 4 <= len(image):
        magic, total = struct.unpack_from("<HH", image, pos)
        if magic not in (0x6907, 0x6908):
            break
        end, pos = pos + total, pos + 4
        while pos < end:
            kind, length = struct.unpack_from("<HH", image, pos)
            found[kind] = image[pos + 4:pos + 4 + length]
            pos += 4 + length
    return found, covered


class ToolTest(unittest.TestCase):
    """Each test has a directory of its own with keys made once."""

    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.mkdtemp()
        for name in ("key", "other"):
            subprocess.run([DUOBOOT, "keygen", "-q", "--out", f"{cls.keys}/{name}.pem",
                            "--public", f"{cls.keys}/{name}.pub"], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.keys)

    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        for name in os.listdir(self.keys):
            shutil.copy(f"{self.keys}/{name}", self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, data):
        with open(self.path(name), "w" if isinstance(data, str) else "wb") as f:
            f.write(data)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def run_tool(self, *args, env=None):
        # a sanitizer's report must not look like one of the tool's own exit codes
        return subprocess.run([DUOBOOT, *args], cwd=self.dir, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=600,
                              env={**os.environ, "ASAN_OPTIONS": "exitcode=99", **(env or {})})

    def tool(self, *args, env=None):
        """Must succeed; the answer is what it printed."""
        r = self.run_tool(*args, env=env)
        self.assertEqual(r.returncode, DONE, f"{args}: {r.stderr}")
        return r.stdout

    def refused(self, code, *args, saying, hint=True, env=None):
        """Must fail with this code, say why (all words in `saying`) and what to do."""
        r = self.run_tool(*args, env=env)
        self.assertEqual(r.returncode, code, f"{args}: {r.stdout} {r.stderr}")
        for words in [saying] if isinstance(saying, str) else saying:
            self.assertIn(words, r.stderr)
        if hint:
            self.assertIn("hint:", r.stderr)
        self.assertNotIn("Sanitizer", r.stderr)
        return r

    def info(self, name):
        return json.loads(self.tool("info", "--json", name))

    def sign(self, core, version="1.0.0", out=None, data=None, key="key.pem", extra=()):
        source = self.write(f"{core}.bin", program(core) if data is None else data)
        out = out or f"{core}.img"
        self.tool("sign", "--core", core, "--version", version, "--key", key, "--out", out,
                  *extra, source)
        return out

    def bundle(self, out="set.duo", *extra, m7="m7.img", m4="m4.img", key="key.pem"):
        self.tool("bundle", "--m7", m7, "--m4", m4, "--set-version", "2.0.0", "--key", key,
                  "--out", out, *extra)
        return out
