#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The doctor on firmware in many people's manners: every finding that styles.txt names, and no other.

usage: styles.py SOURCE_DIR [--form elf|stripped|hex] [NAME...]
The findings must not depend on the form in which the programs are given.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import threading

CORES = {"Cortex-M7": "@7", "Cortex-M4": "@4"}


def read_styles(path):
    for line in open(path, encoding="utf-8"):
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
        part = f"{out}.{threading.get_ident()}"  # many styles have programs in common
        subprocess.run(["arm-none-eabi-strip", "-s", "-o", part, elf], check=True)
        os.replace(part, out)
    return out


def command(root, style, form):
    fw = os.path.join(root, "build/fw")
    cmd = [os.path.join(root, "build/bin/duoemu"), "doctor", "--json"]
    for option, role, name in zip(("--m7", "--m4", "--load", "--load"), ("boot_m7", "boot_m4", "app_m7", "app_m4"),
                                  style["programs"]):
        if name != "-":
            cmd += [option, os.path.join(fw, f"style_{name}_{role}.elf")]
    cmd += [os.path.join(fw, o) if o.endswith(".elf") else o for o in style["options"]]
    cmd = [in_form(part, form) if part.endswith(".elf") else part for part in cmd]
    return cmd + ([] if "--for" in cmd else ["--for", "300ms"])


def check(root, style, form):
    """"" or what is wrong."""
    cmd = command(root, style, form)
    run = subprocess.run(cmd, capture_output=True, text=True, timeout=600, check=False)
    try:
        found = json.loads(run.stdout)["findings"]
    except ValueError:
        return f"no result (exit {run.returncode}): {run.stderr.strip()}\n    {' '.join(cmd)}"
    names = sorted(f["id"] + CORES.get(f["core"], "") + ":" + f["severity"] for f in found)
    code = 1 if any(not n.endswith(":note") for n in names) else 0
    if names == style["want"] and run.returncode == code:
        return ""
    extra, missing = [n for n in names if n not in style["want"]], [n for n in style["want"] if n not in names]
    return f"exit {run.returncode}, missing {missing}, too much {extra}\n    {' '.join(cmd)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("name", nargs="*")
    parser.add_argument("--form", choices=("elf", "stripped", "hex"), default="elf")
    args = parser.parse_args()
    styles = [s for s in read_styles(os.path.join(args.root, "tests/doctor/styles.txt"))
              if not args.name or s["name"] in args.name]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for style, problem in zip(styles, pool.map(lambda s: check(args.root, s, args.form), styles)):
            failed += bool(problem)
            print(f"FAIL {style['name']}: {problem}" if problem else f"ok   {style['name']}", flush=True)
    print(f"{len(styles) - failed} passed, {failed} failed")
    return 1 if failed or not styles else 0


if __name__ == "__main__":
    sys.exit(main())
