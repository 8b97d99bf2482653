# SPDX-License-Identifier: MIT
"""Pairs whose M7 has a USB stack of its own (examples/app_m7/usb): version 1 as factory contents, version 2 as a set."""

from duotest.recovery import BIN, files, firmware, run, signed


def made(version):
    m7 = signed(f"usb-m7-{version}", "m7", firmware(f"app_m7_usb_v{version}.elf"), version=f"{version}.0.0")
    m4 = signed(f"usb-m4-{version}", "m4", firmware(f"app_m4_v{version}.elf"), version=f"{version}.0.0")
    return m7, m4


def bundled(m7, m4):
    out = files.path("usb.duo")
    run(f"{BIN}/duoboot", "bundle", "-q", "--m7", m7, "--m4", m4, "--set-version", "2.0.0", "--key", files.key, "--out", out)
    return out


def programmed(m7, m4):
    out = files.path("usb-factory.hex")  # beside that of the usual pair
    run(f"{BIN}/duoboot", "factory", "-q", "--m7", m7, "--m4", m4, "--out", out)
    return out


FACTORY = programmed(*made(1))
SET = bundled(*made(2))


def beating(version):
    return rf"app: m7 {version}\.0\.0 beat \d+, m4 {version}\.0\.0 beat [1-9]\d*, fpu ok"
