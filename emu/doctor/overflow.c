/* SPDX-License-Identifier: MIT */
/*
 * A stack that has grown into the variables or the heap of its own program, or out of its RAM.
 *
 * Where the variables end is known from the ELF file, or from what start-up code has filled. A page
 * between them and the stack is watched, which costs nothing as long as nobody stores there; when
 * the stack comes to it, the variables are watched as well. A store is the stack's if it is not
 * below the stack pointer. What a large local array jumps over is seen at the looks that are taken
 * about every millisecond and at each exception.
 */
#include "emu/doctor/doctor.h"
#include "emu/doctor/places.h"

#define NEAR_PAGE  0x1000u  /* the granularity of watched memory */
#define LAST_WORDS 64u      /* of the stack, where it has no page of its own */
#define PUSHED     136u     /* bytes that one instruction stores below the stack pointer it had */
#define TOO_MANY   200000u  /* stores told: a heap in steady use */
#define OUT_OF     0x10000u /* so far below its RAM a stack is that has left it */
#define PAINTED    16u      /* equal bytes at the end of a block: a pattern, not variables */

/* ---- where it ends ---- */

static const struct mem *ram_of(const struct story *s, uint32_t addr)
{
    const struct mem *m = bus_find_mem(&s->d->board.m->bus, addr, s->id);

    return m && m->kind == MEM_RAM ? m : NULL;
}

static void widen(struct stack_end *e, uint32_t lo, uint32_t hi)
{
    if (hi >= e->top) {
        return; /* the stack lies in it, or below it */
    }
    e->lo = !e->hi || lo < e->lo ? lo : e->lo;
    e->hi = hi > e->hi ? hi : e->hi;
}

static bool elf_variables(const struct story *s, struct stack_end *e, const struct mem *ram)
{
    const struct files *f = &s->d->files;
    bool any = false;

    for (unsigned i = 0; i < f->nram; i++) {
        const struct ram_range *r = &f->ram[i];
        if (r->core != (int)s->id || !r->app) {
            continue;
        }
        any = true;
        if (ram_of(s, ram_canonical(r->lo)) == ram) {
            widen(e, ram_canonical(r->lo), ram_canonical(r->lo) + (r->hi - r->lo));
        }
    }
    return any;
}

/* Start-up code of an RTOS fills stacks with a pattern, to see later how deep they were. */
static bool painted(const struct story *s, uint32_t hi)
{
    uint32_t last = doctor_peek(s->d, s->id, hi - 4);

    for (uint32_t at = hi - PAINTED; at < hi; at += 4) {
        if (doctor_peek(s->d, s->id, at) != last) {
            return false;
        }
    }
    return last;
}

/* Start-up code that clears all of a RAM, or all but some of the stack, shows no end of the
 * variables. */
static void filled_variables(const struct story *s, struct stack_end *e, const struct mem *ram)
{
    for (unsigned i = 0; i < s->startup.count; i++) {
        const struct ram_block *b = &s->startup.done[i];
        if (ram_of(s, b->lo) == ram && b->hi + NEAR_PAGE <= e->top && !painted(s, b->hi)) {
            widen(e, b->lo, b->hi);
        }
    }
}

static void watch(const struct story *s, uint32_t lo, uint32_t hi)
{
    struct core *c = s->d->board.m->core[s->id];

    core_watch_stores(c, lo, hi - lo);
    if (lo - MEM_SRAM123_BASE < MEM_SRAM123_SIZE) {
        core_watch_stores(c, lo - MEM_SRAM123_BASE + MEM_SRAM123_ALIAS, hi - lo);
    }
}

/* The first whole page above the variables is watched, if the stack is not there already. */
static void learn(struct story *s)
{
    struct stack_end *e = &s->stack_end;
    uint32_t top = doctor_peek(s->d, s->id, (uint32_t)s->d->app[s->id]);

    *e = (struct stack_end){.top = ram_canonical(top - 4) + 4, .shift = top};
    e->shift -= e->top;
    const struct mem *ram = ram_of(s, e->top - 4);
    if (!ram) {
        e->settled = true;
        return;
    }
    if (!elf_variables(s, e, ram)) {
        if (startup_active(s)) {
            return; /* known later */
        }
        filled_variables(s, e, ram);
    }
    e->known = true;
    if (!e->hi) {
        e->settled = true;
        return;
    }
    uint32_t sp = ram_canonical(core_reg(s->d->board.m->core[s->id], REG_MSP)) - PUSHED;
    e->near_hi = (e->hi + 2 * NEAR_PAGE - 1) & ~(NEAR_PAGE - 1);
    if (e->near_hi <= sp) {
        watch(s, e->near_hi - NEAR_PAGE, e->near_hi);
    } else if (e->hi + LAST_WORDS <= sp) { /* no room for a page: its last words, at some cost */
        e->near_hi = e->hi + LAST_WORDS;
        watch(s, e->hi, e->near_hi);
    }
}

/* ---- it has come there ---- */

static bool on_main_stack(const struct core *c)
{
    return !(core_reg(c, REG_CONTROL) & 2) || core_reg(c, REG_XPSR) & 0x1FF;
}

static void tell(struct story *s, uint32_t pc, uint32_t at, bool heap)
{
    struct stack_end *e = &s->stack_end;

    e->settled = true; /* once */
    finding_add(&s->d->findings, FIND_AFTER_STACK_OVERFLOW, s->id, pc,
                "the stack, which begins at 0x%08X, has come down to 0x%08X here; %s lie%s at "
                "0x%08X..0x%08X",
                (unsigned)(e->top + e->shift), (unsigned)(at + e->shift),
                heap ? "memory that the program has stored to before (a heap, as a rule)"
                     : "the program's variables",
                heap ? "s" : "", (unsigned)((heap ? e->hi : e->lo) + e->shift),
                (unsigned)((heap ? e->heap_hi : e->hi) + e->shift - 1));
}

/* Where a heap grows, the page above it is the next that the stack comes to. */
static void follow_heap(struct story *s, uint32_t addr)
{
    struct stack_end *e = &s->stack_end;
    uint32_t sp = ram_canonical(core_reg(s->d->board.m->core[s->id], REG_MSP));

    if (startup_active(s)) {
        return; /* it may fill a stack with a pattern */
    }
    e->heap_hi = addr + 4 > e->heap_hi ? addr + 4 : e->heap_hi;
    if (addr + NEAR_PAGE >= e->near_hi && e->near_hi + NEAR_PAGE < sp) {
        watch(s, e->near_hi, e->near_hi + NEAR_PAGE);
        e->near_hi += NEAR_PAGE;
    }
}

void overflow_store(struct story *s, uint32_t pc, uint32_t addr)
{
    struct stack_end *e = &s->stack_end;
    const struct core *c = s->d->board.m->core[s->id];

    if (!e->known || e->settled || !on_main_stack(c)) {
        return;
    }
    addr = ram_canonical(addr);
    uint32_t sp = ram_canonical(core_reg(c, REG_SP));
    bool stacks = addr + PUSHED >= sp && sp < e->top;
    if (addr >= e->hi && addr < e->near_hi) {
        e->settled = ++e->told > TOO_MANY;
        if (!stacks) {
            follow_heap(s, addr);
        } else if (addr < e->heap_hi) {
            tell(s, pc, addr, true);
        } else if (!e->close) {
            e->close = true;
            watch(s, e->lo, e->hi);
        }
    } else if (e->close && stacks && addr >= e->lo && addr < e->hi && sp < e->hi + PUSHED) {
        tell(s, pc, addr, false);
    }
}

/* A main stack that is below the variables and comes back above them was the same stack; one that
 * stays there in handlers only is another one, which an RTOS has chosen. */
void overflow_sample(struct story *s)
{
    struct stack_end *e = &s->stack_end;
    const struct core *c = s->d->board.m->core[s->id];
    uint32_t sp = ram_canonical(core_reg(c, REG_MSP));

    if (!e->known && !e->settled && story_runs(s)) {
        learn(s);
    }
    if (!e->known || e->settled || s->entry_set_sp || ram_of(s, sp) != ram_of(s, e->top - 4)) {
        return;
    }
    if (sp >= e->hi && e->deep) {
        tell(s, e->deep_pc, e->deep, false);
    } else if (sp < e->hi && !e->deep) {
        e->deep = sp;
        e->deep_pc = core_reg(c, REG_PC);
    }
}

void overflow_conclude(struct story *s)
{
    struct stack_end *e = &s->stack_end;

    if (!story_runs(s)) {
        return;
    }
    overflow_sample(s);
    if (e->deep && !e->settled && on_main_stack(s->d->board.m->core[s->id])) {
        tell(s, e->deep_pc, e->deep, false);
    }
}

/* ---- out of its RAM ---- */

void overflow_fault(struct story *s, uint32_t pc, uint32_t addr)
{
    struct stack_end *e = &s->stack_end;
    const struct core *c = s->d->board.m->core[s->id];
    uint32_t top = e->top + e->shift, sp = core_reg(c, REG_MSP);
    const struct mem *ram = e->top ? ram_of(s, top - 4) : NULL;
    bool below = ram && on_main_stack(c) && ram->base - addr - 1 < OUT_OF &&
                 sp - ram->base + OUT_OF < OUT_OF + PUSHED;

    if (!below || s->entry_set_sp) {
        return;
    }
    e->settled = true;
    finding_add(&s->d->findings, FIND_AFTER_STACK_OVERFLOW, s->id, pc,
                "the stack, which begins at 0x%08X, has come down to 0x%08X here and has left its "
                "RAM, which begins at 0x%08X",
                (unsigned)top, (unsigned)sp, (unsigned)ram->base);
}
