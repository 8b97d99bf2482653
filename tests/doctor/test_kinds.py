# SPDX-License-Identifier: MIT
"""Each kind of mistake has cases of its own beside those that somebody reported: a doctor that knows only the reports by heart
would find none of them. test_broken.py runs them all."""
import os
import pathlib

from duotest.doctor import CASES, read_cases

KINDS = os.path.join(os.path.dirname(CASES), "kinds.txt")
FURTHER = 2


def kinds():
    """kind: (cases reported, further cases)."""
    with open(KINDS, encoding="utf-8") as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    parts = [[p.split() for p in line.split("|")] for line in lines]
    return {" ".join(name): (reported, further) for name, reported, further in parts}


def test_each_kind_has_further_cases():
    few = [kind for kind, (reported, further) in kinds().items() if not reported or len(set(further) - set(reported)) < FURTHER]
    assert few == []


def test_each_case_has_its_kind():
    cases = {case[0] for case in read_cases()}
    named = {case for both in kinds().values() for part in both for case in part}
    assert (cases - named, named - cases) == (set(), set())


def test_a_case_has_a_mistake_of_its_own():
    """A folder with a program in which REPAIRED makes a difference, or which only options break, or which is sound."""
    def differs(name, broken_options):
        programs = pathlib.Path(CASES).parent.joinpath(name).glob("*.[ch]")
        texts = [program.read_text(encoding="utf-8") for program in programs]
        return broken_options or any("REPAIRED" in text or "// link:" in text for text in texts)

    same = [case[0] for case in read_cases() if case[1] and not differs(case[0], case[3])]
    assert same == []
