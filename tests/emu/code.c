/* SPDX-License-Identifier: MIT */
#include "code.h"

struct cpu_machine t;

uint32_t here(const struct code *p)
{
    return p->base + 2 * p->n;
}

void op(struct code *p, uint16_t v)
{
    assert_true(p->n < 128);
    p->op[p->n++] = v;
}

/* MOVW and MOVT: the immediate is scattered over imm4, i, imm3, imm8. */
static void mov_half(struct code *p, uint16_t first, unsigned rd, uint32_t v)
{
    op(p, (uint16_t)(first | (v >> 12 & 0xf) | (v >> 11 & 1) << 10));
    op(p, (uint16_t)((v >> 8 & 7) << 12 | rd << 8 | (v & 0xff)));
}

void mov(struct code *p, unsigned rd, uint32_t v)
{
    mov_half(p, 0xf240, rd, v & 0xffff);
    mov_half(p, 0xf2c0, rd, v >> 16);
}

void ldr(struct code *p, unsigned rt, unsigned rn)
{
    op(p, (uint16_t)(0x6800 | rn << 3 | rt));
}

void str(struct code *p, unsigned rt, unsigned rn)
{
    op(p, (uint16_t)(0x6000 | rn << 3 | rt));
}

void branch_to(struct code *p, uint32_t target)
{
    op(p, (uint16_t)(0xe000 | ((target - (here(p) + 4)) >> 1 & 0x7ff)));
}

void loop_here(struct code *p)
{
    branch_to(p, here(p));
}

void op32(struct code *p, uint32_t v)
{
    op(p, (uint16_t)(v >> 16));
    op(p, (uint16_t)v);
}

void store(struct code *p, uint32_t addr, uint32_t value)
{
    mov(p, 0, addr);
    mov(p, 1, value);
    str(p, 1, 0);
}

void delay(struct code *p, uint32_t n)
{
    mov(p, 3, n);
    uint32_t top = here(p);
    op(p, 0x3b01);                                                   /* subs r3, #1 */
    op(p, (uint16_t)(0xd100 | ((top - (here(p) + 4)) >> 1 & 0xff))); /* bne */
}

struct code begin(uint32_t base, uint32_t sp)
{
    uint32_t table[64];
    struct code stop = {.base = base + 0x100};

    table[0] = sp;
    table[1] = base + 0x201;
    for (unsigned i = 2; i < 64; i++) {
        table[i] = base + 0x101;
    }
    loop_here(&stop);
    cpu_machine_poke(&t, base, table, sizeof(table));
    cpu_machine_poke(&t, stop.base, stop.op, 2);
    return (struct code){.base = base + 0x200};
}

void finish(struct code *p)
{
    loop_here(p);
    cpu_machine_poke(&t, p->base, p->op, 2 * p->n);
}

void idle_core(uint32_t base, uint32_t sp)
{
    struct code p = begin(base, sp);

    finish(&p);
}

int setup(void **state)
{
    (void)state;
    cpu_machine_open(&t, 200);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    cpu_machine_close(&t);
    return 0;
}

void run_for(vtime_t dt)
{
    machine_run(t.m, t.m->now + dt);
}

uint32_t ppb(enum core_id id, uint32_t addr)
{
    uint32_t v = 0;

    assert_true(core_ppb_peek(t.m->core[id], addr, &v));
    return v;
}

uint32_t pc_of(enum core_id id)
{
    return core_reg(t.m->core[id], REG_PC);
}

void poke_dev(enum core_id as, uint32_t addr, uint32_t v)
{
    const struct bus_access a = {.master = as, .privileged = true};

    assert_int_equal(bus_write(&t.m->bus, &a, addr, 4, v), BUS_OK);
}

uint32_t peek_dev(enum core_id as, uint32_t addr)
{
    uint32_t v = 0;

    assert_true(bus_peek(&t.m->bus, as, addr, &v, 4));
    return v;
}
