# SPDX-License-Identifier: MIT
"""Every way through recovery's menu, and every way into it, on the real bootloader."""

import pytest

from duotest.recovery import *
from duotest.variant import bootloader

SCS_VTOR, MPU_CTRL, NVIC_ISER, SYST_CSR = 0xE000ED08, 0xE000ED94, 0xE000E100, 0xE000E010
RCC_AHB4ENR, RCC_APB1LENR, RCC_CFGR = 0x580244E0, 0x580244E8, 0x58024410
ROM_TABLE = 0x1FF09800


# ---- 2: upload ----

def received(board, which, name):
    """What rb writes into its folder for a file the device sends."""
    board.key("2", "or a:")
    board.key(which, "a aborts")
    done = board.ymodem("rb", "-q", "-y", cwd=files.dir.name, grain=0.003)
    assert done.returncode == 0, done.stderr
    board.expect(f"sent {name}")
    board.expect(PROMPT)
    return contents(files.path(name))


@pytest.mark.proof
def test_upload_of_images():
    """The signed file as it was installed, with its true size."""
    with recovery() as board:
        assert received(board, "7", "m7.img") == contents(image("m7", "1.0.0"))
        assert received(board, "4", "m4.img") == contents(image("m4", "1.0.0"))


@pytest.mark.long
def test_upload_of_an_installed_bundles_images():
    with recovery() as board:
        send(board, bundle("2.0.0"))
        board.expect("confirm: done")
        board.send(b"r")
        board.expect(WAITING)
        assert received(board, "7", "m7.img") == contents(image("m7", "2.0.0"))
        assert received(board, "4", "m4.img") == contents(image("m4", "2.0.0"))


def upload_of_a_bank(which, name, base):
    with recovery() as board:
        want = b"".join(board.memory(base + at, SECTOR // 4) for at in range(0, 8 * SECTOR, SECTOR // 4))
        assert received(board, which, name) == want


@pytest.mark.long
def test_upload_of_bank_1():
    upload_of_a_bank("1", "bank1.bin", BANK[1])


@pytest.mark.long
def test_upload_of_bank_2():
    upload_of_a_bank("2", "bank2.bin", BANK[2])


@pytest.mark.long
def test_upload_without_an_image():
    with empty() as board:
        board.key("2", "or a:")
        board.key("7", "refused: no signed image at 0x8020000")
        board.expect(PROMPT)


@pytest.mark.long
def test_upload_is_refused_under_read_protection():
    with recovery("--option", "RDP=0x55") as board:
        board.key("2", "refused: the chip is read-protected")
        board.never("or a:")


@pytest.mark.long
def test_upload_is_refused_by_a_build_without_it():
    with recovery(boot_m7=bootloader(DUO_UPLOAD="OFF")) as board:
        board.key("2", "refused: not in this build")
        board.never("or a:")


# ---- 3: execute ----

@pytest.mark.long
def test_execute_starts_what_verifies():
    with recovery() as board:
        board.key("3", "verified; resetting to start it")
        board.expect(running(1, 1))


@pytest.mark.long
def test_execute_says_why_not():
    with empty() as board:
        board.key("3", "refused: no set is installed")
        board.expect(PROMPT)


# ---- 4: write protection ----

def protection(board, key, *answer):
    """Changes one region; the line that then tells the state of all."""
    board.key("4", "which, or a:")
    board.key(key)
    for each in answer:
        board.key(each)
    return board.expect("duoboot: write protection: (.*)\r\n").group(1)


def labels(board):
    board.key("4")
    words = [board.expect(f"  {key}  (protect|unprotect) the ").group(1) for key in "b74"]
    board.expect("which, or a:")
    board.key("a", "aborted")
    board.expect(PROMPT)
    return words


@pytest.mark.proof
def test_write_protection_of_each_region():
    """Option bytes, in force at once; the label and the status follow; the bootloaders are a region of their own."""
    with recovery() as board:
        off = "bootloaders off, m7 application off, m4 application off"
        for at, (key, name, answer, address) in enumerate((("b", "bootloaders", "", BANK[1]),
                                                           ("7", "m7 application", "y", APP["m7"]),
                                                           ("4", "m4 application", "y", APP["m4"]))):
            assert labels(board) == ["protect"] * 3
            assert protection(board, key, *answer) == off.replace(name + " off", name + " on")
            words = labels(board)
            assert words.pop(at) == "unprotect" and words == ["protect"] * 2
            assert sectors_protected(board) == {"b": (0x01, 0x01), "7": (0x0E, 0), "4": (0, 0x06)}[key]
            board.key("s", f"write protection:.*{name} on")
            assert protection(board, key) == off


def sectors_protected(board):
    """By the chip's own registers, WPSN_CUR1R and WPSN_CUR2R: a bit is 0 for a protected sector."""
    return tuple(~struct.unpack("<I", board.memory(0x52002038 + bank * 0x100, 4))[0] & 0xFF for bank in (0, 1))


@pytest.mark.long
def test_write_protection_asks_before_it_locks_updates_out():
    with recovery() as board:
        for region in ("m7", "m4"):
            board.key("4", "which, or a:")
            board.key(region[1], f"With the {region} application protected no update can be installed")
            board.expect("y/n:")
            board.key("n", "not changed")
            board.expect("bootloaders off, m7 application off, m4 application off")
        board.key("4", "which, or a:")
        board.key("7", "y/n:")
        board.expect("aborted", 30)  # nobody answers
        board.expect("not changed")


@pytest.mark.long
def test_write_protection_refuses_updates_until_it_is_off():
    with recovery() as board:
        protection(board, "4", "y")
        board.expect(WAITING)
        sent = board.ymodem("sb", "-q", "-k", bundle("2.0.0"))
        assert sent.returncode != 0
        board.expect("refused: protected; check the write protection")
        board.expect(WAITING)
        protection(board, "4")
        board.expect(WAITING)
        send(board, bundle("2.0.0"))
        board.expect(running(2, 2))


@pytest.mark.proof
def test_updates_go_on_while_the_bootloaders_are_protected():
    with recovery() as board:
        protection(board, "b")
        board.expect(WAITING)
        send(board, bundle("2.0.0"))
        board.expect(running(2, 2))
        assert sectors_protected(board) == (0x01, 0x01)


@pytest.mark.long
def test_nothing_is_exchanged_while_an_application_is_protected():
    """Not by key, and not at a reset: half an exchange would be neither set. Off again, it goes on."""
    with recovery() as board:
        trial_to_recovery(board, boots=1)
        board.expect(WAITING)
        assert "m4 application on" in protection(board, "4", "y")
        board.key("r", "refused: protected; take the write protection off")
        board.key("b", "duoboot: resetting")  # the trial's only boot is used up: the next one reverts
        board.expect("reason: the flash does not take what is written: protected")
        board.expect(r"m7 image 2\.0\.0\+0 verified")
        board.expect(r"m4 image 2\.0\.0\+0 verified")
        board.expect(WAITING)
        board.key("3", "refused: protected; take the write protection off")
        protection(board, "4")
        board.key("3", "resetting to exchange the sets")
        board.expect(running(1, 1))


@pytest.mark.long
def test_an_application_does_not_roll_back_into_a_protection():
    """What it asks for cannot be carried out: the present set runs on, and the reason says why."""
    with recovery() as board:
        send(board, bundle("2.0.0"))
        board.expect("confirm: done")
        board.send(b"r")
        board.expect(WAITING)
        assert "m4 application on" in protection(board, "4", "y")
        board.key("3", "verified; resetting to start it")
        board.expect(running(2, 2))
        board.send(b"o")
        board.expect(running(2, 2))
        board.send(b"r")
        board.expect(r"set 2\.0\.0\+0 confirmed")


@pytest.mark.long
def test_an_exchange_that_was_given_up_is_tried_again():
    """The flash refuses a word in three boots; then a person says execute."""
    with recovery() as board:
        trial_to_recovery(board, boots=1)
        board.expect(WAITING)
        board.bad_cell(APP["m7"] + 0x1000)
        board.key("b")
        for _ in range(3):
            board.expect("exchange stopped: flash cannot be programmed; resetting")
        board.expect("reason: the flash does not take what is written")
        board.expect(WAITING)
        board.bad_cell(0)
        board.key("3", "resetting to exchange the sets")
        board.expect(DONE)
        board.expect(running(1, 1))


# ---- c, r, s, b ----

def trial_to_recovery(board, boots=3):
    """Installs version 2 and enters recovery, asked for by the application before it has confirmed."""
    send(board, bundle("2.0.0", trial_boots=boots))
    board.expect(r"set 2\.0\.0, state trial")
    board.send(b"r")
    board.expect("duoboot: reason: recovery was asked for")
    board.expect(r"duoboot: m7 image 2\.0\.0\+0 verified")
    board.expect(r"duoboot: m4 image 2\.0\.0\+0 verified")


def test_status_in_full():
    with recovery() as board:
        trial_to_recovery(board)
        board.expect(WAITING)
        board.key("s", r"duoboot: recovery \d+\.\d+\.\d+")
        for line in (r"reason: recovery was asked for", r"m4 parked", r"m7 image 2\.0\.0\+0 verified",
                     r"m4 image 2\.0\.0\+0 verified", r"set 2\.0\.0\+0 trial, security counter 0",
                     r"other set 0\.0\.0\+0 can be rolled back to", r"confirmed by: m7 no, m4 no; 2 boots left",
                     r"write protection: bootloaders off, m7 application off, m4 application off"):
            board.expect(f"duoboot: {line}\r\n")
        board.expect(PROMPT)


def test_confirm_for_both_cores():
    with recovery() as board:
        trial_to_recovery(board, boots=1)
        board.expect(WAITING)
        board.key("c", "confirmed for both cores")
        board.key("s", r"set 2\.0\.0\+0 confirmed")
        board.key("3", "verified; resetting to start it")
        board.expect(r"set 2\.0\.0, state confirmed")
        board.expect(running(2, 2))


@pytest.mark.long
def test_confirm_without_a_trial_is_refused():
    with recovery() as board:
        board.key("c", "refused: not allowed now")


@pytest.mark.proof
def test_roll_back():
    with recovery() as board:
        trial_to_recovery(board)
        board.expect(WAITING)
        board.key("r", "y/n:")
        board.key("n", PROMPT)
        board.key("r", "y/n:")
        board.key("y", "resetting to exchange the sets")
        board.expect(DONE)
        board.expect(running(1, 1))


@pytest.mark.long
def test_roll_back_without_another_set_is_refused():
    with recovery() as board:
        board.key("r", "y/n:")
        board.key("y", "refused: ")
        board.expect(PROMPT)


def test_reset():
    with recovery() as board:
        board.key("b", "duoboot: resetting")
        board.expect(running(1, 1))


# ---- l: the ROM loader ----

def register(board, address):
    return struct.unpack("<I", board.memory(address, 4))[0]


@pytest.mark.proof
def test_rom_loader_is_entered_as_after_reset():
    """The emulator has a stand-in at the address that other projects use. That ST's loader is there is not verified;
    that the jump goes there, and in which state the chip is then, is."""
    with recovery() as board:
        board.key("l", "Y/n:")
        board.key("n", PROMPT)
        board.key("l", "Y/n:")
        board.key("Y", "starting the ROM loader")
        board.run(2)
        assert "entered the loader in system memory" in board.log_text()
        pc, sp = board.core()
        assert board.private(SCS_VTOR) == ROM_TABLE and sp == register(board, ROM_TABLE)
        assert pc >> 17 == ROM_TABLE >> 17, hex(pc)
        for address in (MPU_CTRL, NVIC_ISER, NVIC_ISER + 4, SYST_CSR):
            assert board.private(address) == 0, hex(address)
        assert register(board, RCC_APB1LENR) == 0 and register(board, RCC_CFGR) == 0
        assert register(board, RCC_AHB4ENR) == 0


# ---- ways into recovery ----

def test_button():
    """PC13 reads 1 while pressed; not pressed, the applications start."""
    with recovery() as board:
        board.key("s", "reason: recovery was asked for")
    with power_on("--load", factory(), until=running(1, 1)):
        pass


@pytest.mark.proof
def test_request_of_an_application():
    with power_on("--load", factory(), until=running(1, 1)) as board:
        board.send(b"r")
        board.expect("reason: recovery was asked for")
        board.expect(WAITING)
        board.key("b", "duoboot: resetting")
        board.expect(running(1, 1))  # a request counts once


@pytest.mark.long
def test_nothing_to_run():
    with empty() as board:
        board.key("s", "reason: no set is installed")
    for core in APP:
        with power_on("--load", factory(), until=running(1, 1)) as board:
            byte = board.memory(APP[core] + 0x300, 1)[0]
            board.poke(APP[core] + 0x300, bytes([byte ^ 1]))
            board.send(b"b")
            board.expect(rf"reason: {core} image: hash does not match")
            board.expect(rf"duoboot: {core} image bad: hash does not match")
            board.expect(WAITING)


@pytest.mark.long
def test_trial_that_fails_with_nothing_to_go_back_to():
    """Reset before the set has confirmed, as often as it may try."""
    with empty() as board:
        send(board, bundle("1.0.0", trial_boots=2))
        for _ in range(2):
            board.expect(r"set 1\.0\.0, state trial")
            board.send(b"b")
        board.expect("reason: the trial failed and there is no set to go back to")
        board.expect(WAITING)
        send(board, bundle("2.0.0"))
        board.expect(running(2, 2))


@pytest.mark.long
def test_key_in_the_start_window():
    board_with_window = dict(boot_m7=bootloader(DUO_START_WINDOW_MS="2000"))
    with LineBoard("--load", factory(), **board_with_window) as board:
        board.expect("a key enters recovery")
        board.run(1)
        board.send(b"x")
        board.expect("reason: recovery was asked for")
        board.expect(WAITING)
    with LineBoard("--load", factory(), **board_with_window) as board:
        board.expect("a key enters recovery")
        board.expect(r"app m7 1\.0\.0: ", 5)
        board.expect(running(1, 1))
        board.send(b"b")
        board.expect("a key enters recovery")  # at every start
        board.expect(running(1, 1))


# ---- time-outs and the menu itself ----

def test_the_menu_lists_its_keys():
    with recovery() as board:
        board.key("m")
        for each in "1g234crlsbm":
            board.expect(rf"\n  {each}  \w")
        board.key("\r", "  m  this menu")
        board.key("x", PROMPT)


@pytest.mark.long
def test_the_menu_asks_for_files_again_by_itself():
    with recovery() as board:
        board.key("s", PROMPT)
        board.expect(WAITING, 11)


@pytest.mark.long
def test_waits_end():
    with recovery() as board:
        for keys, words, seconds in (("1", "transfer failed: the other side is silent", 62), ("g", "transfer failed: the other side is silent", 62),
                                     ("2", "aborted", 21), ("27", "upload failed: the other side is silent", 62),
                                     ("4", "aborted", 21), ("47", "aborted", 21), ("r", "aborted", 21),
                                     ("l", "aborted", 21)):
            for each in keys:
                board.key(each)
            board.expect(words, seconds)
            board.expect(f"{PROMPT}|{WAITING}")
