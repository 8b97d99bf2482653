#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs duoemu doctor on every pair of examples/broken and its repaired twin.

usage: broken.py SOURCE_DIR [CASE...]
The broken one must give every finding that cases.txt names; the twin must give none, not even a note.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import time

ROLES = ("boot_m7", "app_m7", "boot_m4", "app_m4")


def read_cases(path):
    for line in open(path, encoding="utf-8"):
        line = line.split("#")[0].strip()
        if not line:
            continue
        part = [p.strip() for p in line.split("|")] + ["", "", ""]
        yield tuple([part[0]] + [p.split() for p in part[1:5]])


def program(fw, kind, case, role):
    own = os.path.join(fw, f"{kind}_{case}_{role}.elf")
    base, core = role.split("_")
    return own if os.path.exists(own) else os.path.join(fw, f"broken_base_{base}_{core}.elf")


def programs(root, kind, case):
    fw = os.path.join(root, "build/fw")
    return {role: program(fw, kind, case, role) for role in ROLES}


def doctor(root, files, options):
    """Findings (None: it did not run), exit code or message, command, seconds."""
    cmd = [os.path.join(root, "build/bin/duoemu"), "doctor", "--m7", files["boot_m7"], "--load", files["app_m7"], "--json"]
    if "-m4" not in options:
        cmd += ["--m4", files["boot_m4"], "--load", files["app_m4"]]
    cmd += [o for o in options if o != "-m4"]
    if "--for" not in options:
        cmd += ["--for", "200ms"]
    start = time.monotonic()
    run = subprocess.run(cmd, capture_output=True, text=True, timeout=600, check=False)
    seconds = time.monotonic() - start
    try:
        found = json.loads(run.stdout)["findings"]
    except ValueError:
        return None, f"no result (exit {run.returncode}): {run.stderr.strip()}", cmd, seconds
    return found, run.returncode, cmd, seconds


def name(finding):
    core = {"Cortex-M7": "@7", "Cortex-M4": "@4"}.get(finding["core"], "")
    return finding["id"] + core


def judge(found, code, want, sound):
    """What is wrong with the verdict on a pair: every wanted finding, for a sound pair no other; "" when it is right."""
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


def check(root, case, want, options, only_broken, notes):
    problems = []
    found, code, cmd, seconds = doctor(root, programs(root, "broken", case), options + only_broken)
    problem = judge(found, code, want, not want)
    if problem:
        problems.append(f"broken: {problem}\n    {' '.join(cmd)}")
    found, code, cmd, _ = doctor(root, programs(root, "repaired", case), options)
    problem = judge(found, code, notes, True)
    if problem:
        problems.append(f"repaired: {problem}\n    {' '.join(cmd)}")
    return problems, seconds


def main():
    root = sys.argv[1]
    cases = list(read_cases(os.path.join(root, "examples/broken/cases.txt")))
    if len(sys.argv) > 2:
        cases = [c for c in cases if c[0] in sys.argv[2:]]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for case, (problems, seconds) in zip(cases, pool.map(lambda c: check(root, *c), cases)):
            failed += bool(problems)
            print(f"{'FAIL' if problems else 'ok  '} {case[0]} ({seconds:.1f} s)", flush=True)
            for p in problems:
                print("  " + p)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
