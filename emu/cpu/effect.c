/* SPDX-License-Identifier: MIT */
/* What an instruction does besides changing core registers: nothing, a store, or something else.
 * Knows only instructions of which that is certain. */
#include "emu/cpu/internal.h"

static uint32_t reg(const struct core *c, unsigned n)
{
    return engine_reg(c->engine, n);
}

static struct stored one(uint32_t addr, unsigned rt, unsigned size)
{
    return (struct stored){.addr = addr, .rt = rt, .size = size};
}

static struct stored many(uint32_t addr, uint32_t regs)
{
    return (struct stored){.addr = addr, .regs = regs};
}

static enum effect store_16(const struct core *c, uint16_t op, struct stored *s)
{
    unsigned rt = op & 7, rn = op >> 3 & 7, imm = op >> 6 & 0x1f;

    switch (op >> 11) {
    case 0x0a: /* STR, STRH, STRB (register), LDRSB */
        if ((op >> 9 & 3) == 3) {
            return EFFECT_NONE;
        }
        *s = one(reg(c, rn) + reg(c, op >> 6 & 7), rt,
                 (op >> 9 & 3) == 0   ? 4
                 : (op >> 9 & 3) == 1 ? 2
                                      : 1);
        return EFFECT_STORE;
    case 0x0c:
        *s = one(reg(c, rn) + 4 * imm, rt, 4);
        return EFFECT_STORE;
    case 0x0e:
        *s = one(reg(c, rn) + imm, rt, 1);
        return EFFECT_STORE;
    case 0x10:
        *s = one(reg(c, rn) + 2 * imm, rt, 2);
        return EFFECT_STORE;
    case 0x12:
        *s = one(reg(c, 13) + 4 * (op & 0xffu), op >> 8 & 7, 4);
        return EFFECT_STORE;
    case 0x18:
        *s = many(reg(c, op >> 8 & 7), op & 0xff);
        return EFFECT_STORE;
    default:
        return EFFECT_NONE;
    }
}

static enum effect misc_16(const struct core *c, uint16_t op, struct stored *s)
{
    uint32_t list = (op & 0xff) | (op & 0x100u) << 6;

    switch (op >> 8 & 0xf) {
    case 0x0: /* ADD, SUB SP */
    case 0x1: /* CBZ, CBNZ */
    case 0x2: /* extensions */
    case 0x3:
    case 0x9:
    case 0xb:
    case 0xc: /* POP */
    case 0xd:
        return EFFECT_NONE;
    case 0x4:
    case 0x5: /* PUSH */
        *s = many(reg(c, 13) - 4 * (unsigned)__builtin_popcount(list), list);
        return EFFECT_STORE;
    case 0xa: /* REV */
        return (op & 0xc0) == 0x80 ? EFFECT_OTHER : EFFECT_NONE;
    case 0xf: /* IT, NOP; the other hints are not */
        return op & 0xf || op == 0xbf00 ? EFFECT_NONE : EFFECT_OTHER;
    default:
        return EFFECT_OTHER;
    }
}

static enum effect effect_16(const struct core *c, uint16_t op, struct stored *s)
{
    switch (op >> 12) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0x3:
    case 0x4:
    case 0xa:
    case 0xe:
        return EFFECT_NONE;
    case 0xb:
        return misc_16(c, op, s);
    case 0xd: /* not UDF, SVC */
        return (op >> 8 & 0xf) >= 0xe ? EFFECT_OTHER : EFFECT_NONE;
    default:
        return op >> 11 == 0x19 ? EFFECT_NONE : store_16(c, op, s); /* LDM */
    }
}

static enum effect branch_or_control(uint16_t op, uint16_t second)
{
    if ((second & 0x5000) != 0) {
        return EFFECT_NONE; /* B, BL */
    }
    if ((op & 0x0380) != 0x0380) {
        return EFFECT_NONE; /* B with a condition */
    }
    if (op == 0xf3ef) {
        return EFFECT_NONE; /* MRS */
    }
    return op == 0xf3bf && (second & 0xf0) >= 0x40 && (second & 0xf0) <= 0x60
               ? EFFECT_NONE
               : EFFECT_OTHER; /* DSB, DMB, ISB */
}

static enum effect multiple_or_dual(const struct core *c, uint16_t op, uint16_t second,
                                    struct stored *s)
{
    unsigned rn = op & 0xf;
    bool load = op & 0x10;

    if (!(op & 0x40)) { /* LDM, STM and their kin */
        bool down = (op & 0x180) == 0x100;
        uint32_t n = 4 * (unsigned)__builtin_popcount(second & 0x5fff);
        *s = many(reg(c, rn) - (down ? n : 0), second & 0x5fff);
        return load ? EFFECT_NONE : EFFECT_STORE;
    }
    if (!(op & 0x120)) { /* exclusives; TBB and TBH are pure */
        return (op & 0xfff0) == 0xe8d0 && (second & 0xffe0) == 0xf000 ? EFFECT_NONE : EFFECT_OTHER;
    }
    return load ? EFFECT_NONE : EFFECT_OTHER; /* LDRD, STRD */
}

static enum effect single(const struct core *c, uint16_t op, uint16_t second, struct stored *s)
{
    unsigned rn = op & 0xf, rt = second >> 12, size = 1u << (op >> 5 & 3);

    if (op & 0x10) {
        return EFFECT_NONE; /* loads, PLD */
    }
    if (op & 0x100 || size > 4 || rn == 15) {
        return EFFECT_OTHER;
    }
    if (op & 0x80) {
        *s = one(reg(c, rn) + (second & 0xfff), rt, size);
    } else if (!(second & 0xfc0)) {
        *s = one(reg(c, rn) + (reg(c, second & 0xf) << (second >> 4 & 3)), rt, size);
    } else if (second & 0x800 && (second & 0xf00) != 0xe00) {
        uint32_t off = second & 0x200 ? second & 0xffu : 0u - (second & 0xffu);
        *s = one(reg(c, rn) + (second & 0x400 ? off : 0), rt, size);
    } else {
        return EFFECT_OTHER;
    }
    return EFFECT_STORE;
}

static enum effect effect_32(const struct core *c, uint16_t op, uint16_t second, struct stored *s)
{
    if ((op & 0xf800) == 0xf000) {
        return second & 0x8000 ? branch_or_control(op, second) : EFFECT_NONE;
    }
    switch (op >> 8 & 0x1f) {
    case 0x08:
    case 0x09:
        return multiple_or_dual(c, op, second, s);
    case 0x0a:
    case 0x0b: /* data processing */
    case 0x1a:
    case 0x1b: /* multiplication, division */
        return EFFECT_NONE;
    case 0x18:
    case 0x19:
        return single(c, op, second, s);
    default:
        return EFFECT_OTHER; /* coprocessors */
    }
}

enum effect insn_effect(struct core *c, uint32_t pc, struct stored *s)
{
    uint16_t op = insn_halfword(c, pc);

    return op >= 0xe800 ? effect_32(c, op, insn_halfword(c, pc + 2), s) : effect_16(c, op, s);
}
