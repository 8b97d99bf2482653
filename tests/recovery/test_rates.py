# SPDX-License-Identifier: MIT
"""What SMP and YMODEM are meant to reach of the line at 921600 baud, as the unmodified clients send (docs/protocols.md)."""
import os
import re
import subprocess

import pytest

from duotest.board import ROOT

pytestmark = pytest.mark.long  # two minutes

AIMS = {"SMP, raw": 0.95, "SMP, console": 0.70, "YMODEM-1K (sb)": 0.80}


def test_the_shares_of_the_line_that_are_aimed_at():
    done = subprocess.run([os.path.join(ROOT, "bench", "transfer"), "921600"], capture_output=True, text=True, check=True)
    shares = {name: float(share) for name, share in re.findall(r"baud  (.+?) +(\d\.\d\d) ", done.stdout)}
    assert {name: shares[name] for name, aim in AIMS.items() if shares[name] < aim} == {}, done.stdout
