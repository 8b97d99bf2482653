# SPDX-License-Identifier: MIT
"""The self-test on the emulator: every question is answered as the documents say, a chip that is otherwise is noticed, and
scripts/selftest collects from a line."""
import functools
import os
import re
import subprocess

from duotest.board import BIN, ROOT, firmware, require

require(firmware("selftest_m7.hex"), firmware("selftest_m4.hex"))
SCRIPT = os.path.join(ROOT, "scripts", "selftest")
HEX = firmware("selftest.hex")
HEX_OPTIONS = firmware("selftest_options.hex")
AT_LEAST = 89  # questions

# What a board is to be asked, and how the questions about it begin.
WANTED = {
    "reset values": ("rcc.cr", "rcc.cfgr", "m7.ccr", "m7.cpacr", "m7.fpccr"), "RCC_APB4ENR": ("rcc.apb4enr",),
    "SYSCFG_UR3, UR1": ("syscfg.ur3", "syscfg.ur1"), "VTOR": ("m7.vtor at reset", "m4.vtor at reset", "swap.m7.vtor"),
    "D2CKRDY": ("rcc.d2ckrdy", "swap.rcc.d2ckrdy", "back.rcc.d2ckrdy"), "HSEM in Sleep": ("hsem.read while",),
    "SEV lines": ("m4.irq 64", "m7.irq 65", "m4.wakes by SEV"), "words programmed twice": ("flash.word programmed twice",),
    "torn words": ("flash.word torn", "flash.operr"), "a busy bank, both cores": ("flash.m7 waits for its own", "flash.m4 waits for its own"),
    "the other bank": ("flash.m7 waits for the other",), "option change time": ("option.change takes",),
    "registers and protection under SWAP_BANK": ("swap.optcr", "swap.wpsn_cur1", "swap.program into", "swap.sr2"),
    "ROM loader entry": ("rom.table", "rom.left", "rom.listens"), "LSI range": ("lsi in Hz",),
}
AT_THE_JUMP = 65  # questions: the jump contract


def questions():
    with open(os.path.join(ROOT, "build", "selftest", "report.txt"), encoding="utf-8") as file:
        return re.findall(r"^[ !] (.*?): expected 0x", file.read(), re.M)


def script(*words):
    return subprocess.run([SCRIPT, *words], capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL, check=False)


@functools.lru_cache(None)
def on_the_emulator():
    """All questions; joins the programs for those that come after it."""
    return script("--emulator")


def test_every_question_is_answered_as_expected():
    done = on_the_emulator()
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) questions, 0 differ, 0 without an answer", done.stdout)
    assert found and int(found.group(1)) >= AT_LEAST, done.stdout


def uncertain():
    """The points of docs/emulator.md under `Uncertain`, and the rows of what the sources leave open, each with its comments."""
    with open(os.path.join(ROOT, "docs", "emulator.md"), encoding="utf-8") as file:
        text = file.read()
    table = re.search(r"^Left open by the sources.*?\n\n.*?\n\|---.*?\n(.*?)\n\n", text, re.M | re.S)[1]
    points = table.splitlines()
    for listed in re.findall(r"^(?:### Uncertain\n\n|Uncertain, and what the model does:\n\n)(.*?)(?=^#|\Z)", text, re.M | re.S):
        points += [p for p in re.split(r"^- ", listed, flags=re.M) if p.strip()]
    points += [p for p in re.split(r"\n\n", text) if re.search(r"\bUncertain: |\bis uncertain\b", p)]
    return points


def test_every_uncertain_point_is_asked_or_says_why_not():
    on_the_emulator()
    asked, points = questions(), uncertain()
    assert len(points) >= 25, points
    for point in points:
        comments = re.findall(r"<!-- (asked|not asked): (.*?) -->", point)
        assert comments, f"docs/emulator.md: neither asked of a board nor said why not: {point}"
        for kind, words in comments:
            for name in words.split("; ") if kind == "asked" else ():
                assert any(question.startswith(name) for question in asked), f"no question begins with '{name}': {point[:80]}"
    for what, names in WANTED.items():
        for name in names:
            assert any(question.startswith(name) for question in asked), f"{what}: no question begins with '{name}'"


def emulate(program, until, *more):
    return subprocess.run([f"{BIN}/duoemu", "run", "-q", *program, "--until", until, "--for", "60s", *more], capture_output=True, text=True,
                          timeout=600, check=True).stdout


def test_an_application_finds_what_the_jump_contract_promises():
    done = script("--emulator", "--jump")
    found = re.search(r"(\d+) questions, 0 differ, 0 without an answer", done.stdout)
    assert done.returncode == 0 and found and int(found.group(1)) >= AT_THE_JUMP, done.stdout + done.stderr


def test_applications_that_no_bootloader_has_started_differ():
    programs = [part for core in ("m7", "m4") for part in ("--load", firmware(f"selftest_jump_{core}.hex"))]
    options = [part for core, at in (("7", "0x802"), ("4", "0x812")) for part in ("--option", f"BOOT_CM{core}_ADD0={at}")]
    said = emulate([*programs, *options], "selftest: done")
    assert "jump.m4.vtor: expected 0x08120000, seen 0x00000000, DIFFERS" in said, said


def test_a_power_cut_while_the_banks_are_swapped_is_put_right(tmp_path):
    flash = ["--flash", str(tmp_path / "board.flash")]
    on_the_emulator()
    assert "back." not in emulate(["--m7", HEX_OPTIONS, *flash], "swap.sr2")
    said = emulate(flash, "selftest: done")
    assert said.count("selftest: begins") == 1 and "back.options" in said, said  # from the start, with the options of a new chip


def test_other_options_than_those_of_a_new_chip_are_left_alone():
    on_the_emulator()
    said = emulate(["--m7", HEX_OPTIONS], "selftest: done", "--option", "WRPSN1=0xFE")
    assert "not those of a new chip" in said and "option.change" not in said, said


def test_another_chip_is_noticed():
    """The halves of SYSCFG_UR3 as the manual has them, an M7 that waits for the other bank, an M4 that is held."""
    done = subprocess.run([f"{BIN}/duoemu", "run", "-q", "--m7", HEX, "--ur3", "manual", "--m7-speculates", "--until", "selftest: done",
                           "--for", "60s"], capture_output=True, text=True, timeout=600, check=False)
    differ = re.findall(r"^(\S+)[^\n]*DIFFERS", done.stdout, re.M)
    assert "option.change" not in done.stdout, "without the word it asks about no option byte"
    assert "syscfg.ur3" in differ and "flash.m7" in differ, done.stdout


def test_it_collects_from_a_line():
    """The board begins to talk when the script has asked for its reset."""
    ours, theirs = os.openpty()
    collector = subprocess.Popen([SCRIPT, "--programmer", "none", os.ttyname(theirs)], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    assert "reset button" in collector.stdout.readline()
    subprocess.run([f"{BIN}/duoemu", "run", "-q", "--m7", HEX, "--until", "selftest: done.*differ 0x[0-9a-f]{8}", "--for", "60s"],
                   stdout=ours, stdin=subprocess.DEVNULL, timeout=600, check=True)
    said = collector.communicate(timeout=600)[0]
    os.close(ours)
    os.close(theirs)
    assert collector.returncode == 0 and " 0 differ, 0 without" in said, said


def test_mistakes_are_named():
    assert script().returncode == 2
    assert "option bytes" in subprocess.run([SCRIPT, "--options", "/no/such/port"], capture_output=True, text=True, timeout=600, input="yes\n",
                                            check=False).stdout  # the second question
    assert script("--programmer", "magic", "/dev/null").returncode == 2
    done = script("--yes", "--programmer", "none", "/no/such/port")
    assert done.returncode == 3 and "/no/such/port" in done.stderr, done.stderr
    assert "nothing was done" in script("/no/such/port").stderr  # it asks first, and nobody said yes
