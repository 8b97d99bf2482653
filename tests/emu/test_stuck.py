# SPDX-License-Identifier: MIT
"""Every state of a core is bounded: `duoemu run` ends when its virtual time is over and on SIGTERM and SIGINT, and
`duoemu doctor` makes its report, also when no instruction is executed any more."""
import os
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


def test_the_doctor_makes_its_report(tmp_path, state):
    """0 healthy, 1 findings."""
    done = subprocess.run(command("doctor", tmp_path, state, state, "--for", "20ms"), timeout=LIMIT, stdout=subprocess.DEVNULL,
                          check=False)
    assert done.returncode in (0, 1)


# Words where a vector, a stack pointer or an EXC_RETURN belongs: none may keep a run from its end.
ODD = (0, 1, 4, 0x080003FF, 0x08000400, 0x08200001, 0x10000001, 0x1FF00001, 0x20000001, 0x24000001, 0x38000001, 0x40000001, 0x5FFFFFF8,
       0x60000001, 0x90000001, 0xA0000001, 0xE000ED00, 0xE000ED01, 0xF0000000, 0xF1234567, 0xFF000000,
       0xFFFFFFE1, 0xFFFFFFE9, 0xFFFFFFED, *range(0xFFFFFFF0, 0x100000000))
HANDLER = "svc 0\nb .\n.balign 64\n"  # the handler is at the next 64 bytes
# A function in RAM (adds r0, #1 and bx lr) whose first instruction is stored again before each of WORD calls; then sleep.
REWRITES = """ldr r4, =WORD
ldr r5, =0x24000000
ldr r2, =0x47703001
str r2, [r5]
adds r3, r5, #1
1: strh r2, [r5]
blx r3
subs r4, #1
bne 1b
wfi
b .
.ltorg"""
PROGRAMS = {
    "entry": "b .", "stack": "push {r0-r7, lr}\nsvc 0\nb .", "SVC vector": "svc 0\nb .", "HardFault vector": "udf #0\nb .",
    "rewritten code": REWRITES, "return from thread": "ldr r0, =WORD\nbx r0\n.ltorg", "return from a handler": HANDLER + "ldr r0, =WORD\nbx r0\n.ltorg",
    "PC in the frame": HANDLER + "ldr r0, =WORD\nstr r0, [sp, #24]\nbx lr\n.ltorg",
    "xPSR in the frame": HANDLER + "ldr r0, =WORD\nstr r0, [sp, #28]\nbx lr\n.ltorg",
}
CODE = 0x08000400


def assembled(folder, text):
    source, code = folder / "odd.s", folder / "odd.bin"
    source.write_text(".syntax unified\n.thumb\n" + text + "\n", encoding="ascii")
    subprocess.run(["arm-none-eabi-as", "-mcpu=cortex-m7", "-o", folder / "odd.o", source], check=True)
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", folder / "odd.o", code], check=True)
    return code.read_bytes()


def odd_program(folder, kind, word):
    """A vector table and a few instructions for the M7, with this word in this place."""
    table = [0x20001000] + [CODE + 1] * 165
    table[11] = CODE + 0x41 if "balign" in PROGRAMS[kind] else CODE + 1
    at = {"entry": 1, "stack": 0, "SVC vector": 11, "HardFault vector": 3}.get(kind)
    if at is not None:
        table[at] = word
    program = struct.pack("<166I", *table).ljust(0x400, b"\xff") + assembled(folder, PROGRAMS[kind].replace("WORD", f"{word:#x}"))
    (folder / "program.bin").write_bytes(program)
    return folder / "program.bin"


def test_code_that_is_rewritten_takes_no_more_memory_each_time(tmp_path):
    """The engine keeps the room of what it has dropped, some 100 bytes for each instruction."""
    sleeps = command("run", tmp_path, 15, 15)[6:]  # the M4
    program = odd_program(tmp_path, "rewritten code", 200000)
    with subprocess.Popen([DUOEMU, "run", "-q", "--m7", program, *sleeps]) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == IDLE
    assert usage.ru_maxrss // 1024 <= 95


@pytest.mark.proof
@pytest.mark.parametrize("kind", PROGRAMS)
def test_no_word_keeps_a_run_from_its_end(tmp_path, kind):
    for word in ODD:
        program = odd_program(tmp_path, kind, word)
        done = subprocess.run([DUOEMU, "run", "-q", "--m7", program, "--for", "5ms"], timeout=LIMIT, check=False)
        assert done.returncode in (TIME, LOCKUP, IDLE), f"{word:#x}"
