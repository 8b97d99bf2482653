# SPDX-License-Identifier: MIT
"""A fault, and the source that has it."""
import os
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class MutantError(Exception):
    """The check itself cannot go on."""


class Fault(NamedTuple):
    name: str
    file: str
    text: str  # occurs exactly once
    replacement: str
    proofs: tuple = ()  # of firmware: the only tests that can find it


def changed_source(fault, path):
    with open(path, encoding="ascii") as file:
        source = file.read()
    if source.count(fault.text) != 1:
        raise MutantError(f'"{fault.name}": its text occurs {source.count(fault.text)} times in {fault.file}; adapt tests/mutants')
    return source.replace(fault.text, fault.replacement)
