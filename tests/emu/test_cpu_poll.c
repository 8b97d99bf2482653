/* SPDX-License-Identifier: MIT */
/*
 * Turns of loops that only poll are skipped, exactly: the same programs with every turn carried out
 * and with turns skipped are in the same state at many moments, in all registers, all memory, all
 * counts. Programs that poll memory and devices, and end their waits by the other core, interrupts,
 * DMA, flash, serial lines; and test firmware of all kinds.
 */
#include "code.h"
#include "emu/cpu/dcache.h"

#include <stdio.h>
#include <string.h>

enum { MOMENTS = 24, FLAG = NOTES, COUNT7 = NOTES + 4, COUNT4 = NOTES + 8, TICKS = 0x20000100 };

struct moment {
    uint64_t insns[CORES], ram;
    uint32_t regs[CORES][REG_COUNT];
    size_t text;
    vtime_t now;
};

struct program {
    const char *name;
    void (*load)(void);
    vtime_t step;                /* between two moments: no multiple of anything */
    void (*between)(unsigned n); /* NULL, or what the host does at moment n */
    bool polls;                  /* a good part of its time */
    bool dcache;                 /* with the model of the data cache */
};

/* ---- state ---- */

static uint64_t mix(uint64_t h, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i += 4) {
        uint32_t w;
        memcpy(&w, p + i, 4);
        h = (h ^ w) * 0x100000001b3ull;
    }
    return h;
}

static uint64_t ram_hash(void)
{
    uint64_t h = 0xcbf29ce484222325ull;

    for (unsigned i = 0; i < t.m->bus.nmems; i++) {
        const struct mem *mem = &t.m->bus.mems[i];
        if (mem->kind == MEM_RAM && !mem->alias) {
            h = mix(h, mem->host, mem->size);
        }
    }
    return h;
}

static void look(struct moment *at)
{
    memset(at, 0, sizeof(*at));
    at->ram = ram_hash();
    at->text = t.len;
    at->now = t.m->now;
    for (unsigned k = 0; k < CORES; k++) {
        at->insns[k] = core_insns(t.m->core[k]);
        for (unsigned r = 0; r < REG_COUNT; r++) {
            at->regs[k][r] = core_reg(t.m->core[k], r);
        }
    }
}

static void run_program(const struct program *p, bool skip, struct moment *moments)
{
    cpu_machine_open(&t, 0);
    t.m->no_skip = !skip;
    if (p->dcache) {
        core_model_dcache(t.m->core[CM7]);
    }
    p->load();
    machine_power_on(t.m);
    for (unsigned n = 0; n < MOMENTS; n++) {
        run_for(p->step);
        look(&moments[n]);
        if (p->between) {
            p->between(n);
        }
    }
}

static void compare(const struct program *p)
{
    static struct moment plain[MOMENTS], skipped[MOMENTS];
    static char text[TEXT_MAX];

    run_program(p, false, plain);
    memcpy(text, t.text, sizeof(text));
    cpu_machine_close(&t);
    run_program(p, true, skipped);
    uint64_t all = core_insns(t.m->core[CM7]) + core_insns(t.m->core[CM4]);
    printf("%s: %llu of %llu cycles skipped\n", p->name, (unsigned long long)t.m->skipped,
           (unsigned long long)all);
    assert_string_equal(t.text, text);
    for (unsigned n = 0; n < MOMENTS; n++) {
        for (unsigned k = 0; k < CORES; k++) {
            assert_true(plain[n].insns[k] == skipped[n].insns[k]);
            assert_memory_equal(plain[n].regs[k], skipped[n].regs[k], sizeof(plain[n].regs[k]));
        }
        assert_true(plain[n].ram == skipped[n].ram);
        assert_true(plain[n].now == skipped[n].now);
    }
    assert_true(!p->polls || t.m->skipped > all / 3);
    cpu_machine_close(&t);
}

/* ---- small programs ---- */

/* Until the word at r0 is `value`; every turn goes through a call and the stack, as compiled code
 * without optimisation does. */
static void wait_until(struct code *p, uint32_t addr, uint32_t value)
{
    mov(p, 0, addr);
    mov(p, 3, value);
    uint32_t top = here(p);
    op(p, 0xb409); /* push {r0, r3} */
    op(p, 0x6801); /* ldr r1, [r0] */
    op(p, 0x9100); /* str r1, [sp] */
    op(p, 0x9a00); /* ldr r2, [sp] */
    op(p, 0xb002); /* add sp, #8 */
    op(p, 0x429a); /* cmp r2, r3 */
    op(p, (uint16_t)(0xd100 | ((top - (here(p) + 4)) >> 1 & 0xff)));
}

static void increment(struct code *p, uint32_t addr)
{
    mov(p, 0, addr);
    ldr(p, 1, 0);
    op(p, 0x3101);
    str(p, 1, 0);
}

static void clear_notes(struct code *p)
{
    store(p, FLAG, 0);
    store(p, COUNT7, 0);
    store(p, COUNT4, 0);
}

/* To the end: waits for the word to be `value`, clears it, counts. */
static void take_each(struct code *p, uint32_t addr, uint32_t value)
{
    uint32_t top = here(p);

    wait_until(p, addr, value);
    store(p, addr, 0);
    increment(p, COUNT7);
    branch_to(p, top);
    finish(p);
}

/* The M4 works for a while, sets FLAG, and again. */
static void load_worker(void)
{
    struct code p = begin(BANK2, 0x30010000);
    uint32_t top = here(&p);

    delay(&p, 7001);
    store(&p, FLAG, 1);
    increment(&p, COUNT4);
    branch_to(&p, top);
    finish(&p);
}

/* The M7 waits for the M4, which works for a while each time. */
static void load_one_waits(void)
{
    struct code p = begin(BANK1, 0x20010000);

    clear_notes(&p);
    take_each(&p, FLAG, 1);
    load_worker();
}

/* Each waits for the other one. */
static void load_ping_pong(void)
{
    struct code p = begin(BANK1, 0x20010000);

    clear_notes(&p);
    uint32_t top = here(&p);
    store(&p, FLAG, 1);
    wait_until(&p, FLAG, 2);
    increment(&p, COUNT7);
    delay(&p, 20011);
    branch_to(&p, top);
    finish(&p);
    p = begin(BANK2, 0x30010000);
    top = here(&p);
    wait_until(&p, FLAG, 1);
    delay(&p, 3001);
    increment(&p, COUNT4);
    store(&p, FLAG, 2);
    branch_to(&p, top);
    finish(&p);
}

static uint32_t handler(uint32_t at, uint32_t counter)
{
    struct code p = {.base = at};

    increment(&p, counter);
    op(&p, BX_LR);
    cpu_machine_poke(&t, p.base, p.op, 2 * p.n);
    return at | 1;
}

#define CACHED 0x24000000u /* AXI SRAM */

static void cache_on(struct code *p)
{
    store(p, 0xe000ed14, 0x00050200); /* CCR.DC; the other bits as after reset */
}

/* SysTick counts in `ticks`, the program waits for the count: HAL_Delay(). */
static void count_ticks(struct code *p, uint32_t ticks)
{
    uint32_t vector = handler(BANK1 + 0x180, ticks);

    cpu_machine_poke(&t, BANK1 + 15 * 4, &vector, 4);
    store(p, ticks, 0);
    store(p, 0xe000e014, 63999);
    store(p, 0xe000e018, 0);
    store(p, 0xe000e010, 7);
    take_each(p, ticks, 3);
    *p = begin(BANK2, 0x30010000);
    wait_until(p, COUNT7, 0xffffffff);
    finish(p);
}

static void load_ticks(void)
{
    struct code p = begin(BANK1, 0x20010000);

    count_ticks(&p, TICKS);
}

/* With variables and stack in cached memory. */
static void load_cached_ticks(void)
{
    struct code p = begin(BANK1, CACHED + 0x10000);

    cache_on(&p);
    count_ticks(&p, CACHED + 0x100);
}

/* The M7 has FLAG in its cache and never sees what the M4 stores. */
static void load_stale_flag(void)
{
    struct code p = begin(BANK1, CACHED + 0x10000);

    cache_on(&p);
    clear_notes(&p);
    uint32_t top = here(&p);
    wait_until(&p, FLAG, 1);
    increment(&p, COUNT7);
    branch_to(&p, top);
    finish(&p);
    load_worker();
}

/* Both poll what only the host or DMA changes. */
static void load_both_wait(void)
{
    struct code p = begin(BANK1, 0x20010000);

    clear_notes(&p);
    take_each(&p, FLAG, 0x47702002);
    p = begin(BANK2, 0x30010000);
    uint32_t top = here(&p);
    wait_until(&p, COUNT7, 1);
    increment(&p, COUNT4);
    store(&p, COUNT7, 0);
    branch_to(&p, top);
    finish(&p);
}

static void dma_now_and_then(unsigned n)
{
    enum { STREAM = 0x40020010 };

    if (n % 3 == 0) {
        uint32_t value = 0x47702002;
        cpu_machine_poke(&t, NOTES + 0x40, &value, 4);
        poke_dev(CM4, 0x580244d8, 1);
        poke_dev(CM4, STREAM - 8, 0x3d); /* flags of the last time */
        poke_dev(CM4, STREAM + 0x04, 1);
        poke_dev(CM4, STREAM + 0x08, NOTES + 0x40);
        poke_dev(CM4, STREAM + 0x0c, FLAG);
        poke_dev(CM4, STREAM + 0x14, 1u << 2 | 3);
        poke_dev(CM4, STREAM, 2u << 13 | 2u << 11 | 2u << 6 | 1);
    }
}

/* An exclusive, a count, a store of another value each turn: none of these may be skipped. */
static void load_not_polling(void)
{
    struct code p = begin(BANK1, 0x20010000);

    clear_notes(&p);
    uint32_t top = here(&p);
    increment(&p, COUNT7);
    branch_to(&p, top);
    finish(&p);
    p = begin(BANK2, 0x30010000);
    mov(&p, 0, COUNT4);
    mov(&p, 1, 5);
    top = here(&p);
    op(&p, 0x6001); /* str r1, [r0] */
    op(&p, 0x43c9); /* mvns r1, r1 */
    op(&p, 0x43c9);
    op32(&p, 0xe8502f00); /* ldrex r2, [r0] */
    branch_to(&p, top);
    finish(&p);
}

static void programs(void **state)
{
    static const struct program all[] = {
        {"one core waits for the other", load_one_waits, 1013 * VT_US, NULL, true, false},
        {"ping-pong", load_ping_pong, 1013 * VT_US, NULL, true, false},
        {"ticks", load_ticks, 1777 * VT_US, NULL, true, false},
        {"DMA and the other core", load_both_wait, 513 * VT_US, dma_now_and_then, true, false},
        {"nothing to skip", load_not_polling, 101 * VT_US, NULL, false, false},
        {"ticks, cached", load_cached_ticks, 1777 * VT_US, NULL, true, true},
        {"a stale flag", load_stale_flag, 1013 * VT_US, NULL, true, true},
        {"nothing to skip, with the model", load_not_polling, 101 * VT_US, NULL, false, true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        compare(&all[i]);
    }
}

static void spins_are_skipped(void **state)
{
    (void)state;
    cpu_machine_open(&t, 0);
    load_not_polling();
    machine_power_on(t.m);
    run_for(VT_MS);
    assert_int_equal(t.m->skipped, 0);
    cpu_machine_close(&t);
}

/* ---- firmware ---- */

#define FIRMWARE(fn, m7, m4)                                                                       \
    static void fn(void)                                                                           \
    {                                                                                              \
        cpu_machine_load(&t, m7);                                                                  \
        cpu_machine_load(&t, m4);                                                                  \
    }
FIRMWARE(load_cpu_tests, "cpu_cm7", "cpu_cm4")
FIRMWARE(load_flash_tests, "flash_cm7", "flash_cm4")
FIRMWARE(load_bootloaders, "boot_cm7", "boot_cm4")
FIRMWARE(load_busy, "busy_cm7", "busy_cm4")
FIRMWARE(load_polled_uart, "uart_polled_cm7", "uart_polled_cm4")
FIRMWARE(load_semaphores, "chip_sync_m7", "chip_sync_m4")
FIRMWARE(load_words, "samebank_cm7", "stuck_cm4")

static void firmware(void **state)
{
    static const struct program all[] = {
        {"tests of the cores", load_cpu_tests, 503 * VT_US, NULL, false, false},
        {"tests of the flash", load_flash_tests, 30011 * VT_US, NULL, false, false},
        {"bootloaders", load_bootloaders, 10007 * VT_US, NULL, false, false},
        {"a polled serial line", load_polled_uart, 5003 * VT_US, NULL, false, false},
        {"semaphores", load_semaphores, 503 * VT_US, NULL, false, false},
        {"two busy cores", load_busy, 507 * VT_US, NULL, false, false},
        {"programming the same bank", load_words, 60013 * VT_US, NULL, false, false},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        compare(&all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs),
        cmocka_unit_test(spins_are_skipped),
        cmocka_unit_test(firmware),
    };

    return cmocka_run_group_tests_name("loops that only poll", tests, NULL, NULL);
}
