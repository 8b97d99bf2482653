/* SPDX-License-Identifier: MIT */
#include "emu/doctor/decode.h"

#include <string.h>

#define PC 15u

static uint32_t first(uint32_t op)
{
    return op & 0xFFFF;
}

static uint32_t second(uint32_t op)
{
    return op >> 16;
}

/* Without the cost of a search for every instruction. */
uint32_t decode_opcode(const struct bus *b, enum core_id id, uint32_t pc)
{
    static const struct bus *of[CORES];
    static const struct mem *last[CORES];
    const struct mem *mem = of[id] == b ? last[id] : NULL;
    uint32_t op = 0;

    if (!mem || pc - mem->base >= mem->size) {
        of[id] = b;
        mem = last[id] = bus_find_mem(b, pc, id);
    }
    if (!mem || pc - mem->base > mem->size - 4) {
        return 0;
    }
    memcpy(&op, mem->host + (pc - mem->base), 4);
    return op;
}

unsigned decode_length(uint32_t op)
{
    return first(op) >= 0xE800 ? 4 : 2;
}

/* Halfwords F38n 88mm. */
bool decode_msr_stack(uint32_t op)
{
    uint32_t sysm = second(op);

    return (op & 0xFFF0u) == 0xF380u && (sysm == 0x8808u || sysm == 0x8809u || sysm == 0x8814u);
}

bool decode_move_to_sp(uint32_t op)
{
    return (op & 0xFF87u) == 0x4685u || ((op & 0xFF70u) == 0xF850u && op >> 28 == 0xDu);
}

int decode_load_sp(uint32_t op)
{
    uint32_t hw1 = first(op);

    if ((hw1 & 0xF800) == 0x9800) { /* LDR Rt, [SP, #imm8 * 4] */
        return (int)(hw1 & 0xFF) * 4;
    }
    if (hw1 == 0xF8DD || hw1 == 0xF89D || hw1 == 0xF8BD) { /* LDR, LDRB, LDRH Rt, [SP, #imm12] */
        return (int)(second(op) & 0xFFF);
    }
    if (hw1 == 0xE9DD || hw1 == 0xED9D) { /* LDRD, VLDR: #imm8 * 4 */
        return (int)(second(op) & 0xFF) * 4;
    }
    if ((hw1 & 0xFE00) == 0xBC00 || hw1 == 0xE8BD || hw1 == 0xF85D) { /* POP */
        return 0;
    }
    return -1;
}

int decode_store_sp(uint32_t op)
{
    uint32_t hw1 = first(op);

    if ((hw1 & 0xF800) == 0x9000) { /* STR Rt, [SP, #imm8 * 4] */
        return (int)(hw1 & 0xFF) * 4;
    }
    if (hw1 == 0xF8CD) { /* STR.W Rt, [SP, #imm12] */
        return (int)(second(op) & 0xFFF);
    }
    if (hw1 == 0xE9CD) { /* STRD */
        return (int)(second(op) & 0xFF) * 4;
    }
    return -1;
}

/* Short forms: LDR, LDRB, LDRH with an offset, LDR from the literal pool, LDM. */
static bool short_load(const struct core *c, uint32_t pc, uint32_t op, uint32_t *addr,
                       unsigned *target)
{
    uint32_t base = core_reg(c, op >> 3 & 7), imm = op >> 6 & 31;

    *target = op & 7;
    switch (op >> 11 & 31) {
    case 0x0D: /* LDR */
        *addr = base + imm * 4;
        return true;
    case 0x0F: /* LDRB */
        *addr = base + imm;
        return true;
    case 0x11: /* LDRH */
        *addr = base + imm * 2;
        return true;
    case 0x09: /* literal */
        *target = op >> 8 & 7;
        *addr = ((pc + 4) & ~3u) + (op & 0xFF) * 4;
        return true;
    case 0x19: /* LDM */
        *addr = core_reg(c, op >> 8 & 7);
        *target = (unsigned)__builtin_ctz((op & 0xFF) | 0x100);
        return true;
    case 0x0A: /* 0101 0110: LDRSB */
        *addr = base + core_reg(c, op >> 6 & 7);
        return (op >> 9 & 7) == 3;
    case 0x0B: /* 0101 1xx: LDR, LDRH, LDRB, LDRSH */
        *addr = base + core_reg(c, op >> 6 & 7);
        return true;
    default:
        return false;
    }
}

static uint32_t indexed(const struct core *c, uint32_t base, uint32_t hw2)
{
    uint32_t offset = hw2 & 0xFF;

    if (!(hw2 & 0x800)) { /* Rm, LSL #n */
        return base + (core_reg(c, hw2 & 15) << (hw2 >> 4 & 3));
    }
    if (!(hw2 & 0x400)) { /* post-indexed */
        return base;
    }
    return hw2 & 0x200 ? base + offset : base - offset;
}

static bool long_load(const struct core *c, uint32_t op, uint32_t *addr, unsigned *target)
{
    uint32_t hw1 = first(op), hw2 = second(op), base = core_reg(c, hw1 & 15);

    *target = hw2 >> 12;
    if ((hw1 & 0xFF90u) == 0xF890u || (hw1 & 0xFFF0u) == 0xF8D0u) { /* 12 bits of offset */
        *addr = base + (hw2 & 0xFFF);
        return (hw1 & 15) != PC;
    }
    if ((hw1 & 0xFE90u) == 0xF810u) {
        *addr = indexed(c, base, hw2);
        return (hw1 & 15) != PC;
    }
    if ((hw1 & 0xFE50u) == 0xE850u && hw1 & 0x120u) { /* LDRD */
        *addr = hw1 & 0x100 ? base + (hw1 & 0x80 ? 1u : ~0u) * ((hw2 & 0xFF) * 4) : base;
        return true;
    }
    if ((hw1 & 0xFFD0u) == 0xE890u) { /* LDMIA */
        *addr = base;
        *target = (unsigned)__builtin_ctz(hw2 | 0x10000);
        return true;
    }
    return false;
}

bool decode_load(const struct core *c, uint32_t pc, uint32_t op, uint32_t *addr, unsigned *target)
{
    return decode_length(op) == 2 ? short_load(c, pc, first(op), addr, target)
                                  : long_load(c, op, addr, target);
}

bool decode_compare(const struct core *c, uint32_t op, uint32_t *left, uint32_t *right)
{
    uint32_t hw1 = first(op), hw2 = second(op);

    if ((hw1 & 0xF800u) == 0x2800u) { /* CMP Rn, #imm8 */
        *left = core_reg(c, hw1 >> 8 & 7);
        *right = hw1 & 0xFF;
        return true;
    }
    if ((hw1 & 0xF500u) == 0xB100u) { /* CBZ, CBNZ */
        *left = core_reg(c, hw1 & 7);
        *right = 0;
        return true;
    }
    if ((hw1 & 0xF8FFu) == 0x3001u && (hw2 & 0xFE00u) == 0xD000u) { /* ADDS #1, BEQ or BNE */
        *left = core_reg(c, hw1 >> 8 & 7);
        *right = UINT32_MAX;
        return true;
    }
    if ((hw1 & 0xFFC0u) == 0x4280u || (hw1 & 0xFFC0u) == 0x4200u) { /* CMP, TST Rn, Rm */
        *left = core_reg(c, hw1 & 7);
        *right = core_reg(c, hw1 >> 3 & 7);
        return true;
    }
    if ((hw1 & 0xFF00u) == 0x4500u) { /* CMP, high registers */
        *left = core_reg(c, (hw1 & 7) | (hw1 >> 4 & 8));
        *right = core_reg(c, hw1 >> 3 & 15);
        return true;
    }
    if ((hw1 & 0xFBF0u) == 0xF1B0u && (hw2 & 0x8F00u) == 0x0F00u) { /* CMP.W Rn, #const */
        *left = core_reg(c, hw1 & 15);
        *right = decode_immediate(op);
        return true;
    }
    if ((hw1 & 0xFBF0u) == 0xF010u && !(hw2 & 0x8000u)) { /* TST.W Rn, #const; ANDS.W */
        *left = core_reg(c, hw1 & 15);
        *right = decode_immediate(op);
        return true;
    }
    if (hw1 >> 6 && hw1 < 0x0800u && (hw2 & 0xFE00u) == 0xD400u) { /* LSLS, BMI or BPL */
        *left = core_reg(c, hw1 >> 3 & 7);
        *right = 1u << (31 - (hw1 >> 6));
        return true;
    }
    if (hw1 >> 6 > 16 && hw1 < 0x0800u) { /* LSLS by more than a half: the lowest bits are tested */
        *left = core_reg(c, hw1 >> 3 & 7);
        *right = UINT32_MAX >> (hw1 >> 6 & 31);
        return true;
    }
    if ((hw1 & 0xFFF0u) == 0xEBB0u && (hw2 & 0xFFF0u) == 0x0F00u) { /* CMP.W Rn, Rm */
        *left = core_reg(c, hw1 & 15);
        *right = core_reg(c, hw2 & 15);
        return true;
    }
    return false;
}

bool decode_tests_bits(uint32_t op)
{
    return (op & 0xFFC0u) == 0x4200u || (op & 0xFBF0u) == 0xF010u || (op & 0xF800u) == 0;
}

bool decode_sleep(uint32_t op)
{
    return first(op) == 0xBF30 || first(op) == 0xBF20;
}

uint32_t decode_immediate(uint32_t op)
{
    uint32_t imm =
        (first(op) >> 10 & 1u) << 11 | (second(op) >> 12 & 7u) << 8 | (second(op) & 0xFF);
    uint32_t byte = imm & 0xFF, value = 0x80u | (imm & 0x7Fu), turn = imm >> 7;

    if (imm >> 10 == 0) {
        uint32_t repeated[] = {byte, byte << 16 | byte, byte << 24 | byte << 8, byte * 0x01010101u};
        return repeated[imm >> 8 & 3];
    }
    return value >> turn | value << (32 - turn); /* turn is 8 to 31 here */
}
