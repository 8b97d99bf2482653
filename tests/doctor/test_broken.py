# SPDX-License-Identifier: MIT
"""Every pair of examples/broken: the broken one gives every finding that cases.txt names; its repaired twin gives none,
not even a note but those that cases.txt allows it."""
import pytest

from duotest.doctor import doctor, judge, programs, read_cases


@pytest.fixture(params=read_cases(), ids=lambda case: case[0])
def case(request):
    return request.param


def test_broken(case):
    name, want, options, only_broken, _ = case
    found, code, cmd = doctor(programs("broken", name), options + only_broken)
    assert judge(found, code, want, not want) == "", " ".join(cmd)


def test_repaired(case):
    name, _, options, _, notes = case
    found, code, cmd = doctor(programs("repaired", name), options)
    assert judge(found, code, notes, True) == "", " ".join(cmd)


@pytest.mark.parametrize("name,text", [
    ("sp-mask-menu", "then 0x20020000 was compared with 0x20000000 in main() at boot_m7.c:11"),
    ("sum-constant", "was compared with 0x12345678 in main()"),
    ("pin-wait", "reads GPIOG + 0x10 (0x58021810) again and again, always 0x00000000; it waits until bits 0x00000004 of it are 1"),
])
def test_why_no_jump(name, text):
    """The comparison that refuses, or what is waited for; not what the loop after it compares."""
    found, _, cmd = doctor(programs("broken", name), [])
    assert any(text in finding["evidence"] for finding in found), " ".join(cmd)
