# SPDX-License-Identifier: MIT
"""Layout twin: a set brings a new bootloader. A good one stays; a bad one comes and goes, by itself."""

import re
import struct
import subprocess

import pytest

from duotest.newboot import *
from duotest.variant import bootloader

if LAYOUT != "twin":
    pytest.skip("for DUO_LAYOUT=twin", allow_module_level=True)

# An M4 bootloader that resets the chip uses up the trial's boots instead.
TAKEN_BACK = "last failure: (a new bootloader did not work and has been taken back|the new set was not confirmed in time)"


def tool(*words):
    return subprocess.run([f"{BIN}/duoboot", *words], capture_output=True, text=True, timeout=60)


def make(*more):
    return tool("bundle", "--m7", image("m7", "2.0.0"), "--m4", image("m4", "2.0.0"), "--set-version", "2.0.0",
                "--key", files.key, *more)


def update(board, path, until, most=60):
    board.key("u", r"send the bundle from byte 0 on")
    send(board, path, grain=0.01)
    board.expect("is complete, installing")
    board.expect(until, most)


def new_device():
    return power_on("--load", factory(), until=running(1, 1))


def comes_and_goes(core, how, most):
    with new_device() as board:
        update(board, bring("2.0.0", core, bytes(bad(core, how)), of=tiny_set("2.0.0")), TAKEN_BACK, most)
        board.expect(running(1, 1))
        board.run(3)  # it stays so
        board.expect(running(1, 1))


def test_a_bad_m7_bootloader_that_resets_the_chip_comes_and_goes():
    """At its first instruction, so the chip does nothing else; the M7 must be held while the M4 swaps the banks back."""
    comes_and_goes("m7", "resets", 4)


@pytest.mark.long
def test_resets_in_its_trial_do_not_take_a_good_m7_bootloader_back():
    """More of them than boots in which a bad one may not come as far as to let the M4 go."""
    with new_device() as board:
        update(board, bring("2.0.0", "m7", bytes(good("m7")), of=bundle("2.0.0", trial_boots=9)), "state trial")
        for _ in range(6):
            board.reset()
            board.expect("app m7 2.0.0: set 2.0.0, state trial")
        board.expect("confirm: done")
        assert board.memory(BANK[1] + UNUSED_VECTOR, 4) == struct.pack("<I", MARKER)


@pytest.mark.long
@pytest.mark.parametrize("core, how", [("m7", "hangs"), ("m7", "faults"), ("m4", "hangs"), ("m4", "faults"), ("m4", "resets")])
def test_a_bad_bootloader_comes_and_goes(core, how):
    comes_and_goes(core, how, 15 if core == "m7" else 4)


def hangs_in(function):
    """The M7's, which stands still at the first instruction of this function."""
    elf = f"{FW}/boot_cm7.elf"
    at = next(int(line.split()[0], 16) for line in run("arm-none-eabi-nm", elf).splitlines() if line.endswith(f" {function}"))
    raw, text = files.path("jump.elf"), files.path("jump.text")
    run("arm-none-eabi-objcopy", f"--dump-section=.text={text}", elf, raw)
    begin = int(re.search(r"\.text +[0-9a-f]+ +([0-9a-f]+)", run("arm-none-eabi-objdump", "-h", "-j", ".text", elf)).group(1), 16)
    code = contents(text)[at - begin:][:16]

    def change(data, _):
        assert data.count(code) == 1
        struct.pack_into("<H", data, data.index(code), 0xE7FE)  # b .

    return foreign(change)


# The last ones that it calls: before the trial's watchdog runs, when the M4 has its image, and where it would jump.
@pytest.mark.long
@pytest.mark.parametrize("function, reason", [("watchdog_start", TAKEN_BACK), ("hsem_clear_flags", "a watchdog ended the trial"),
                                              ("jump_to_application", "a watchdog ended the trial")])
def test_an_m7_bootloader_that_hangs_late_comes_and_goes(function, reason):
    with new_device() as board:
        update(board, bring("2.0.0", "m7", bytes(hangs_in(function)), of=tiny_set("2.0.0")), "banks to be swapped by this reset")
        board.expect(f"last failure: .*{reason}" if "watchdog" in reason else reason, 60)
        board.expect(running(1, 1))


@pytest.mark.long
def test_an_m7_bootloader_of_the_other_layout_comes_and_goes():
    """One that says that it is for this layout; else it is refused."""
    require(f"{ROOT}/build/fw/boot_cm7.bin")
    other = plain("m7", f"{ROOT}/build/fw")
    struct.pack_into("<I", other, MARK, struct.unpack_from("<I", other, MARK)[0] | 1 << 4)
    with new_device() as board:
        update(board, bring("2.0.0", "m7", bytes(other), of=tiny_set("2.0.0")), TAKEN_BACK)
        board.expect(running(1, 1))
        board.run(3)
        board.expect(running(1, 1))


@pytest.mark.long
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
        assert there == struct.pack("<I", MARKER)


@pytest.mark.parametrize("missing", [False, pytest.param(True, marks=pytest.mark.long)])
def test_the_status_tells_the_m4_bootloader(missing):
    """By its mark, as it lies in flash; 0 when there is none whole, and then `duoboot status` shows none."""
    from duotest.smp_peer import command, peer  # not for all of this file: they need smpclient

    async def talk(client):
        status = await command(client, 0)
        assert status["bootloader_m4"] == (0 if missing else struct.unpack_from("<I", plain("m4"), MARK)[0])
        assert status["recovery"] and status["bootloader"]

    with LineBoard("--load", factory(), "--button", "PC13=50ms", "--option", "BOOT_CM4_ADD0=0x801",
                   boot_m4=None if missing else "boot_cm4.elf") as board:
        board.expect(WAITING)
        peer(board, talk)


def test_what_the_device_refuses():
    """Both at once with the manifest; what is for another place, or older, when it has come: M4 bootloaders, which are short."""
    whole = tiny_set("2.0.0")
    cases = ((bring("2.0.0", "both", bytes(good("m4")), of=whole), "would change both bootloaders at once; make it again"),
             (bring("2.0.0", "m4", bytes(marked("m4", of=7)), of=whole), "made for the other core; send what is made for this device"),
             (bring("2.0.0", "m4", bytes(marked("m4", layout=0)), of=whole), "made for another flash layout; send what is made for"),
             (bring("2.0.0", "m4", bytes(marked("m4", version=b"\0\1\7")), of=whole),
              "its bootloader is older than the present one; send a newer set"))
    with recovery("--option", "BOOT_CM4_ADD0=0x801") as board:
        for path, reason in cases:
            board.ymodem("sb", "-q", "-k", path)
            board.expect(f"refused: {reason}")
        board.key("b")
        board.expect(running(1, 1))


@pytest.mark.parametrize("change", [pytest.param(trusts_another, marks=pytest.mark.proof), pytest.param(trusts_nobody, marks=pytest.mark.long),
                                    pytest.param(for_other_hardware, marks=pytest.mark.long)])
def test_the_device_refuses_an_m7_bootloader_that_would_not_take_this_set(change):
    path = bring("2.0.0", "m7", bytes(foreign(change)), of=tiny_set("2.0.0"))
    with recovery("--option", "BOOT_CM4_ADD0=0x801") as board:
        board.ymodem("sb", "-q", "-k", path, grain=0.01)
        board.expect("refused: its M7 bootloader is for other keys or other hardware")
        board.key("b")
        board.expect(running(1, 1))


@pytest.mark.long
def test_so_does_the_running_product():
    with new_device() as board:
        board.key("u", r"send the bundle from byte 0 on")
        board.ymodem("sb", "-q", "-k", bring("2.0.0", "m7", bytes(foreign(trusts_another)), of=tiny_set("2.0.0")), grain=0.01)
        board.expect("its M7 bootloader is for other keys or other hardware")
        board.expect(running(1, 1))


@pytest.mark.parametrize("change", [pytest.param(trusts_another, marks=pytest.mark.proof), pytest.param(trusts_nobody, marks=pytest.mark.long)])
def test_one_that_does_not_say_what_it_trusts_comes_and_goes(change):
    """So that nobody could refuse it before; it runs for 10 s and takes nothing."""
    with new_device() as board:
        update(board, bring("2.0.0", "m7", bytes(foreign(change, tells=False)), of=tiny_set("2.0.0")), TAKEN_BACK)
        board.expect(running(1, 1))
        board.run(3)
        board.expect(running(1, 1))
        update(board, bundle("2.0.0"), "confirm: done")


@pytest.mark.long
def test_one_for_other_hardware_that_does_not_say_so_comes_and_goes():
    """Built for it: the set is for this one, so it starts nothing, and says why when it goes back."""
    other = plain("m7", os.path.dirname(bootloader(DUO_HARDWARE_ID="0x746")))
    struct.pack_into("<I", other, ABOUT, 0)
    with new_device() as board:
        update(board, bring("2.0.0", "m7", bytes(other)), r"last failure: .*\(made for other hardware\)")
        board.expect(running(1, 1))
        board.run(3)
        board.expect(running(1, 1))


@pytest.mark.long
def test_the_device_refuses_the_other_layouts_bootloaders():
    for core in ("m7", "m4"):
        require(f"{ROOT}/build/fw/boot_c{core}.bin")
        path = bring("2.0.0", core, bytes(plain(core, f"{ROOT}/build/fw")), of=tiny_set("2.0.0"))
        with recovery("--option", "BOOT_CM4_ADD0=0x801") as board:
            board.ymodem("sb", "-q", "-k", path)
            board.expect("refused: made for another flash layout")
            board.key("b")
            board.expect(running(1, 1))


@pytest.mark.long
@pytest.mark.parametrize("counter, old", [(0, True), (1, False)])
def test_an_older_bootloader_is_taken_only_with_a_higher_security_counter(counter, old):
    path = bring("2.0.0", "m4", bytes(marked("m4", version=b"\0\1\7")), counter=counter)
    with recovery("--option", "BOOT_CM4_ADD0=0x801") as board:
        if old:
            board.ymodem("sb", "-q", "-k", path)
            board.expect("refused: its bootloader is older than the present one")
            return
        send(board, path)
        board.expect("confirm: done")
        board.expect(running(2, 2))
        board.key("r", "m4 held in reset: bootloader 0.1.7|m4 parked: bootloader 0.1.7")


@pytest.mark.long
def test_a_device_in_bank_2_takes_an_m7_bootloader_in_two_steps():
    """Refused with the manifest and the way out; the same images without it bring the device to bank 1; then it goes in."""
    with_it, without = bring("2.0.0", "m7", bytes(good("m7"))), bundle("2.0.0")
    with new_device() as board:
        update(board, without, "confirm: done")  # now it is in bank 2
        board.key("r", WAITING)
        board.ymodem("sb", "-q", "-k", with_it)
        board.expect("refused: its M7 bootloader can be installed from bank 1 only; install a set without it first")
        board.expect(WAITING)
        for path in (without, with_it):
            send(board, path)
            board.expect("confirm: done")
            board.expect(running(2, 2))
            if path != with_it:
                board.key("r", WAITING)
        assert board.memory(BANK[1] + UNUSED_VECTOR, 4) == struct.pack("<I", MARKER)
