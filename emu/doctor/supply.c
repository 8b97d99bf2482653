/* SPDX-License-Identifier: MIT */
/*
 * The supply that another program has chosen before: a program that reads PWR_CR3, finds another
 * choice than its own and goes no further. It may mask interrupts, loop, or blink; it uses nothing
 * else of the chip from then on.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

/* A lamp, and what keeps a program alive meanwhile. */
static bool sign_of_life(uint32_t addr)
{
    return addr - GPIOA_BASE < GPIO_PORTS * 0x400u || addr - IWDG1_BASE < 0x800u;
}

void supply_access(struct story *s, uint32_t addr, uint32_t value, bool write, uint32_t pc)
{
    if (addr == PWR_BASE + PWR_CR3 && !write) {
        s->supply_pc = pc;
        s->supply = value;
    } else if (!sign_of_life(addr)) {
        s->supply_pc = 0;
    }
}

void supply_stopped(struct doctor *d, const struct story *s)
{
    if (s->supply_pc) {
        finding_add(&d->findings, FIND_AFTER_SUPPLY, s->id, s->supply_pc,
                    "the program read PWR_CR3 = 0x%08X and went no further: it wanted another "
                    "supply than the one that was chosen before",
                    (unsigned)s->supply);
    }
}
