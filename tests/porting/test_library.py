# SPDX-License-Identifier: MIT
"""libduo in a project that has nothing of ours but include/ and one archive."""

import glob
import os
import re
import subprocess
import tempfile

from duotest.board import ROOT, require

INCLUDE = os.path.join(ROOT, "include")
HEADERS = sorted(glob.glob(os.path.join(INCLUDE, "duo", "*.h")))
CPU = {"cm7": ("-mcpu=cortex-m7", "-mfpu=fpv5-d16"), "cm4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16")}
C99 = "arm-none-eabi-gcc", "-std=c99", "-x", "c"
CXX14 = "arm-none-eabi-g++", "-std=c++14", "-x", "c++"
# What the compiler's own libraries have; an application brings them anyway.
LIBC = {"memcpy", "memmove", "memset", "memcmp", "strlen"}


def archive(core):
    path = os.path.join(ROOT, "build", core, "lib", f"libduo_{core}.a")
    require(path)
    return path


def ok(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[:2000]}"
    return done.stdout


def compile_text(language, text, *options, core="cm7"):
    return ok(*language, "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{INCLUDE}", "-mthumb", "-mfloat-abi=hard",
              *CPU[core], *options, "-", text=text)


def public_functions():
    """Declared, not defined, in the headers."""
    found = set()
    for header in HEADERS:
        with open(header, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        found |= set(re.findall(r"\b(duo_\w+)\([^;{]*\);", text))
    return found - {"duo_gate_mix", "duo_gate_check", "duo_handoff_check"}


def test_every_header_compiles_alone_as_c99_and_cpp14():
    for header in HEADERS:
        text = f'#include "duo/{os.path.basename(header)}"\nextern int duo_not_empty;\n'
        for language in (C99, CXX14):
            compile_text(language, text, "-fsyntax-only")


def test_every_name_of_the_headers_is_ours():
    """So nothing clashes with ST's HAL, CMSIS or a kernel in one translation unit."""
    text = "".join(f'#include "duo/{os.path.basename(header)}"\n' for header in HEADERS)
    system = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    before = set(compile_text(C99, system, "-dM", "-E").splitlines())
    for line in set(compile_text(C99, system + text, "-dM", "-E").splitlines()) - before:
        name = line.split()[1]
        assert name.startswith("DUO_"), f"the headers define the macro {name}"
    for header in HEADERS:
        with open(header, encoding="utf-8") as file:
            source = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        for kind, name in re.findall(r"\b(struct|enum|union)\s+(\w+)\s*\{", source):
            assert name.startswith("duo_"), f"{header} defines {kind} {name}"
        for body in re.findall(r"\benum\s+\w+\s*\{(.*?)\}", source, flags=re.S):
            for name in re.findall(r"\b([A-Za-z]\w*)\s*(?:=[^,]*)?(?:,|$)", body.strip()):
                assert name.startswith("DUO_"), f"{header} has the constant {name}"


def test_an_archive_gives_away_its_public_names_only():
    for core in CPU:
        lines = ok("arm-none-eabi-nm", archive(core)).splitlines()
        defined = {words[2] for words in map(str.split, lines) if len(words) == 3 and words[1].isupper()}
        needed = {words[1] for words in map(str.split, lines) if len(words) == 2 and words[0] == "U"}
        assert defined == public_functions(), defined ^ public_functions()
        assert needed <= LIBC, f"{core} needs {needed - LIBC}"


# An application with functions that have the names of ours, and calls of everything public.
OWN = """
#include "duo/duo.h"
#ifdef __cplusplus
extern "C" {
#endif
volatile uint32_t own_calls;
void flash_read(void);
void system_reset(void);
uint32_t tick_ms(void);
void reset_handler(void);
void flash_read(void) { own_calls++; }
void system_reset(void) { own_calls++; }
uint32_t tick_ms(void) { return own_calls; }
void reset_handler(void)
{
    struct duo_update_progress progress;
    struct duo_device_status status;
    struct duo_message message = {1, {2, 3, 4}};
    size_t taken;

    flash_read();
    system_reset();
    duo_mailbox_start();
    (void)duo_mailbox_send(&message);
    (void)duo_mailbox_receive(&message);
    (void)duo_confirm();
    (void)duo_service();
    duo_get_status(&status);
    if (duo_update_begin() == DUO_OK) {
        (void)duo_update_write(&message, sizeof(message), &taken);
        (void)duo_update_poll(tick_ms());
        (void)duo_update_work(0);
        (void)duo_update_install(false);
    }
    duo_update_look(&progress);
    duo_rollback();
}
#ifdef __cplusplus
}
#endif
"""


def test_an_application_with_the_same_names_links_in_c_and_cpp():
    with tempfile.TemporaryDirectory() as folder:
        for core in CPU:
            for language in (C99, CXX14):
                out = os.path.join(folder, "own")
                compile_text(language, OWN, "-c", "-o", out + ".o", core=core)
                ok("arm-none-eabi-gcc", "-mthumb", "-mfloat-abi=hard", *CPU[core], "-nostartfiles",
                   "--specs=nosys.specs", "--specs=nano.specs", "-Wl,--gc-sections,-e,reset_handler,-z,noexecstack",
                   "-Wl,--no-warn-rwx-segments", out + ".o", archive(core), "-o", out + ".elf")
                listing = ok("arm-none-eabi-nm", out + ".elf")
                assert len(re.findall(r" T flash_read$", listing, flags=re.M)) == 1


def snippets():
    """The C code of docs/iap.md, each with the file it stands in."""
    with open(os.path.join(ROOT, "docs", "iap.md"), encoding="utf-8") as file:
        return re.findall(r"```c\n(.*?)```", file.read(), flags=re.S)


def test_the_code_in_the_guide_compiles():
    assert len(snippets()) >= 4
    for text in snippets():
        for language in (C99, CXX14):
            for core in CPU:
                compile_text(language, text, "-fsyntax-only", core=core)
