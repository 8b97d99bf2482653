# SPDX-License-Identifier: MIT
"""What the recovery tests share: the board in virtual time (tests/line), files for it, and words it says."""

import atexit
import functools
import os
import struct

from duotest.board import BIN, FW, LAYOUT, ROOT, Files, firmware, require, run  # noqa: F401
from duotest.layout import Layout
from duotest.line import MS, SECOND, Fault, LineBoard, Program  # noqa: F401

WAITING = r"waiting for a bundle by ymodem"
PROMPT = r"key \(m = menu\): "
layout = Layout(LAYOUT)
DONE = r"banks to be swapped by this reset" if layout.twin else r"exchange done, resetting"

SECTOR, APP, STAGING, SLOT, BANK = layout.sector, layout.app, layout.staging, layout.slot, layout.bank

require("/usr/bin/sb", "/usr/bin/rb", "/usr/bin/sx", f"{BIN}/line_board", f"{BIN}/libvirtual_peer.so",
        firmware("app_m7_v1.elf"), firmware("app_m4_v1.elf"))


class Once(Files):
    """Each file is made once: no two signings of one image are alike."""

    def __init__(self):
        super().__init__()
        self.made = {}

    def image(self, core, version, key=None, hardware_id="0x745"):
        made = core, version, key, hardware_id
        if made not in self.made:
            self.made[made] = super().image(core, version, key=key, hardware_id=hardware_id)
        return self.made[made]


files = Once()
image = files.image
bundle = functools.lru_cache(None)(files.bundle)


@functools.lru_cache(None)
def other_key():
    path = files.path("other.pem")
    run(f"{BIN}/duoboot", "keygen", "-q", "--out", path, "--public", files.path("other.pub.pem"))
    return path


@functools.lru_cache(None)
def factory():
    """Version 1 on both cores, as the programmer writes it."""
    return files.factory(image("m7", "1.0.0"), image("m4", "1.0.0"))


_boards = {}


def power_on(*arguments, until=WAITING, **options):
    """A board of one's own that has booted: a copy (`with`), so that booting it costs time only once."""
    key = arguments, until, tuple(options.items())
    if key not in _boards:
        _boards[key] = LineBoard(*arguments, **options)
        _boards[key].expect(until)
    return _boards[key].copy()


@atexit.register
def power_off():
    for board in _boards.values():
        board.close()


def recovery(*more, **options):
    """A device with version 1 on both cores, in recovery by the button, asking for a file."""
    return power_on("--load", factory(), "--button", "PC13=50ms", *more, **options)


def empty(**options):
    """A device with bootloaders only, asking for a file."""
    return power_on(**options)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def write(name, data):
    path = files.path(name)
    with open(path, "wb") as file:
        file.write(data)
    return path


@functools.lru_cache(None)
def binary(core, version):
    """A linked application as bytes."""
    out = files.path(f"{core}-{version}.bin")
    run("arm-none-eabi-objcopy", "-O", "binary", firmware(f"app_{core}_v{version}.elf"), out)
    return contents(out)


def signed(name, core, payload, *options, version="2.0.0", key=None):
    """Bytes that begin with a vector table, or a linked program, as a signed image."""
    source = write(name + ".bin", payload) if isinstance(payload, bytes) else payload
    out = files.path(name + ".img")
    run(f"{BIN}/duoboot", "sign", "-q", "--core", core, "--version", version, "--key", key or files.key, "--out", out,
        *options, source)
    return out


@functools.lru_cache(None)
def big(core):
    """An image of version 1 that fills its slot."""
    return signed(f"big-{core}", core, firmware(f"app_{core}_big.elf"), version="1.0.0")


def running(m7, m4):
    return rf"app: m7 {m7}\.0\.0 beat \d+, m4 {m4}\.0\.0 beat [1-9]\d*, fpu ok"


def send(board, *paths, program="sb", flags=("-q", "-k"), **more):
    """lrzsz sends files and must be content."""
    done = board.ymodem(program, *flags, *paths, **more)
    assert done.returncode == 0, f"{program} ended with {done.returncode}: {done.stderr}"


def payload_of(path):
    """What of a signed image lies at the application's address."""
    data = contents(path)
    header, size = struct.unpack_from("<H2xI", data, 8)
    return data[header:header + size]


def is_at(board, address, path):
    """Does the payload of a signed image lie there, to the last byte?"""
    payload = payload_of(path)
    return all(board.memory(address + at, len(payload[at:at + SECTOR // 4])) == payload[at:at + SECTOR // 4]
               for at in range(0, len(payload), SECTOR // 4))
