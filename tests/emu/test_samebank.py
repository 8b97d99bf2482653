# SPDX-License-Identifier: MIT
"""60,000 flash words programmed by code in the same bank: no crash, the right content and code, bounded memory."""
import resource
import subprocess

from duotest.emulator import DUOEMU, fw

IDLE = 6  # duoemu: both cores sleep, nothing is left to wait for
LIMIT_MB = 150


def test_code_and_content_stay_right_in_bounded_memory():
    done = subprocess.run([DUOEMU, "run", "--m7", fw("samebank_cm7.elf"), "--m4", fw("stuck_cm4.elf")], capture_output=True, text=True,
                          timeout=600, check=False)
    assert done.returncode == IDLE and "HardFault" not in done.stderr, done.stderr
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    assert peak <= LIMIT_MB
