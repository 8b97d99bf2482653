/* SPDX-License-Identifier: MIT */
/* The file that keeps a chip's flash: what survives the emulator, and which files are refused. */
#include "tests/emu/flash_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define W (B1 + 0x20000)

static void new_name(void)
{
    snprintf(fb.file, sizeof(fb.file), "/tmp/duo-flash-test-%d", (int)getpid());
    unlink(fb.file);
}

static void reopen(const char *file)
{
    char err[512] = "";

    fb_close();
    if (!fb_open(file, err, sizeof(err))) {
        fail_msg("%s", err);
    }
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
        if (!fb_open(fb.file, err, sizeof(err))) {
            _exit(1);
        }
        fb_reset(true);
        program(W, 0x2222);
        change_option(WPSN_PRG, 0xFE);
        if (write(ready[1], "x", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            pause();
        }
    }
    char c;
    assert_int_equal(read(ready[0], &c, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(ready[0]);
    close(ready[1]);
    reopen(fb.file);
    for (unsigned i = 0; i < 32; i += 4) {
        uint32_t v;
        assert_int_equal(load32(W + i, &v), BUS_OK);
        assert_int_equal(v, 0x2222 + i);
    }
    assert_int_equal(reg_read(WPSN_CUR), 0xFE);
}

static void refused(const char *expect)
{
    char err[512] = "";
    struct stat before, after;

    assert_int_equal(stat(fb.file, &before), 0);
    fb_close();
    assert_false(fb_open(fb.file, err, sizeof(err)));
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
    assert_false(flash_new(&fb.m, fb.file, err, sizeof(err)));
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
    assert_false(fb_open("/nonexistent/dir/flash", err, sizeof(err)));
    assert_non_null(strstr(err, "/nonexistent/dir/flash"));
    fb_close();
    assert_false(fb_open("/dev/null", err, sizeof(err)));
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
