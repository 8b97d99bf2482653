# SPDX-License-Identifier: MIT
"""The doctor on firmware in many people's manners: every finding that styles.txt names, and no other. The findings must not
depend on the form in which the programs are given."""
import json
import os
import subprocess

import pytest

from duotest.board import ROOT
from duotest.emulator import DUOEMU, fw

CORES = {"Cortex-M7": "@7", "Cortex-M4": "@4"}


def read_styles():
    with open(os.path.join(ROOT, "tests", "doctor", "styles.txt"), encoding="utf-8") as file:
        lines = file.readlines()
    for line in lines:
        part = [p.strip() for p in line.split("#")[0].split("|")]
        if len(part) >= 5:
            part += [""] * (7 - len(part))
            yield {"name": part[0], "programs": part[1:5], "want": sorted(part[5].split()), "options": part[6].split()}


def in_form(elf, form):
    """The program in that form, made beside the original."""
    if form == "elf":
        return elf
    out = elf[:-4] + (".stripped.elf" if form == "stripped" else ".hex")
    if form == "stripped":  # the HEX files were made by the build
        part = f"{out}.{os.getpid()}"
        subprocess.run(["arm-none-eabi-strip", "-s", "-o", part, elf], check=True)
        os.replace(part, out)
    return out


def command(style, form):
    cmd = [DUOEMU, "doctor", "--json"]
    for option, role, name in zip(("--m7", "--m4", "--load", "--load"), ("boot_m7", "boot_m4", "app_m7", "app_m4"),
                                  style["programs"]):
        if name != "-":
            cmd += [option, fw(f"style_{name}_{role}.elf")]
    cmd += [fw(o) if o.endswith(".elf") else o for o in style["options"]]
    cmd = [in_form(part, form) if part.endswith(".elf") else part for part in cmd]
    return cmd + ([] if "--for" in cmd else ["--for", "300ms"])


@pytest.mark.parametrize("form", ["elf", *(pytest.param(form, marks=pytest.mark.long) for form in ("stripped", "hex"))])
@pytest.mark.parametrize("style", read_styles(), ids=lambda style: style["name"])
def test_the_whole_of_the_report(style, form):
    cmd = command(style, form)
    run = subprocess.run(cmd, capture_output=True, text=True, timeout=600, check=False)
    assert run.stdout, f"exit {run.returncode}: {run.stderr.strip()}\n{' '.join(cmd)}"
    found = json.loads(run.stdout)["findings"]
    names = sorted(f["id"] + CORES.get(f["core"], "") + ":" + f["severity"] for f in found)
    assert names == style["want"], " ".join(cmd)
    assert run.returncode == int(any(not name.endswith(":note") for name in names)), " ".join(cmd)
