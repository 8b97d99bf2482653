/* SPDX-License-Identifier: MIT */
/* The hook before every instruction: what it costs is what the emulator costs. */
#include "emu/cpu/internal.h"

#include <string.h>

static inline bool watched(const struct core *c, uint32_t pc)
{
    return pc - c->watch_lo < c->watch_size;
}

/* True: do not execute it. */
static bool look(struct core *c, uint32_t pc)
{
    if (c->doomed) { /* a refused store alone ends the block of the engine, not more */
        engine_stop(c->engine);
        return true;
    }
    if (c->it_next) { /* the engine cannot stop inside an IT block; look again after it */
        if (c->poll.state == POLL_TURN) {
            poll_insn(c, pc);
        }
        if (watched(c, pc)) {
            debug_tell_insn(c, pc);
        }
        return false;
    }
    if (c->masks_dirty) {
        insn_read_masks(c);
    }
    if (c->insns >= c->poll.next && c->insns < c->limit && !exc_takable(c)) {
        poll_insn(c, pc);
    }
    c->stop_at = poll_look_at(c);
    if (c->insns >= c->limit || c->break_asked || c->locked || c->pages_dirty || exc_takable(c)) {
        c->stop_at = 0;
        core_halt(c, HALT_LOOK);
        return true;
    }
    if (watched(c, pc) && debug_insn(c, pc)) {
        core_halt(c, HALT_DEBUG);
        return true;
    }
    return false;
}

/* ITSTATE advances by one instruction (ARMv7-M, ITAdvance). */
static uint8_t it_advance(uint8_t it)
{
    return it & 7 ? (uint8_t)((it & 0xe0) | (it << 1 & 0x1f)) : 0;
}

/* The engine does not show the instructions of an IT block whose condition fails: those between
 * the last one seen and pc have passed, in a cycle each. */
static void pass_over(struct core *c, uint32_t pc)
{
    while (c->it_next && c->it_pc != pc && !c->doomed) {
        c->insns++;
        c->it_pc += insn_halfword(c, c->it_pc) >= 0xe800 ? 4 : 2;
        c->it_next = it_advance(c->it_next);
    }
}

static inline void begin(struct core *c, uint32_t pc, const uint8_t *code)
{
    uint16_t op;

    c->insns++;
    c->pc = pc;
    memcpy(&op, code, 2);
    if (insn_bits[op / 32] >> op % 32 & 1) {
        insn_special(c, pc, op);
    }
}

/* All that may have to happen before an instruction. */
static __attribute__((noinline)) void begin_with_care(struct core *c, uint32_t pc, uint32_t size)
{
    if (c->it_next) {
        pass_over(c, pc);
    }
    if ((c->insns >= c->stop_at || watched(c, pc)) && look(c, pc)) {
        return;
    }
    if (c->npatches) {
        memory_undo_patches(c);
    }
    const uint32_t off = pc - c->fetch_base;
    const uint8_t *code;
    if (off < c->fetch_size) {
        code = c->fetch_host + off;
    } else {
        const uint8_t *page = memory_fetch_page(c, pc);
        if (!page) {
            return;
        }
        code = page + (pc & (PAGE_SIZE - 1));
    }
    c->it_now = c->it_next;
    if (c->it_next) {
        c->it_next = it_advance(c->it_next);
        c->it_pc = pc + size;
    }
    begin(c, pc, code);
}

/* Most instructions need none of that. This is the one function that each of them calls, a third of
 * all the time, so it saves no register. */
void run_hook(void *uc, uint64_t address, uint32_t size, void *arg)
{
    struct core *c = arg;
    const uint32_t pc = (uint32_t)address;
    const uint32_t off = pc - c->fetch_base;

    (void)uc;
    if (c->it_next || c->insns >= c->stop_at || c->npatches || off >= c->fetch_size ||
        watched(c, pc)) {
        begin_with_care(c, pc, size);
        return;
    }
    c->it_now = 0;
    begin(c, pc, c->fetch_host + off);
}
