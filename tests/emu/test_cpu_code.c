/* SPDX-License-Identifier: MIT */
/*
 * Code that is rewritten while it is in use, in every way: the next call runs the new code. One
 * core calls a function again and again and notes what it returns; then one of the two cores stores
 * new code through one of the windows, or a DMA stream, a debugger or a loader does, after things
 * that change what the core may access directly.
 */
#include "code.h"

enum {
    RETURNS_1 = 0x47702001, /* movs r0, #1; bx lr */
    RETURNS_2 = 0x47702002,
    SRAM1 = 0x30010000,      /* 64 KiB in: the M4's stack is below */
    SRAM1_CODE = 0x10010000, /* its other window */
    FLASH_FN = 0x08180000,   /* another sector of bank 2 */
    RAM_BOOT = 0x10000000,
    RESULT = NOTES,      /* what the function returned last */
    MAILBOX = NOTES + 8, /* not 0: the core of that number stores the new code */
};

enum writer { BY_CM7, BY_CM4, BY_DMA, BY_DEBUGGER };
enum disturbance { NOTHING, BY_MPU, BY_WATCHPOINT, BY_NEIGHBOUR, BY_TRAP, DISTURBANCES };

static uint32_t mailbox(unsigned core)
{
    return MAILBOX + 4 * core;
}

/* Calls fn (0: none), notes its result, and stores RETURNS_2 at `target` when its mailbox says so.
 */
static void caller(unsigned core, uint32_t base, uint32_t sp, uint32_t fn, uint32_t target)
{
    struct code p = begin(base, sp);

    mov(&p, 4, fn | 1);
    mov(&p, 5, RESULT);
    mov(&p, 6, mailbox(core));
    mov(&p, 7, target);
    mov(&p, 3, RETURNS_2);
    uint32_t top = here(&p);
    if (fn) {
        op(&p, BLX_R4);
        str(&p, 0, 5);
    }
    ldr(&p, 2, 6);
    op(&p, 0x2a00);                                                    /* cmp r2, #0 */
    op(&p, (uint16_t)(0xd000 | ((top - (here(&p) + 4)) >> 1 & 0xff))); /* beq top */
    str(&p, 3, 7);
    op(&p, 0x2200); /* movs r2, #0 */
    str(&p, 2, 6);
    op32(&p, 0xf3bf8f4f); /* dsb */
    op32(&p, 0xf3bf8f6f); /* isb */
    branch_to(&p, top);
    finish(&p);
}

static void poke(uint32_t addr, uint32_t value)
{
    cpu_machine_poke(&t, addr, &value, 4);
}

/* ---- ways to write ---- */

enum {
    RCC_AHB1ENR = 0x580244d8,
    STREAM = 0x40020010, /* DMA1 stream 0: CR, NDTR, PAR, M0AR, M1AR, FCR */
};

static void by_dma(uint32_t addr)
{
    poke(NOTES + 0x40, RETURNS_2);
    poke_dev(CM4, RCC_AHB1ENR, 1);
    poke_dev(CM4, STREAM + 0x04, 1);
    poke_dev(CM4, STREAM + 0x08, NOTES + 0x40);
    poke_dev(CM4, STREAM + 0x0c, addr);
    poke_dev(CM4, STREAM + 0x14, 1u << 2 | 3);                /* FIFO */
    poke_dev(CM4, STREAM, 2u << 13 | 2u << 11 | 2u << 6 | 1); /* words, memory to memory */
}

static void rewrite(enum writer who, uint32_t addr)
{
    if (who == BY_DMA) {
        by_dma(addr);
    } else if (who == BY_DEBUGGER) {
        poke(addr, RETURNS_2);
    } else {
        poke(mailbox(who), 1);
    }
}

/* ---- what may have happened before ---- */

static void protect_page(enum core_id id, uint32_t addr, bool on)
{
    core_ppb_poke(t.m->core[id], 0xe000ed98, 0);
    core_ppb_poke(t.m->core[id], 0xe000ed9c, addr);
    core_ppb_poke(t.m->core[id], 0xe000eda0, 11u << 1 | 1); /* 4 KiB, no access */
    core_ppb_poke(t.m->core[id], 0xe000ed94, on ? 5 : 0);
}

static void disturb(enum disturbance what, enum core_id id, uint32_t fn)
{
    struct core *c = t.m->core[id];
    uint32_t neighbour = (fn & ~0xfffu) + 0x4000;

    switch (what) {
    case BY_MPU:
        protect_page(id, neighbour, true);
        run_for(20 * VT_US);
        protect_page(id, neighbour, false);
        break;
    case BY_WATCHPOINT:
        core_add_watchpoint(c, neighbour, 4, 3);
        run_for(20 * VT_US);
        core_del_watchpoint(c, neighbour, 4, 3);
        break;
    case BY_NEIGHBOUR: /* a watchpoint in the very page of the code, and it stays */
        core_add_watchpoint(c, (fn & ~0xfffu) + 0x800, 4, 3);
        break;
    case BY_TRAP: /* every load and store is trapped, then none */
        core_watch_data(c, true);
        run_for(20 * VT_US);
        core_watch_data(c, false);
        break;
    default:
        break;
    }
    run_for(20 * VT_US);
}

/* ---- one way ---- */

struct way {
    enum core_id runs;
    uint32_t fn;
    enum writer writes;
    uint32_t target; /* fn in the writer's view */
};

static void run_way(const struct way *w, enum disturbance before)
{
    cpu_machine_open(&t, 200);
    caller(CM7, BANK1, 0x20010000, w->runs == CM7 ? w->fn : 0, w->target);
    caller(CM4, BANK2, 0x30008000, w->runs == CM4 ? w->fn : 0, w->target);
    if (w->fn - BANK1 < 0x200000) {
        poke(w->fn, RETURNS_1);
    }
    machine_power_on(t.m);
    for (unsigned i = 0; i < CORES; i++) {
        poke(mailbox(i), 0);
    }
    poke(w->fn, RETURNS_1);
    run_for(50 * VT_US);
    assert_int_equal(cpu_machine_word(&t, CM7, RESULT), 1);
    disturb(before, w->runs, w->fn);
    assert_int_equal(cpu_machine_word(&t, CM7, RESULT), 1);
    rewrite(w->writes, w->target);
    run_for(50 * VT_US);
    assert_int_equal(cpu_machine_word(&t, CM7, RESULT), 2);
    cpu_machine_close(&t);
}

static void run_ways(const struct way *ways, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (unsigned before = 0; before < DISTURBANCES; before++) {
            run_way(&ways[i], (enum disturbance)before);
        }
    }
}

static void rewritten_by_the_same_core(void **state)
{
    static const struct way ways[] = {
        {CM7, AXI, BY_CM7, AXI},
        {CM7, 0x20008000, BY_CM7, 0x20008000}, /* DTCM */
        {CM7, 0x00002000, BY_CM7, 0x00002000}, /* ITCM */
        {CM7, SRAM1_CODE, BY_CM7, SRAM1_CODE},
        {CM4, SRAM1_CODE, BY_CM4, SRAM1_CODE},
        {CM4, 0x38000000, BY_CM4, 0x38000000},
    };

    (void)state;
    run_ways(ways, sizeof(ways) / sizeof(ways[0]));
}

static void rewritten_through_the_other_window(void **state)
{
    static const struct way ways[] = {
        {CM7, SRAM1_CODE, BY_CM7, SRAM1},
        {CM7, SRAM1, BY_CM7, SRAM1_CODE},
        {CM4, SRAM1_CODE, BY_CM4, SRAM1},
        {CM4, SRAM1, BY_CM4, SRAM1_CODE},
    };

    (void)state;
    run_ways(ways, sizeof(ways) / sizeof(ways[0]));
}

static void rewritten_by_the_other_core(void **state)
{
    static const struct way ways[] = {
        {CM7, AXI, BY_CM4, AXI},
        {CM4, AXI, BY_CM7, AXI},
        {CM4, SRAM1_CODE, BY_CM7, SRAM1},
        {CM7, SRAM1, BY_CM4, SRAM1_CODE},
    };

    (void)state;
    run_ways(ways, sizeof(ways) / sizeof(ways[0]));
}

static void rewritten_by_dma(void **state)
{
    static const struct way ways[] = {
        {CM7, AXI, BY_DMA, AXI},
        {CM4, SRAM1_CODE, BY_DMA, SRAM1},
        {CM7, SRAM1_CODE, BY_DMA, SRAM1},
    };

    (void)state;
    run_ways(ways, sizeof(ways) / sizeof(ways[0]));
}

static void rewritten_by_debugger_or_loader(void **state)
{
    static const struct way ways[] = {
        {CM7, AXI, BY_DEBUGGER, AXI},
        {CM4, SRAM1_CODE, BY_DEBUGGER, SRAM1},
        {CM7, FLASH_FN, BY_DEBUGGER, FLASH_FN},
        {CM4, FLASH_FN, BY_DEBUGGER, FLASH_FN},
    };

    (void)state;
    run_ways(ways, sizeof(ways) / sizeof(ways[0]));
}

/* ---- the M4's boot memory, run from at 0 ---- */

/* Boot memory in flash: the function's other address is in the first 64 KiB of bank 2. */
static void rewritten_in_flash_at_zero(void **state)
{
    static const struct way way = {CM4, 0x4000, BY_DEBUGGER, BANK2 + 0x4000};

    (void)state;
    cpu_machine_open(&t, 200);
    idle_core(BANK1, 0x20010000);
    caller(CM4, BANK2, 0x30008000, way.fn, way.target);
    poke(way.target, RETURNS_1);
    machine_power_on(t.m);
    poke(mailbox(CM4), 0);
    run_for(50 * VT_US);
    assert_int_equal(cpu_machine_word(&t, CM7, RESULT), 1);
    poke(way.target, RETURNS_2);
    run_for(50 * VT_US);
    assert_int_equal(cpu_machine_word(&t, CM7, RESULT), 2);
    cpu_machine_close(&t);
}

static void set_boot_address(uint32_t addr)
{
    struct core *c = t.m->core[CM4];

    core_reset(c, addr, false, false);
}

/* Boot memory in SRAM1: stores before the first call count as well. */
static void rewritten_in_ram_at_zero(void **state)
{
    const uint32_t fn = 0x4000;

    (void)state;
    cpu_machine_open(&t, 200);
    idle_core(BANK1, 0x20010000);
    idle_core(BANK2, 0x30040000);
    machine_power_on(t.m);
    caller(CM4, RAM_BOOT, 0x30040000, fn, RAM_BOOT + fn);
    poke(RAM_BOOT + fn, 0xffffffff);
    set_boot_address(RAM_BOOT);
    poke(RAM_BOOT + fn, RETURNS_1);
    poke(mailbox(CM4), 0);
    run_for(50 * VT_US);
    assert_int_equal(cpu_machine_word(&t, CM7, RESULT), 1);
    poke(mailbox(CM4), 1);
    run_for(50 * VT_US);
    assert_int_equal(cpu_machine_word(&t, CM7, RESULT), 2);
    cpu_machine_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewritten_by_the_same_core),
        cmocka_unit_test(rewritten_through_the_other_window),
        cmocka_unit_test(rewritten_by_the_other_core),
        cmocka_unit_test(rewritten_by_dma),
        cmocka_unit_test(rewritten_by_debugger_or_loader),
        cmocka_unit_test(rewritten_in_flash_at_zero),
        cmocka_unit_test(rewritten_in_ram_at_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
