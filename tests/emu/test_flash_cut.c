/* Power cuts, resets and the state file: what survives, and as what. */
#include "tests/emu/flash_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
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
        assert_int_equal(load32(W, &again), b); /* within one power-up it stays the same */
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
    for (unsigned i = 0; i < 0x20000; i++)
        content[i] = (uint8_t)(i * 7);
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
    memset(n, 0, 5 * sizeof *n);
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
    for (int s = 0; s < 5; s++)
        assert_true(n[s] > (s == FW_SINGLE ? 0 : 100));
    assert_true(marginal > 50);
    assert_int_equal(flash_word(fb.f, W - 32), FW_ERASED);
    assert_int_equal(flash_word(fb.f, W + 0x20000), FW_ERASED);
    erase(0, 1);
    for (uint32_t a = W; a < W + 0x20000; a += 32)
        assert_int_equal(flash_word(fb.f, a), FW_ERASED);
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
    for (int s = 0; s < 5; s++)
        assert_true(seen[s] > 0);
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

/* ---- the state file ---- */

static void new_name(void)
{
    snprintf(fb.file, sizeof fb.file, "/tmp/duo-flash-test-%d", (int)getpid());
    unlink(fb.file);
}

static void reopen(const char *file)
{
    char err[512] = "";
    fb_close();
    if (!fb_open(file, err, sizeof err))
        fail_msg("%s", err);
    fb_reset(true);
}

static void file_keeps_everything(void **state)
{
    (void)state;
    new_name();
    reopen(fb.file);
    program(W, 0x4711);
    program(W + 64, 1);
    flash_damage(fb.f, W + 64, CUT_DOUBLE);
    flash_damage(fb.f, W + 96, CUT_BLANK);
    program(B2 + 0x20, 9);
    flash_damage(fb.f, B2 + 0x20, CUT_MARGINAL);
    change_option(BOOT4_PRG, 0x10000812);
    change_option(OPTSR_PRG, reg_read(OPTSR_PRG) | BIT(31));
    fb_reset(false); /* swapped now */
    flash_backup_area(fb.f)[5] = 0x42;
    uint64_t hash = flash_state_hash(fb.f);
    reopen(fb.file);
    assert_true(flash_state_hash(fb.f) == hash);
    assert_true(flash_swapped(fb.f));
    assert_int_equal(flash_word(fb.f, W + 0x100000), FW_VALID); /* bank 1 is at 0x08100000 */
    assert_int_equal(flash_word(fb.f, W + 0x100040), FW_DOUBLE);
    assert_int_equal(flash_word(fb.f, W + 0x100060), FW_BLANK_LOOKING);
    assert_true(flash_word_marginal(fb.f, B1 + 0x20));
    assert_int_equal(reg_read(BOOT4_CUR), 0x10000812);
    assert_int_equal(flash_backup_area(fb.f)[5], 0x42);
}

static void killing_the_emulator_loses_nothing(void **state)
{
    (void)state;
    new_name();
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char err[512];
        if (!fb_open(fb.file, err, sizeof err))
            _exit(1);
        fb_reset(true);
        program(W, 0x2222);
        change_option(WPSN_PRG, 0xFE);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char c;
    assert_int_equal(read(ready[0], &c, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(ready[0]);
    close(ready[1]);
    reopen(fb.file);
    check_content(0x2222, true);
    assert_int_equal(reg_read(WPSN_CUR), 0xFE);
}

static void refused(const char *expect)
{
    char err[512] = "";
    struct stat before, after;
    assert_int_equal(stat(fb.file, &before), 0);
    fb_close();
    assert_false(fb_open(fb.file, err, sizeof err));
    assert_non_null(strstr(err, expect));
    assert_non_null(strstr(err, fb.file));
    assert_int_equal(stat(fb.file, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
}

static void write_at(long off, const void *bytes, size_t n)
{
    int fd = open(fb.file, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, off), n);
    close(fd);
}

static void other_files_are_refused_and_left_alone(void **state)
{
    (void)state;
    new_name();
    write_at(0, "my holiday pictures", 19);
    refused("not a flash file");
    char back[19];
    int fd = open(fb.file, O_RDONLY);
    assert_int_equal(read(fd, back, 19), 19);
    close(fd);
    assert_memory_equal(back, "my holiday pictures", 19);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    new_name();
    reopen(fb.file);
    fb_close();
    uint32_t version = 99;
    write_at(8, &version, 4);
    refused("version 99");
}

static void truncated_file_is_refused(void **state)
{
    (void)state;
    new_name();
    reopen(fb.file);
    fb_close();
    assert_int_equal(truncate(fb.file, 100000), 0);
    refused("damaged");
    assert_int_equal(truncate(fb.file, 20), 0);
    refused("damaged");
}

static void file_in_use_is_refused(void **state)
{
    (void)state;
    new_name();
    reopen(fb.file);
    struct machine *mine = &fb.m;
    struct flash *first = mine->flash;
    void *blocks = mine->blocks;
    char err[512] = "";
    assert_false(flash_new(&fb.m, fb.file, err, sizeof err));
    assert_non_null(strstr(err, "in use"));
    free(fb.m.blocks);
    fb.m.blocks = blocks;
    fb.m.flash = first;
}

static void impossible_places_are_refused(void **state)
{
    (void)state;
    char err[512] = "";
    fb_close();
    assert_false(fb_open("/nonexistent/dir/flash", err, sizeof err));
    assert_non_null(strstr(err, "/nonexistent/dir/flash"));
    fb_close();
    assert_false(fb_open("/dev/null", err, sizeof err));
    assert_non_null(strstr(err, "ordinary file"));
}

static void empty_file_becomes_a_new_part(void **state)
{
    (void)state;
    new_name();
    write_at(0, "", 0);
    reopen(fb.file);
    assert_int_equal(flash_word(fb.f, B1), FW_ERASED);
    assert_int_equal(reg_read(OPTSR_CUR), 0x1BC6AAF0);
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
        T(file_keeps_everything),
        T(killing_the_emulator_loses_nothing),
        T(other_files_are_refused_and_left_alone),
        T(another_version_is_refused),
        T(truncated_file_is_refused),
        T(file_in_use_is_refused),
        T(impossible_places_are_refused),
        T(empty_file_becomes_a_new_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
