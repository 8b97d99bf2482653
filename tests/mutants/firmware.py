# SPDX-License-Identifier: MIT
"""Faults in boot/, port/ and lib/: the source with the fault takes the place of the good one in the ARM binaries that have it,
and a test runs them."""
import functools
import os
import re
import shutil
import subprocess
import tempfile

from common import ROOT, Fault, Killers, MutantError, Sound, changed_source, on_all_processors

PROGRAMS = {"cm7": ("boot_cm7", "app_m7_v1", "app_m7_v2", "ill_m7_unwary"), "cm4": ("boot_cm4", "app_m4_v1", "app_m4_v2")}

# Of virtual time: the tests are quicker, which Sound holds them to, and a fault that shows by words that never come takes no longer.
PATIENCE_S = "45"

# Each fault names the tests that are to find it: file, what of it runs, and the layout if it is not exchange. The quickest first.
# Not here: what is done twice on purpose (the launch stops SysTick and locks the flash, and so do the jump and each operation; the M4's
# bootloader releases the M7 when it has swapped the banks back, and so does the M7's that then starts).
FAULT = "system/test_fault.py"
GATE = "system/test_gate.py"
LAUNCH = "system/test_launch.py"
STATE = "system/test_state.py"
OPTIONS = "recovery/test_options.py"
ENDLESS = "rescue/test_endless.py"
NEWBOOT = "update/test_newboot.py"
RESETS = (NEWBOOT, "a_bad_m7_bootloader_that_resets_the_chip_comes_and_goes", "twin")
HANGS = (NEWBOOT, "a_bad_bootloader_comes_and_goes[m7-hangs]", "twin")
STAYS = (NEWBOOT, "a_good_bootloader_stays[m7]", "twin")
RESET_OFTEN = (NEWBOOT, "resets_in_its_trial_do_not_take_a_good_m7_bootloader_back", "twin")
M4_HANGS = (NEWBOOT, "a_bad_bootloader_comes_and_goes[m4-hangs]", "twin")
SMP = "update/test_smp.py"

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
    ("boot: an M4 bootloader that is missing has a version", "boot/cm7/m4_program.c", "return is_whole() && read(DUO_BOOT_MARK_OFFSET,",
     "return read(DUO_BOOT_MARK_OFFSET,", ((NEWBOOT, "the_status_tells_the_m4_bootloader[True]", "twin"),)),
    ("boot: swapped banks are not noticed", "boot/cm7/start.c", "bpl 6f", "b 6f", ((OPTIONS, "banks_that_somebody_has_swapped"),)),
    ("boot: any key swaps the banks back", "boot/cm7/swapped.c", "if (bare_line_key() == 'o') {", "if (bare_line_key() != 0) {",
     ((OPTIONS, "banks_that_somebody_has_swapped"),)),
    ("boot: what an application has prepared is programmed with the swap", "boot/cm7/swapped.c",
     "    keep_options(FLASH_PRAR_CUR1, FLASH_BOOT4_CUR);\n", "    (void)keep_options;\n",
     ((OPTIONS, "what_an_application_has_prepared_is_not_programmed_with_the_swap"),)),
    ("boot: a swap that the chip refuses is not told of", "boot/cm7/swapped.c", "    say_from_there(refused);\n", "    (void)refused;\n",
     ((OPTIONS, "a_chip_that_refuses_the_swap_is_told_of_and_asked_again"),)),
    ("boot: the M4 runs on in swapped banks", "boot/cm4/start.c", "bmi 7f", "b 7f", ((OPTIONS, "the_m4_does_nothing_in_swapped_banks"),)),
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
    ("guard: an M7 bootloader that hangs is waited for", "boot/cm4/guard.c", "    if (waited_ms >= LIMIT_MS) {\n", "    if (0) {\n", (HANGS,)),
    ("guard: an M7 that hangs is let go once more", "boot/cm4/guard.c", "        set_boots(BOOTS_MAX); /* after this", "        /* after this", (HANGS,)),
    ("guard: boots are not counted", "boot/cm4/guard.c", "        set_boots(get_boots() + 1u);\n", "        set_boots(get_boots());\n", (RESETS,)),
    ("guard: the count of boots is read in any form", "boot/cm4/guard.c", "    return DUO_GUARD->boots_inverse == ~boots ? boots : 0;", "    return boots & 0u;", (RESETS,)),
    ("guard: the banks are not swapped back", "boot/cm4/guard.c", "        {OPTION_SWAP_BANK, !swapped()},\n", "        {OPTION_SWAP_BANK, swapped()},\n", (RESETS,)),
    ("guard: boots are counted after a good bootloader", "boot/cm4/guard.c", "        REG(SCS, ICSR) = SCS_ICSR_PENDSTCLR;\n        set_boots(0);\n",
     "        REG(SCS, ICSR) = SCS_ICSR_PENDSTCLR;\n", (RESET_OFTEN,)),
    ("guard: what it has done is not said", "boot/cm4/guard.c", "    DUO_GUARD->taken_back = DUO_GUARD_TAKEN_BACK;", "    DUO_GUARD->taken_back = 0;", (RESETS,)),
    ("guard: the new M7 bootloader is never started", "boot/cm4/guard.c", "    REG(RCC, GCR) |= RCC_GCR_BOOT_C1;\n", "", (STAYS,)),
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
    ("boot: an M4 bootloader that does not start its image is kept", "boot/cm7/main.c", "    take_back_bootloader();\n    struct work_cause cause = {.m4 = answer", "    struct work_cause cause = {.m4 = answer",
     (M4_HANGS,)),
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
    ("lib: a file for no core of the device is taken", "lib/server_upload.c",
     "    return piece->image == DUO_CM7 || piece->image == IMAGE_SET ? DUO_OK : DUO_E_CORE;", "    return DUO_OK;", ((SMP, "nothing_wrong_is_taken"),)),
    ("lib: a bundle of another size is taken", "lib/server_upload.c",
     "    if (duo_bundle_size(&m) != up.length) {", "    if (0) {", ((SMP, "nothing_wrong_is_taken"),)),
    ("lib: an upgrade to what is older", "lib/server_upload.c",
     "    return up.upgrade && !is_newer(&m.set_version) ? DUO_E_DOWNGRADE : DUO_OK;", "    return DUO_OK;",
     ((SMP, "a_client_confirms_and_goes_back"),)),
    ("lib: an image that ends before its payload is taken", "lib/server_upload.c",
     "    if (h.hdr_size + h.payload_size + h.prot_size >= up.length) {", "    if (0) {", ((SMP, "nothing_wrong_is_taken"),)),
    ("lib: an upgrade to an image that is older", "lib/server_upload.c",
     "    return up.upgrade && !is_newer(&h.version) ? DUO_E_DOWNGRADE : DUO_OK;", "    return DUO_OK;", ((SMP, "nothing_wrong_is_taken"),)),
    ("lib: a file may go on beyond its length", "lib/server_upload.c",
     "    if (piece->n > up.length - up.next) {", "    if (0) {", ((SMP, "nothing_wrong_is_taken"),)),
    ("lib: an upload that was cut begins again", "lib/server_upload.c",
     "                     : update_is_of(up.head);", "                     : false;", ((SMP, "an_upload_goes_on_after_a_reset"),)),
]


class Layout:
    """How ninja builds the firmware of a layout, and where it is."""

    def __init__(self, name):
        self.name = name
        self.folder = os.path.join(ROOT, "build") if name == "exchange" else os.path.join(ROOT, "build", name)
        self.fw = os.path.join(self.folder, "fw")
        self.programs = [Program(self, core, program) for core in PROGRAMS for program in PROGRAMS[core]]


class Program:
    """How one program for one core is compiled and linked."""

    def __init__(self, layout, core, name):
        self.layout, self.name = layout, name
        self.build = os.path.join(layout.folder, core)
        self.elf = os.path.join(layout.fw, name + ".elf")
        commands = run("ninja", "-C", self.build, "-t", "commands", name).splitlines()
        self.link = next(c for c in commands if f" -o {self.elf} " in c)
        self.compile = [c for c in commands if " -c " in c]

    def build_with(self, fault, work):
        """The program with the fault, in work/fw; nothing if it does not have this source."""
        source = os.path.join(ROOT, fault.file)
        command = next((c for c in self.compile if c.endswith(" -c " + source)), None)
        if command is None:
            return
        good = re.search(r" -o (\S+)", command).group(1)
        changed = os.path.join(work, "source", os.path.basename(source))
        made = os.path.join(work, self.name, good)  # linker scripts look at paths
        for path in (changed, made):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(changed, "w", encoding="ascii") as file:
            file.write(changed_source(fault, source))
        command = re.sub(r" -MD -MT \S+ -MF \S+| -Werror", "", command)
        self.shell(command.replace(f" -o {good} -c {source}", f" -w -o {made} -c {changed}"), fault)
        for path in (self.elf, self.elf.replace(".elf", ".map"), self.elf.replace(".elf", ".hex"), self.elf.replace(".elf", ".bin")):
            os.unlink(os.path.join(work, "fw", os.path.basename(path)))  # links to the good ones
        link = self.link.replace(self.layout.fw + "/", os.path.join(work, "fw") + "/")
        if f" {good} " in link:
            link = link.replace(f" {good} ", f" {made} ")
        else:
            link = self.replace_in_library(link, good, made, os.path.join(work, self.name), fault)
        self.shell(link, fault)

    def replace_in_library(self, link, good, made, work, fault):
        library = next(word for word in link.split() if word.endswith(".a") and os.path.dirname(word) == good.split("/CMakeFiles/")[0])
        copy = os.path.join(work, library)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(os.path.join(self.build, library), copy)
        self.shell(f"arm-none-eabi-ar r {copy} {made}", fault)
        return link.replace(f" {library}", f" {copy}")

    def shell(self, command, fault):
        done = subprocess.run(["sh", "-c", command], cwd=self.build, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MutantError(f'"{fault.name}": {self.name} cannot be built: {done.stderr[-1500:]}')


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MutantError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


@functools.cache
def layout(name):
    return Layout(name)


def layout_of(proof):
    return proof[2] if len(proof) > 2 else "exchange"


def fails(proof, fw=None):
    """None, or what the test says."""
    file, case = proof[:2]
    environment = dict(os.environ, DUO_LAYOUT=layout_of(proof), DUO_TEST_FW=fw or layout(layout_of(proof)).fw,
                       DUO_TEST_PATIENCE=PATIENCE_S)
    try:
        done = subprocess.run(["/usr/bin/python3", "-B", "-m", "pytest", os.path.join("tests", f"{file}::test_{case}")], cwd=ROOT,
                              env=environment, capture_output=True, text=True, timeout=1800, check=False)
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


class Firmware:
    """Faults of one group. Each is asked its own proofs first, then those of all others of the group."""

    def __init__(self, faults):
        self.faults = faults
        self.proofs = list(dict.fromkeys(proof for fault in faults for proof in fault.proofs))
        self.killers = Killers()
        self.sound = Sound(fails)

    def caught_by(self, fault):
        """None, or the proof that has caught it and what it says."""
        own = self.killers.first(fault, fault.proofs)
        with tempfile.TemporaryDirectory() as work:
            built = {}
            for proof in own + [p for p in self.proofs if p not in own]:
                name = layout_of(proof)
                if name not in built:
                    built[name] = os.path.join(work, name)
                    self.build(layout(name), fault, built[name])
                said = fails(proof, os.path.join(built[name], "fw"))
                if said:
                    self.sound.confirm(proof)
                    return proof, said
        return None

    @staticmethod
    def build(its_layout, fault, work):
        os.makedirs(os.path.join(work, "fw"))
        for name in os.listdir(its_layout.fw):
            os.symlink(os.path.join(its_layout.fw, name), os.path.join(work, "fw", name))
        for program in its_layout.programs:
            program.build_with(fault, work)

    def check(self, chosen):
        """Yields (fault, what caught it or None)."""
        for fault in chosen:
            changed_source(fault, os.path.join(ROOT, fault.file))  # a text that is outdated is said at once
        for name in dict.fromkeys(layout_of(proof) for proof in self.proofs):
            layout(name)
        yield from on_all_processors(self.caught_by, chosen, more=1)  # boards in real time wait


GROUPS = {"firmware_m7": ("boot/cm7/",), "firmware_m4": ("boot/cm4/",), "firmware_lib": ("port/", "lib/")}


def suites():
    """By group. A fault that belongs to none would never be tried."""
    homeless = [m[0] for m in MUTANTS if not m[1].startswith(sum(GROUPS.values(), ()))]
    assert not homeless, homeless
    groups = {group: [Fault(*m) for m in MUTANTS if m[1].startswith(where)] for group, where in GROUPS.items()}
    return {group: (lambda chosen, faults=faults: Firmware(faults).check(chosen), faults) for group, faults in groups.items()}
