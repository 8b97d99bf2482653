# SPDX-License-Identifier: MIT
"""What an ordinary product may bring along, in each phase of a device's life: watchdogs that start with the chip, one core that is
reset alone, an M7 application that starts the M4, and a flash operation that does not end.

In the end of each phase the set runs that it leads to, on both cores; what cannot be done is done at the second attempt.
"""

import functools
import re
import struct
from typing import Callable, NamedTuple

import pytest

from duotest.devices import *
from duotest.dfu import OK, SET, Dfu, UsbError, UsbLine
from duotest.programmer import Client
from duotest.slots import slots
from duotest.smp_peer import ResetWrite, ask, peer, upload
from smpclient.exceptions import SMPUploadError

# ---- Phases ----

def send_file(board, path):
    """A device that starts again meanwhile will not answer."""
    done = board.ymodem("sb", "-q", "-k", path, grain=0.01, unplug_when=lambda: "reset flags" in board.seen)
    assert done and done.returncode == 0


def send_by_ymodem(board, sets):
    send_file(board, sets["2.0.0"])


def send_by_smp(board, sets):
    async def talk(client):
        await upload(client, contents(sets["2.0.0"]))
        await ask(client, ResetWrite())
    peer(board, talk)


def send_by_programmer(board, sets):
    client = Client(board)
    content = slots(image("m7", "2.0.0"), image("m4", "2.0.0"))
    for core, sectors in (("m7", (1, 2, 3)), ("m4", (9, 10))):
        assert client.erase(*sectors) and client.write(APP[core], content[core])
    assert client.go()


def send_by_dfu(board, sets):
    host = UsbLine(board)
    host.plug()
    dfu = Dfu(host)
    dfu.open(SET)
    assert dfu.download(contents(sets["2.0.0"]))[0] == OK


def in_recovery(send):
    def go(board, sets):
        board.key("r", WAITING)
        send(board, sets)
    return go


def session(board, sets):
    """libduo, by the example's own line; one that has begun goes on."""
    offset = int(board.key("u", r"send the bundle from byte (\d+) on").group(1))
    send_file(board, write("rest.duo", contents(sets["2.0.0"])[offset:]))


def roll_back(board, sets):
    board.key("o", "going back")


def nothing(board, sets):
    """It is under way by itself."""


class Phase(NamedTuple):
    device: str
    go: Callable
    comes_to: int  # version


PHASES = {"boot": Phase("one", nothing, 1),
          "ymodem": Phase("one", in_recovery(send_by_ymodem), 2),
          "smp": Phase("one", in_recovery(send_by_smp), 2),
          "programmer": Phase("one", in_recovery(send_by_programmer), 2),
          "dfu": Phase("one", in_recovery(send_by_dfu), 2),
          "session": Phase("one", session, 2),
          "exchange": Phase("staged", nothing, 2),
          "revert": Phase("tried", nothing, 1),
          "rollback": Phase("two", roll_back, 1)}


# ---- Devices ----

@functools.lru_cache(None)
def sets(m4_start="bootloader"):
    return {version: bundle(version, trial_boots=3, m4_start=m4_start) for version in ("1.0.0", "2.0.0")}


@functools.lru_cache(None)
def device(kind, m4_start="bootloader"):
    """Flash of a device with version 1 (`one`), with version 2 staged, once tried, or confirmed (`two`)."""
    of = sets(m4_start)
    if kind == "one":
        flash = new_flash()
        with board_of(flash, m4_start, "--load", files.factory_set(of["1.0.0"])) as board:
            board.expect(running(1, 1))
        return flash
    flash = new_flash(device("staged" if kind == "two" else "one", m4_start))
    if kind == "two":
        with board_of(flash, m4_start) as board:
            board.expect("confirm: done")
        return flash
    with board_of(flash, m4_start, "--button", "PC13") as board:
        receive(board, bundle("2.0.0", trial_boots=1, m4_start=m4_start) if kind == "tried" else of["2.0.0"])
        if kind == "tried":
            board.expect(r"app m7 2\.0\.0: set 2\.0\.0, state trial")
    return flash


GCR, BOOT_C2 = 0x580244A0, 1 << 3  # of the RCC
GREETING = re.compile(r"app m7 \d\.0\.0: set ")


class Releases(LineBoard):
    """The M7's application lets the M4 go (a set with --m4-start application): the test writes the register for it."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.greetings = ""
        self.released = 0

    def step(self, *arguments, **options):
        came = super().step(*arguments, **options)
        self.greetings += came.decode("latin1")
        for found in list(GREETING.finditer(self.greetings))[:1]:
            self.greetings = self.greetings[found.end():]
            value, = struct.unpack("<I", self.memory(GCR, 4))
            self.poke(GCR, struct.pack("<I", value | BOOT_C2))
            self.released += 1
        return came


def board_of(flash, m4_start="bootloader", *arguments):
    return (Releases if m4_start == "application" else LineBoard)("--flash", flash, *arguments)


def at_its_beginning(phase, board):
    """Where the phase is the device's own, it is not under way yet."""
    if phase.go is not nothing:
        board.expect(running(3 - phase.comes_to, 3 - phase.comes_to))


def has_come_to(phase, board):
    """On both cores, and it stays so."""
    board.expect(running(phase.comes_to, phase.comes_to), 90)
    board.never("recovery 0|exchanging the sets|app m7: last failure|reset flags", 1.5)


# ---- Watchdogs that start with the chip, and an M7 application that starts the M4 ----

DOGS = ("IWDG1_SW=0", "IWDG2_SW=0")


def goes_through(name, *options, m4_start="bootloader"):
    phase = PHASES[name]
    given = [word for option in options for word in ("--option", option)]
    with board_of(new_flash(device(phase.device, m4_start)), m4_start, *given) as board:
        at_its_beginning(phase, board)
        phase.go(board, sets(m4_start))
        has_come_to(phase, board)
        assert m4_start == "bootloader" or board.released > 0


@pytest.mark.proof
@pytest.mark.parametrize("name", ["dfu", "session"])
def test_watchdogs(name):
    goes_through(name, *DOGS)


@pytest.mark.long
@pytest.mark.parametrize("bcm4", ["BCM4=1", "BCM4=0"])
@pytest.mark.parametrize("name", PHASES)
def test_watchdogs_in_each_phase(name, bcm4):
    goes_through(name, bcm4, *DOGS)


@pytest.mark.proof
def test_an_application_that_starts_the_m4_is_rolled_back():
    goes_through("rollback", "BCM4=0", m4_start="application")


@pytest.mark.long
@pytest.mark.parametrize("bcm4", ["BCM4=1", "BCM4=0"])
@pytest.mark.parametrize("name", [name for name in PHASES if name != "programmer"])  # images alone have no manifest
def test_an_application_that_starts_the_m4_in_each_phase(name, bcm4):
    goes_through(name, bcm4, m4_start="application")


# ---- One core is reset alone ----

RCC, WWDG = 0x58024400, {"m7": 0x50003000, "m4": 0x40002C00}
# The register that clocks it (of the core by name), its bit, and the flag of its reset.
CLOCK = {"m7": (RCC + 0x144, 1 << 6, 1 << 28), "m4": (RCC + 0x1A8, 1 << 11, 1 << 29)}


def bites(board, core):
    """What an application does that starts its window watchdog and never feeds it."""
    register, bit, _ = CLOCK[core]
    value, = struct.unpack("<I", board.memory(register, 4))
    board.poke(register, struct.pack("<I", value | bit))
    board.poke(WWDG[core], struct.pack("<I", 0xFF))


def in_trial(board, sets):
    board.expect(r"app m7 2\.0\.0: set 2\.0\.0, state trial")


def in_session(board, sets):
    """Half of the bundle has come."""
    board.key("u", r"send the bundle from byte 0 on")
    board.ymodem("sb", "-q", "-k", sets["2.0.0"], unplug_after=30000, grain=0.01)


RUNS = {"boot": ("one", nothing, 1, running(1, 1)), "session": ("one", in_session, 1, running(1, 1)),
        "trial": ("staged", in_trial, 2, None), "confirmed": ("two", nothing, 2, running(2, 2))}


def both_start_again(name, core, bcm4):
    """With the reason among the reset flags; the set stays, a trial goes on, a session can be gone on with."""
    kind, go, version, before = RUNS[name]
    with LineBoard("--flash", new_flash(device(kind)), "--option", bcm4) as board:
        if before:
            board.expect(before)
        go(board, sets())
        bites(board, core)
        flags = int(board.expect(rf"app m7 {version}\.0\.0: set {version}\.0\.0, state \w+, reset flags 0x([0-9a-f]+)", 5).group(1), 16)
        assert flags & CLOCK[core][2], f"reset flags 0x{flags:x}"
        board.expect(running(version, version))
        board.never("recovery 0|exchanging the sets|app m7: last failure|reset flags", 1.5)
        if name == "session":
            board.key("u")
            assert int(board.expect(r"send the bundle from byte (\d+) on").group(1)) > 0


def test_a_core_that_is_reset_alone_in_a_session():
    both_start_again("session", "m4", "BCM4=1")


@pytest.mark.proof
def test_a_core_that_is_reset_alone_in_a_trial():
    both_start_again("trial", "m4", "BCM4=1")


@pytest.mark.long
@pytest.mark.parametrize("bcm4", ["BCM4=1", "BCM4=0"])
@pytest.mark.parametrize("core", ["m7", "m4"])
@pytest.mark.parametrize("name", RUNS)
def test_a_core_that_is_reset_alone_in_each_phase(name, core, bcm4):
    both_start_again(name, core, bcm4)


# ---- A flash operation that does not end ----

SPARE = layout.spare
INTO_STAGING = [(kind, STAGING[core]) for core in APP for kind in ("erase", "program")] + [("program", JOURNAL[0])]
EXCHANGING = [("erase", APP["m7"]), ("program", APP["m4"]), ("program", JOURNAL[0])]
HANGS = [(name, *place) for name in ("ymodem", "smp", "programmer", "dfu", "session") for place in INTO_STAGING]
HANGS += [(name, *place) for name in ("exchange", "revert", "rollback") for place in EXCHANGING]
HANGS += [("exchange", "program", SPARE[core]) for core in APP]
LEFT_ALONE_S = 11  # after which nothing of a client's is on its way, and the line is anybody's
FAILED = (AssertionError, TimeoutError, SMPUploadError, UsbError)


def succeeds(phase, board):
    try:
        phase.go(board, sets())
        board.expect(running(phase.comes_to, phase.comes_to), 60)
    except FAILED:
        board.run(LEFT_ALONE_S)
        return False
    return True


def hangs_once(name, kind, place):
    """At the first attempt. What it costs is that attempt; the second one succeeds. Never a pair of two versions."""
    phase = PHASES[name]
    with LineBoard("--flash", new_flash(device(phase.device))) as board:
        at_its_beginning(phase, board)
        board.endless(kind, place)
        done = succeeds(phase, board)
        assert board.endless_left() == 0, "no operation has hung"
        if not done:
            board.reset()
            board.seen = ""
            found = board.expect(r"app: m7 (\d)\.0\.0 beat \d+, m4 (\d)\.0\.0 beat [1-9]", 60)
            assert found[1] == found[2], found[0]
            if int(found[1]) != phase.comes_to:  # an exchange that is given up costs the staged set: it is sent again
                (session if phase.go is nothing else phase.go)(board, sets())
        has_come_to(phase, board)


@pytest.mark.proof
@pytest.mark.parametrize("name, kind, place", [("session", "erase", STAGING["m7"]), ("dfu", "erase", STAGING["m4"])])
def test_an_operation_hangs_once(name, kind, place):
    hangs_once(name, kind, place)


@pytest.mark.long
@pytest.mark.parametrize("name, kind, place", HANGS)
def test_an_operation_hangs_once_in_each_phase(name, kind, place):
    hangs_once(name, kind, place)


@pytest.mark.long
def test_a_confirmation_hangs_once():
    """The trial goes on, and is confirmed all the same."""
    with LineBoard("--flash", new_flash(device("staged"))) as board:
        in_trial(board, sets())
        board.endless("program", JOURNAL[0])
        board.expect("app m7: confirm: done", 60)
        assert board.endless_left() == 0, "no operation has hung"
        board.expect(running(2, 2))
        board.reset()
        board.expect(r"set 2\.0\.0, state confirmed")
        board.never("recovery 0|exchanging the sets", 1.5)
