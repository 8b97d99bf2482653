# SPDX-License-Identifier: MIT
"""Every state of a core is bounded: `duoemu run` ends when its virtual time is over and on SIGTERM and SIGINT, and
`duoemu doctor` gives its verdict, also when no instruction is executed any more."""
import signal
import struct
import subprocess

import pytest

from duotest.emulator import DUOEMU, fw

STATE_AT = {"m7": 0x08010000, "m4": 0x08110000}
LOCKUP, TIME, IDLE, USER = 4, 3, 6, 7
LIMIT = 100  # seconds: far more than any state needs, also on a loaded machine

# State: how a run with this state in one core ends while the other one sleeps, and without an end in time.
STATES = {
    0: ("vector 0xFFFFFFFF", LOCKUP), 1: ("vector like EXC_RETURN", LOCKUP), 2: ("even vector", LOCKUP),
    3: ("vector to a device", LOCKUP), 4: ("vector to the PPB", LOCKUP), 5: ("vector to a reserved address", LOCKUP),
    6: ("vector to blank flash", LOCKUP), 7: ("vector 0", LOCKUP), 8: ("table in blank flash", LOCKUP),
    9: ("reset loop", TIME), 10: ("endless loop", TIME), 11: ("exception storm", TIME), 12: ("WFI that never waits", TIME),
    13: ("WFE that never waits", TIME), 14: ("stack nowhere", TIME), 15: ("sleep without an end", IDLE),
}
SIGNALS = signal.SIGTERM, signal.SIGINT


def command(what, folder, m7, m4, *more):
    args = [DUOEMU, what]
    for core, state in (("m7", m7), ("m4", m4)):
        word = folder / f"{core}-{state}.bin"
        word.write_bytes(struct.pack("<I", state))
        args += [f"--{core}", fw(f"stuck_c{core}.elf"), "--load", f"{word}@{STATE_AT[core]:#x}"]
    return args + list(more)


def run(folder, m7, m4):
    return subprocess.run(command("run", folder, m7, m4, "-q", "--for", "20ms"), timeout=LIMIT, check=False).returncode


@pytest.fixture(params=STATES, ids=[name.replace(" ", "-") for name, _ in STATES.values()])
def state(request):
    return request.param


def test_a_run_ends_with_its_virtual_time(tmp_path, state):
    """The same end with --for, however the cores got stuck. A locked-up core beside one that sleeps: nothing is left to wait for."""
    end = STATES[state][1]
    assert run(tmp_path, state, 15) in ([TIME] if end == TIME else [TIME, IDLE])
    assert run(tmp_path, 15, state) in ([TIME] if end == TIME else [TIME, IDLE])
    assert run(tmp_path, state, state) in ([end, TIME] if end == IDLE else [end])


@pytest.mark.parametrize("sent", SIGNALS)
@pytest.mark.parametrize("running", [state for state, (_, end) in STATES.items() if end == TIME])
def test_a_signal_ends_a_run_that_nothing_else_ends(tmp_path, running, sent):
    child = subprocess.Popen(command("run", tmp_path, running, running, "-v"), stderr=subprocess.PIPE, text=True)
    child.stderr.readline()  # it runs: the signal handler is there
    child.send_signal(sent)
    child.communicate(timeout=LIMIT)
    assert child.returncode == USER


def test_the_doctor_has_a_verdict(tmp_path, state):
    """0 healthy, 1 findings."""
    done = subprocess.run(command("doctor", tmp_path, state, state, "--for", "20ms"), timeout=LIMIT, stdout=subprocess.DEVNULL,
                          check=False)
    assert done.returncode in (0, 1)
