#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keeps the catalogue in docs/doctor.md the one of the program, with the example case of each finding.

usage: doc.py SOURCE_DIR [--write]
Without --write: fails when the page is not up to date, when a finding has no example, or when docs/jump.md has a rule
without a finding or links to one that does not exist.
"""
import os
import re
import subprocess
import sys

BEGIN, END = "<!-- catalogue: made by tests/doctor/doc.py --write -->\n", "<!-- end of catalogue -->\n"


def cases_of(root):
    cases = {}
    with open(os.path.join(root, "examples/broken/cases.txt"), encoding="utf-8") as f:
        for line in f:
            part = [p.strip() for p in line.split("#")[0].split("|")]
            for finding in " ".join(part[1:2] + part[4:5]).split():
                known = cases.setdefault(re.split("[@:]", finding)[0], [])
                if part[0] not in known:
                    known.append(part[0])
    return cases


def has_rule(root):
    """Findings that a rule of docs/jump.md names, by their anchors in docs/doctor.md."""
    with open(os.path.join(root, "docs/jump.md"), encoding="utf-8") as f:
        return set(re.findall(r"doctor\.md#([a-z0-9-]+)", f.read()))


def catalogue(root):
    rules = has_rule(root)
    text = subprocess.run([os.path.join(root, "build/bin/duoemu"), "doctor", "--list"], capture_output=True, text=True,
                          check=True).stdout
    cases, out = cases_of(root), []
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


def main():
    root, page = sys.argv[1], os.path.join(sys.argv[1], "docs/doctor.md")
    with open(page, encoding="utf-8") as f:
        old = f.read()
    head, rest = old.split(BEGIN)
    new = head + BEGIN + "\n" + catalogue(root) + "\n" + END + rest.split(END)[1]
    if "--write" in sys.argv:
        with open(page, "w", encoding="utf-8") as f:
            f.write(new)
        return 0
    if new != old:
        print("docs/doctor.md is not up to date: run tests/doctor/doc.py . --write")
        return 1
    without = re.findall(r"(?m)^### (\S+)\n(?:(?!###).*\n)*?Example: none", new)
    if without:
        print("findings without an example in examples/broken:", without)
        return 1
    with open(os.path.join(root, "docs/jump.md"), encoding="utf-8") as f:
        jump = f.read()
    rules = re.search(r"(?m)^\| Rule \|.*\n\|[-|]+\n((?:\|.*\n)+)", jump)
    bare = [r for r in rules.group(1).splitlines() if "doctor.md#" not in r] if rules else ["no table of rules"]
    if bare:
        print("rules of docs/jump.md without a finding:", *bare, sep="\n")
        return 1
    links = set(re.findall(r"doctor\.md#([a-z0-9-]+)", jump))
    anchors = {re.sub(r"[^a-z0-9-]", "", h) for h in re.findall(r"(?m)^### (.*)$", new)}
    if not links or links - anchors:
        print("docs/jump.md links to unknown findings:", sorted(links - anchors) or "it links to none")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
