# SPDX-License-Identifier: MIT
"""Bundles with a bootloader: what `bundle` refuses to make, and what `info` and `verify` say of one."""

import json
import re
import subprocess

import pytest

from duotest.newboot import *

if LAYOUT != "twin":
    pytest.skip("for DUO_LAYOUT=twin", allow_module_level=True)

VERSION = re.search(r"project\(duoboot VERSION (\S+)", contents(f"{ROOT}/CMakeLists.txt").decode()).group(1)


def tool(*words):
    return subprocess.run([f"{BIN}/duoboot_sanitized", *words], capture_output=True, text=True, timeout=60)


def make(*more):
    """Returns what it has said, and the path of the bundle."""
    out = files.path("made.duo")
    if os.path.exists(out):
        os.remove(out)
    return tool("bundle", "--m7", image("m7", "2.0.0"), "--m4", image("m4", "2.0.0"), "--set-version", "2.0.0", "--key", files.key,
                "--out", out, *more), out


@pytest.mark.parametrize("core", ["m7", "m4"])
def test_info_and_verify_show_a_bootloader(core):
    made, out = make(f"--boot-{core}", firmware(f"boot_c{core}.hex"))
    assert made.returncode == 0 and f"a new {core.upper()} bootloader" in made.stderr, made.stderr
    boot = json.loads(tool("info", "--json", out).stdout)["boot"]
    assert boot == {"core": core.upper(), "version": VERSION, "layout": "twin", "file_size": len(plain(core)),
                    "hash": hashlib.sha256(contents(out)[-len(plain(core)):]).hexdigest()[:40], "intact": True}
    text = tool("info", out).stdout
    assert re.search(rf"boot:\n +core +{core.upper()}\n +version +{re.escape(VERSION)}\n +layout +twin\n", text), text
    assert tool("verify", "--key", files.key, out).returncode == 0
    assert tool("verify", "--bootloader", firmware("boot_cm7.elf"), out).returncode == 0


def changed(core, at, value):
    data = good(core)
    data[at:at + len(value)] = value
    return data


def wrong_sets():
    """The bundle, and what is said of it."""
    m7, m4 = good("m7"), good("m4")
    ring = m7.index(b"duoboot about 2") + 72 + 8
    yield bring("2.0.0", "both", bytes(m4)), "would change both bootloaders at once"
    yield bring("2.0.0", "m4", bytes(marked("m4", of=7))), "M4 bootloader: made for the other core"
    yield bring("2.0.0", "m7", bytes(marked("m7", of=4))), "M7 bootloader: made for the other core"
    yield bring("2.0.0", "m7", bytes(marked("m7", layout=0))), "M7 bootloader: made for another flash layout"
    yield bring("2.0.0", "m4", bytes(marked("m4", layout=0))), "M4 bootloader: made for another flash layout"
    yield bring("2.0.0", "m7", bytes(changed("m7", MARK, bytes(4)))), "does not say which version it is"
    yield bring("2.0.0", "m7", bytes(changed("m7", 4, struct.pack("<I", 0x08020001)))), "does not start in its place"
    yield bring("2.0.0", "m4", bytes(changed("m4", 100, b"\x55\xaa"))), "is damaged"
    yield bring("2.0.0", "m7", bytes(changed("m7", ring, bytes(range(64))))), "does not trust the key that signs the bundle"
    yield bring("2.0.0", "m7", bytes(changed("m7", m7.index(b"duoboot about 2") + 48, b"\x46"))), "is for hardware 0x00000746"
    yield (bring("2.0.0", "m7", bytes(changed("m7", ring - 4 + 64, b"\xff\xff\xff\x7f"))),
           "does not trust the key that signs the bundle")  # the key's floor
    torn = bytearray(contents(bring("2.0.0", "m4", bytes(m4))))
    torn[-1] ^= 1
    yield write("torn.duo", torn), "hash does not match"


def test_verify_refuses_what_no_device_should_take():
    for path, reason in wrong_sets():
        refused = tool("verify", "--key", files.key, path)
        assert refused.returncode == 1 and reason in refused.stderr, (reason, refused.stderr)
        assert tool("info", path).returncode == 0
    intact = json.loads(tool("info", "--json", path).stdout)["boot"]["intact"]
    assert not intact


def test_what_is_not_made():
    """With the reason, and nothing is written."""
    m7, m4 = firmware("boot_cm7.hex"), firmware("boot_cm4.hex")
    cases = (
        (("--boot-m7", m7, "--boot-m4", m4), "a set can bring one bootloader"),
        (("--boot-m7", m4), "is not the M7 bootloader"),
        (("--boot-m4", m7), "is not the M4 bootloader"),
        (("--boot-m4", f"{ROOT}/build/fw/boot_cm4.hex"), "is not the M4 bootloader"),
        (("--boot-m7", f"{ROOT}/build/fw/boot_cm7.hex"), "made for another flash layout"),
        (("--boot-m7", m7, "--hardware-id", "0x746"), "bound to hardware"),
    )
    for words, saying in cases:
        refused, out = make(*words)
        assert refused.returncode != 0 and saying in refused.stderr, (words, refused.stderr)
        assert not os.path.exists(out)


def test_a_bootloader_that_does_not_trust_the_signer_is_not_bundled():
    key = other_key()
    made = [files.image(core, "2.0.0", key=key) for core in ("m7", "m4")]
    refused = tool("bundle", "--m7", made[0], "--m4", made[1], "--set-version", "2.0.0", "--key", key, "--boot-m7",
                   firmware("boot_cm7.hex"), "--out", files.path("refused.duo"))
    assert refused.returncode != 0 and "does not trust the key that signs the bundle" in refused.stderr, refused.stderr
