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
    text: str | tuple  # occurs exactly once; a tuple where two places ask the same question, of which one is enough
    replacement: str | tuple
    proofs: tuple = ()  # of firmware: the only tests that can find it


def changed_source(fault, path):
    with open(path, encoding="ascii") as file:
        source = file.read()
    pairs = [(fault.text, fault.replacement)] if isinstance(fault.text, str) else zip(fault.text, fault.replacement, strict=True)
    for text, replacement in pairs:
        if source.count(text) != 1:
            raise MutantError(f'"{fault.name}": its text occurs {source.count(text)} times in {fault.file}; adapt tests/mutants')
        source = source.replace(text, replacement)
    return source
