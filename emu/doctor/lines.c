/* SPDX-License-Identifier: MIT */
/*
 * Interrupt and event lines: each core has its own masks in EXTI and HSEM, but either core can
 * write them, and both share the edges and the choice of the port. A line that a core has opened
 * and the other one closes is silent from then on.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>

#define EXTICR_AT  (SYSCFG_BASE + 0x08u) /* SYSCFG_EXTICR1 to 4: 4 bits a line */
#define HSEM_WORD  3
#define HSEM_C1_IE (HSEM_BASE + HSEM_C1IER)
#define HSEM_C2_IE (HSEM_BASE + HSEM_C2IER)

static const char *short_name(int core)
{
    return core == CM7 ? "M7" : "M4";
}

/* Whose mask it is, and of which lines; -1: it is none (RM0399, EXTI and HSEM register maps). */
static int owner_of(uint32_t addr, unsigned *word)
{
    uint32_t off = addr - EXTI_BASE;

    *word = HSEM_WORD;
    if (addr == HSEM_C1_IE || addr == HSEM_C2_IE) {
        return addr == HSEM_C1_IE ? CM7 : CM4;
    }
    *word = off >> 4 & 3;
    if (off < 0x80 || off >= 0xF0 || *word > 2 || off & 8) {
        return -1;
    }
    return off < 0xC0 ? CM7 : CM4;
}

static void taken(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                  uint32_t pc, unsigned word, uint32_t lines)
{
    const char *what = word == HSEM_WORD ? "notifications of HSEM" : "EXTI lines";
    char name[64], first[32];

    snprintf(first, sizeof(first), "%d",
             __builtin_ctz(lines) + (word == HSEM_WORD ? 0 : 32 * (int)word));
    finding_add(&d->findings, FIND_CORES_LINE_CLOSED, s->id, pc,
                "the %s writes 0x%08X to %s (0x%08X), which was 0x%08X; the %s has opened %s by "
                "itself, and this takes number %s from it",
                short_name(s->id), (unsigned)value, register_name(d, addr, name, sizeof(name)),
                (unsigned)addr, (unsigned)d->was, short_name(!s->id), what, first);
}

static void mask_written(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                         uint32_t pc, int owner, unsigned word)
{
    uint32_t closed = d->was & ~value;

    if (owner == (int)s->id) {
        d->opened[owner][word] = (d->opened[owner][word] | (value & ~d->was)) & ~closed;
        return;
    }
    closed &= d->opened[owner][word];
    if (closed) {
        taken(d, s, addr, value, pc, word, closed);
    }
}

/* Lines of which a shared register takes away the edge or the port. */
static uint32_t shared_lines(const struct doctor *d, uint32_t addr, uint32_t value, unsigned *word)
{
    uint32_t off = addr - EXTI_BASE, lines = 0;
    bool trigger = off < 0x60 && (off & 0x1F) < 8; /* RTSR and FTSR of the three words */

    *word = trigger ? off >> 5 : 0;
    if (trigger) {
        uint32_t other = doctor_peek(d, CM7, addr ^ 4);
        return d->was & ~value & ~other;
    }
    for (unsigned n = 0; addr - EXTICR_AT < 16 && n < 4; n++) {
        bool changed = (d->was ^ value) >> 4 * n & 15;
        lines |= (uint32_t)changed << ((addr - EXTICR_AT) + n);
    }
    return lines;
}

void lines_write(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, uint32_t pc)
{
    unsigned word;
    int owner = owner_of(addr, &word);

    if (owner >= 0) {
        mask_written(d, s, addr, value, pc, owner, word);
        return;
    }
    uint32_t lines = shared_lines(d, addr, value, &word);
    lines &= d->opened[!s->id][word] & ~d->opened[s->id][word];
    if (lines) {
        taken(d, s, addr, value, pc, word, lines);
    }
}
