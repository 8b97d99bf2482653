# SPDX-License-Identifier: MIT
"""Faults in boot/, port/ and lib/: the ARM binaries are built with each, in a copy of the tree, and a test runs them."""
import functools
import os
import shutil
import subprocess

from common import ROOT, Fault, MutantError, changed_source

TREES = os.path.join(ROOT, "build", "mutants")
FIRMWARE = {"cm7": ("boot_cm7", "app_m7_v1", "app_m7_v2", "ill_m7_unwary"), "cm4": ("boot_cm4", "app_m4_v1", "app_m4_v2")}

# Each fault names the tests that can find it: file, and what of it runs. The quickest first.
# Not here: what is done twice on purpose (the launch stops SysTick and locks the flash, and so do the jump and each operation).
FAULT = "system/test_fault.py"
GATE = "system/test_gate.py"
LAUNCH = "system/test_launch.py"
STATE = "system/test_state.py"
OPTIONS = "recovery/test_options.py"
ENDLESS = "rescue/test_endless.py"

MUTANTS = [
    ("boot: flash can be executed while the bootloader runs", "boot/cm7/main.c",
     "MEM_FLASH_BASE, MPU_SIZE(21) | MPU_READ_WRITE | MPU_NO_EXECUTE |", "MEM_FLASH_BASE, MPU_SIZE(21) | MPU_READ_WRITE |",
     ((FAULT, "a_branch_into_the_application_is_caught"),)),
    ("boot: ITCM can be written", "boot/cm7/main.c",
     "mpu_region(1, 0, MPU_SIZE(16) | MPU_READ_ONLY | MPU_UNCACHED);", "mpu_region(1, 0, MPU_SIZE(16) | MPU_READ_WRITE | MPU_UNCACHED);",
     ((FAULT, "its_own_code_cannot_be_written"),)),
    ("boot: a null pointer is executed", "boot/cm7/main.c",
     "    mpu_region(2, 0, MPU_SIZE(10) | MPU_NO_ACCESS);                /* null pointers */\n", "",
     ((FAULT, "a_null_pointer_is_caught"),)),
    ("boot: option bytes are not looked at", "boot/cm7/main.c", "    if (!options_good()) {\n", "    if (0) {\n",
     ((OPTIONS, "boot_addresses_are_looked_at"),)),
    ("boot: the M4's boot address is not looked at", "boot/cm7/options.c", "OPTION_BOOT_CM7_ADD0, OPTION_BOOT_CM4_ADD0, OPTION_SWAP_BANK,",
     "OPTION_BOOT_CM7_ADD0, OPTION_SWAP_BANK,", ((OPTIONS, "boot_addresses_are_looked_at"),)),
    ("boot: the M4's bootloader is not looked at", "boot/cm7/m4_program.c", "    if (is_whole()) {\n", "    if (is_whole() || !is_blank()) {\n",
     ((OPTIONS, "some_changes_of_the_m4_bootloader_are_noticed"),)),
    ("boot: the whole chip does not start again with the M7", "boot/cm7/main.c", "    join_cores();\n", "    (void)join_cores;\n",
     (("recovery/test_alone.py", "the_m7_jumps_into_its_bootloader"),)),
    ("boot: a window watchdog resets the M7 alone", "boot/cm7/launch.c", "    REG(RCC, GCR) = RCC_GCR_WW1RSC;\n", "",
     ((STATE, "the_m7_finds_a_chip_as_after_reset"), ("recovery/test_alone.py", "window_watchdog_of_the_m7"))),
    ("boot: the whole chip does not start again with the M4", "boot/cm4/park.c", "    REG(RCC, GCR) = RCC_GCR_WW2RSC; /* the other bits are set only */\n", "",
     (("recovery/test_alone.py", "window_watchdog_of_the_m4"),)),
    ("boot: a request for recovery counts again and again", "boot/cm7/recovery/recovery.c",
     "    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_NONE); /* a request counts once */\n", "",
     ((LAUNCH, "an_application_enters_recovery_once"),)),
    ("boot: it halts at no number of faults", "boot/cm7/main.c", "    halt_if_hopeless(reset_flags);\n", "    (void)halt_if_hopeless;\n",
     ((GATE, "six_faults_in_a_row_halt_it_until_somebody_says_go"),)),
    ("boot: a record of a fault needs no check", "boot/cm7/fault.c",
     "return record.magic == MAGIC && record.check == check_of(&record) ? &record : 0;", "return record.magic == MAGIC ? &record : 0;",
     ((GATE, "a_damaged_record_of_faults_halts_nothing"),)),
    ("boot: an old `go` stays in the gate", "boot/cm7/m4.c",
     "    gate->go = 0; /* before the gate opens: an old \"go\" would let the M4 run ahead */\n", "",
     ((GATE, "a_damaged_block_starts_nothing"),)),
    ("boot: the gate's check word is not looked at", "boot/cm4/park.c",
     (" ||\n        gate->check != duo_gate_check(vectors, stack, entry, gate->start)",
      "    sum |= gate->check ^ duo_gate_check(vectors, table[0], table[1], gate->start);\n"), ("", ""),
     ((GATE, "a_damaged_block_starts_nothing"),)),
    ("boot: the vectors are not held against the gate", "boot/cm4/park.c", "    if (table[0] != stack || table[1] != entry) {\n", "    if (0 && table[0] != stack) {\n",
     ((GATE, "a_block_for_another_image_starts_nothing"),)),
    ("boot: the gate may name any place", "boot/cm4/park.c", "    if (misplaced(vectors) != 0) {\n", "    if (0) {\n",
     ((GATE, "a_block_for_another_place_starts_nothing"),)),
    ("boot: the M4's memory is not protected", "boot/cm4/park.c", "    protect_memory();\n", "    (void)protect_memory;\n",
     ((GATE, "an_unverified_m4_image_cannot_be_run_by_a_parked_m4"),)),
    ("boot: the M4's data can be executed", "boot/cm4/park.c",
     "(uint32_t)__data, MPU_SIZE(12) | MPU_READ_WRITE | MPU_NO_EXECUTE | MPU_UNCACHED", "(uint32_t)__data, MPU_SIZE(12) | MPU_READ_WRITE | MPU_UNCACHED",
     ((GATE, "data_cannot_be_run_by_a_parked_m4"),)),
    ("boot: clocks are left fast", "boot/cm7/launch.c", "    clock_reset(); /* before the M4", "    /* before the M4",
     ((STATE, "the_m7_finds_a_chip_as_after_reset"),)),
    ("boot: the MPU is left on", "boot/cm7/launch.c", "    mpu_reset();\n", "", ((STATE, "the_m7_finds_a_chip_as_after_reset"),)),
    ("boot: the M4 leaves its semaphore clock on", "boot/cm4/park.c", "    hsem_clock(false);\n", "", ((STATE, "the_m4_finds_a_chip_as_after_reset"),)),
    ("boot: a trial has no watchdog", "boot/cm7/launch.c", "    if (boot->watchdog_s != 0) {\n", "    if (0) {\n",
     (("rescue/test_trial.py", "the_watchdog_of_the_manifest_ends_a_trial"),)),
    ("boot: a boot that a hung bank has decided goes on", "boot/cm7/main.c", "    reset_if_stuck();\n", "    (void)reset_if_stuck;\n",
     ((ENDLESS, "a_trial_boot_that_can_never_be_counted_runs"),)),
    ("boot: boots that hang are not counted", "boot/cm7/work.c", "    set_stops(work_stops() + 1u);\n", "    set_stops(work_stops());\n",
     ((ENDLESS, "a_trial_boot_that_can_never_be_counted_runs"),)),
    ("boot: an exchange that hangs is not given up on record", "boot/cm7/main.c", "        work_stop_exchange(&txn);\n", "        (void)work_stop_exchange;\n",
     ((ENDLESS, "an_installation_that_cannot_keep_the_present_set_is_not_begun"),)),
    ("boot: uploads from a read-protected chip", "boot/cm7/recovery/upload.c", ": !option_readable() ? \"the chip is read-protected\"", ": 0 ? \"the chip is read-protected\"",
     (("recovery/test_menu.py", "upload_is_refused_under_read_protection"),)),
    ("port: IWDG2 is not fed", "port/stm32h7/watchdog.c", "        REG_AT(OTHER, IWDG_KR) = KEY_RELOAD;\n", "", (("recovery/test_watchdogs.py", "recovery_is_left_alone"),)),
    ("port: an operation without an end is waited for", "port/stm32h7/flash.c",
     "    return clock_ms && clock_ms() - begun[bank] > limit;", "    (void)limit;\n    return false;",
     (("recovery/test_endless.py", "an_erase_in_the_m7s_slot"),)),
    ("port: a word that cannot be read reads well", "port/stm32h7/flash_read.c",
     "        return DUO_WORD_UNREADABLE;\n    }\n    return flags & FLASH_SR1_SNECCERR", "        return DUO_WORD_GOOD;\n    }\n    return flags & FLASH_SR1_SNECCERR",
     (("rescue/test_bad_input.py", "unreadable_staging_is_not_installed"), ("rescue/test_bad_input.py", "a_journal_of_double_errors_is_lost"))),
    ("port: bootloaders can be erased", "port/stm32h7/flash.c",
     "    if (addr % MEM_BANK_SIZE < MEM_SECTOR_SIZE && !(copies_boot && addr >= MEM_BANK2_BASE)) {", "    if (0) {",
     ((GATE, "the_bootloaders_are_never_erased"),)),
    ("lib: a handoff needs no check", "lib/handoff.c", " && out->check == duo_handoff_check(out);", ";",
     ((GATE, "a_damaged_handoff_is_none"),)),
    ("lib: the M7 alone confirms", "lib/service_cm7.c", "SHARED->confirm[DUO_CM7] == 0 || SHARED->confirm[DUO_CM4] == 0", "SHARED->confirm[DUO_CM7] == 0",
     (("update/test_health.py", "an_unwary_partner_keeps_nothing_alive"),)),
    ("lib: an M4 that has died counts as alive", "lib/service_cm7.c", "    return SHARED->life[DUO_CM4] - life_then >= SIGNS_OF_LIFE;", "    return true;",
     (("update/test_health.py", "an_unwary_partner_keeps_nothing_alive"),)),
    ("lib: a trial is fed without end", "lib/service_cm7.c", "    if (duo_kept()) {\n        watchdog_feed();", "    if (1) {\n        watchdog_feed();",
     (("update/test_health.py", "an_m4_that_crashes_takes_its_set_back"),)),
]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise MutantError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def prepare(tree):
    """Sources as they are now; host programs and keys of the tree; firmware built once."""
    os.makedirs(os.path.join(tree, "build"), exist_ok=True)
    for path in run("git", "ls-files", cwd=ROOT).splitlines():
        source, copy = os.path.join(ROOT, path), os.path.join(tree, path)
        if not os.path.exists(source) or (os.path.exists(copy) and same(source, copy)):
            continue
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(source, copy)
        shutil.copymode(source, copy)
    for shared in ("bin", "deps", "keys"):
        link = os.path.join(tree, "build", shared)
        if not os.path.islink(link):
            os.symlink(os.path.join(ROOT, "build", shared), link)
    shutil.copytree(os.path.join(ROOT, "build", "fw"), os.path.join(tree, "build", "fw"), dirs_exist_ok=True)
    with open(os.path.join(ROOT, "build", "keys", "trusted"), encoding="utf-8") as file:
        key = os.path.join(ROOT, file.read().strip())
    for core in FIRMWARE:
        run("cmake", "--preset", core, "-DDUO_TESTS=ON", f"-DDUO_PUBKEY={key}", cwd=tree)
    build(tree)


def same(a, b):
    with open(a, "rb") as x, open(b, "rb") as y:
        return x.read() == y.read()


def build(tree):
    for core in FIRMWARE:
        names = " ".join(FIRMWARE[core]).split()
        run("cmake", "--build", os.path.join(tree, "build", core), "--target", *names)


def fails(tree, proof):
    """None, or what the test says."""
    file, case = proof
    try:
        done = subprocess.run(["/usr/bin/python3", "-B", "-m", "pytest", os.path.join("tests", f"{file}::test_{case}")], cwd=tree,
                              capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return "does not end"
    if done.returncode == 0:
        return None
    if done.returncode == 4:
        raise MutantError(f"tests/{file} has no test_{case}")
    if done.returncode == 77:
        raise MutantError(f"tests/{file}: {done.stdout}")
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("E  ") or "Error" in line]
    return said[-1][:160] if said else f"exit code {done.returncode}"


def caught_by(tree, fault):
    path = os.path.join(tree, fault.file)
    with open(path, "w", encoding="ascii") as file:
        file.write(changed_source(fault, os.path.join(ROOT, fault.file)))
    try:
        build(tree)
        for proof in fault.proofs:
            said = fails(tree, proof)
            if said:
                return f"{proof[0]}: {said}"
    finally:
        shutil.copyfile(os.path.join(ROOT, fault.file), path)
    return None


def check(tree, faults):
    for fault in faults:
        changed_source(fault, os.path.join(ROOT, fault.file))  # a text that is outdated is said at once
    prepare(tree)
    for proof in dict.fromkeys(p for fault in faults for p in fault.proofs):
        said = fails(tree, proof)
        if said:
            raise MutantError(f"tests/{proof[0]} {proof[1]} fails without any fault: {said}")
    for fault in faults:
        yield fault, caught_by(tree, fault)
    build(tree)


# Groups that run beside each other, each in a tree of its own.
GROUPS = {"firmware_m7": ("boot/cm7/",), "firmware_m4": ("boot/cm4/",), "firmware_lib": ("port/", "lib/")}


def suites():
    """By group. A fault that belongs to none would never be tried."""
    homeless = [m[0] for m in MUTANTS if not m[1].startswith(sum(GROUPS.values(), ()))]
    assert not homeless, homeless
    return {group: (functools.partial(check, os.path.join(TREES, group)), [Fault(*m) for m in MUTANTS if m[1].startswith(where)])
            for group, where in GROUPS.items()}
