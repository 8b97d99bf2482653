# SPDX-License-Identifier: MIT
"""The pages as such: links lead somewhere, commands are in blocks that a test runs, tasks say for whom they are."""
import os
import re

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
