/* SPDX-License-Identifier: MIT */
/*
 * Registers that a core reads again and again with the same value, and what that means. A wait is
 * a fault only when the program gets nowhere by it: it was the last thing that the program did
 * before it came to its end, or it goes on for long and nothing else is done meanwhile.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/decode.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>

#define WAITS_LONG  (20 * VT_MS) /* longer than any oscillator but LSE, PLL or regulator needs */
#define HELD_LONG   (VT_S / 2)   /* a semaphore */
#define LEAST_READS 20
#define IN_VAIN     (200 * VT_US)
#define STILL       (3 * VT_MS) /* a wait that goes on was looked at so recently */
#define SOON        (5 * VT_MS) /* between giving up and the end of the program */
#define TEST_WITHIN 14          /* bytes of code after a load in which its bits are tested */

#define COMPARED_WITHIN 40 /* ... or it is compared */

#define HSEM_BYTES 0x100u /* HSEM_Rx and HSEM_RLRx */

#define NAMED(block, reg)                                                                          \
    {                                                                                              \
        ADDR(block, reg), #block "_" #reg                                                          \
    }

const char *register_name(const struct doctor *d, uint32_t addr, char *buf, size_t size)
{
    static const struct {
        uint32_t addr;
        const char *name;
    } names[] = {
        NAMED(RCC, CR),       NAMED(RCC, CFGR),      NAMED(RCC, D1CFGR),  NAMED(RCC, D2CFGR),
        NAMED(RCC, D3CFGR),   NAMED(RCC, PLLCKSELR), NAMED(RCC, PLLCFGR), NAMED(RCC, PLL1DIVR),
        NAMED(RCC, PLL2DIVR), NAMED(RCC, PLL3DIVR),  NAMED(RCC, D1CCIPR), NAMED(RCC, D2CCIP1R),
        NAMED(RCC, D2CCIP2R), NAMED(RCC, D3CCIPR),   NAMED(RCC, BDCR),    NAMED(RCC, CSR),
        NAMED(RCC, GCR),      NAMED(PWR, CR1),       NAMED(PWR, CSR1),    NAMED(PWR, CR3),
        NAMED(PWR, CPU1CR),   NAMED(PWR, CPU2CR),    NAMED(PWR, D3CR),    NAMED(FLASH, CR1),
        NAMED(FLASH, SR1),    NAMED(FLASH, CR2),     NAMED(FLASH, SR2),   NAMED(FLASH, OPTSR_CUR),
        NAMED(FLASH, OPTCR),  NAMED(SYSCFG, CCCSR),  NAMED(RTC, BKP0R),
    };
    const struct dev *dev = bus_find_dev(&d->board.m->bus, addr);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].addr == addr) {
            return names[i].name;
        }
    }
    if (!dev) {
        snprintf(buf, size, "memory");
    } else {
        snprintf(buf, size, "%s + 0x%02X", dev->name, (unsigned)(addr - dev->base));
    }
    return buf;
}

/* ---- which wait ---- */

/* An operation of the flash is a wait that ends. */
static bool ends_by_itself(const struct doctor *d, const struct wait *w)
{
    bool status = (w->addr & ~0x100u) == FLASH_BASE + FLASH_SR1;

    return status &&
           (flash_bank_busy(d->board.m->flash, 0) || flash_bank_busy(d->board.m->flash, 1));
}

const struct wait *wait_now(const struct doctor *d, const struct story *s)
{
    for (unsigned i = 0; i < WAITS; i++) {
        const struct wait *w = &s->waits[i];
        if (w->addr && w->reads >= LEAST_READS && w->to - w->from > WAITS_LONG &&
            d->board.m->now - w->to < STILL && loop_known(&s->thread) &&
            s->thread_write <= w->from && !ends_by_itself(d, w)) {
            return w;
        }
    }
    return NULL;
}

/* When the program came to its end: PRIMASK was set for good, or nothing more was done. */
static vtime_t end_of_program(const struct story *s)
{
    return s->masked_itself_since ? s->masked_itself_since : s->thread_access;
}

const struct wait *wait_given_up(const struct doctor *d, const struct story *s)
{
    const struct wait *best = NULL;
    const struct wait *lists[] = {s->given_up, s->waits};
    vtime_t end = end_of_program(s);
    bool stopped = core_reg(d->board.m->core[s->id], REG_PRIMASK) & 1;

    for (unsigned k = 0; k < 2; k++) {
        for (unsigned i = 0; i < (k ? WAITS : GIVEN_UP); i++) {
            const struct wait *w = &lists[k][i];
            bool went_on = !stopped && s->thread_write > w->to; /* it had another way */
            bool goes_on = d->board.m->now - w->to < STILL && ends_by_itself(d, w);
            if (w->addr && !goes_on && w->reads >= LEAST_READS && w->to - w->from > IN_VAIN &&
                !went_on && w->to + SOON >= end && (!best || w->to > best->to)) {
                best = w;
            }
        }
    }
    return best;
}

/* ---- what it means ---- */

/* Which bits the code after a load looks at: TST, AND with a constant, or a shift into the sign; 0
 * when it cannot be told. */
static uint32_t tested_bits(const struct doctor *d, const struct story *s, uint32_t pc)
{
    for (uint32_t at = pc; at < pc + TEST_WITHIN;) {
        uint32_t op = decode_opcode(&d->board.m->bus, s->id, at);
        if ((op & 0xFBE0u) == 0xF000u && !(op & 0x80000000u)) {
            return decode_immediate(op);
        }
        if ((op & 0xFFFFu) < 0x0800u && (op & 0xFFFFu) >> 6) { /* LSLS, then BMI or BPL */
            return 1u << (31 - ((op & 0xFFFFu) >> 6));
        }
        at += decode_length(op);
    }
    return 0;
}

/* A semaphore that the other core has taken and that this one has no use for: meant as the sign? */
static int taken_instead(const struct doctor *d, const struct story *s)
{
    for (int n = 0; n < SEMAPHORES; n++) {
        const struct semaphore *sem = &d->sem[n];
        bool known = sem->looked[s->id] || sem->wanted[s->id] || d->taken[s->id] >> n & 1;
        if (d->taken[!s->id] >> n & 1 && !known) {
            return n;
        }
    }
    return -1;
}

/* It looks whether the other core has it. So does a server that nobody has asked for anything yet:
 * a mistake needs a second sign, and without one this is no more than a hint. */
static void explain_not_taken(struct doctor *d, const struct story *s, const struct wait *w,
                              unsigned n)
{
    const char *other = s->id == CM7 ? "M4" : "M7";
    int instead = taken_instead(d, s);
    char what[80] = "";

    if (d->taken[!s->id] >> n & 1) {
        return; /* it has come, and was served */
    }
    if (instead >= 0) {
        snprintf(what, sizeof(what), ", but has taken semaphore %d", instead);
    }
    struct finding *f = finding_add(
        &d->findings, FIND_CORES_HSEM_NOT_TAKEN, s->id, w->pc,
        "semaphore %u has been free all the %.1f ms that this core waits for the %s to take it; "
        "the %s has never taken it%s",
        n, (double)(w->to - w->from) / 1e9, other, other, what);
    if (f && instead < 0 && !loop_at_end(&d->story[!s->id].thread)) {
        f->severity = SEV_NOTE;
        finding_explain(f,
                        "The other core goes on and may take it later: a server waits so for "
                        "whoever asks. If it is a sign that should have come by now, this core "
                        "waits for it in vain.",
                        "If the sign should have come: compare the numbers on both sides, and see "
                        "whether the other core comes to the place where it is taken.");
    }
}

static void explain_own(struct doctor *d, const struct story *s, const struct wait *w, unsigned n)
{
    struct finding *f = finding_add(
        &d->findings, FIND_CORES_HSEM_WAIT, s->id, w->pc,
        "semaphore %u has been held by this core itself all the %.1f ms that it waits for it "
        "(HSEM_R%u = 0x%08X: process %u)",
        n, (double)(w->to - w->from) / 1e9, n, (unsigned)w->value, (unsigned)(w->value & 0xFF));

    finding_explain(f,
                    "A semaphore belongs to a core and a process number. The same core does not "
                    "get it under another number, and only the number that took it releases it.",
                    "Release it with the process number with which it was taken, or use one number "
                    "for all of a core.");
}

static void explain_semaphore(struct doctor *d, const struct story *s, const struct wait *w)
{
    unsigned n = (w->addr & 0x7F) / 4;
    int owner = hsem_owner(d->board.m->hsem, n);
    vtime_t enough = d->time / 2 < HELD_LONG ? d->time / 2 : HELD_LONG;
    char place[160];

    if (w->to - w->from < enough) {
        return; /* an erase, for example, may be guarded by it */
    }
    if (owner < 0) {
        explain_not_taken(d, s, w, n);
        return;
    }
    if (owner == (int)s->id) {
        explain_own(d, s, w, n);
        return;
    }
    const struct semaphore *sem = &d->sem[n];
    const char *by = sem->taken_by_rlr[owner]
                         ? place_of(&d->findings, owner, sem->rlr_pc[owner], place, sizeof(place))
                         : NULL;
    struct finding *f = finding_add(
        &d->findings, FIND_CORES_HSEM_WAIT, s->id, w->pc,
        "semaphore %u has been held by the %s all the %.1f ms that this core waits for it%s%s", n,
        owner == CM7 ? "M7" : "M4", (double)(w->to - w->from) / 1e9,
        by ? "; a read of its RLR register took it, in " : "", by ? by : "");
    struct finding *left = finding_get(&d->findings, FIND_JUMP_HSEM_HELD, owner);
    if (f && left && d->held_at_handover[owner] >> n & 1 && !sem->released[owner]) {
        left->severity = SEV_ERROR; /* it was its bootloader that kept it */
        f->cause = left->id;
    }
}

static enum finding_id kind_of(const struct doctor *d, const struct story *s, const struct wait *w,
                               uint32_t bits)
{
    if (w->addr == PWR_BASE + PWR_CR3) {
        return FIND_AFTER_SUPPLY;
    }
    bool rcc = w->addr - RCC_BASE < 0x400 && w->addr != RCC_BASE + RCC_BDCR;

    if (w->addr == RCC_BASE + RCC_CR && s->id == CM7 && w->value & RCC_CR_D2CKRDY &&
        (!bits || bits == RCC_CR_D2CKRDY)) {
        return FIND_AFTER_D2CKRDY;
    }
    return rcc && finding_has(&d->findings, FIND_JUMP_CLOCK, CM7) ? FIND_AFTER_CLOCK_TIMEOUT
                                                                  : FIND_AFTER_POLL_FOREVER;
}

/* The comparison of the last loop that is about a value that it has just read, at `pc`. */
static const struct compared *comparison(const struct story *s, uint32_t pc, uint32_t value)
{
    const struct loop *l = &s->thread;

    for (unsigned i = 0; loop_known(l) && i < l->ncompared; i++) {
        bool about = l->compared[i].left == value || l->compared[i].right == value;
        /* Before it, too: a loop that is closed by a branch back to its test. */
        bool close =
            l->compared[i].pc - pc < COMPARED_WITHIN || pc - l->compared[i].pc < COMPARED_WITHIN;
        if (about && close) {
            return &l->compared[i];
        }
    }
    return NULL;
}

/* Whether it asks for equal or not equal: BEQ and BNE (CBZ and CBNZ compare by themselves). */
static bool asks_if_equal(const struct doctor *d, const struct story *s, uint32_t pc)
{
    uint32_t op = decode_opcode(&d->board.m->bus, s->id, pc);
    uint32_t next = decode_opcode(&d->board.m->bus, s->id, pc + decode_length(op));
    bool narrow = (next & 0xFE00u) == 0xD000u;
    bool wide = (next & 0xFB80u) == 0xF000u && (next >> 16 & 0xD000u) == 0x8000u;

    return (op & 0xF500u) == 0xB100u || narrow || wide;
}

/* What a program that reads `value` in the instruction `pc` waits for, as text; "" when it cannot
 * be told. */
static const char *wanted(const struct doctor *d, const struct story *s, uint32_t pc,
                          uint32_t value, char *buf, size_t size)
{
    uint32_t bits = tested_bits(d, s, pc), seen = bits ? value & bits : value;
    const struct compared *x = comparison(s, pc, seen);
    char of[32] = "it is";

    buf[0] = 0;
    if (x && decode_tests_bits(decode_opcode(&d->board.m->bus, s->id, x->pc))) {
        bits = bits ? bits : x->left == seen ? x->right : x->left;
        x = NULL;
    }
    if (bits) {
        snprintf(of, sizeof(of), "its bits 0x%X are", (unsigned)bits);
    }
    if (x && x->left == x->right && asks_if_equal(d, s, x->pc)) {
        snprintf(buf, size, "; it waits until %s no longer 0x%08X", of, (unsigned)seen);
    } else if (x) {
        uint32_t other = x->left == seen ? x->right : x->left;
        bool equal = asks_if_equal(d, s, x->pc);
        snprintf(buf, size, "; it waits until %s %s0x%08X", of,
                 equal ? "" : "on the other side of ", (unsigned)other);
    } else if (bits) {
        snprintf(buf, size, "; it waits until bits 0x%08X of it are %s", (unsigned)bits,
                 value & bits ? "0" : "1");
    }
    return buf;
}

/* What the last loop reads: a register rather than the memory in which its address was found. */
static int read_in_loop(const struct story *s)
{
    const struct loop *l = &s->thread;
    int found = -1;

    for (unsigned i = 0; i < l->nreads; i++) {
        if (l->read_at[i] == s->last_read.addr) {
            return (int)i;
        }
        bool constant = l->read_at[i] - MEM_FLASH_BASE < MEM_FLASH_SIZE;
        found = found < 0 && !constant ? (int)i : found;
    }
    return found;
}

const char *wait_in_loop(const struct doctor *d, const struct story *s, char *buf, size_t size)
{
    char name[64], until[96] = "";
    const struct loop *l = &s->thread;
    int i = loop_waits(l) ? read_in_loop(s) : -1;

    buf[0] = 0;
    if (i < 0) {
        return buf;
    }
    uint32_t addr = l->read_at[i];
    if (addr == s->last_read.addr) {
        wanted(d, s, s->last_read.pc, l->read[i], until, sizeof(until));
    } else {
        wanted(d, s, l->read_pc[i], l->read[i], until, sizeof(until));
    }
    snprintf(buf, size, " and reads %s (0x%08X) again and again, always 0x%08X%s",
             register_name(d, addr, name, sizeof(name)), (unsigned)addr, (unsigned)l->read[i],
             until);
    return buf;
}

void wait_explain(struct doctor *d, const struct story *s, const struct wait *w, bool over)
{
    char name[64], until[96];

    if (w->addr - HSEM_BASE < HSEM_BYTES) {
        if (!over) {
            explain_semaphore(d, s, w);
        }
        return;
    }
    enum finding_id kind = kind_of(d, s, w, tested_bits(d, s, w->pc));
    struct finding *f = finding_add(
        &d->findings, kind, s->id, w->pc,
        "%s%s (0x%08X) was read %llu times in %.1f ms, always 0x%08X%s%s",
        story_runs(s) ? "" : "in the bootloader: ", register_name(d, w->addr, name, sizeof(name)),
        (unsigned)w->addr, (unsigned long long)w->reads, (double)(w->to - w->from) / 1e9,
        (unsigned)w->value, wanted(d, s, w->pc, w->value, until, sizeof(until)),
        over ? ", then gave up" : "");
    if (w->addr == RCC_BASE + RCC_GCR && s->id == CM4) {
        finding_explain(f,
                        "The M4 waits until the M7 lets it go (RCC_GCR.BOOT_C2), and nobody does.",
                        "Set BOOT_C2 from the M7's application (HAL_RCCEx_EnableBootCore()).");
    }
    if (kind == FIND_AFTER_D2CKRDY) {
        d2_explain(d, f);
    }
}
