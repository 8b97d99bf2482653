# SPDX-License-Identifier: MIT
"""duoemu doctor on the pairs of examples/broken and their repaired twins."""
import json
import os
import subprocess

from duotest.board import BIN, ROOT

CASES = os.path.join(ROOT, "examples", "broken", "cases.txt")
FW = os.path.join(ROOT, "build", "fw")
ROLES = ("boot_m7", "app_m7", "boot_m4", "app_m4")


def read_cases():
    """(name, findings wanted, options, options of the broken one only, notes of its twin)."""
    with open(CASES, encoding="utf-8") as file:
        lines = file.readlines()
    for line in lines:
        line = line.split("#")[0].strip()
        if not line:
            continue
        part = [p.strip() for p in line.split("|")] + ["", "", ""]
        yield tuple([part[0]] + [p.split() for p in part[1:5]])


def program(kind, case, role):
    own = os.path.join(FW, f"{kind}_{case}_{role}.elf")
    base, core = role.split("_")
    return own if os.path.exists(own) else os.path.join(FW, f"broken_base_{base}_{core}.elf")


def programs(kind, case):
    return {role: program(kind, case, role) for role in ROLES}


def doctor(files, options):
    """Findings (None: it did not run), exit code or message, command."""
    cmd = [os.path.join(BIN, "duoemu"), "doctor", "--m7", files["boot_m7"], "--load", files["app_m7"], "--json"]
    if "-m4" not in options:
        cmd += ["--m4", files["boot_m4"], "--load", files["app_m4"]]
    cmd += [o for o in options if o != "-m4"]
    if "--for" not in options:
        cmd += ["--for", "200ms"]
    run = subprocess.run(cmd, capture_output=True, text=True, timeout=600, check=False)
    try:
        found = json.loads(run.stdout)["findings"]
    except ValueError:
        return None, f"no result (exit {run.returncode}): {run.stderr.strip()}", cmd
    return found, run.returncode, cmd


def name(finding):
    core = {"Cortex-M7": "@7", "Cortex-M4": "@4"}.get(finding["core"], "")
    return finding["id"] + core


def judge(found, code, want, sound):
    """What is wrong with the report on a pair: every wanted finding, for a sound pair no other; "" when it is right."""
    if found is None:
        return code
    names = [name(f) + (":note" if w + ":note" in want and f["severity"] == "note" else "") for f in found
             for w in [name(f)]]
    missing = [w for w in want if w not in names]
    if sound:
        extra = [n for n in names if n not in want]
        return f"exit {code}, missing {missing}, too much {extra}" if missing or extra or code != 0 else ""
    sick = int(any(not w.endswith(":note") for w in want))
    return f"exit {code}, missing {missing}, found {names}" if missing or code != sick else ""
