# SPDX-License-Identifier: MIT
"""The self-test on the emulator: every question is answered as the documents say, a chip that is otherwise is noticed, and
scripts/selftest collects from a line."""
import os
import re
import subprocess

from duotest.board import BIN, ROOT, firmware, require

require(firmware("selftest_m7.hex"), firmware("selftest_m4.hex"))
SCRIPT = os.path.join(ROOT, "scripts", "selftest")
HEX = firmware("selftest.hex")
AT_LEAST = 48  # questions


def script(*words):
    return subprocess.run([SCRIPT, *words], capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL, check=False)


def test_every_question_is_answered_as_expected():
    done = script("--emulator")
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) questions, 0 differ, 0 without an answer", done.stdout)
    assert found and int(found.group(1)) >= AT_LEAST, done.stdout


def test_another_chip_is_noticed():
    """The halves of SYSCFG_UR3 as the manual has them, an M7 that waits for the other bank, an M4 that is held."""
    done = subprocess.run([f"{BIN}/duoemu", "run", "-q", "--m7", HEX, "--ur3", "manual", "--m7-speculates", "--until", "selftest: done",
                           "--for", "60s"], capture_output=True, text=True, timeout=600, check=False)
    differ = re.findall(r"^(\S+)[^\n]*DIFFERS", done.stdout, re.M)
    assert "syscfg.ur3" in differ and "flash.m7" in differ, done.stdout


def test_it_collects_from_a_line():
    """The board begins to talk when the script has asked for its reset."""
    ours, theirs = os.openpty()
    collector = subprocess.Popen([SCRIPT, "--programmer", "none", os.ttyname(theirs)], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    assert "reset button" in collector.stdout.readline()
    subprocess.run([f"{BIN}/duoemu", "run", "-q", "--m7", HEX, "--until", "selftest: done.*differ 0x[0-9a-f]{8}", "--for", "60s"],
                   stdout=ours, stdin=subprocess.DEVNULL, timeout=600, check=True)
    said = collector.communicate(timeout=600)[0]
    os.close(ours)
    os.close(theirs)
    assert collector.returncode == 0 and " 0 differ, 0 without" in said, said


def test_mistakes_are_named():
    assert script().returncode == 2
    assert script("--programmer", "magic", "/dev/null").returncode == 2
    done = script("--yes", "--programmer", "none", "/no/such/port")
    assert done.returncode == 3 and "/no/such/port" in done.stderr, done.stderr
    assert "nothing was done" in script("/no/such/port").stderr  # it asks first, and nobody said yes
