/* SPDX-License-Identifier: MIT */
/*
 * What a bootloader decided by before it came to where it stays: a word of RAM or of a register (a
 * request, a boot counter, a reset flag, a button) and what it was compared with. What it reads of
 * the application is told by checks.c, what it reads again and again by waits.c.
 */
#include "emu/chip/chip.h"
#include "emu/doctor/decode.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>

#define PATIENCE 3000000u /* instructions looked at so closely: it costs time */
#define WITHIN   8u       /* instructions between a read and the comparison that it is for */
#define NEAR_SP  1024u    /* what lies there is the program's own variable */

static bool tells(const struct core *c, uint32_t addr)
{
    return addr - MEM_FLASH_BASE >= MEM_FLASH_SIZE && addr - core_reg(c, REG_SP) >= NEAR_SP;
}

/* One place is kept once: a loop does not push out what was before it. */
static void keep(struct decisions *k, const struct decision *x)
{
    for (unsigned i = 0; i < DECISIONS && i < k->count; i++) {
        if (k->last[i].compared.pc == x->compared.pc) {
            k->last[i] = *x;
            return;
        }
    }
    k->last[k->count++ % DECISIONS] = *x;
}

void decisions_insn(struct story *s, const struct core *c, uint32_t pc, uint32_t op)
{
    struct decisions *k = &s->decisions;
    uint32_t addr, left, right;
    unsigned target;

    if (s->steps > PATIENCE && !s->d->capturing) {
        return;
    }
    if (k->read.pc && s->steps - k->step <= WITHIN && decode_compare(c, op, &left, &right)) {
        const uint32_t value = core_reg(c, k->target);
        if (left == value || right == value) {
            keep(k, &(struct decision){k->read.addr, {pc, left, right}});
        }
        k->read.pc = 0;
    } else if (decode_load(c, pc, op, &addr, &target) && tells(c, addr)) {
        k->read.addr = addr;
        k->read.pc = pc;
        k->target = target;
        k->step = s->steps;
    } else if (decode_load_sp(op) >= 0) {
        k->read.pc = 0; /* a variable, maybe into the same register */
    }
}

static bool in_loop(const struct loop *l, uint32_t pc)
{
    for (unsigned i = 0; i < l->count && i < LOOP; i++) {
        if (l->pc[i] == pc) {
            return true;
        }
    }
    return false;
}

const char *decision_before_loop(const struct doctor *d, const struct story *s, char *buf,
                                 size_t size)
{
    const struct decisions *k = &s->decisions;
    char name[64], place[160];
    const char *how;

    buf[0] = 0;
    for (unsigned i = 0; loop_known(&s->thread) && i < DECISIONS && i < k->count; i++) {
        const struct decision *x = &k->last[(k->count - 1 - i) % DECISIONS];
        if (!in_loop(&s->thread, x->compared.pc)) {
            how = decode_tests_bits(decode_opcode(&d->board.m->bus, s->id, x->compared.pc))
                      ? "tested for bits"
                      : "compared with";
            snprintf(buf, size,
                     "; it came there after %s (0x%08X) was read and 0x%08X was %s 0x%08X, in %s",
                     register_name(d, x->addr, name, sizeof(name)), (unsigned)x->addr,
                     (unsigned)x->compared.left, how, (unsigned)x->compared.right,
                     place_of(&d->findings, s->id, x->compared.pc, place, sizeof(place)));
            break;
        }
    }
    return buf;
}
