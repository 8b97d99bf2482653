# SPDX-License-Identifier: MIT
"""The pairs of examples/broken, built as other people build: each optimisation, stripped, as HEX and as BIN.

Each case once, with an optimisation and a form drawn from a seed (-m proof: two of three). By hand (-m by_hand): every case in every optimisation as
ELF, and in every form. A mistake must give its findings however it is built, and its repaired twin none.
"""
import os
import random
import struct
import subprocess

import pytest

from duotest.board import ROOT
from duotest.doctor import ROLES, doctor, judge, read_cases

OPTIMISATIONS = {"O0": ["-O0"], "Og": ["-Og"], "O1": ["-O1"], "O2": ["-O2"], "O3": ["-O3"], "Os": ["-Os"],
                 "O2-flto": ["-O2", "-flto"], "O0-noframe": ["-O0", "-fomit-frame-pointer"]}
# (case, optimisation) where the compiler makes the mistake harmless: a note at most, and why.
HARMLESS = {("msp-in-c", "O0"): "every local is found by the frame pointer, which still points to the old stack"}
SEED = 7
FORMS = ("elf", "stripped", "hex", "bin")
CORES = {"m7": ("cortex-m7", "fpv5-d16", 0x08000000, 0x08020000, 0x20000000, 0x20020000, "CORE_CM7"),
         "m4": ("cortex-m4", "fpv4-sp-d16", 0x08100000, 0x08120000, 0x10000000, 0x10020000, "CORE_CM4")}


class Builder:
    """Programs of examples/broken in one optimisation, under build/doctor-matrix."""

    def __init__(self):
        self.source = os.path.join(ROOT, "examples", "broken")
        self.out = os.path.join(ROOT, "build", "doctor-matrix")
        os.makedirs(self.out, exist_ok=True)
        self.done = set()

    def once(self, path, make):
        """path, made by make(temporary path) unless this run has made it; programs of base/ serve many cases."""
        if path not in self.done:
            temporary = f"{path}.{os.getpid()}.tmp"  # the sample and the whole table may run beside each other
            make(temporary)
            os.replace(temporary, path)
            self.done.add(path)
        return path

    def program(self, case, role, repaired, opt):
        """ELF file of that role: the case's own program, or the base's."""
        own = os.path.join(self.source, case, role + ".c")
        if os.path.exists(own):
            return self.build(f"{'repaired' if repaired else 'broken'}_{case}_{role}", own, role, repaired, opt)
        return self.build(f"base_{role}", os.path.join(self.source, "base", role[:-3] + ".c"), role, False, opt)

    def build(self, name, source, role, repaired, opt):
        cpu, fpu, boot, app, ram, stack, define = CORES[role[-2:]]
        at = None
        if not repaired:  # the mistake may be in the linker settings: see README.md
            with open(source, encoding="utf-8") as f:
                link = dict(line[9:].strip().split("=") for line in f if line.startswith("// link: "))
            ram, stack = link.get("RAM", ram), link.get("STACK", stack)
            at = link.get("AT")
            boot = app = link.get("ROM", boot if role.startswith("boot") else app)
        base = os.path.join(self.source, "base")
        command = ["arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", f"-mfpu={fpu}", "-mfloat-abi=hard", "-g",
                   "-ffreestanding", "-ffunction-sections", "-fdata-sections", "-nostartfiles", "--specs=nosys.specs",
                   "--specs=nano.specs", "-Wl,--gc-sections", "-Wl,-z,noexecstack", "-Wl,--no-warn-rwx-segments", "-w",
                   *OPTIMISATIONS[opt], f"-D{define}", *(["-DREPAIRED"] if repaired else []), "-I", base,
                   f"-T{base}/user.ld", f"-Wl,--defsym=__rom={boot if role.startswith('boot') else app}",
                   f"-Wl,--defsym=__rom_at={at or (boot if role.startswith('boot') else app)}", f"-Wl,--defsym=__ram={ram}", "-Wl,--defsym=__ram_size=0x20000", f"-Wl,--defsym=__stack={stack}",
                   os.path.join(base, "start.c"), os.path.join(base, "jump.c"), source, "-o"]
        return self.once(os.path.join(self.out, f"{name}_{opt}.elf"),
                         lambda elf: subprocess.run(command + [elf], check=True))

    def convert(self, elf, form, address):
        """The argument for duoemu that gives the program in that form."""
        if form == "elf":
            return elf
        command = {"stripped": lambda out: ["arm-none-eabi-strip", "-s", "-o", out, elf],
                   "hex": lambda out: ["arm-none-eabi-objcopy", "-O", "ihex", elf, out],
                   "bin": lambda out: ["arm-none-eabi-objcopy", "-O", "binary", elf, out]}[form]
        out = self.once(f"{elf[:-4]}.{form}", lambda out: subprocess.run(command(out), check=True))
        return f"{out}@0x{address:08x}" if form == "bin" and address not in (0x08000000, 0x08100000) else out


def lies_at(elf):
    """Address of the first byte that a programmer writes: a mistake may have linked the program elsewhere."""
    with open(elf, "rb") as file:
        data = file.read()
    offset, size, count = struct.unpack_from("<I", data, 28)[0], *struct.unpack_from("<HH", data, 42)
    headers = [struct.unpack_from("<8I", data, offset + i * size) for i in range(count)]
    return min(physical for kind, _, _, physical, filesz, *_ in headers if kind == 1 and filesz)


def files(builder, case, repaired, opt, form):
    out = {}
    for role in ROLES:
        elf = builder.program(case, role, repaired, opt)
        out[role] = builder.convert(elf, form, lies_at(elf))
    return out


def judge_pair(builder, case, opt, form):
    name, want, options, only_broken, notes = case
    for repaired in (False, True):
        extra = options + ([] if repaired else only_broken)
        found, code, cmd = doctor(files(builder, name, repaired, opt, form), extra)
        if not repaired and (name, opt) in HARMLESS and found and code == 0:
            code = 1  # the note is there, and this build goes on
        assert judge(found, code, notes if repaired else want, repaired or not want) == "", " ".join(cmd)


def drawn():
    """(case, optimisation, form); `make check` takes every tenth, `make proof` every third of the others."""
    draw = random.Random(SEED)
    for number, case in enumerate(read_cases()):
        marks = [] if number % 10 == 0 else [pytest.mark.proof if number % 3 == 0 else pytest.mark.long]
        yield pytest.param(case, draw.choice(sorted(OPTIMISATIONS)), draw.choice(FORMS), marks=marks)


def table():
    for case in read_cases():
        yield from ((case, opt, "elf") for opt in OPTIMISATIONS)
        yield from ((case, "O2", form) for form in FORMS if form != "elf")


def name_of(what):
    return what[0] if isinstance(what, tuple) else what


@pytest.fixture(scope="module")
def builder():
    return Builder()


@pytest.mark.parametrize("case, opt, form", drawn(), ids=name_of)
def test_each_case_once(builder, case, opt, form):
    judge_pair(builder, case, opt, form)


@pytest.mark.by_hand
@pytest.mark.parametrize("case, opt, form", table(), ids=name_of)
def test_the_whole_table(builder, case, opt, form):
    judge_pair(builder, case, opt, form)
