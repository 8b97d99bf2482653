#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The doctor on sound pairs (no finding at all), on habits (notes at most) and on files it cannot use.

usage: healthy.py SOURCE_DIR
Sound: duoboot's own bootloaders with signed example applications, in both boot modes; a project without any M4
program. The bootloader trusts one key: its private half is build/keys/dev.pem (scripts/build makes it) or what
DUO_TEST_KEY names; without it the applications could not be signed, and that part fails.
"""
import json
import os
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
FW = os.path.join(ROOT, "build/fw")
DUOEMU = os.path.join(ROOT, "build/bin/duoemu")
DUOBOOT = os.path.join(ROOT, "build/bin/duoboot")
failed = 0


def fw(name):
    return os.path.join(FW, name)


def report(name, problem):
    global failed
    failed += bool(problem)
    print(f"{'FAIL' if problem else 'ok  '} {name}{': ' + problem if problem else ''}", flush=True)


def doctor(args):
    run = subprocess.run([DUOEMU, "doctor", "--json"] + args, capture_output=True, text=True, timeout=600, check=False)
    result = json.loads(run.stdout) if run.stdout else {}
    found = [(f["id"], f["severity"]) for f in result.get("findings", [])]
    return run.returncode, found, run.stderr


def expect(name, args, code, want=()):
    """want: (id, severity) of every finding, no other may be there."""
    got, found, _ = doctor(args)
    report(name, "" if got == code and sorted(found) == sorted(want) else f"exit {got}, found {found}")


def refuse(name, args, code, *words):
    """A message on stderr with all the words, and nothing on stdout."""
    got, found, err = doctor(args)
    missing = [w for w in words if w not in err]
    report(name, "" if got == code and not missing and not found else f"exit {got}, message lacks {missing}: {err}")


BASE7, BASE4 = fw("broken_base_boot_m7.elf"), fw("broken_base_boot_m4.elf")
APP7, APP4 = fw("broken_base_app_m7.elf"), fw("broken_base_app_m4.elf")


def factory(tmp, key, apps):
    """The applications (by core) signed, as one HEX file."""
    for core, app in apps.items():
        subprocess.run([DUOBOOT, "sign", "-q", "--core", core, "--version", "1.0.0", "--key", key, "--out",
                        os.path.join(tmp, core), app], check=True, capture_output=True)
    out = os.path.join(tmp, "factory.hex")
    subprocess.run([DUOBOOT, "factory", "-q", "--m7", os.path.join(tmp, "m7"), "--m4", os.path.join(tmp, "m4"), "--out", out],
                   check=True, capture_output=True)
    return out


def own_pair(tmp):
    key = os.environ.get("DUO_TEST_KEY", os.path.join(ROOT, "build/keys/dev.pem"))
    if not os.path.exists(key):
        report("our own pair", f"no {key}: name the private half of the bootloader's DUO_PUBKEY by DUO_TEST_KEY")
        return
    pairs = {"our pair": {c: fw(f"app_{c}_v1.elf") for c in ("m7", "m4")},
             "our bootloaders, applications that only delay": {"m7": APP7, "m4": APP4}}
    for name, apps in pairs.items():
        out = factory(tmp, key, apps)
        for bcm4 in ("1", "0"):
            expect(f"{name}, BCM4 = {bcm4}", ["--m7", fw("boot_cm7.elf"), "--m4", fw("boot_cm4.elf"), "--load", out,
                                              "--option", "BCM4=" + bcm4, "--for", "500ms"], 0)


def signed_mistake(tmp):
    """A mistake in a signed application: HEX has no names, --symbols gives them."""
    key = os.environ.get("DUO_TEST_KEY", os.path.join(ROOT, "build/keys/dev.pem"))
    app = fw("broken_poll-forever_app_m7.elf")
    out = factory(tmp, key, {"m7": app, "m4": APP4})
    run = subprocess.run([DUOEMU, "doctor", "--json", "--m7", fw("boot_cm7.elf"), "--m4", fw("boot_cm4.elf"), "--load", out,
                          "--symbols", app, "--for", "300ms"], capture_output=True, text=True, timeout=600, check=False)
    places = [f.get("place", "") for f in json.loads(run.stdout)["findings"] if f["id"] == "after.poll-forever"]
    report("names of a signed application", "" if places and "app_m7.c" in places[0] else f"places {places}: {run.stderr}")
    refuse("--symbols without symbols", ["--m7", BASE7, "--symbols", os.path.join(ROOT, "README.md")], 5, "--symbols")


def shapes(tmp):
    """The same programs in the forms in which users have them."""
    short = ["--for", "100ms"]
    expect("no M4 program", ["--m7", BASE7, "--load", APP7] + short, 0)
    expect("HEX and BIN", ["--m7", fw("broken_base_boot_m7.bin"), "--m4", fw("broken_base_boot_m4.hex"), "--load",
                           fw("broken_base_app_m7.bin") + "@0x08020000", "--load", fw("broken_base_app_m4.hex")] + short, 0)
    expect("banks swapped on purpose",
           ["--load", fw("broken_base_boot_m7.bin") + "@0x08100000", "--load", fw("broken_base_app_m7.bin") + "@0x08120000",
            "--load", fw("broken_base_boot_m4.bin") + "@0x08000000", "--load", fw("broken_base_app_m4.bin") + "@0x08020000",
            "--option", "SWAP_BANK=1"] + short, 0)
    pair = ["--m4", BASE4, "--load", APP7, "--load", APP4] + short
    expect("the application enables interrupts itself",
           ["--m7", fw("broken_primask-m7_boot_m7.elf"), "--m4", BASE4, "--load", fw("habit_enable_irq_app_m7.elf"),
            "--load", APP4] + short, 0, [("jump.primask", "note")])
    expect("tasks on their own stacks, tables in RAM",
           ["--m7", BASE7, "--m4", BASE4, "--load", fw("habit_tasks_app_m7.elf"), "--load", APP4] + short, 0)
    expect("caches and MPU on purpose",
           ["--m7", BASE7, "--m4", BASE4, "--load", fw("habit_caches_app_m7.elf"), "--load", APP4] + short, 0)
    stripped = os.path.join(tmp, "stripped.elf")
    subprocess.run(["arm-none-eabi-strip", "-o", stripped, fw("broken_primask-m7_boot_m7.elf")], check=True)
    code, found, _ = doctor(["--m7", stripped] + pair)
    report("stripped", "" if code == 1 and ("jump.primask", "error") in found else f"exit {code}, found {found}")
    code, found, _ = doctor(["--m7", fw("habit_menu_boot_m7.elf")] + pair)
    report("a bootloader that stays in its menu", "" if code == 1 and found == [("jump.never", "error")]
           else f"exit {code}, found {found}")


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


def bad_input(tmp):
    refuse("another architecture", ["--m7", DUOEMU], 5, "not for a 32-bit")
    refuse("text", ["--m7", os.path.join(ROOT, "README.md")], 5, "no vector table")
    refuse("no such file", ["--m7", os.path.join(tmp, "nothing")], 5, "cannot be opened")
    refuse("a folder", ["--m7", tmp], 5, tmp)
    refuse("an empty file", ["--m7", make_file(tmp, "empty", b"")], 5, "empty")
    with open(BASE7, "rb") as f:
        refuse("half an ELF file", ["--m7", make_file(tmp, "half.elf", f.read(1000))], 5, "truncated")
    code = "nop\n" * 64
    unlinked = os.path.join(tmp, "unlinked.o")
    make_elf(tmp, "code", code, 0x08020000)
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m7", "-c", "-o", unlinked, os.path.join(tmp, "code.s")], check=True)
    refuse("not linked", ["--m7", BASE7, "--load", unlinked], 5, "has not been linked")
    refuse("application as bootloader", ["--m7", APP7], 5, "no vector table", "--load")
    refuse("M4 program as M7 bootloader", ["--m7", BASE4], 5, "no vector table")
    refuse("M4 application as bootloader", ["--m7", BASE7, "--m4", APP4], 5, "0x08100000")
    refuse("no table in the application", ["--m7", BASE7, "--load", os.path.join(tmp, "code.elf")], 5, "no vector table",
           "0x08020000", "--app-m7")
    refuse("--app-m7 beside the table", ["--m7", BASE7, "--load", APP7, "--app-m7", "0x08040000"], 5, "0x08020000", "--app-m7")
    large = make_elf(tmp, "large", ".word 0x20020000, 0x08000009\n" + "nop\n" * 80000, 0x08000000)
    refuse("a bootloader that reaches into the application", ["--m7", large, "--app-m7", "0x08020000"], 5, "reaches to")
    refuse("twice the same", ["--m7", BASE7, "--load", BASE7], 5, "both have content")
    refuse("M7 program for the M4", ["--m7", BASE7, "--m4", APP7, "--load", APP4], 5, "0x08100000")
    refuse("BIN without address", ["--m7", BASE7, "--load", fw("broken_base_app_m7.bin")], 5, "give the address")
    ram = os.path.join(tmp, "ram.elf")
    subprocess.run(["arm-none-eabi-objcopy", "--change-addresses", "0x1BFE0000", APP7, ram], check=True)
    refuse("linked outside flash", ["--m7", BASE7, "--load", ram], 5, "0x08020000")
    refuse("nothing", [], 2, "--m7")
    refuse("the M7 missing", ["--m4", BASE4], 2, "--m7")
    refuse("the M7's bootloader missing", ["--load", APP7], 5, "no vector table", "--m7")
    refuse("application address", ["--m7", BASE7, "--app-m7", "0x08020010"], 2, "0x80")
    code, found, _ = doctor(["--m7", BASE7, "--load", APP7, "--load", APP4, "--for", "50ms"])
    report("the M4's bootloader missing", "" if code == 1 and [f[0] for f in found] == ["cores.m4-boot-address"]
           else f"exit {code}, found {found}")
    whole = os.path.join(tmp, "whole.hex")
    subprocess.run(["arm-none-eabi-objcopy", "-O", "ihex", BASE7, whole], check=True)
    with open(whole, encoding="ascii") as f:
        lines = [line for line in f if not line.startswith(":00000001")]
    with open(fw("broken_base_app_m7.hex"), encoding="ascii") as f:
        lines += list(f)
    expect("all of a core in one HEX file", ["--load", make_file(tmp, "all.hex", "".join(lines).encode()), "--for", "50ms"], 0)


def main():
    with tempfile.TemporaryDirectory() as tmp:
        bad_input(tmp)
        shapes(tmp)
        own_pair(tmp)
        signed_mistake(tmp)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
