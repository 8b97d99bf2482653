#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keeps the catalogue in docs/doctor.md the one of the program, with the example case of each finding.

The page must be up to date, each finding have an example, and docs/jump.md have no rule without a finding and no link to one
that does not exist. Run as a program it writes the page: python3 tests/doctor/test_doc.py
"""
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "doctor.md")
BEGIN, END = "<!-- catalogue: made by tests/doctor/test_doc.py -->\n", "<!-- end of catalogue -->\n"


def cases_of():
    cases = {}
    with open(os.path.join(ROOT, "examples/broken/cases.txt"), encoding="utf-8") as f:
        for line in f:
            part = [p.strip() for p in line.split("#")[0].split("|")]
            for finding in " ".join(part[1:2] + part[4:5]).split():
                known = cases.setdefault(re.split("[@:]", finding)[0], [])
                if part[0] not in known:
                    known.append(part[0])
    return cases


def has_rule():
    """Findings that a rule of docs/jump.md names, by their anchors in docs/doctor.md."""
    with open(os.path.join(ROOT, "docs/jump.md"), encoding="utf-8") as f:
        return set(re.findall(r"doctor\.md#([a-z0-9-]+)", f.read()))


def catalogue():
    rules = has_rule()
    text = subprocess.run([os.path.join(ROOT, "build/bin/duoemu"), "doctor", "--list"], capture_output=True, text=True,
                          check=True).stdout
    cases, out = cases_of(), []
    for block in re.split(r"(?m)^(?=### )", text):
        if not block.strip():
            continue
        finding = block.split("\n")[0][4:].strip()
        known = cases.get(finding, [])
        links = ", ".join(f"[{c}](../examples/broken/{c})" for c in known) or "none yet"
        rule = "Rule: [From a bootloader into two applications](jump.md#the-rules-with-reasons)\n\n"
        named = rule if finding.replace(".", "") in rules else ""
        out.append(f"{block.rstrip()}\n\n{named}Example: {links}\n")
    return "\n".join(out)


def read(page):
    with open(page, encoding="utf-8") as f:
        return f.read()


def renewed():
    """The page with what the program finds now."""
    old = read(PAGE)
    return old.split(BEGIN)[0] + BEGIN + "\n" + catalogue() + "\n" + END + old.split(END)[1]


def test_the_page_is_up_to_date():
    assert read(PAGE) == renewed(), "run python3 tests/doctor/test_doc.py"


def test_each_finding_has_an_example():
    assert re.findall(r"(?m)^### (\S+)\n(?:(?!###).*\n)*?Example: none", renewed()) == []


def test_each_rule_has_a_finding():
    rules = re.search(r"(?m)^\| Rule \|.*\n\|[-|]+\n((?:\|.*\n)+)", read(os.path.join(ROOT, "docs/jump.md")))
    assert rules, "docs/jump.md: no table of rules"
    assert [rule for rule in rules.group(1).splitlines() if "doctor.md#" not in rule] == []


def test_links_of_the_rules_lead_to_findings():
    links = has_rule()
    anchors = {re.sub(r"[^a-z0-9-]", "", h) for h in re.findall(r"(?m)^### (.*)$", renewed())}
    assert links and links <= anchors, sorted(links - anchors)


if __name__ == "__main__":
    text = renewed()
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write(text)
