/* SPDX-License-Identifier: MIT */
/* Power cuts and resets: what survives, and as what. */
#include "tests/emu/flash_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define W (B1 + 0x20000)

static void start_program(uint32_t pattern)
{
    unlock(0);
    reg_write(CR, PSIZE64 | PG);
    store_word(W, pattern);
}

/* Power off in the middle of a program, power on again. */
static void cut_word(enum cut_outcome outcome)
{
    start_program(0x5A5A0000);
    fb_wait(50 * VT_US);
    flash_power_cut(fb.f, outcome);
    fb_reset(true);
}

static void check_content(uint32_t first, bool pattern)
{
    uint32_t v;

    for (unsigned i = 0; i < 32; i += 4) {
        assert_int_equal(load32(W + i, &v), BUS_OK);
        assert_int_equal(v, pattern ? first + i : 0xFFFFFFFF);
    }
}

static void untouched_word(void **state)
{
    (void)state;
    cut_word(CUT_UNTOUCHED);
    assert_int_equal(flash_word(fb.f, W), FW_ERASED);
}

static void complete_word_without_eop(void **state)
{
    (void)state;
    cut_word(CUT_COMPLETE);
    check_content(0x5A5A0000, true);
    assert_int_equal(flash_word(fb.f, W), FW_VALID);
    assert_int_equal(reg_read(SR), 0);
}

static void double_error_word_stays_one(void **state)
{
    (void)state;
    uint32_t v;
    cut_word(CUT_DOUBLE);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(load32(W, &v), BUS_ERROR);
        power_cycle();
    }
    program(W, 0x5A5A0000); /* the same pulse again completes it */
    assert_int_equal(flash_word(fb.f, W), FW_VALID);
}

static void single_error_word_reads_the_new_data(void **state)
{
    (void)state;
    cut_word(CUT_SINGLE);
    check_content(0x5A5A0000, true);
    assert_int_equal(reg_read(SR), SNECCERR);
}

static void blank_looking_word_reads_ones_and_cannot_be_programmed(void **state)
{
    (void)state;
    cut_word(CUT_BLANK);
    for (int i = 0; i < 5; i++) {
        check_content(0, false);
        assert_int_equal(reg_read(SR), 0);
        assert_int_equal(flash_word(fb.f, W), FW_BLANK_LOOKING);
        assert_true(flash_direct(fb.f, W, 32));
        power_cycle();
    }
    program(W, 0x13570000);
    assert_int_equal(flash_word(fb.f, W), FW_DOUBLE);
    erase(0, 1);
    assert_int_equal(flash_word(fb.f, W), FW_ERASED);
    program(W, 0x13570000);
    assert_int_equal(flash_word(fb.f, W), FW_VALID);
}

static void marginal_word_differs_from_power_up_to_power_up(void **state)
{
    (void)state;
    unsigned seen[5] = {0};
    cut_word(CUT_MARGINAL);
    uint64_t hash = flash_state_hash(fb.f);
    for (int i = 0; i < 100; i++) {
        assert_true(flash_word_marginal(fb.f, W));
        enum flash_word_state s = flash_word(fb.f, W);
        seen[s]++;
        uint32_t v, again;
        enum bus_status b = load32(W, &v);
        assert_int_equal(load32(W, &again), b); /* within one power cycle it stays the same */
        assert_int_equal(v, again);
        assert_int_equal(flash_state_hash(fb.f), hash);
        fb_reset(false); /* a system reset does not change it either */
        assert_int_equal(flash_word(fb.f, W), s);
        power_cycle();
    }
    assert_true(seen[FW_VALID] && seen[FW_SINGLE] && seen[FW_DOUBLE] && seen[FW_BLANK_LOOKING]);
    program(W, 0x5A5A0000); /* programming the same settles it */
    assert_false(flash_word_marginal(fb.f, W));
    assert_int_equal(flash_word(fb.f, W), FW_VALID);
}

static void neighbours_of_a_torn_word_stay_intact(void **state)
{
    (void)state;
    program(W - 32, 1);
    program(W + 32, 2);
    cut_word(CUT_DOUBLE);
    assert_int_equal(flash_word(fb.f, W - 32), FW_VALID);
    assert_int_equal(flash_word(fb.f, W + 32), FW_VALID);
}

static void queued_word_never_began(void **state)
{
    (void)state;
    start_program(0);
    store_word(W + 32, 1);
    flash_power_cut(fb.f, CUT_DOUBLE);
    fb_reset(true);
    fb_wait(VT_S);
    assert_int_equal(flash_word(fb.f, W + 32), FW_ERASED);
    assert_int_equal(reg_read(SR), 0);
    assert_int_equal(reg_read(CR), 0x31);
}

static void fill_sector(void)
{
    uint8_t *content = malloc(0x20000);

    assert_non_null(content);
    for (unsigned i = 0; i < 0x20000; i++) {
        content[i] = (uint8_t)(i * 7);
    }
    flash_poke(fb.f, W, content, 0x10000); /* half of it */
    free(content);
}

static void cut_erase_with(enum cut_outcome outcome, unsigned n[5], unsigned *marginal)
{
    fill_sector();
    unlock(0);
    reg_write(CR, PSIZE64 | SER | 1 << 8 | START);
    fb_wait(500 * VT_MS);
    flash_power_cut(fb.f, outcome);
    fb_reset(true);
    memset(n, 0, 5 * sizeof(*n));
    *marginal = 0;
    for (uint32_t a = W; a < W + 0x20000; a += 32) {
        n[flash_word(fb.f, a)]++;
        *marginal += flash_word_marginal(fb.f, a);
    }
}

static void erase_outcomes(void **state)
{
    (void)state;
    unsigned n[5], marginal;
    cut_erase_with(CUT_UNTOUCHED, n, &marginal);
    assert_int_equal(n[FW_VALID], 2048);
    cut_erase_with(CUT_COMPLETE, n, &marginal);
    assert_int_equal(n[FW_ERASED], 4096);
    cut_erase_with(CUT_DOUBLE, n, &marginal);
    assert_int_equal(n[FW_DOUBLE], 4096);
    cut_erase_with(CUT_BLANK, n, &marginal);
    assert_int_equal(n[FW_BLANK_LOOKING], 4096);
    cut_erase_with(CUT_TORN_ERASE, n, &marginal);
    for (int s = 0; s < 5; s++) {
        assert_true(n[s] > (s == FW_SINGLE ? 0 : 100));
    }
    assert_true(marginal > 50);
    assert_int_equal(flash_word(fb.f, W - 32), FW_ERASED);
    assert_int_equal(flash_word(fb.f, W + 0x20000), FW_ERASED);
    erase(0, 1);
    for (uint32_t a = W; a < W + 0x20000; a += 32) {
        assert_int_equal(flash_word(fb.f, a), FW_ERASED);
    }
}

static void random_outcomes_come_from_the_seed(void **state)
{
    (void)state;
    unsigned seen[5] = {0};
    for (unsigned i = 0; i < 60; i++) {
        fb.m.random_state = i;
        cut_word(CUT_RANDOM);
        enum flash_word_state s = flash_word(fb.f, W);
        uint64_t hash = flash_state_hash(fb.f);
        erase(0, 1);
        fb.m.random_state = i;
        cut_word(CUT_RANDOM);
        assert_int_equal(flash_word(fb.f, W), s);
        assert_true(flash_state_hash(fb.f) == hash);
        seen[s]++;
        erase(0, 1);
    }
    for (int s = 0; s < 5; s++) {
        assert_true(seen[s] > 0);
    }
}

static void cut_at_operation_n(void **state)
{
    (void)state;
    flash_cut_at_op(fb.f, 3, CUT_DOUBLE);
    program(W + 64, 1);
    program(W + 96, 2);
    start_program(3);
    vtime_t t = fb.m.now;
    assert_false(fb.power_cut);
    fb_wait(49 * VT_US);
    assert_false(fb.power_cut);
    fb_wait(2 * VT_US);
    assert_true(fb.power_cut); /* in the middle of its 100 us */
    assert_true(fb.m.now - t < 60 * VT_US);
    assert_int_equal(flash_word(fb.f, W), FW_DOUBLE);
    assert_int_equal(flash_word(fb.f, W + 64), FW_VALID);
    assert_int_equal(flash_ops(fb.f), 3);
    assert_true(fb_noted("power.cut"));
}

static void cut_point_can_be_moved(void **state)
{
    (void)state;
    flash_cut_at_op(fb.f, 1, CUT_UNTOUCHED);
    flash_cut_point(fb.f, 1000);
    start_program(3);
    fb_wait(99 * VT_US);
    assert_false(fb.power_cut);
    fb_wait(2 * VT_US);
    assert_true(fb.power_cut);
    assert_int_equal(fb.ops_done, 0); /* just before it counts as done */
    assert_int_equal(flash_word(fb.f, W), FW_ERASED);
}

static void both_banks_at_work_are_cut_together(void **state)
{
    (void)state;
    unlock(1);
    reg_write(BANK2 + CR, PSIZE64 | PG);
    store_word(B2, 1);
    start_program(2);
    flash_power_cut(fb.f, CUT_DOUBLE);
    assert_int_equal(flash_word(fb.f, W), FW_DOUBLE);
    assert_int_equal(flash_word(fb.f, B2), FW_DOUBLE);
}

static void system_reset_tears_and_the_next_operation_gets_operr(void **state)
{
    (void)state;
    unsigned torn = 0;
    for (unsigned i = 0; i < 20; i++) {
        start_program(0x1111);
        fb_wait(10 * VT_US);
        fb_reset(false);
        assert_true(fb_noted("flash.reset-during-operation"));
        assert_int_equal(reg_read(SR), 0);
        torn += flash_word(fb.f, W) != FW_VALID && flash_word(fb.f, W) != FW_ERASED;
        program(W + 64, 1);
        assert_int_equal(reg_read(SR), OPERR);
        assert_int_equal(flash_word(fb.f, W + 64), FW_ERASED); /* aborted */
        reg_write(CCR, OPERR);
        erase(0, 1);
        assert_int_equal(reg_read(SR), EOP);
        reg_write(CCR, EOP);
    }
    assert_true(torn > 4);
}

static void power_on_forgets_the_cut_operation(void **state)
{
    (void)state;
    cut_word(CUT_UNTOUCHED);
    program(W + 64, 1);
    assert_int_equal(reg_read(SR), EOP);
}

static void hash_follows_content_ecc_and_options(void **state)
{
    (void)state;
    uint64_t empty = flash_state_hash(fb.f);
    program(W, 1);
    uint64_t one = flash_state_hash(fb.f);
    assert_true(one != empty);
    program(W + 32, 1);
    assert_true(flash_state_hash(fb.f) != one);
    erase(0, 1);
    assert_true(flash_state_hash(fb.f) == empty); /* the way there does not matter */
    program(W, 1);
    assert_true(flash_state_hash(fb.f) == one);
    flash_damage(fb.f, W, CUT_SINGLE); /* same data after correction, other ECC state */
    assert_true(flash_state_hash(fb.f) != one);
    erase(0, 1);
    change_option(WPSN_PRG, 0xFE);
    assert_true(flash_state_hash(fb.f) != empty);
}

static void forked_machines_do_not_share_flash(void **state)
{
    (void)state;
    program(W, 1);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        erase(0, 1);
        _exit(flash_word(fb.f, W) == FW_ERASED ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(flash_word(fb.f, W), FW_VALID);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fb_setup, fb_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(untouched_word),
        T(complete_word_without_eop),
        T(double_error_word_stays_one),
        T(single_error_word_reads_the_new_data),
        T(blank_looking_word_reads_ones_and_cannot_be_programmed),
        T(marginal_word_differs_from_power_up_to_power_up),
        T(neighbours_of_a_torn_word_stay_intact),
        T(queued_word_never_began),
        T(erase_outcomes),
        T(random_outcomes_come_from_the_seed),
        T(cut_at_operation_n),
        T(cut_point_can_be_moved),
        T(both_banks_at_work_are_cut_together),
        T(system_reset_tears_and_the_next_operation_gets_operr),
        T(power_on_forgets_the_cut_operation),
        T(hash_follows_content_ecc_and_options),
        T(forked_machines_do_not_share_flash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
