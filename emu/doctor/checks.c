/* SPDX-License-Identifier: MIT */
/*
 * Why a bootloader does not jump: it has read something of the application, compared it and stayed.
 * Every instruction before the hand-over is looked at, so the comparison after the last read of the
 * application is known, with both its values.
 */
#include "emu/doctor/decode.h"
#include "emu/doctor/doctor.h"

#include <stdio.h>

#define PATIENCE 3000000u /* instructions looked at so closely: it costs time */
#define ST_MASK  0x2FFE0000u
#define ST_VALUE 0x20000000u

static void note_compare(struct check *k, uint32_t pc, uint32_t left, uint32_t right)
{
    if (k->fresh) {
        k->fresh = false;
        for (unsigned i = 0; i < k->count; i++) {
            k->before[i] = k->compared[i].pc;
        }
        k->nbefore = k->count;
        k->count = 0;
        k->compared_reads = k->reads;
    }
    if (k->count < CHECK_STEPS) {
        k->compared[k->count++] = (struct compared){.pc = pc, .left = left, .right = right};
    }
}

void checks_insn(struct story *s, const struct core *c, uint32_t pc, uint32_t op)
{
    struct check *k = &s->check;
    uint32_t addr, left, right;
    unsigned target;

    if (s->steps > PATIENCE && !s->d->capturing) {
        return;
    }
    if (k->reads && s->steps - k->read_step < CHECK_STEPS && decode_compare(c, op, &left, &right)) {
        note_compare(k, pc, left, right);
    } else if (decode_load(c, pc, op, &addr, &target) && in_app(s, addr)) {
        k->recent[k->reads++ % RECENT_READS] = (struct read){addr & ~3u, pc};
        k->read_step = s->steps;
        k->fresh = true;
    }
}

/* How much a range check has taken off what was read, to compare with the length of the range: the
 * beginning of a memory, or one more; 0: it has not. */
static uint32_t taken_off(const struct compared *x, uint32_t value)
{
    uint32_t off = value - x->left;

    return off >> 24 && (off & 0xFFFEu) == 0 && x->left != 0 ? off : 0;
}

/* One of both is what was read, or its upper part (low bits masked out), or how far it is above the
 * beginning of a range. */
static bool about(const struct compared *x, uint32_t value)
{
    uint32_t part[] = {x->left, x->right};

    for (int i = 0; i < 2; i++) {
        bool upper = part[i] >> 24 && part[i] >> 24 == value >> 24 && !(part[i] & ~value);
        if (part[i] == value || upper) {
            return true;
        }
    }
    return taken_off(x, value) != 0;
}

static bool made_before(const struct check *k, uint32_t pc)
{
    for (unsigned i = 0; i < k->nbefore; i++) {
        if (k->before[i] == pc) {
            return true;
        }
    }
    return false;
}

static uint32_t content(const struct story *s, const struct read *r)
{
    return doctor_peek(s->d, s->id, r->addr);
}

/* Which of the last words read the comparison is about, the last one first; NULL: none. */
static const struct read *subject(const struct story *s, const struct compared *x)
{
    const struct check *k = &s->check;

    for (uint64_t i = 0; i < RECENT_READS && i < k->compared_reads; i++) {
        const struct read *r = &k->recent[(k->compared_reads - 1 - i) % RECENT_READS];
        uint32_t value = content(s, r);
        if (about(x, value) && (i == 0 || value >> 16)) { /* small numbers meet by chance */
            return r;
        }
    }
    return NULL;
}

/* The comparison that the reads were for: the last one with what was read. For a checksum it is the
 * first one that did not follow the read before, too, as those of the loop that adds up did. What
 * comes later belongs to the loop in which the bootloader stays. */
static const struct compared *meant(const struct story *s, const struct read **of)
{
    const struct check *k = &s->check;

    for (unsigned i = k->count; i-- > 0;) {
        *of = subject(s, &k->compared[i]);
        if (*of) {
            return &k->compared[i];
        }
    }
    *of = &k->recent[(k->compared_reads - 1) % RECENT_READS];
    for (unsigned i = 0; i < k->count; i++) {
        if (!made_before(k, k->compared[i].pc)) {
            return &k->compared[i];
        }
    }
    return &k->compared[k->count - 1];
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

static void explain(const struct story *s, const struct read *of, const struct compared *x,
                    struct finding *f)
{
    uint32_t value = content(s, of);
    bool blank = doctor_peek(s->d, s->id, s->app_lo) == UINT32_MAX;
    bool masked = x->left == (value & ST_MASK) || x->right == (value & ST_MASK);

    if (of->addr == s->app_lo && masked && (x->left == ST_VALUE || x->right == ST_VALUE)) {
        finding_explain(
            f,
            "The common test (sp & 0x2FFE0000) == 0x20000000 accepts a stack inside the "
            "first 128 KiB at 0x20000000 only. It refuses the end of DTCM (0x20020000), "
            "where most linker scripts put it, and every stack in AXI SRAM or SRAM1-4.",
            "Compare with the RAM that the core has, its end included: for example sp > "
            "0x20000000 && sp <= 0x20020000. Or link the application's stack below the "
            "end.");
    } else if (of->addr == s->app_lo && value != UINT32_MAX && taken_off(x, value)) {
        finding_explain(
            f,
            "The bootloader compares how far the stack pointer is above the beginning of a RAM "
            "with "
            "the length of that RAM. A stack grows down from the end, so the end itself, one past "
            "the last byte, is a good stack pointer; and a core has more than one RAM.",
            "Compare with each RAM that the core has, its end included: for example sp > "
            "0x20000000 && sp <= 0x20020000. Or link the application's stack to where the "
            "bootloader expects it, below the end.");
    } else if (value == UINT32_MAX && about(x, value) && !blank) {
        finding_explain(
            f,
            "What it read is blank flash. There is an application, but not what the bootloader "
            "looks for at that address: a checksum, a mark, or the end of a longer image.",
            "Write it there when the image is made, or look at the address that the bootloader "
            "expects it at.");
    } else if (value == UINT32_MAX && blank) {
        finding_explain(f, "What it read is blank flash: there is no application at that address.",
                        "Load the application (--load), or look at the address that the bootloader "
                        "expects it at.");
    }
}

bool checks_conclude(struct doctor *d, struct story *s)
{
    const struct check *k = &s->check;
    char read[160], compared[160], now[160], less[40] = "";

    if (!k->count) {
        return false;
    }
    const struct read *of;
    const struct compared *x = meant(s, &of);
    uint32_t value = content(s, of), off = value == x->left ? 0 : taken_off(x, value);
    if (off) {
        snprintf(less, sizeof(less), " (it less 0x%08X)", (unsigned)off);
    }
    uint32_t pc = s->thread.count ? s->thread.lo : core_reg(d->board.m->core[s->id], REG_PC);
    struct finding *f = finding_add(
        &d->findings, FIND_JUMP_REFUSED, s->id, x->pc,
        "0x%08X = 0x%08X%s was read in %s; then 0x%08X%s was compared with 0x%08X in %s, and no "
        "jump came; it is in %s now",
        (unsigned)of->addr, (unsigned)value, what_lies_at(s, of->addr),
        place_of(&d->findings, s->id, of->pc, read, sizeof(read)), (unsigned)x->left, less,
        (unsigned)x->right, place_of(&d->findings, s->id, x->pc, compared, sizeof(compared)),
        place_of(&d->findings, s->id, pc, now, sizeof(now)));
    explain(s, of, x, f);
    return true;
}
