# SPDX-License-Identifier: MIT
"""Section 6 of docs/design.md is true to the tree: each folder includes what its row says, and no more."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([\w./-]+)[>"]', re.M)
OUTSIDE = ("tests/", "examples/", "bench/")  # programs around the product may use anything


def layers():
    """The table's rows: folder -> what it includes."""
    section = (ROOT / "docs/design.md").read_text().split("## 6. Layers")[1].split("\n## ")[0]
    rows = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            names = [re.findall(r"`([\w/]+?)/?`", cell) for cell in cells[:2]]
            for folder in names[0]:
                rows[folder] = set(names[1])
    return rows


def folder_of(path, folders):
    inside = [f for f in folders if path.startswith(f + "/")]
    return max(inside, key=len) if inside else None


def includes(folders):
    """folder -> folders whose headers its sources name."""
    files = subprocess.run(["git", "ls-files", "*.c", "*.h"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = {folder: set() for folder in folders}
    for name in files.stdout.split():
        own = folder_of(name, folders)
        if not own:
            assert name.startswith(OUTSIDE), f"{name} is in no folder of the table"
            continue
        for header in INCLUDE.findall((ROOT / name).read_text()):
            path = "include/" + header if header.startswith("duo/") else header
            other = folder_of(path, folders)
            if other and other != own:
                found[own].add(other)
    return found


def test_each_folder_includes_what_its_row_says():
    rows = layers()
    assert len(rows) > 10
    assert includes(rows) == rows


def test_nothing_points_back():
    rows, done = layers(), set()
    while len(done) < len(rows):
        free = [folder for folder in rows if folder not in done and rows[folder] <= done]
        assert free, f"a circle in {sorted(set(rows) - done)}"
        done.update(free)


def test_nobody_reaches_into_a_transaction():
    inside = re.compile(r"txn(->|\.)state\b|->(may_discard|current_unfit)\b|session(->|\.)have\b")
    for folder in ("boot", "lib", "tool", "emu"):
        for path in (ROOT / folder).rglob("*.[ch]"):
            assert not inside.search(path.read_text()), f"{path.relative_to(ROOT)}: ask a function of core/txn"
