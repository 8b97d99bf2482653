#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every state of a core is bounded: `duoemu run` ends when its virtual time is over and on SIGTERM and SIGINT, and
`duoemu doctor` gives its verdict, also when no instruction is executed any more. usage: stuck.py SOURCE_DIR"""
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile

TOP = pathlib.Path(sys.argv[1])
DUOEMU = TOP / "build/bin/duoemu"
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
failures = []


def command(what, folder, m7, m4, *more):
    args = [DUOEMU, what]
    for core, state in (("m7", m7), ("m4", m4)):
        word = folder / f"{core}-{state}.bin"
        word.write_bytes(struct.pack("<I", state))
        args += [f"--{core}", TOP / f"build/fw/stuck_c{core}.elf", "--load", f"{word}@{STATE_AT[core]:#x}"]
    return args + list(more)


def check(name, got, expected):
    if got not in expected:
        failures.append(name)
        print(f"FAILED {name}: exit {got}, expected {expected}")


def run(folder, name, m7, m4, expected):
    """The same end with --for, however the cores got stuck."""
    done = subprocess.run(command("run", folder, m7, m4, "-q", "--for", "20ms"), timeout=LIMIT)
    check(name, done.returncode, expected)


def interrupted(folder, name, m7, m4, sig):
    """A signal ends a run that nothing else ends."""
    child = subprocess.Popen(command("run", folder, m7, m4, "-v"), stderr=subprocess.PIPE, text=True)
    child.stderr.readline()  # it runs: the signal handler is there
    child.send_signal(sig)
    child.communicate(timeout=LIMIT)
    check(f"{name}, {sig.name}", child.returncode, [USER])


def doctor(folder, name, m7, m4):
    """0 healthy, 1 findings: in any case a verdict."""
    done = subprocess.run(command("doctor", folder, m7, m4, "--for", "20ms"), timeout=LIMIT, stdout=subprocess.DEVNULL)
    check(f"doctor, {name}", done.returncode, [0, 1])


def main():
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        for state, (name, end) in STATES.items():
            # A locked-up core beside one that sleeps: nothing is left to wait for.
            run(folder, f"M7: {name}", state, 15, [TIME] if end == TIME else [TIME, IDLE])
            run(folder, f"M4: {name}", 15, state, [TIME] if end == TIME else [TIME, IDLE])
            run(folder, f"both: {name}", state, state, [end, TIME] if end == IDLE else [end])
            if end == TIME:
                for sig in (signal.SIGTERM, signal.SIGINT):
                    interrupted(folder, name, state, state, sig)
            doctor(folder, name, state, state)
    print(f"{len(STATES)} states, {len(failures)} failures")
    return bool(failures)


sys.exit(main())
