#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""60,000 flash words programmed by code in the same bank: no crash, the right content and code, bounded memory.
usage: samebank.py SOURCE_DIR"""
import pathlib
import resource
import subprocess
import sys

TOP = pathlib.Path(sys.argv[1])
IDLE = 6  # duoemu: both cores sleep, nothing is left to wait for
LIMIT_MB = 150

done = subprocess.run([TOP / "build/bin/duoemu", "run", "--m7", TOP / "build/fw/samebank_cm7.elf", "--m4",
                       TOP / "build/fw/stuck_cm4.elf"], capture_output=True, text=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(done.stderr, f"exit {done.returncode}, peak {peak} MB (bound {LIMIT_MB})", sep="")
sys.exit(done.returncode != IDLE or "HardFault" in done.stderr or peak > LIMIT_MB)
