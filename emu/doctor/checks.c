/* SPDX-License-Identifier: MIT */
/*
 * Why a bootloader does not jump: it has read something of the application, compared it and stayed.
 * Every instruction before the hand-over is looked at, so the comparison after the last read of the
 * application is known, with both its values.
 */
#include "emu/doctor/decode.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>

#define SOON     64u      /* instructions between a read and the comparison that it is for */
#define PATIENCE 3000000u /* instructions looked at so closely: it costs time */
#define ST_MASK  0x2FFE0000u
#define ST_VALUE 0x20000000u

void checks_insn(struct story *s, const struct core *c, uint32_t pc, uint32_t op)
{
    struct check *k = &s->check;
    uint32_t addr, left, right;
    unsigned target;

    if (s->steps > PATIENCE && !s->d->capturing) {
        return;
    }
    if (k->reads && s->steps - k->read_step < SOON && decode_compare(c, op, &left, &right)) {
        k->compare_pc = pc;
        k->left = left;
        k->right = right;
        k->of = k->addr;
    } else if (decode_load(c, pc, op, &addr, &target) && in_app(s, addr)) {
        k->reads++;
        k->read_step = s->steps;
        k->read_pc = pc;
        k->addr = addr;
    }
}

static const char *what_lies_at(const struct story *s, uint32_t addr)
{
    switch (addr - s->app_lo) {
    case 0:
        return " (word 0 of the vector table: the stack pointer)";
    case 4:
        return " (word 1 of the vector table: the entry)";
    default:
        return "";
    }
}

static void explain(const struct story *s, uint32_t value, struct finding *f)
{
    const struct check *k = &s->check;
    bool masked = k->left == (value & ST_MASK) || k->right == (value & ST_MASK);

    if (k->of == s->app_lo && masked && (k->left == ST_VALUE || k->right == ST_VALUE)) {
        finding_explain(
            f,
            "The common test (sp & 0x2FFE0000) == 0x20000000 accepts a stack inside the "
            "first 128 KiB at 0x20000000 only. It refuses the end of DTCM (0x20020000), "
            "where most linker scripts put it, and every stack in AXI SRAM or SRAM1-4.",
            "Compare with the RAM that the core has, its end included: for example sp > "
            "0x20000000 && sp <= 0x20020000. Or link the application's stack below the "
            "end.");
    } else if (value == UINT32_MAX) {
        finding_explain(f, "What it read is blank flash: there is no application at that address.",
                        "Load the application (--load), or look at the address that the bootloader "
                        "expects it at.");
    }
}

bool checks_conclude(struct doctor *d, struct story *s)
{
    const struct check *k = &s->check;
    char read[160], compared[160], now[160];

    if (!k->compare_pc) {
        return false;
    }
    uint32_t value = doctor_peek(d, s->id, k->of & ~3u);
    uint32_t pc = s->thread.count ? s->thread.lo : core_reg(d->board.m->core[s->id], REG_PC);
    struct finding *f = finding_add(
        &d->findings, FIND_JUMP_REFUSED, s->id, k->compare_pc,
        "0x%08X = 0x%08X%s was read in %s; then 0x%08X was compared with 0x%08X in %s, and no jump "
        "came; it is in %s now",
        (unsigned)k->of, (unsigned)value, what_lies_at(s, k->of),
        place_of(&d->findings, s->id, k->read_pc, read, sizeof(read)), (unsigned)k->left,
        (unsigned)k->right,
        place_of(&d->findings, s->id, k->compare_pc, compared, sizeof(compared)),
        place_of(&d->findings, s->id, pc, now, sizeof(now)));
    explain(s, value, f);
    return true;
}
