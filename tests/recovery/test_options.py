# SPDX-License-Identifier: MIT
"""Option bytes that make another program run than the one that was verified, and an M4 bootloader that is not whole."""

import random
import re
import struct
import subprocess

import pytest

from duotest.recovery import *
from duotest.variant import bootloader

HEALTHY = "options: m7 boots at 0x8000000, m4 at 0x8100000 and by itself, watchdog 1 starts by software, 2 by software"
ELSEWHERE = "BOOT_CM4_ADD0=0x0818"  # staging, where anything may lie
WRONG = {
    "BOOT_CM4_ADD0 is 0x818, must be 0x810": ([ELSEWHERE, "BOOT_CM4_ADD1=0x0810"], "--boot-pin"),
    "BOOT_CM7_ADD0 is 0x808, must be 0x800": (["BOOT_CM7_ADD0=0x0808", "BOOT_CM7_ADD1=0x0800", "BOOT_CM4_ADD1=0x0810"],
                                              "--boot-pin"),
}


def options(*settings):
    return [word for setting in settings for word in ("--option", setting)]


def refused(*arguments, pattern):
    with LineBoard("--load", factory(), *arguments) as board:
        board.expect("reason: an option byte is wrong; o repairs it")
        board.expect("wrong option: " + pattern)
        board.expect(WAITING)
        board.never("app m7", 0.3)


def test_a_healthy_device_says_its_options():
    with recovery() as board:
        board.key("o", HEALTHY)
        board.expect(PROMPT)
    with recovery("--option", "BCM4=0", "--option", "IWDG2_SW=0") as board:
        board.key("o", "m4 at 0x8100000 and when the m7 lets it, watchdog 1 starts by software, 2 with the chip")


@pytest.mark.proof
def test_boot_addresses_are_looked_at():
    for pattern, (settings, pin) in WRONG.items():
        for bcm4 in ("BCM4=1", "BCM4=0"):
            refused(*options("BOOT_CM7_ADD1=0x0800", *settings, bcm4), pin, pattern=pattern)


SWAPPED = "option SWAP_BANK is 1, must be 0, so neither core is started; o: swap the banks back"


def swapped_back(quiet, *more):
    with LineBoard("--load", factory(), "--option", "SWAP_BANK=1", *more) as board:
        board.expect(SWAPPED)
        board.key("y")
        board.never("app|duoboot", quiet)
        board.key("o", running(1, 1))


def test_banks_that_somebody_has_swapped():
    """Each core takes its vectors from the other's bootloader: the M7 finds its own code all the same."""
    swapped_back(0.3)


@pytest.mark.proof
def test_banks_that_somebody_has_swapped_on_another_device():
    for watchdog in ("IWDG1_SW=0", "IWDG2_SW=0"):  # one that has started with the chip is fed
        swapped_back(0.6, *options("BCM4=0", watchdog))
    swapped_back(0.1, *options("RDP=0xCC"))


FLASH = 0x52002000
OPTKEYR, OPTSR_PRG, BOOT4_CUR, BOOT4_PRG = (FLASH + at for at in (0x08, 0x20, 0x48, 0x4C))
KEYR1, CR1, CRCCR1 = FLASH + 0x04, FLASH + 0x0C, FLASH + 0x50
OPTKEYS, KEYS = (0x08192A3B, 0x4C5D6E7F), (0x45670123, 0xCDEF89AB)
CRC_EN, START_CRC, ALL_BANK = 1 << 15, 1 << 16, 1 << 22


def registers(board, *writes):
    for address, value in writes:
        board.poke(address, struct.pack("<I", value))


@pytest.mark.proof
def test_what_an_application_has_prepared_is_not_programmed_with_the_swap():
    """Its options wait to be started, and the registers are still unlocked."""
    with LineBoard("--load", factory(), "--option", "SWAP_BANK=1") as board:
        board.expect(SWAPPED)
        before = board.memory(BOOT4_CUR, 4)
        registers(board, *((OPTKEYR, key) for key in OPTKEYS), (BOOT4_PRG, 0x08180818), (OPTSR_PRG, 0))
        assert board.memory(BOOT4_PRG, 4) == struct.pack("<I", 0x08180818), "nothing is prepared"
        board.key("o", running(1, 1))
        assert board.memory(BOOT4_CUR, 4) == board.memory(BOOT4_PRG, 4) == before
        board.key("r", WAITING)
        board.key("o", HEALTHY)


@pytest.mark.proof
def test_a_chip_that_refuses_the_swap_is_told_of_and_asked_again():
    """While its CRC unit reads the flash it takes no change of options, and reports no error (RM0399)."""
    with LineBoard("--load", factory(), "--option", "SWAP_BANK=1") as board:
        board.expect(SWAPPED)
        registers(board, *((KEYR1, key) for key in KEYS), (CR1, CRC_EN), (CRCCR1, ALL_BANK | START_CRC))
        board.send(b"o")
        board.expect("duoboot: the option did not change", 1)
        board.key("o", running(1, 1))


def test_the_m4_does_nothing_in_swapped_banks():
    """It would run a part of the M7's bootloader."""
    done = subprocess.run([f"{BIN}/duoemu", "run", "--m7", firmware("boot_cm7.elf"), "--m4", firmware("boot_cm4.elf"), "--load", factory(),
                           "--option", "SWAP_BANK=1", "--for", "100ms"], capture_output=True, text=True, timeout=60)
    instructions, = re.findall(r"(\d+) on CM4", done.stdout + done.stderr)
    assert int(instructions) < 10 and "ault" not in done.stderr, done.stderr


def test_a_silent_m4_is_told_apart():
    def says(pattern, *arguments, **more):
        with LineBoard("--load", factory(), *arguments, **more) as board:
            board.expect(pattern)
            board.expect(WAITING)
            board.never("app m7", 0.3)

    says("m4 silent: it boots somewhere else; see the wrong option", *options(ELSEWHERE))
    says("m4 did not start: its bootloader is missing; program boot_cm4 at", boot_m4=None)
    says("m4 held in reset", *options("BCM4=0"), boot_m4=None)
    says("m4 did not start: its bootloader is missing", *options("BCM4=0"), boot_m4=None)
    says("m4 did not start: its bootloader is damaged, or another", boot_m4="broken_question_boot_m4.elf")


@pytest.mark.proof
def test_the_menu_repairs_them():
    for bcm4 in ("BCM4=1", "BCM4=0"):
        with LineBoard("--load", factory(), *options(ELSEWHERE, bcm4)) as board:
            board.expect(WAITING)
            board.key("o", "y/n:")
            board.key("n", PROMPT)
            board.key("o", "y/n:")
            board.key("y", "options repaired, resetting")
            board.expect(running(1, 1))


@pytest.mark.proof
def test_a_build_repairs_them_by_itself():
    boot = bootloader(DUO_REPAIR_OPTIONS=1)
    with LineBoard("--load", factory(), *options(ELSEWHERE), boot_m7=boot) as board:
        board.expect("wrong option: BOOT_CM4_ADD0 is 0x818")
        board.expect("options repaired, resetting")
        board.expect(running(1, 1))
    with LineBoard("--load", factory(), *options("SWAP_BANK=1"), boot_m7=boot) as board:
        board.expect(SWAPPED)
        board.expect(running(1, 1))
    with LineBoard("--load", factory(), *options(ELSEWHERE, "RDP=0xCC"), boot_m7=boot) as board:
        board.expect("options not repaired: ")
        board.expect("reason: an option byte is wrong")
        board.expect(WAITING)


@pytest.mark.proof
def test_each_change_of_the_m4_bootloader_is_noticed():
    """30 places, and each length at which programming may have stopped; with the M4 held, so that it does no harm."""
    damaged(range(30), (32, 64, 96, 700, -32))


def test_some_changes_of_the_m4_bootloader_are_noticed():
    damaged((0, 13, 29), (700,))


def damaged(parts, lengths):
    good = contents(firmware("boot_cm4.bin"))
    rng = random.Random(4)
    places = [len(good) * i // 30 for i in parts]
    bad = [good[:at] + bytes([good[at] ^ 1 << rng.randrange(8)]) + good[at + 1:] for at in places]
    bad += [good[:n] for n in lengths]
    for number, data in enumerate(bad):
        with LineBoard("--load", factory(), *options("BCM4=0"), boot_m4=write(f"m4-{number}.bin", data)) as board:
            board.expect("m4 did not start: its bootloader is damaged, or another program")
            assert "app" not in board.seen


@pytest.mark.proof
def test_a_build_without_the_rom_loader():
    with LineBoard("--load", factory(), "--button", "PC13=50ms", boot_m7=bootloader(DUO_ROM_LOADER=0)) as board:
        board.expect("b  reset")
        assert "ROM loader" not in board.seen
        board.expect(WAITING)
        board.key("l")
        board.never("ROM", 1)
