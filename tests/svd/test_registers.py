# SPDX-License-Identifier: MIT
"""Compares register offsets, reset values and bit positions with two sources: the vendor's SVD file and
second.txt, which has those of another project: those of firmware (chip/stm32h7/regs.h), the places of
all blocks (chip/stm32h7/blocks.h) and those of the emulator's models (program regdump).

The SVD files are looked for in $DUO_SVD_DIR, else beside the repository in shared/hardware/svd;
without them only the second source is compared.
PYTHONPATH=tests python3 tests/svd/test_registers.py lists the registers of which only one of the two says anything.
"""

import os
import re
import subprocess

import pytest

from duotest.board import BIN, ROOT
from duotest.registers import second, svd, trust

PROGRAM = os.path.join(BIN, "regdump")
DEFINE = re.compile(r"^#define\s+([A-Z][A-Z0-9_]*)\s+\(?(0x[0-9A-Fa-f]+|\d+)[uU]?\)?", re.M)
NOT_REGISTERS = re.compile(r"^(IRQ_|SCS_|DWT_|FLASH_KEY[12]$|FLASH_OPTKEY[12]$|FLASH_BANK_STRIDE$)")


def svd_file(repository):
    folder = os.environ.get("DUO_SVD_DIR") or os.path.join(repository, "..", "shared", "hardware", "svd")
    path = os.path.join(folder, "STM32H745_CM7.svd")
    return path if os.path.exists(path) else None


class Report:
    def __init__(self):
        self.checked = 0
        self.errors = []

    def check(self, good, message):
        self.checked += 1
        if not good:
            self.errors.append(message)

    def settle(self):
        assert self.checked > 0 and self.errors == []
        print(f"{self.checked} facts compared")


# ---- firmware's header ----


def split_name(rest, block, peripheral):
    """The register and the field of BLOCK_REG or BLOCK_REG_FIELD; the longest register name wins."""
    parts = rest.split("_")
    for n in range(len(parts), 0, -1):
        name = "_".join(parts[:n])
        spelled = trust.REGISTER_NAMES.get((block, name), name)
        register = peripheral.find(spelled)
        if register or name in trust.MISSING_REGISTERS.get(block, ()):
            return name, register, "_".join(parts[n:])
    return None, None, None


def check_field(report, macro, block, name, register, field, value):
    if field in trust.WRONG_FIELDS.get((block, name), ()):
        return
    spelled = trust.FIELD_NAMES.get((block, name), lambda f: f)(field)
    true = register.fields.get(field, register.fields.get(spelled))
    if true is None and register.fields:
        # Files with one field for a group: the macro must lie inside the register's fields.
        report.check(value & ~register.mask() == 0, f"{macro}: 0x{value:08x} is outside of the fields of {register.name}")
    elif true is not None:
        report.check(true == value, f"{macro}: 0x{value:08x} here, 0x{true:08x} in the SVD file")


def check_macro(report, macro, value, peripherals):
    block, _, rest = macro.partition("_")
    peripheral = peripherals.get(trust.BLOCK_NAMES.get(block, block))
    if peripheral is None:
        report.check(False, f"{macro}: no block {block} in the SVD file")
    elif rest == "BASE":
        report.check(peripheral.base == value, f"{macro}: 0x{value:08x} here, 0x{peripheral.base:08x} in the SVD file")
    else:
        name, register, field = split_name(rest, block, peripheral)
        if name is None:
            report.check(False, f"{macro}: no such register in the SVD file")
        elif register is not None and not field and name not in trust.MISSING_REGISTERS.get(block, ()):
            report.check(register.offset == value, f"{macro}: 0x{value:x} here, 0x{register.offset:x} in the SVD file")
        elif register is not None:
            check_field(report, macro, block, name, register, field, value)


def macros(header):
    path = os.path.join(ROOT, "chip", "stm32h7", header)
    return DEFINE.findall(re.sub(r"/\*.*?\*/", "", open(path, encoding="utf-8").read(), flags=re.S))


def check_header(report, peripherals):
    for macro, value in macros("regs.h"):
        if not NOT_REGISTERS.match(macro):
            check_macro(report, macro, int(value, 0), peripherals)


def check_blocks(report, peripherals):
    for macro, value in macros("blocks.h"):
        block = macro.removesuffix("_BASE")
        peripheral = peripherals.get(trust.BLOCK_NAMES.get(block, block))
        report.check(peripheral is not None, f"{macro}: no block {block} in the SVD file")
        base = peripheral.base if peripheral else 0
        report.check(base == int(value, 0), f"{macro}: {value} here, 0x{base:08x} in the SVD file")


# ---- the emulator's models ----


def compared_registers(peripherals):
    for peripheral in peripherals.values():
        if peripheral.name in trust.ABSENT:
            continue
        for register in peripheral.registers.values():
            if register.access != "write-only":
                yield peripheral, register


def write_checked(peripheral, register):
    return peripheral.name in trust.WRITE_CHECKED and bool(register.fields)


def dump(program, registers):
    """Answers by address: reset value and, where it is compared, the value after writing all ones."""
    lines = {}
    for peripheral, register in registers:
        address = peripheral.base + register.offset
        lines[address] = lines.get(address, "") or (" w" if write_checked(peripheral, register) else "")
    text = "".join(f"{address:08x}{how}\n" for address, how in lines.items())
    out = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout
    result = {}
    for line in out.splitlines():
        words = line.split()
        result[int(words[0], 16)] = None if words[1] == "-" else [int(w, 16) for w in words[1:]]
    return result


def masks_by_address(registers):
    """Fields of all registers at one address: some have two views (input and output)."""
    masks = {}
    for peripheral, register in registers:
        address = peripheral.base + register.offset
        masks[address] = masks.get(address, 0) | register.mask()
    return masks


def check_model(report, peripheral, register, answer, mask):
    name = f"{peripheral.name}.{register.name} (0x{peripheral.base + register.offset:08x})"
    if answer is None:
        report.check(False, f"{name}: the emulator has nothing there")
        return
    reset = answer[0]
    key = (peripheral.name, register.name)
    if peripheral.name not in trust.UNTRUSTED_RESETS:
        expected = trust.RESETS.get(key, register.reset)
        report.check(reset == expected, f"{name}: reset value 0x{reset:08x}, should be 0x{expected:08x}")
    if write_checked(peripheral, register):
        outside = (answer[1] ^ reset) & ~(mask | trust.EXTRA_BITS.get(key, 0))
        report.check(outside == 0, f"{name}: takes bits 0x{outside:08x}, which the register does not have")


def check_models(report, program, peripherals):
    registers = list(compared_registers(peripherals))
    masks = masks_by_address(registers)
    answers = dump(program, registers)
    for peripheral, register in registers:
        address = peripheral.base + register.offset
        check_model(report, peripheral, register, answers[address], masks[address])


# ---- the second source ----


def check_second(report, fact, answer):
    name = f"{fact.block}.{fact.name} (0x{fact.address:08x}), second source"
    if answer is None:
        report.check(False, f"{name}: the emulator has nothing there")
        return
    reset, ones = answer
    if fact.key() not in trust.SECOND_UNTRUSTED and fact.block not in trust.SECOND_UNTRUSTED:
        expected = trust.SECOND_RESETS.get(fact.key(), trust.RESETS.get(fact.key(), fact.reset))
        report.check(reset == expected, f"{name}: reset value 0x{reset:08x}, should be 0x{expected:08x}")
    if fact.fields:
        outside = (ones ^ reset) & ~(fact.fields | trust.SECOND_EXTRA.get(fact.key(), 0))
        report.check(outside == 0, f"{name}: takes bits 0x{outside:08x}, which the register does not have")


def check_against_second(report, program, facts):
    text = "".join(f"{fact.address:08x} w\n" for fact in facts)
    out = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout
    answers = {}
    for line in out.splitlines():
        words = line.split()
        answers[int(words[0], 16)] = None if words[1] == "-" else [int(w, 16) for w in words[1:]]
    for fact in facts:
        check_second(report, fact, answers[fact.address])


def list_one_source(peripherals, facts):
    vendor = {p.base + r.offset: f"{p.name}.{r.name}" for p, r in compared_registers(peripherals)}
    other = {fact.address: f"{fact.block}.{fact.name}" for fact in facts}
    for address in sorted(vendor.keys() ^ other.keys()):
        source = "vendor" if address in vendor else "second"
        print(f"0x{address:08x} {vendor.get(address) or other.get(address)}: {source} only")


def the_second():
    return [f for f in second.read(os.path.join(ROOT, "tests", "svd")) if f.block not in trust.ABSENT]


@pytest.fixture
def peripherals():
    path = svd_file(ROOT)
    if not path:
        pytest.skip("the vendor's file is not at hand (DUO_SVD_DIR)")
    return svd.read(path)


def test_firmware_has_the_registers_of_the_vendor(peripherals):
    report = Report()
    check_header(report, peripherals)
    report.settle()


def test_blocks_are_where_the_vendor_has_them(peripherals):
    report = Report()
    check_blocks(report, peripherals)
    report.settle()


def test_models_have_the_registers_of_the_vendor(peripherals):
    report = Report()
    check_models(report, PROGRAM, peripherals)
    report.settle()


def test_models_have_the_registers_of_the_second_source():
    report = Report()
    check_against_second(report, PROGRAM, the_second())
    report.settle()


if __name__ == "__main__":
    list_one_source(svd.read(svd_file(ROOT)), the_second())
