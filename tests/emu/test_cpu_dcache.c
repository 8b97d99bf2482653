/* SPDX-License-Identifier: MIT */
/*
 * The M7's data cache as a model (core_model_dcache()): the program sees its lines, memory what was
 * written back.
 */
#include "code.h"

#include "emu/cpu/dcache.h"

#include <string.h>

#define CCR      0xE000ED14u
#define CCR_ON   0x00050200u /* DC, and the two bits that read as one */
#define CCR_OFF  0x00040200u
#define DCIMVAC  0xE000EF5Cu
#define DCCMVAC  0xE000EF68u
#define SHARED   0x38000100u
#define FLASHED  0x080E0000u
#define DTCM     0x20001000u
#define MPU_RNR  0xE000ED98u
#define MPU_CTRL 0xE000ED94u

static int with_cache(void **state)
{
    int rc = setup(state);

    core_model_dcache(t.m->core[CM7]);
    return rc;
}

/* rd = word at addr; r0 is lost. */
static void load(struct code *p, unsigned rd, uint32_t addr)
{
    mov(p, 0, addr);
    ldr(p, rd, 0);
}

static void run_both(struct code *m7, struct code *m4)
{
    finish(m7);
    if (m4) {
        finish(m4);
    } else {
        idle_core(BANK2, 0x30010000);
    }
    machine_power_on(t.m);
    run_for(VT_MS);
}

static uint32_t reg(enum core_id id, unsigned n)
{
    return core_reg(t.m->core[id], n);
}

static void memory_changed_by_m4_stays_stale(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000), q = begin(BANK2, 0x30010000);
    store(&p, SHARED, 1);
    store(&p, CCR, CCR_ON);
    load(&p, 4, SHARED);
    delay(&p, 4000);
    load(&p, 5, SHARED); /* the line */
    store(&p, DCIMVAC, SHARED);
    load(&p, 6, SHARED); /* fetched again */
    delay(&q, 1500);
    store(&q, SHARED, 2);
    run_both(&p, &q);
    assert_int_equal(reg(CM7, 4), 1);
    assert_int_equal(reg(CM7, 5), 1);
    assert_int_equal(reg(CM7, 6), 2);
    assert_non_null(strstr(t.last_note, "still has 0x00000001"));
}

static void dirty_line_is_not_seen_by_m4(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000), q = begin(BANK2, 0x30010000);
    store(&p, SHARED, 1);
    store(&p, CCR, CCR_ON);
    store(&p, SHARED, 2);
    load(&p, 4, SHARED);
    delay(&p, 4000);
    store(&p, DCCMVAC, SHARED);
    delay(&q, 1500);
    load(&q, 4, SHARED);
    delay(&q, 6000);
    load(&q, 5, SHARED); /* cleaned by now */
    run_both(&p, &q);
    assert_int_equal(reg(CM7, 4), 2); /* the M7 itself sees it */
    assert_int_equal(reg(CM4, 4), 1);
    assert_int_equal(reg(CM4, 5), 2);
}

static void flash_programmed_behind_a_line(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, CCR, CCR_ON);
    load(&p, 4, FLASHED);
    delay(&p, 20000);
    load(&p, 5, FLASHED);
    store(&p, DCIMVAC, FLASHED);
    load(&p, 6, FLASHED);
    finish(&p);
    machine_power_on(t.m);
    run_for(100 * VT_US);
    cpu_machine_poke(&t, FLASHED, "\1\2\3\4", 4); /* as the controller's end of an operation */
    run_for(2 * VT_MS);
    assert_int_equal(reg(CM7, 4), UINT32_MAX);
    assert_int_equal(reg(CM7, 5), UINT32_MAX);
    assert_int_equal(reg(CM7, 6), 0x04030201);
}

static void invalidating_loses_what_is_dirty(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, SHARED, 1);
    store(&p, CCR, CCR_ON);
    store(&p, SHARED, 2);
    store(&p, DCIMVAC, SHARED);
    load(&p, 4, SHARED);
    run_both(&p, NULL);
    assert_int_equal(reg(CM7, 4), 1);
    assert_non_null(strstr(t.last_note, "lost"));
}

/* Five lines of one set: the first is written back to make room. */
static void full_set_is_written_back(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, CCR, CCR_ON);
    for (uint32_t i = 0; i < 5; i++) {
        store(&p, AXI + i * DCACHE_SETS * DCACHE_LINE, i + 1);
    }
    run_both(&p, NULL);
    unsigned written = 0;
    for (uint32_t i = 0; i < 5; i++) {
        written += cpu_machine_word(&t, CM4, AXI + i * DCACHE_SETS * DCACHE_LINE) == i + 1;
    }
    assert_int_equal(written, 1);
}

static void switched_off_it_keeps_dirty_lines(void **state)
{
    (void)state;
    uint32_t first = 0;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, SHARED, 1);
    store(&p, CCR, CCR_ON);
    store(&p, SHARED, 2);
    store(&p, CCR, CCR_OFF);
    load(&p, 4, SHARED); /* memory */
    run_both(&p, NULL);
    assert_int_equal(reg(CM7, 4), 1);
    assert_int_equal(core_dcache_dirty(t.m->core[CM7], &first), 1);
    assert_int_equal(first, SHARED);
}

static void what_is_not_cacheable_stays_coherent(void **state)
{
    (void)state;
    uint32_t first;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, MPU_RNR + 4, 0x38000000u | 1u << 4); /* RBAR, region 0 */
    store(&p, MPU_RNR + 8, 1u << 28 | 3u << 24 | 1u << 19 | 15u << 1 | 1u);
    store(&p, MPU_CTRL, 5);
    store(&p, CCR, CCR_ON);
    store(&p, SHARED, 2);
    store(&p, DTCM, 3);
    run_both(&p, NULL);
    assert_int_equal(cpu_machine_word(&t, CM4, SHARED), 2);
    assert_int_equal(core_dcache_dirty(t.m->core[CM7], &first), 0);
}

/* Without the model the switch changes nothing. */
static void coherent_unless_asked_for(void **state)
{
    (void)state;
    struct code p = begin(BANK1, 0x20010000);
    store(&p, CCR, CCR_ON);
    store(&p, SHARED, 2);
    run_both(&p, NULL);
    assert_int_equal(cpu_machine_word(&t, CM4, SHARED), 2);
}

#define CACHED(test) cmocka_unit_test_setup_teardown(test, with_cache, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHED(memory_changed_by_m4_stays_stale),
        CACHED(dirty_line_is_not_seen_by_m4),
        CACHED(flash_programmed_behind_a_line),
        CACHED(invalidating_loses_what_is_dirty),
        CACHED(full_set_is_written_back),
        CACHED(switched_off_it_keeps_dirty_lines),
        CACHED(what_is_not_cacheable_stays_coherent),
        cmocka_unit_test_setup_teardown(coherent_unless_asked_for, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
