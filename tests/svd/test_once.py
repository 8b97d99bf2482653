# SPDX-License-Identifier: MIT
"""Each number of the chip that chip/ names stands there alone: what the emulator and the doctor call by a shorter name they take from there."""

import ast
import glob
import os
import re

from duotest.board import ROOT

VALUE = r"\(?(0x[0-9A-Fa-f]+u?|BIT\(\d+\)|\d+u? << \d+)\)?"
DEFINED = re.compile(rf"^\s*#define (\w+)\s+{VALUE}\s*(?:/\*.*)?$", re.M)
LISTED = re.compile(rf"\b([A-Z]\w+) = {VALUE}(?=\s*[,}}])")


def number(text):
    bit = re.fullmatch(r"BIT\((\d+)\)", text)
    if bit:
        return 1 << int(bit[1])
    places = re.fullmatch(r"(\d+) << (\d+)", text.replace("u", ""))
    return int(places[1]) << int(places[2]) if places else ast.literal_eval(text.rstrip("u"))


def source(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def facts():
    """{name: number} of chip/, and each of its shorter forms: USART_CR1_UE is CR1_UE, too."""
    named, short = {}, {}
    for path in glob.glob(os.path.join(ROOT, "chip", "stm32h7", "*.h")):
        named.update((name, number(value)) for name, value in DEFINED.findall(source(path)))
    for name in named:
        parts = name.split("_")
        for first in range(1, len(parts) - 1):
            short.setdefault("_".join(parts[first:]), []).append(name)
    return named, short


def said_again(path, named, short):
    block = re.sub(r"_.*", "", os.path.basename(path)[:-2]).upper()
    a_block = any(name.startswith(block) and name.endswith("_BASE") for name in named)
    text = source(path)
    for name, value in DEFINED.findall(text) + LISTED.findall(text):
        for full in (name, f"{block}_{name}", *short.get(name, [])):
            of_another = a_block and block not in full.split("_")  # I2C_ISR has bits with the names of USART_ISR's
            if named.get(full) == number(value) and not of_another:
                yield f"{os.path.relpath(path, ROOT)}: {name} is {full} of chip/"
                break


# ---- addresses, under any name or none ----

STRIPPED = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
ADDRESS = re.compile(r"\b0x([45][0-9A-Fa-f]{7}|E00[0-9A-Fa-f]{5})u?\b")
NO_ADDRESS = {0x40000000, 0x50000000, 0xE0000000, 0x40000400}  # ranges of the memory map begin so (TIM2 is there), and RCC_HSICFGR is reset to TIM3


def addresses(named):
    """{address: name} of each block, and of each register of a block."""
    bases = {name[:-5]: value for name, value in named.items() if name.endswith("_BASE")}
    found = {value: name + "_BASE" for name, value in bases.items()}
    for name, value in named.items():
        block = name.split("_")[0]
        if block in bases and name != block + "_BASE" and value < 0x1000 and name.count("_") <= 2:
            found.setdefault(bases[block] + value, name)
    return found


def address_again(path, found):
    for literal in ADDRESS.findall(STRIPPED.sub("", source(path))):
        value = int(literal, 16)
        if value in found and value not in NO_ADDRESS:
            yield f"{os.path.relpath(path, ROOT)}: 0x{literal} is {found[value]} of chip/"


def files():
    return [path for folder in ("emu", "boot", "port", "lib", "tool") for kind in "ch"
            for path in glob.glob(os.path.join(ROOT, folder, "**", "*." + kind), recursive=True)]


def test_no_address_of_chip_is_said_again():
    found = addresses(facts()[0])
    assert found[0x40011000] == "USART1_BASE" and found[0xE000ED94] == "SCS_MPU_CTRL"
    assert [again for path in files() for again in address_again(path, found)] == []


def test_no_number_of_chip_is_said_again():
    named, short = facts()
    assert len(named) > 300
    assert [again for path in files() for again in said_again(path, named, short)] == []
