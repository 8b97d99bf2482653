# SPDX-License-Identifier: MIT
"""Faults that programs on the host must find: the source with the fault takes the place of the good one in the link."""
import glob
import os
import re
import resource
import subprocess
import tempfile

from common import ROOT, Fault, Killers, MutantError, Sound, changed_source, on_all_processors

BUILD = os.path.join(ROOT, "build", "host")


def find_source(file):
    """Core and protocol sources have names of their own: `journal.c` is enough."""
    found = glob.glob(os.path.join(ROOT, "core", "*", file)) + glob.glob(os.path.join(ROOT, "proto", file))
    if len(found) != 1:
        raise MutantError(f"{file}: {len(found)} sources of this name")
    return found[0]


class Program:
    """How ninja compiles and links a test program."""

    def __init__(self, name):
        self.path = os.path.join(ROOT, "build", "bin", name)
        commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", self.path], capture_output=True, text=True,
                                  check=True).stdout.splitlines()
        self.link = next(c for c in reversed(commands) if f"-o {self.path} " in c)
        self.compile = [c for c in commands if " -c " in c]

    def compile_command(self, source):
        """The object is the program's own, or one of a library of the tests."""
        found = [c for c in self.compile if c.endswith(" " + source)]
        return max(found, key=lambda c: (self.object_of(c) in self.link, "tests/" in self.object_of(c)), default=None)

    @staticmethod
    def object_of(command):
        return re.search(r" -o (\S+)", command).group(1)

    def build(self, fault, work):
        source = find_source(fault.file)
        command = self.compile_command(source)
        if command is None:
            return None
        changed = os.path.join(work, os.path.basename(source))
        out = os.path.join(work, os.path.basename(self.path))
        with open(changed, "w", encoding="ascii") as file:
            file.write(changed_source(fault, source))
        compiled = re.sub(r" -MD -MT \S+ -MF \S+| -Werror", "", command).replace(" -c " + source, " -w -c " + changed)
        compiled = compiled.replace(" -o " + self.object_of(command), f" -o {out}.o")
        self.shell(compiled, fault)
        link = self.link.replace(f"-o {self.path} ", f"-o {out} ")
        if self.object_of(command) in link:
            link = link.replace(self.object_of(command), out + ".o")
        else:  # before the library that has the good one
            link = re.sub(r"( \S+\.o )", rf" {out}.o\1", link, count=1)
        self.shell(link, fault)
        return out

    @staticmethod
    def shell(command, fault):
        done = subprocess.run(["sh", "-c", command], cwd=BUILD, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise MutantError(f'"{fault.name}" does not compile: {done.stderr[-1500:]}')


# Of processor time, so that a loaded machine changes nothing. Without a fault the longest takes a tenth of it.
LIMIT_S = {"txn_exhaustive": 200, "txn_walk": 100, "txn_newboot": 100}
LIMIT_OTHERS_S = 20


def limit(name):
    seconds = LIMIT_S.get(name, LIMIT_OTHERS_S)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def run(program, arguments):
    """None, or what the proof says that failed."""
    name = os.path.basename(program)
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace", timeout=1800, check=False,
                              preexec_fn=lambda: limit(name))
    except subprocess.TimeoutExpired:
        return "does not end"
    if done.returncode == 0:
        return None
    said = [line for line in (done.stderr + done.stdout).splitlines() if "FAILED" in line or "ERROR" in line]
    return said[-1] if said else f"exit code {done.returncode}"


class Host:
    def __init__(self, proofs):
        self.proofs = proofs
        names = list(dict.fromkeys(p[0] for p in proofs))
        subprocess.run(["ninja", "-C", BUILD, *(os.path.join(ROOT, "build", "bin", n) for n in names)],
                       capture_output=True, check=True)
        self.programs = {name: Program(name) for name in names}
        self.killers = Killers()
        self.sound = Sound(lambda proof: run(self.programs[proof[0]].path, proof[1:]))

    def caught_by(self, fault):
        """None, or the proof that has caught it and what it says."""
        with tempfile.TemporaryDirectory() as work:
            built = {}
            for proof in self.killers.first(fault, self.proofs):
                if proof[0] not in built:
                    built[proof[0]] = self.programs[proof[0]].build(fault, work)
                if built[proof[0]] is None:
                    continue
                said = run(built[proof[0]], proof[1:])
                if said:
                    self.sound.confirm(proof)
                    return proof, said
        return None

    def check(self, faults):
        """Yields (fault, what caught it or None)."""
        for fault in faults:
            changed_source(fault, find_source(fault.file))  # a text that is outdated is said at once
        yield from on_all_processors(self.caught_by, faults)


def suite(module):
    return lambda chosen: Host(module.PROOFS).check(chosen), [Fault(*m) for m in module.MUTANTS]
