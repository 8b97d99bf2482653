# SPDX-License-Identifier: MIT
"""The pages as such: links lead somewhere, commands are in blocks that a test runs, tasks say for whom they are."""
import fnmatch
import glob
import os
import re
import subprocess

import pytest

from duotest.pages import ROOT, blocks, names

TYPED = re.compile(r"^ {4,}(?:build/bin/|duoboot |duoemu |scripts/|make |cmake |gdb-multiarch |cd build|dfu-util |smpmgr |stm32flash )")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchor(heading):
    """As GitHub and mkdocs make it."""
    text = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def read(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        return f.read()


def without_code(text):
    return re.sub(r"```.*?```", "", text, flags=re.S)


def wrong_links(page):
    text = without_code(read(page))
    for target in LINK.findall(text):
        if re.match(r"\w+:", target):
            continue
        path, _, part = target.partition("#")
        full = os.path.normpath(os.path.join(ROOT, os.path.dirname(page), path)) if path else os.path.join(ROOT, page)
        if not os.path.exists(full):
            yield f"{page}: {target} leads nowhere"
        elif part and full.endswith(".md"):
            with open(full, encoding="utf-8") as f:
                headings = re.findall(r"^#+ (.*)$", f.read(), re.M)
            if part not in [anchor(h) for h in headings]:
                yield f"{page}: {target}: no such heading"


def commands_outside_blocks(page):
    for number, line in enumerate(without_code(read(page)).splitlines(), 1):
        if TYPED.match(line):
            yield f"{page}: a command that no test runs; put it into a block ```sh: {line.strip()} (line {number} without code)"


def without_reader(page):
    if page.startswith("docs/howto/") or page == "docs/tutorial.md":
        if not re.search(r"^For: ", read(page), re.M):
            yield f"{page}: does not say for whom it is (a line 'For: ...')"


# A name of a test, and a file of the tree. Words in capitals stand for something.
TEST = re.compile(r"`([a-z0-9]+_[a-z0-9_]+)(\*?)`")
FILE = re.compile(r"`((?:bench|boot|chip|cmake|core|emu|examples|hostlib|include|layouts|lib|port|proto|scripts|tests|tool)/[\w./*-]+)`")
CLIENT = re.compile(r"^\|[^|]*\|([^|]*`[^|]*)\|([^|]*`[^|]*)\|$", re.M)


def ctest_names():
    listed = subprocess.run(["ctest", "-N", "--test-dir", os.environ.get("DUO_BUILD", os.path.join(ROOT, "build", "host"))],
                            capture_output=True, text=True, check=True).stdout
    found = set(re.findall(r"^ *Test +#\d+: (\w+)$", listed, re.M))
    assert found, f"ctest lists no test: {listed}"
    return found


def unknown_tests(page, known):
    folders = {name.split("_")[0] for name in known}
    for name, star in TEST.findall(read(page)):
        if name.split("_")[0] in folders and not any(k == name or star and k.startswith(name) for k in known):
            yield f"{page}: there is no test {name}{star}"


def missing_files(page):
    for path in FILE.findall(read(page)):
        if not re.search(r"[A-Z]{3}|\.a$", path) and not glob.glob(os.path.join(ROOT, path)):
            yield f"{page}: there is no {path}"


def source_of(test):
    """`FOLDER_PART`, `make check-usb` or `make demo`."""
    special = {"make check-usb": "tests/usb/check_usb.py", "make demo": "scripts/demo"}
    folder, _, part = re.sub("_(proof|long)$", "", test).partition("_")
    return read(special.get(test, f"tests/{folder}/test_{part}.py"))


PAGES = names()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere_and_marks_are_understood(page):
    assert list(wrong_links(page)) == []
    blocks(page)


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_in_blocks_that_a_test_runs(page):
    assert list(commands_outside_blocks(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_task_says_for_whom_it_is(page):
    assert list(without_reader(page)) == []


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md", "CONTRIBUTING.md"])
def test_tests_and_files_that_are_named_exist(page):
    assert [*unknown_tests(page, ctest_names()), *missing_files(page)] == []


def row_of_security(row, known, cases):
    """What is wrong with it. `FOLDER_PART`: `a_case_of_it`, or a target of make."""
    named = re.findall(r"`([^`]+)`", row.rstrip("|").rpartition("|")[2])
    tests = [n for n in named if n.startswith("make ") or any(fnmatch.fnmatch(k, n) for k in known)]
    yield from [] if tests else [f"no test: {row}"]
    for name in set(named) - set(tests):
        if name not in cases:
            yield f"{name} is neither a test nor a case of one: {row}"
    for target in (n.removeprefix("make ") for n in tests if n.startswith("make ")):
        if not re.search(rf"^{target}:", read("Makefile"), re.M):
            yield f"no target {target} of make: {row}"


def test_each_promise_of_security_has_a_test():
    table = re.search(r"^## Promise, attack, test$(.*?)^## ", read("docs/security.md"), re.M | re.S)[1]
    rows = re.findall(r"^\| .*\|$", table, re.M)[1:]
    cases, known = set(), ctest_names()
    for path in glob.glob(os.path.join(ROOT, "tests", "**", "*.[cp]*"), recursive=True):
        with open(path, encoding="utf-8") as f:
            cases |= set(re.findall(r"^(?:static void|def test_)\s*(\w+)\(", f.read(), re.M))
    assert len(rows) > 20, table
    assert [wrong for row in rows for wrong in row_of_security(row, known, cases)] == []


def test_clients_are_called_as_their_tests_call_them():
    section = re.search(r"^## Clients that you have already$(.*?)^## ", read("README.md"), re.M | re.S)[1]
    rows = CLIENT.findall(section)
    assert len(rows) >= 9, section
    for command, tests in rows:
        sources = "".join(source_of(test) for test in re.findall(r"`([^`]+)`", tests))
        for word in re.findall(r"`([^`]*)`", command):
            for option in re.findall(r"(?<!\S)'?(--?[a-zA-Z][\w-]*)", word):
                assert re.search(rf"(?<![\w-]){option}(?![\w-])", sources), f"README: `{word}`: {option} is in no test of {tests}"


def test_every_line_of_recovery_is_in_its_table():
    """Tools read these lines. Compared is what they begin with, up to the first value."""
    table = re.search(r"^## Lines for tools$(.*?)(?:^## |\Z)", read("docs/recovery.md"), re.M | re.S)[1]
    first = "".join(re.findall(r"^\|([^|]*)\|", table, re.M))
    rows = {re.split(r"\b[A-Z]+\b", row)[0] for row in re.findall(r"`([^`]+)`", first)}
    said = set()
    for path in glob.glob(os.path.join(ROOT, "boot", "cm7", "**", "*.c"), recursive=True):
        with open(path, encoding="utf-8") as f:
            said |= set(re.findall(r'\bsay\("([^"%;]+)', f.read()))
    assert len(said) > 30, said
    assert {line for line in said if not any(row.startswith(line) or row and line.startswith(row) for row in rows)} == set()


def output(program, *arguments):
    return subprocess.run([os.path.join(ROOT, "build", "bin", program), *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("program", ["duoboot", "duoemu"])
def test_every_command_and_option_is_on_a_page(program):
    pages = "".join(read(page) for page in PAGES)
    commands = re.findall(r"^  (\w+)  ", output(program, "--help").partition("exit codes")[0], re.M)
    assert len(commands) >= 4
    for command in commands:
        assert re.search(rf"{program}\S* {command}\b|`{command}\b", pages), f"{program} {command}"
        options = re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", output(program, command, "--help"), re.M)
        missing = [o for o in options if not re.search(rf"{o}(?![\w-])", pages)]
        assert missing == [], f"{program} {command}"
