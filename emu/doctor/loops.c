/* SPDX-License-Identifier: MIT */
/*
 * What a core does at the end of the run: the instructions that it goes round in, and whether
 * anything comes of it. A delay that waits for the tick, a task that counts and a program that has
 * come to its end are all short loops; only the last one sees and changes nothing.
 */
#include "chip/stm32h7/memory.h"
#include "emu/doctor/decode.h"
#include "emu/doctor/doctor.h"

#define FEW 6 /* instructions of the last loop of a program */

static void look_at_registers(struct loop *l, const struct core *c, uint32_t pc)
{
    if (pc < l->lo || !l->count) {
        l->lo = pc; /* the loop's first instruction, as far as is known: compare from here on */
        l->rounds = 0;
    }
    if (pc != l->lo) {
        return;
    }
    for (unsigned r = 0; r < LOOP_REGS; r++) {
        uint32_t value = core_reg(c, r);
        l->changes |= l->rounds > 0 && value != l->reg[r];
        l->reg[r] = value;
    }
    l->rounds++;
}

static uint32_t memory(const struct doctor *d, int core, uint32_t addr)
{
    return doctor_peek(d, core, addr & ~3u);
}

/* Memory that the loop reads; registers of peripherals are the business of waits.c. */
static void look_at_load(struct story *s, struct loop *l, const struct core *c, uint32_t pc,
                         uint32_t op)
{
    uint32_t addr;
    unsigned target;
    int up = decode_load_sp(op);

    if (up >= 0) {
        addr = core_reg(c, REG_SP) + (uint32_t)up;
    } else if (!decode_load(c, pc, op, &addr, &target)) {
        return;
    }
    if (l->nreads < LOOP_READS) {
        l->read_at[l->nreads] = addr;
        l->read_pc[l->nreads] = pc;
        l->read[l->nreads++] = memory(s->d, s->id, addr);
    }
}

static void look_at_compare(struct loop *l, const struct core *c, uint32_t pc, uint32_t op)
{
    uint32_t left, right;

    if (l->ncompared < LOOP_READS && decode_compare(c, op, &left, &right)) {
        l->compared[l->ncompared++] = (struct compared){.pc = pc, .left = left, .right = right};
    }
}

void loops_insn(struct story *s, const struct core *c, uint32_t pc)
{
    struct loop *l = core_reg(c, REG_XPSR) & 0x1FF ? &s->handler : &s->thread;

    look_at_registers(l, c, pc);
    for (unsigned i = 0; i < l->count; i++) {
        if (l->pc[i] == pc) {
            return;
        }
    }
    if (l->count == LOOP) {
        return;
    }
    uint32_t op = decode_opcode(&s->d->board.m->bus, s->id, pc);
    l->sleeps |= decode_sleep(op);
    look_at_load(s, l, c, pc, op);
    look_at_compare(l, c, pc, op);
    l->pc[l->count++] = pc;
}

void loops_settle(struct doctor *d)
{
    for (int i = 0; i < CORES; i++) {
        struct loop *both[] = {&d->story[i].thread, &d->story[i].handler};
        for (unsigned k = 0; k < 2; k++) {
            for (unsigned r = 0; r < both[k]->nreads; r++) {
                both[k]->changes |= memory(d, i, both[k]->read_at[r]) != both[k]->read[r];
            }
        }
    }
}

bool loop_known(const struct loop *l)
{
    return l->count > 0 && l->count < LOOP;
}

bool loop_waits(const struct loop *l)
{
    for (unsigned i = 0; loop_known(l) && !l->changes && i < l->nreads; i++) {
        if (l->read_at[i] - MEM_FLASH_BASE >= MEM_FLASH_SIZE) {
            return true;
        }
    }
    return false;
}

bool loop_at_end(const struct loop *l)
{
    return l->count > 0 && l->count <= FEW && !l->changes && !l->sleeps;
}
