# SPDX-License-Identifier: MIT
"""Pairs whose M7 has a USB stack of its own (examples/app_m7/usb): version 1 as factory contents, version 2 as a set."""

import functools

from duotest.recovery import BIN, files, firmware, require, run, signed

APPS = [(firmware(f"app_m7_usb_v{version}.elf"), firmware(f"app_m4_v{version}.elf")) for version in (1, 2)]
require(*(path for pair in APPS for path in pair))


def images(version):
    return [signed(f"usb-{core}-{version}", core, path, version=f"{version}.0.0")
            for core, path in zip(("m7", "m4"), APPS[version - 1], strict=True)]


@functools.lru_cache(None)
def factory():
    m7, m4 = images(1)
    out = files.path("usb-factory.hex")  # beside that of the usual pair
    run(f"{BIN}/duoboot", "factory", "-q", "--m7", m7, "--m4", m4, "--out", out)
    return out


@functools.lru_cache(None)
def update():
    m7, m4 = images(2)
    out = files.path("usb.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", m4, "--set-version", "2.0.0", "--key", files.key, "--out", out)
    return out


def beating(version):
    return rf"app: m7 {version}\.0\.0 beat \d+, m4 {version}\.0\.0 beat [1-9]\d*, fpu ok"
