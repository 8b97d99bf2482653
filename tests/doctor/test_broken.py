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
