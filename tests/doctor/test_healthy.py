# SPDX-License-Identifier: MIT
"""The doctor on sound pairs (no finding at all), on habits (notes at most) and on files it cannot use.

Sound: duoboot's own bootloaders with signed example applications, in both boot modes; a project without any M4
program.
"""
import json
import os
import subprocess

import pytest

from duotest import second
from duotest.board import BIN, ROOT, key_pair
from duotest.emulator import DUOEMU, fw

DUOBOOT = os.path.join(BIN, "duoboot")


def doctor(args):
    run = subprocess.run([DUOEMU, "doctor", "--json"] + args, capture_output=True, text=True, timeout=600, check=False)
    result = json.loads(run.stdout) if run.stdout else {}
    assert not run.stdout or (run.stdout.count("\n"), result["schema"]) == (1, 1), run.stdout
    found = [(f["id"], f["severity"]) for f in result.get("findings", [])]
    return run.returncode, found, run.stderr


def expect(name, args, code, want=()):
    """want: (id, severity) of every finding, no other may be there."""
    got, found, err = doctor(args)
    assert (got, sorted(found)) == (code, sorted(want)), f"{name}: {err}"


def refuse(name, args, code, *words):
    """A message on stderr with all the words, and nothing on stdout."""
    got, found, err = doctor(args)
    assert (got, found) == (code, []), f"{name}: {err}"
    assert [word for word in words if word not in err] == [], f"{name}: {err}"


BASE7, BASE4 = fw("broken_base_boot_m7.elf"), fw("broken_base_boot_m4.elf")
APP7, APP4 = fw("broken_base_app_m7.elf"), fw("broken_base_app_m4.elf")


def factory(tmp, key, apps, m4_start=None, more=()):
    """The applications (by core) signed, as one HEX file; with m4_start as an installed set, made with more options."""
    images = [part for core in apps for part in ("--" + core, os.path.join(tmp, core))]
    out, bundle = os.path.join(tmp, "factory.hex"), os.path.join(tmp, "set.duo")
    commands = [["sign", "--core", core, "--version", "1.0.0", "--key", key, "--out", os.path.join(tmp, core), app]
                for core, app in apps.items()]
    if m4_start:
        commands.append(["bundle", *images, "--set-version", "1.0.0", "--key", key, "--m4-start", m4_start,
                         *more, "--out", bundle])
    commands.append(["factory", *(["--bundle", bundle, "--key", key] if m4_start else images), "--out", out])
    for command in commands:
        subprocess.run([DUOBOOT, command[0], "-q", *command[1:]], check=True, capture_output=True)
    return out


@pytest.mark.parametrize("bcm4", ["1", "0"])
@pytest.mark.parametrize("name, apps", [("our pair", {c: fw(f"app_{c}_v1.elf") for c in ("m7", "m4")}),
                                        ("applications that only delay", {"m7": APP7, "m4": APP4})])
def test_our_bootloaders_are_sound(tmp_path, name, apps, bcm4):
    expect(f"{name}, BCM4 = {bcm4}", ["--m7", fw("boot_cm7.elf"), "--m4", fw("boot_cm4.elf"), "--load",
                                      factory(tmp_path, key_pair(), apps), "--option", "BCM4=" + bcm4, "--for", "500ms"], 0)


@pytest.mark.parametrize("bcm4", ["1", "0"])
def test_our_gate_is_no_forgotten_semaphore(tmp_path, bcm4):
    """The M7's application starts the M4, whose bootloader finds the semaphore GATE taken: that is a sign to it."""
    apps = {c: fw(f"broken_gated-start_app_{c}.elf") for c in ("m7", "m4")}
    expect(f"started by the application, BCM4 = {bcm4}",
           ["--m7", fw("boot_cm7.elf"), "--m4", fw("boot_cm4.elf"), "--load", factory(tmp_path, key_pair(), apps, "application"),
            "--option", "BCM4=" + bcm4, "--for", "300ms"], 0)


def linked_for(tmp, source, core, rom):
    """A program of examples/broken for another place; ELF file."""
    base, elf = os.path.join(ROOT, "examples", "broken", "base"), os.path.join(tmp, f"{core}.elf")
    ram, cpu = (0x20000000, "cortex-m7") if core == "m7" else (0x10000000, "cortex-m4")
    symbols = {"rom": rom, "rom_at": rom, "ram": ram, "ram_size": 0x20000, "stack": ram + 0x20000}
    subprocess.run(["arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", "-Os", "-g", "-ffreestanding", "-nostartfiles", "--specs=nosys.specs",
                    f"-DCORE_C{core.upper()}", "-I", base, f"-T{base}/user.ld", "-Wl,--no-warn-rwx-segments",
                    *(f"-Wl,--defsym=__{name}={value:#x}" for name, value in symbols.items()),
                    *(os.path.join(base, c) for c in ("start.c", "jump.c")), source, "-o", elf], check=True)
    return elf


@pytest.mark.proof
@pytest.mark.parametrize("start, bcm4", [(None, "1"), ("application", "1"), ("application", "0")])
def test_layout_twin_is_sound_from_its_first_boot(tmp_path, monkeypatch, start, bcm4):
    """The M7 bootloader sets BOOT_CM4_ADD0 right at the first boot, in which the M4 finds nothing where it looks."""
    monkeypatch.setenv("DUO_LAYOUT", "twin")
    case = os.path.join(ROOT, "examples", "broken", "gated-start" if start else "base")
    apps = {core: linked_for(tmp_path, os.path.join(case, f"app_{core}.c" if start else "app.c"), core, rom)
            for core, rom in (("m7", 0x08020000), ("m4", 0x080A0000))}
    boot = os.path.join(ROOT, "build", "twin", "fw")
    expect(f"twin, started by {start}", ["--m7", f"{boot}/boot_cm7.elf", "--m4", f"{boot}/boot_cm4.elf", "--load",
                                         factory(tmp_path, key_pair(), apps, start or "bootloader"),
                                         "--option", "BCM4=" + bcm4, "--for", "300ms"], 0)


@pytest.mark.proof
@pytest.mark.parametrize("bcm4", ["1", "0"])
def test_our_bootloader_with_second_signatures_is_sound(tmp_path, bcm4):
    out = factory(tmp_path, key_pair(), {"m7": APP7, "m4": APP4}, "bootloader", ("--lms", second.key()))
    expect("LMS", ["--m7", second.bootloader(), "--m4", fw("boot_cm4.elf"), "--load", out, "--option", "BCM4=" + bcm4,
                   "--for", "300ms"], 0)


def test_a_mistake_in_a_signed_application(tmp_path):
    """HEX has no names, --symbols gives them."""
    app = fw("broken_poll-forever_app_m7.elf")
    out = factory(tmp_path, key_pair(), {"m7": app, "m4": APP4})
    run = subprocess.run([DUOEMU, "doctor", "--json", "--m7", fw("boot_cm7.elf"), "--m4", fw("boot_cm4.elf"), "--load", out,
                          "--symbols", app, "--for", "300ms"], capture_output=True, text=True, timeout=600, check=False)
    places = [f.get("place", "") for f in json.loads(run.stdout)["findings"] if f["id"] == "after.poll-forever"]
    assert places and "app_m7.c" in places[0], f"places {places}: {run.stderr}"


def test_symbols_are_asked_for_where_there_are_none():
    refuse("--symbols without symbols", ["--m7", BASE7, "--symbols", os.path.join(ROOT, "README.md")], 5, "--symbols")


SHORT = ["--for", "100ms"]
PAIR = ["--m4", BASE4, "--load", APP7, "--load", APP4] + SHORT


def test_forms_in_which_users_have_programs():
    expect("no M4 program", ["--m7", BASE7, "--load", APP7] + SHORT, 0)
    expect("HEX and BIN", ["--m7", fw("broken_base_boot_m7.bin"), "--m4", fw("broken_base_boot_m4.hex"), "--load",
                           fw("broken_base_app_m7.bin") + "@0x08020000", "--load", fw("broken_base_app_m4.hex")] + SHORT, 0)
    expect("banks swapped on purpose",
           ["--load", fw("broken_base_boot_m7.bin") + "@0x08100000", "--load", fw("broken_base_app_m7.bin") + "@0x08120000",
            "--load", fw("broken_base_boot_m4.bin") + "@0x08000000", "--load", fw("broken_base_app_m4.bin") + "@0x08020000",
            "--option", "SWAP_BANK=1"] + SHORT, 0)


def test_habits():
    expect("the application enables interrupts itself",
           ["--m7", fw("broken_primask-m7_boot_m7.elf"), "--m4", BASE4, "--load", fw("habit_enable_irq_app_m7.elf"),
            "--load", APP4] + SHORT, 0, [("jump.primask", "note")])
    expect("tasks on their own stacks, tables in RAM",
           ["--m7", BASE7, "--m4", BASE4, "--load", fw("habit_tasks_app_m7.elf"), "--load", APP4] + SHORT, 0)
    expect("caches and MPU on purpose",
           ["--m7", BASE7, "--m4", BASE4, "--load", fw("habit_caches_app_m7.elf"), "--load", APP4] + SHORT, 0)


def test_what_the_model_cannot_follow_is_no_fault():
    """Code in the memory at the QUADSPI: no finding, but said to be not judged, and not called healthy."""
    args = ["--m7", BASE7, "--load", fw("habit_quadspi_app_m7.elf"), "--part", "QUADSPI=flash"] + SHORT
    expect("code at the QUADSPI", args, 0)
    text = subprocess.run([DUOEMU, "doctor"] + args, capture_output=True, text=True, timeout=600, check=False).stdout
    assert "executes code from the memory at the QUADSPI" in text and "healthy" not in text


def test_a_mistake_is_found_in_a_stripped_program(tmp_path):
    stripped = os.path.join(tmp_path, "stripped.elf")
    subprocess.run(["arm-none-eabi-strip", "-o", stripped, fw("broken_primask-m7_boot_m7.elf")], check=True)
    code, found, _ = doctor(["--m7", stripped] + PAIR)
    assert code == 1 and ("jump.primask", "error") in found


def test_a_bootloader_that_stays_in_its_menu():
    code, found, _ = doctor(["--m7", fw("habit_menu_boot_m7.elf")] + PAIR)
    assert (code, found) == (1, [("jump.never", "error")])


def make_elf(tmp, name, text, address):
    """A linked program of these assembler lines at that address."""
    elf, source = os.path.join(tmp, name + ".elf"), os.path.join(tmp, name + ".s")
    with open(source, "w", encoding="ascii") as f:
        f.write(".syntax unified\n.thumb\n" + text)
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m7", "-nostdlib", f"-Wl,-Ttext={address:#x}", "-Wl,-e0", "-o", elf, source],
                   check=True)
    return elf


def make_file(tmp, name, data):
    path = os.path.join(tmp, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def test_files_that_are_no_programs(tmp_path):
    refuse("another architecture", ["--m7", DUOEMU], 5, "not for a 32-bit")
    refuse("text", ["--m7", os.path.join(ROOT, "README.md")], 5, "no vector table")
    refuse("no such file", ["--m7", os.path.join(tmp_path, "nothing")], 5, "cannot be opened")
    refuse("a folder", ["--m7", tmp_path], 5, str(tmp_path))
    refuse("an empty file", ["--m7", make_file(tmp_path, "empty", b"")], 5, "empty")
    with open(BASE7, "rb") as f:
        refuse("half an ELF file", ["--m7", make_file(tmp_path, "half.elf", f.read(1000))], 5, "truncated")


def test_programs_that_are_not_where_they_should_be(tmp_path):
    code = "nop\n" * 64
    unlinked = os.path.join(tmp_path, "unlinked.o")
    make_elf(tmp_path, "code", code, 0x08020000)
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m7", "-c", "-o", unlinked, os.path.join(tmp_path, "code.s")], check=True)
    refuse("not linked", ["--m7", BASE7, "--load", unlinked], 5, "has not been linked")
    refuse("application as bootloader", ["--m7", APP7], 5, "no vector table", "--load")
    refuse("M4 program as M7 bootloader", ["--m7", BASE4], 5, "no vector table")
    refuse("M4 application as bootloader", ["--m7", BASE7, "--m4", APP4], 5, "0x08100000")
    refuse("no table in the application", ["--m7", BASE7, "--load", os.path.join(tmp_path, "code.elf")], 5, "no vector table",
           "0x08020000", "--app-m7")
    refuse("--app-m7 beside the table", ["--m7", BASE7, "--load", APP7, "--app-m7", "0x08040000"], 5, "0x08020000", "--app-m7")
    large = make_elf(tmp_path, "large", ".word 0x20020000, 0x08000009\n" + "nop\n" * 80000, 0x08000000)
    refuse("a bootloader that reaches into the application", ["--m7", large, "--app-m7", "0x08020000"], 5, "reaches to")
    refuse("twice the same", ["--m7", BASE7, "--load", BASE7], 5, "both have content")
    refuse("M7 program for the M4", ["--m7", BASE7, "--m4", APP7, "--load", APP4], 5, "0x08100000")
    refuse("BIN without address", ["--m7", BASE7, "--load", fw("broken_base_app_m7.bin")], 5, "give the address")
    ram = os.path.join(tmp_path, "ram.elf")
    subprocess.run(["arm-none-eabi-objcopy", "--change-addresses", "0x1BFE0000", APP7, ram], check=True)
    refuse("linked outside flash", ["--m7", BASE7, "--load", ram], 5, "0x08020000")


def test_programs_that_are_missing():
    refuse("nothing", [], 2, "--m7")
    refuse("the M7 missing", ["--m4", BASE4], 2, "--m7")
    refuse("the M7's bootloader missing", ["--load", APP7], 5, "no vector table", "--m7")
    refuse("application address", ["--m7", BASE7, "--app-m7", "0x08020010"], 2, "0x80")
    code, found, _ = doctor(["--m7", BASE7, "--load", APP7, "--load", APP4, "--for", "50ms"])
    assert code == 1 and [f[0] for f in found] == ["cores.m4-boot-address"]


def test_all_of_a_core_in_one_hex_file(tmp_path):
    whole = os.path.join(tmp_path, "whole.hex")
    subprocess.run(["arm-none-eabi-objcopy", "-O", "ihex", BASE7, whole], check=True)
    with open(whole, encoding="ascii") as f:
        lines = [line for line in f if not line.startswith(":00000001")]
    with open(fw("broken_base_app_m7.hex"), encoding="ascii") as f:
        lines += list(f)
    expect("all of a core in one HEX file", ["--load", make_file(tmp_path, "all.hex", "".join(lines).encode()), "--for", "50ms"], 0)
