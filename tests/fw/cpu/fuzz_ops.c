/* SPDX-License-Identifier: MIT */
/* Encodings of ARMv7-M, with random operands that are neither UNPREDICTABLE nor touch SP, LR, PC.
 */
#include "fuzz.h"

static unsigned length;

void emit16(uint32_t op)
{
    fuzz_code[length++] = (uint16_t)op;
}

void emit32(uint32_t op)
{
    emit16(op >> 16);
    emit16(op);
}

unsigned fuzz_length(void)
{
    return length;
}

unsigned fuzz_reg(void)
{
    static const uint8_t regs[] = {0, 1, 2, 3, 4, 5, 6, 7, 10, 12};

    return regs[fuzz_below(sizeof(regs))];
}

static uint32_t pick(const uint32_t *list, unsigned n)
{
    return list[fuzz_below(n)];
}
#define PICK(list) pick(list, sizeof(list) / sizeof(list)[0])

static uint32_t other_reg(uint32_t not_this)
{
    uint32_t r = fuzz_reg();

    while (r == not_this) {
        r = fuzz_reg();
    }
    return r;
}

void emit_constant(unsigned rd, uint32_t v)
{
    for (unsigned half = 0; half < 2; half++, v >>= 16) {
        emit32((half ? 0xf2c00000u : 0xf2400000u) | (v >> 12 & 0xf) << 16 | (v >> 11 & 1) << 26 |
               (v >> 8 & 7) << 12 | rd << 8 | (v & 0xff));
    }
}

/* ---- integers ---- */

static void immediate(void)
{
    static const uint32_t ops[] = {0, 1, 2, 3, 4, 8, 10, 11, 13, 14};
    uint32_t imm = fuzz_random() & 0x040070ff; /* i, imm3, imm8 */

    emit32(0xf0000001 | imm | PICK(ops) << 21 | fuzz_below(2) << 20 | fuzz_reg() << 16 |
           fuzz_reg() << 8);
}

static void shifted_register(void)
{
    static const uint32_t ops[] = {0, 1, 2, 3, 4, 8, 10, 11, 13, 14};

    emit32(0xea000000 | (fuzz_random() & 0x70f0) | PICK(ops) << 21 | fuzz_below(2) << 20 |
           fuzz_reg() << 16 | fuzz_reg() << 8 | fuzz_reg());
}

static void shift_by_register(void)
{
    emit32(0xfa00f000 | fuzz_below(8) << 20 | fuzz_reg() << 16 | fuzz_reg() << 8 | fuzz_reg());
}

static void extend(void)
{
    uint32_t rn = fuzz_below(2) ? 15 : fuzz_reg();

    emit32(0xfa00f080 | fuzz_below(6) << 20 | rn << 16 | fuzz_reg() << 8 | fuzz_below(4) << 4 |
           fuzz_reg());
}

static void parallel(void)
{
    static const uint32_t ops[] = {0, 1, 2, 4, 5, 6};

    emit32(0xfa80f000 | PICK(ops) << 20 | fuzz_reg() << 16 | fuzz_reg() << 8 | fuzz_below(2) << 6 |
           fuzz_below(3) << 4 | fuzz_reg());
}

static void saturating_or_reverse(void)
{
    static const uint32_t ops[] = {0xfa80f080, 0xfa80f090, 0xfa80f0a0, 0xfa80f0b0, 0xfaa0f080};
    static const uint32_t same[] = {0xfa90f080, 0xfa90f090, 0xfa90f0a0, 0xfa90f0b0, 0xfab0f080};
    uint32_t rm = fuzz_reg();

    if (fuzz_below(2)) {
        emit32(PICK(ops) | fuzz_reg() << 16 | fuzz_reg() << 8 | rm);
    } else {
        emit32(PICK(same) | rm << 16 | fuzz_reg() << 8 | rm);
    }
}

static void multiply(void)
{
    static const uint32_t ops[] = {0xfb000000, 0xfb000010, 0xfb100000, 0xfb100010, 0xfb100020,
                                   0xfb100030, 0xfb200000, 0xfb200010, 0xfb300000, 0xfb300010,
                                   0xfb400000, 0xfb400010, 0xfb500000, 0xfb500010, 0xfb600000,
                                   0xfb600010, 0xfb700000};

    emit32(PICK(ops) | fuzz_reg() << 16 | fuzz_reg() << 12 | fuzz_reg() << 8 | fuzz_reg());
}

static void long_multiply(void)
{
    static const uint32_t ops[] = {0xfb800000, 0xfba00000, 0xfbc00000, 0xfbc00080, 0xfbc00090,
                                   0xfbc000a0, 0xfbc000b0, 0xfbc000c0, 0xfbc000d0, 0xfbd000c0,
                                   0xfbd000d0, 0xfbe00000, 0xfbe00060};
    uint32_t lo = fuzz_reg();

    emit32(PICK(ops) | fuzz_reg() << 16 | lo << 12 | other_reg(lo) << 8 | fuzz_reg());
}

static void divide(void)
{
    emit32((fuzz_below(2) ? 0xfb90f0f0 : 0xfbb0f0f0) | fuzz_reg() << 16 | fuzz_reg() << 8 |
           fuzz_reg());
}

static void bit_field(void)
{
    static const uint32_t saturate[] = {0xf3000000, 0xf3200000, 0xf3800000, 0xf3a00000};
    uint32_t lsb = fuzz_below(32), width = 1 + fuzz_below(32 - lsb);
    uint32_t regs = fuzz_reg() << 16 | fuzz_reg() << 8, at = (lsb >> 2) << 12 | (lsb & 3) << 6;

    switch (fuzz_below(4)) {
    case 0:
        emit32(0xf3400000 | regs | at | (width - 1)); /* SBFX */
        break;
    case 1:
        emit32(0xf3c00000 | regs | at | (width - 1)); /* UBFX */
        break;
    case 2:
        emit32(0xf3600000 | regs | at | (lsb + width - 1)); /* BFI */
        break;
    default:
        emit32(PICK(saturate) | regs | fuzz_below(16)); /* SSAT, SSAT16, USAT, USAT16 */
        break;
    }
}

/* Shifts, adds, compares and the register operations of the low registers: no gaps in there. */
static void narrow(void)
{
    emit16(fuzz_below(0x4400));
}

static void high_registers(void)
{
    static const uint32_t ops[] = {0x4400, 0x4500, 0x4600};
    uint32_t op = PICK(ops), rd = fuzz_reg(), rm = 10 + 2 * fuzz_below(2);

    emit16(op | (rd & 8) << 4 | rm << 3 | (rd & 7));
}

void emit_data(void)
{
    static void (*const kinds[])(void) = {immediate, shifted_register, shift_by_register,
                                          extend,    parallel,         saturating_or_reverse,
                                          multiply,  long_multiply,    divide,
                                          narrow,    bit_field,        narrow,
                                          narrow,    high_registers,   immediate,
                                          narrow,    shifted_register};
    kinds[fuzz_below(sizeof(kinds) / sizeof(kinds[0]))]();
}

/* ---- memory ---- */

static uint32_t base(void)
{
    return 8 + fuzz_below(2);
}

static void point_again(void)
{
    emit_constant(8, (uint32_t)(uintptr_t)(fuzz_scratch + 64));
    emit_constant(9, (uint32_t)(uintptr_t)(fuzz_scratch + 128));
}

static const uint32_t sizes[] = {0xf8000000, 0xf8100000, 0xf8200000, 0xf8300000,
                                 0xf8400000, 0xf8500000, 0xf9100000, 0xf9300000};

/* QEMU 7.2 looks at the MPU for the first byte of an access only: none crosses a region's border.
 */
static void with_offset(void)
{
    uint32_t offset = fuzz_below(60);

    if (offset % 32 > 28) {
        offset -= 3;
    }
    emit32((PICK(sizes) | 0x00800000) | base() << 16 | fuzz_reg() << 12 | offset);
}

static void with_writeback(void)
{
    static const uint32_t modes[] = {0x900, 0xb00, 0xc00, 0xd00, 0xf00}; /* P, U, W */

    emit32(PICK(sizes) | base() << 16 | fuzz_reg() << 12 | PICK(modes) | 4 * fuzz_below(15));
    point_again();
}

static void pair(void)
{
    uint32_t rt = fuzz_reg();

    emit32((fuzz_below(2) ? 0xe9d00000 : 0xe9c00000) | base() << 16 | rt << 12 |
           other_reg(rt) << 8 | fuzz_below(15));
}

static void multiple(void)
{
    uint32_t list = (fuzz_random() & 0x14ff) | 3;

    emit32((fuzz_below(2) ? 0xe8900000 : 0xe8800000) | base() << 16 | list);
}

static void push_and_pop(void)
{
    uint32_t n = fuzz_below(3), from = 1u << fuzz_below(4) | 0x10u << n, to = 2u << fuzz_below(3);

    emit16(0xb400 | from);
    emit_data();
    emit16(0xbc00 | (to | 0x80));
}

static void exclusive(void)
{
    uint32_t rn = base(), rt = fuzz_reg(), rd = fuzz_reg(), at = fuzz_below(8);

    emit32(0xe8500f00 | rn << 16 | rt << 12 | at);
    if (fuzz_below(4) == 0) {
        emit32(0xf3bf8f2f); /* CLREX */
    }
    uint32_t status = other_reg(rd);
    emit32(0xe8400000 | rn << 16 | rd << 12 | status << 8 | at);
}

void emit_memory(void)
{
    static void (*const kinds[])(void) = {with_offset, with_offset,  with_writeback, pair,
                                          multiple,    push_and_pop, exclusive};
    kinds[fuzz_below(sizeof(kinds) / sizeof(kinds[0]))]();
}

/* ---- floating point ---- */

#ifdef BOARD_CM4
enum { DOUBLE = 0 };
#else
enum { DOUBLE = 1 };
#endif

struct shape {
    uint32_t vd, vn, vm; /* register fields, each with its extra bit */
};

static struct shape registers(unsigned wide)
{
    struct shape f;
    uint32_t d = fuzz_below(wide ? 16 : 32), n = fuzz_below(wide ? 16 : 32),
             m = fuzz_below(wide ? 16 : 32);

    if (wide) {
        f = (struct shape){d << 12, n << 16, m};
    } else {
        f.vd = (d >> 1) << 12 | (d & 1) << 22;
        f.vn = (n >> 1) << 16 | (n & 1) << 7;
        f.vm = (m >> 1) | (m & 1) << 5;
    }
    return f;
}

static void arithmetic(void)
{
    static const uint32_t ops[] = {0xee000a00, 0xee000a40, 0xee100a00, 0xee100a40, 0xee200a00,
                                   0xee200a40, 0xee300a00, 0xee300a40, 0xee800a00, 0xee900a00,
                                   0xee900a40, 0xeea00a00, 0xeea00a40};
    unsigned wide = DOUBLE && fuzz_below(2);
    struct shape f = registers(wide);

    emit32(PICK(ops) | wide << 8 | f.vd | f.vn | f.vm);
}

static void one_operand(void)
{
    static const uint32_t ops[] = {0xeeb00a40, 0xeeb00ac0, 0xeeb10a40,
                                   0xeeb10ac0, 0xeeb40a40, 0xeeb40ac0};
    static const uint32_t single[] = {0xeeb20a40, 0xeeb20ac0, 0xeeb30a40, 0xeeb30ac0, 0xeeb80a40,
                                      0xeeb80ac0, 0xeebc0a40, 0xeebc0ac0, 0xeebd0a40, 0xeebd0ac0};
    unsigned wide = DOUBLE && fuzz_below(2);
    struct shape f = registers(wide);

    emit32((wide || fuzz_below(2) ? PICK(ops) : PICK(single)) | wide << 8 | f.vd | f.vm);
}

static void of_version_5(void)
{
    static const uint32_t ops[] = {0xfe000a00, 0xfe100a00, 0xfe200a00,
                                   0xfe300a00, 0xfe800a00, 0xfe800a40};
    static const uint32_t rounds[] = {0xfeb80a40, 0xfeb90a40, 0xfeba0a40, 0xfebb0a40,
                                      0xeeb60a40, 0xeeb60ac0, 0xeeb70a40};
    unsigned wide = fuzz_below(2);
    struct shape f = registers(wide);

    if (fuzz_below(2)) {
        emit32(PICK(ops) | wide << 8 | f.vd | f.vn | f.vm);
    } else {
        emit32(PICK(rounds) | wide << 8 | f.vd | f.vm);
    }
}

static void flags_and_moves(void)
{
    uint32_t rt = fuzz_reg(), n = fuzz_below(32);

    switch (fuzz_below(4)) {
    case 0:
        emit32(0xeef1fa10); /* VMRS APSR_nzcv, FPSCR */
        break;
    case 1:
        emit32(0xeef10a10 | rt << 12);
        break;
    case 2:
        emit_constant(rt, fuzz_random() & 0xf7c0009f);
        emit32(0xeee10a10 | rt << 12);
        break;
    default: /* VMOV between a core and a single register */
        emit32(0xee000a10 | fuzz_below(2) << 20 | (n >> 1) << 16 | (n & 1) << 7 | rt << 12);
        break;
    }
}

static void float_memory(void)
{
    uint32_t n = fuzz_below(32), count = 1 + fuzz_below(n > 20 ? 32 - n : 12);
    uint32_t vd = (n >> 1) << 12 | (n & 1) << 22, load = fuzz_below(2) << 20;

    if (fuzz_below(2)) {
        emit32(0xed800a00 | load | base() << 16 | vd | fuzz_below(15)); /* VLDR, VSTR */
    } else {
        emit32(0xec800a00 | load | base() << 16 | vd | count); /* VLDM, VSTM */
    }
}

void emit_float(void)
{
    static void (*const kinds[])(void) = {arithmetic,      arithmetic,   one_operand,
                                          flags_and_moves, float_memory, of_version_5};
    kinds[fuzz_below(DOUBLE ? 6 : 5)]();
}

/* ---- IT ---- */

/* Inside of a block: nothing that writes a flag twice over, no branch, no second IT. */
static void inside(void)
{
    switch (fuzz_below(4)) {
    case 0:
        narrow();
        break;
    case 1:
        arithmetic();
        break;
    case 2:
        with_offset();
        break;
    default:
        immediate();
        break;
    }
}

void emit_it_block(void)
{
    unsigned count = 1 + fuzz_below(4);
    uint32_t cond = fuzz_below(14), mask = 1u << (4 - count);

    for (unsigned i = 1; i < count;
         i++) { /* then or else: the condition's low bit, or its reverse */
        mask |= ((cond & 1) ^ fuzz_below(2)) << (4 - i);
    }
    emit16(0xbf00 | cond << 4 | mask);
    for (unsigned i = 0; i < count; i++) {
        inside();
    }
}

void fuzz_make(unsigned steps, uint32_t end)
{
    static void (*const kinds[])(void) = {emit_data,   emit_data,  emit_data,     emit_data,
                                          emit_memory, emit_float, emit_it_block, emit_event};
    length = 0;
    point_again();
    while (steps-- && length < FUZZ_CODE - 64) {
        kinds[fuzz_below(sizeof(kinds) / sizeof(kinds[0]))]();
    }
    emit16(0xb662);     /* CPSIE i */
    emit32(0xf3bf8f6f); /* ISB */
    if (length & 1) {
        emit16(0xbf00);
    }
    emit32(0xf8dff000); /* LDR PC, [PC] */
    emit32(end << 16 | end >> 16);
}
