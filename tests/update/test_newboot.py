# SPDX-License-Identifier: MIT
"""Layout twin: a set brings a new bootloader. A good one stays; a bad one comes and goes, by itself."""

import subprocess

import pytest

from duotest.newboot import *

if LAYOUT != "twin":
    pytest.skip("for DUO_LAYOUT=twin", allow_module_level=True)

# An M4 bootloader that resets the chip uses up the trial's boots instead.
TAKEN_BACK = "last failure: (a new bootloader did not work and has been taken back|the new set was not confirmed in time)"


def tool(*words):
    return subprocess.run([f"{BIN}/duoboot", *words], capture_output=True, text=True, timeout=60)


def make(*more):
    return tool("bundle", "--m7", image("m7", "2.0.0"), "--m4", image("m4", "2.0.0"), "--set-version", "2.0.0",
                "--key", files.key, *more)


def update(board, path, until):
    board.key("u", r"send the bundle from byte 0 on")
    send(board, path, grain=0.01)
    board.expect("is complete, installing")
    begun = board.now
    board.expect(until)
    return (board.now - begun) / SECOND


def new_device():
    return power_on("--load", factory(), until=running(1, 1))


def comes_and_goes(core, how, most):
    with new_device() as board:
        took = update(board, bring("2.0.0", core, bytes(bad(core, how))), TAKEN_BACK)
        assert took <= most, took
        board.expect(running(1, 1))
        board.run(3)  # it stays so
        board.expect(running(1, 1))


def test_a_bad_m7_bootloader_that_resets_the_chip_comes_and_goes():
    """At its first instruction, so the chip does nothing else; the M7 must be held while the M4 swaps the banks back."""
    comes_and_goes("m7", "resets", 4)


@pytest.mark.proof
@pytest.mark.parametrize("core, how", [("m7", "hangs"), ("m7", "faults"), ("m4", "hangs"), ("m4", "faults"), ("m4", "resets")])
def test_a_bad_bootloader_comes_and_goes(core, how):
    comes_and_goes(core, how, 15 if core == "m7" else 4)


@pytest.mark.proof
def test_an_m7_bootloader_of_the_other_layout_comes_and_goes():
    require(f"{ROOT}/build/fw/boot_cm7.bin")
    with new_device() as board:
        update(board, bring("2.0.0", "m7", bytes(plain("m7", f"{ROOT}/build/fw"))), TAKEN_BACK)
        board.expect(running(1, 1))
        board.run(3)
        board.expect(running(1, 1))


@pytest.mark.proof
@pytest.mark.parametrize("core", ["m7", "m4"])
def test_a_good_bootloader_stays(core):
    """Made by the tool; its set is confirmed, and after a reset the options are as they were."""
    new = write(f"new-{core}.hex", b"")
    run("arm-none-eabi-objcopy", "-I", "binary", "-O", "ihex", "--change-addresses", str(BANK[1] + (M4_AT if core == "m4" else 0)),
        write(f"new-{core}.bin", bytes(good(core))), new)
    out = files.path(f"brings-{core}.duo")
    made = make(f"--boot-{core}", new, "-q", "--out", out)
    assert made.returncode == 0, made.stderr
    with new_device() as board:
        update(board, out, "confirm: done")
        board.expect(running(2, 2))
        there = board.memory(BANK[1] + (M4_AT if core == "m4" else 0) + UNUSED_VECTOR, 4)
        assert there == struct.pack("<I", 0x0B00710D)


def test_what_the_tool_refuses():
    """With the reason, and nothing is written."""
    m7, m4 = firmware("boot_cm7.hex"), firmware("boot_cm4.hex")
    out = files.path("refused.duo")
    cases = (
        (("--boot-m7", m7, "--boot-m4", m4), "a set can bring one bootloader"),
        (("--boot-m7", m4), "is not the M7 bootloader"),
        (("--boot-m4", m7), "is not the M4 bootloader"),
        (("--boot-m7", m7, "--hardware-id", "0x746"), "bound to hardware"),
    )
    for words, saying in cases:
        refused = make(*words, "--out", out)
        assert refused.returncode != 0 and saying in refused.stderr, (words, refused.stderr)
        assert not os.path.exists(out)
    other = make("--boot-m4", firmware("boot_cm4.elf"), "--out", firmware("boot_cm4.elf"))
    assert other.returncode != 0 and contents(firmware("boot_cm4.elf"))[:4] == b"\x7fELF"


def test_a_bootloader_that_does_not_trust_the_signer_is_refused():
    key = other_key()
    made = [files.image(core, "2.0.0", key=key) for core in ("m7", "m4")]
    refused = tool("bundle", "--m7", made[0], "--m4", made[1], "--set-version", "2.0.0", "--key", key, "--boot-m7",
                   firmware("boot_cm7.hex"), "--out", files.path("refused.duo"))
    assert refused.returncode != 0 and "does not trust the key that signs the bundle" in refused.stderr, refused.stderr


@pytest.mark.proof
def test_what_the_device_refuses():
    """Both at once, with the manifest; one for the other core, or of the other layout for the M4, when it has come."""
    cases = ((bring("2.0.0", "both", bytes(good("m4"))), "would change both bootloaders at once"),
             (bring("2.0.0", "m4", bytes(plain("m4", f"{ROOT}/build/fw"))), "bad reset vector"))
    require(f"{ROOT}/build/fw/boot_cm4.bin")
    with recovery("--option", "BOOT_CM4_ADD0=0x801") as board:
        for path, reason in cases:
            board.ymodem("sb", "-q", "-k", path)
            board.expect(f"refused: {reason}")
        board.key("b")
        board.expect(running(1, 1))
