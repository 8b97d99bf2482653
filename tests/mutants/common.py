# SPDX-License-Identifier: MIT
"""A fault, the source that has it, and which of its tests is asked first."""
import concurrent.futures
import os
import threading
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class MutantError(Exception):
    """The check itself cannot go on."""


class Fault(NamedTuple):
    name: str
    file: str
    text: str | tuple  # occurs exactly once; a tuple where two places ask the same question, of which one is enough
    replacement: str | tuple
    proofs: tuple = ()  # of firmware: the tests that are to find it


def changed_source(fault, path):
    with open(path, encoding="ascii") as file:
        source = file.read()
    pairs = [(fault.text, fault.replacement)] if isinstance(fault.text, str) else zip(fault.text, fault.replacement, strict=True)
    for text, replacement in pairs:
        if source.count(text) != 1:
            raise MutantError(f'"{fault.name}": its text occurs {source.count(text)} times in {fault.file}; adapt tests/mutants')
        source = source.replace(text, replacement)
    return source


def proof_name(proof):
    """As killers.txt has it, on any machine."""
    return " ".join(proof).replace(ROOT + os.sep, "")


class Killers:
    """Which test has caught a fault last time: it is asked first. Nothing depends on it but time; `run --record` writes it."""

    PATH = os.path.join(ROOT, "tests", "mutants", "killers.txt")

    def __init__(self):
        self.known = {}
        if os.path.exists(self.PATH):
            with open(self.PATH, encoding="ascii") as file:
                self.known = dict(line.rstrip("\n").split("\t") for line in file)

    def first(self, fault, proofs):
        """The proofs in the order in which they are tried: all of them, until one catches."""
        return sorted(proofs, key=lambda proof: proof_name(proof) != self.known.get(fault.name))

    def save(self, caught, names):
        kept = {name: proof for name, proof in {**self.known, **caught}.items() if name in names}
        with open(self.PATH, "w", encoding="ascii") as file:
            file.writelines(f"{name}\t{proof}\n" for name, proof in sorted(kept.items()))


class Sound:
    """A test that fails without any fault would catch everything. Each that has caught something is run without one, once."""

    def __init__(self, run):
        self.run = run
        self.lock = threading.Lock()
        self.locks, self.said = {}, {}

    def confirm(self, proof):
        with self.lock:
            mine = self.locks.setdefault(proof, threading.Lock())
        with mine:
            if proof not in self.said:
                self.said[proof] = self.run(proof)
        if self.said[proof]:
            raise MutantError(f"{' '.join(proof)} fails without any fault: {self.said[proof]}")


def on_all_processors(work, items, more=0):
    """Yields (item, work(item)); `more` at a time where some wait. What has not begun when one fails is not begun any more."""
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count() + more)
    try:
        yield from zip(items, pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)
