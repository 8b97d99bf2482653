# SPDX-License-Identifier: MIT
"""Every pair of examples/broken: the broken one gives every finding that cases.txt names; its repaired twin gives none,
not even a note but those that cases.txt allows it."""
import functools

import pytest

from duotest.doctor import doctor, judge, programs, read_cases


@pytest.fixture(params=read_cases(), ids=lambda case: case[0])
def case(request):
    return request.param


@functools.lru_cache(maxsize=None)
def examined(name):
    """The broken one of that name; some are looked at by several tests."""
    _, _, options, only_broken, _ = next(case for case in read_cases() if case[0] == name)
    return doctor(programs("broken", name), options + only_broken)


def test_broken(case):
    name, want = case[:2]
    found, code, cmd = examined(name)
    assert judge(found, code, want, not want) == "", " ".join(cmd)


def test_repaired(case):
    name, _, options, _, notes = case
    found, code, cmd = doctor(programs("repaired", name), options)
    assert judge(found, code, notes, True) == "", " ".join(cmd)


@pytest.mark.parametrize("name,text", [
    ("sp-mask-menu", "then 0x20020000 was compared with 0x20000000 in main() at boot_m7.c:11"),
    ("sum-constant", "was compared with 0x12345678 in main()"),
    ("sp-range", "0x08020000 = 0x20020000 (word 0 of the vector table: the stack pointer) was read in main()"),
    ("memory-wait", "reads memory (0x38001000) again and again, always 0xC0FFEE00; it waits until it is 0xC0FFEE01"),
    ("flag-unset", "; it came there after memory (0x38000000) was read and 0x"),
    ("flag-unset", " was compared with 0xC0FFEE03, in main() at boot_m7.c"),
    ("reset-cause", "(0x580244D0) was read and 0x00FE0000 was tested for bits 0x01000000, in main() at boot_m7.c"),
    ("turned-loop", "reads RTC_BKP0R (0x58004050) again and again, always 0x00000000; it waits until it is 0x00001234"),
    ("bit-test", "(word 1 of the vector table: the entry) was read in main() at boot_m7.c"),
    ("masked-wait", "; interrupts are masked (PRIMASK = 1)"),
    ("pin-wait", "reads GPIOG + 0x10 (0x58021810) again and again, always 0x00000000; it waits until bits 0x00000004 of it are 1"),
])
def test_why_no_jump(name, text):
    """The comparison that refuses, or what is waited for; not what the loop after it compares."""
    found, _, cmd = examined(name)
    assert any(text in finding["evidence"] for finding in found), " ".join(cmd)


@pytest.mark.parametrize("name,cause,text", [
    ("clock-under-uart", "cores.clock-changed", "the M4 changes RCC_D2CFGR from 0x00000000 to 0x00000040; the M7 has set up for "
                                                "another clock: USART3 went from 115315 to 57657 baud"),
    ("pin-taken", "cores.peripheral-both", "; it was a peripheral's and is an output now"),
    ("voltage-lowered", "chip.clock", "the M7 has set up the clock, in main() at app_m7.c"),
    ("supply-waits", "after.supply", "it waits until its bits 0x7 are 0x00000002"),
    ("erase-cut", "after.watchdog-reset", "an erase of 0x081C0000 was running"),
    ("erased-boot", "cores.program-erased", "0x08100000..0x0811FFFF is erased by the M7 in main() at app_m7.c:"),
    ("boot-sector-erased", "cores.program-erased", "0x08000000..0x0801FFFF was erased by the M7 in main() at app_m7.c:"),
    ("pll-under-spi", "cores.clock-changed", "SPI1 went from 50000000 to 100000000 Hz"),
    ("clock-under-rng", "cores.clock-changed", "RNG went from 48000000 to 0 Hz"),
    ("line-moved", "cores.line-closed", "this takes number 13 from it"),
    ("hsem-process", "cores.hsem-wait", "held by this core itself"),
    ("hsem-kept", "jump.hsem-held", "semaphore 2 has been held by the M7"),
    ("both-wait", "cores.both-wait", "and reads memory (0x38000004) again and again, always 0x00000000; it waits until it is 0x00000001"),
    ("irq-storm", "after.irq-storm", "stands in main() at app_m7.c"),
    ("mpu-forbids", "jump.mpu", "MemManage IACCVIOL"),
    ("trap-left", "jump.system-control", "UsageFault DIVBYZERO"),
    ("missed-in-boot", "cores.hsem-missed", "it sleeps there since"),
    ("d2-awake", "after.d2ckrdy", "the M4 is awake, in delay() at"),
    ("d2-enabled", "after.d2ckrdy", "the M7 has enabled SRAM1"),
    ("words-swapped", "jump.entry-wild", "which is the stack pointer (word 0)"),
    ("sleepdeep-left", "jump.system-control", "SCR.SLEEPDEEP"),
    ("stack-overflow", "after.stack-overflow", "the program's variables lie at 0x24000000"),
    ("stack-out-of-ram", "after.stack-overflow", "has left its RAM, which begins at 0x10000000"),
    ("heap-under-stack", "after.stack-overflow", "that the program has stored to before"),
    ("direction-race", "cores.register-race", "writes back what it had read: bits 0x"),
    ("port-race", "cores.register-race", "the M7 as well as the M4 reads it"),
    ("dog-of-other", "after.watchdog-reset", "started by the application on the M7, in main() at app_m7.c"),
    ("other-sleeps", "cores.both-wait", "and no interrupt, tick or event is enabled that could wake it"),
])
def test_one_cause_and_what_follows(name, cause, text):
    """Who does what to whom, and everything else follows from that."""
    found, _, cmd = examined(name)
    told = [finding["id"] for finding in found if "follows_from" not in finding]
    assert told == [cause], " ".join(cmd)
    assert any(text in finding["evidence"] for finding in found), " ".join(cmd)
