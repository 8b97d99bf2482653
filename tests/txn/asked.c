/* SPDX-License-Identifier: MIT */
/* What others may ask while a set arrives or is installed: recovery, SMP's server, a progress bar.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/txn/install.h"
#include "core/txn/set.h"
#include "tests/txn/rules_fixture.h"

static struct duo_session session;
static struct duo_txn txn;
static uint8_t buffer[8u * SMALL_SECTOR];

/* As recovery begins one. */
static void begin(void)
{
    const struct duo_boot_request request = {.recovery = true};
    struct duo_boot boot;

    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    assert_int_equal(duo_session_begin(&session, &txn), DUO_OK);
    duo_session_use_buffer(&session, buffer, sizeof(buffer));
}

static void expect_core(bool known, enum duo_core core)
{
    enum duo_core told;

    assert_int_equal(duo_session_core(&session, &told), known);
    assert_true(!known || told == core);
}

static void send_image(const struct test_image *image, enum duo_core core)
{
    assert_int_equal(duo_session_write(&session, image->file, 32), DUO_OK);
    expect_core(false, core); /* the vectors tell it */
    assert_int_equal(duo_session_write(&session, image->file + 32, image->file_size - 32u), DUO_OK);
    expect_core(true, core);
    assert_false(duo_session_accepted(&session));
    assert_int_equal(duo_session_end_file(&session), DUO_OK);
    assert_true(duo_session_accepted(&session));
    expect_core(false, core);
}

static void send_spoiled(const struct test_image *image)
{
    uint8_t *copy = malloc(image->file_size);

    assert_non_null(copy);
    memcpy(copy, image->file, image->file_size);
    copy[image->file_size - 1u] ^= 1;
    copy[100] ^= 1;
    assert_int_equal(duo_session_write(&session, copy, image->file_size), DUO_OK);
    assert_int_equal(duo_session_end_file(&session), DUO_E_HASH);
    assert_false(duo_session_accepted(&session));
    free(copy);
}

static void images_come_one_after_the_other(void **state)
{
    const struct test_image *image = w.sets[SET_B].image;
    struct duo_version version;

    (void)state;
    begin();
    assert_false(duo_session_next_image(&session)); /* nothing has come */
    assert_int_equal(duo_session_total(&session), 0);
    send_image(&image[DUO_CM7], DUO_CM7);
    assert_true(duo_session_wants_more(&session));
    assert_true(duo_session_image(&session, DUO_CM7, &version));
    assert_false(duo_session_image(&session, DUO_CM4, &version));

    assert_int_equal(duo_session_write(&session, image[DUO_CM4].file, 300), DUO_OK);
    expect_core(true, DUO_CM4);
    assert_true(duo_session_next_image(&session)); /* half of it is given up */
    expect_core(false, DUO_CM4);
    send_spoiled(&image[DUO_CM4]);
    assert_true(duo_session_next_image(&session)); /* the M7's image stays */
    send_image(&image[DUO_CM4], DUO_CM4);
    assert_false(duo_session_wants_more(&session));
    assert_false(duo_session_next_image(&session)); /* there is no third core */
    assert_int_equal(duo_session_finish(&session), DUO_OK);
    assert_true(duo_session_staged(&session));
    assert_int_equal(world_settle(&w), SET_B);
}

static void an_image_that_ends_early(void **state)
{
    const struct test_image *image = w.sets[SET_B].image;

    (void)state;
    begin();
    assert_int_equal(duo_session_write(&session, image[DUO_CM7].file, 36), DUO_OK);
    assert_int_equal(duo_session_end_file(&session), DUO_E_TRUNCATED); /* before its vectors */
    begin();
    assert_int_equal(duo_session_write(&session, image[DUO_CM7].file, 500), DUO_OK);
    assert_int_equal(duo_session_finish(&session), DUO_E_TRUNCATED);
    assert_int_equal(world_settle(&w), SET_A);
}

/* Never back, and 100 when it is done. */
static void an_installation_tells_how_far_it_is(void **state)
{
    const struct duo_boot_request request = {0};
    struct duo_install in;
    struct duo_boot boot;
    enum duo_status status = DUO_E_BUSY;
    unsigned percent = 0, seen = 0;

    (void)state;
    assert_int_equal(download(SET_B), DUO_OK);
    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    assert_int_equal(boot.action, DUO_BOOT_EXCHANGE);
    assert_int_equal(duo_install_start(&in, &txn), DUO_OK);
    for (unsigned i = 0; status == DUO_E_BUSY && i < 200000; i++) {
        const unsigned now = duo_install_percent(&in);
        assert_in_range(now, percent, 100);
        seen += now > percent;
        percent = now;
        status = duo_install_step(&in);
        sim_advance(&w.sim);
    }
    assert_int_equal(status, DUO_OK);
    assert_int_equal(duo_install_percent(&in), 100);
    assert_true(seen > 10);
}

/* An exchange that no record speaks of is not begun. */
static void nothing_is_installed_unasked(void **state)
{
    struct duo_install in;

    (void)state;
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_install_start(&in, &txn), DUO_E_STATE);
}

static void the_manifest_of_a_set(void **state)
{
    uint8_t bytes[DUO_MANIFEST_SIZE];

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_manifest(&txn, false, bytes), DUO_E_NO_IMAGE);
    world_update(&w, SET_B, false);
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_manifest(&txn, false, bytes), DUO_OK);
    assert_memory_equal(bytes, w.sets[SET_B].bundle, DUO_MANIFEST_SIZE);
    assert_int_equal(duo_txn_manifest(&txn, true, bytes),
                     DUO_E_NO_IMAGE); /* the factory's has none that is signed */
}

static struct duo_other_set other(void)
{
    struct duo_other_set o;

    duo_txn_open(&txn, &w.dev);
    assert_true(duo_txn_other_set(&txn, &o));
    return o;
}

/* As SMP clients see it: staged, kept, and on its way back. */
static void what_becomes_of_the_other_set(void **state)
{
    uint8_t bytes[DUO_MANIFEST_SIZE];
    struct duo_other_set o;
    struct duo_manifest m;

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_false(duo_txn_other_set(&txn, &o));
    assert_int_equal(download(SET_B), DUO_OK);
    o = other();
    assert_true(o.pending && o.differs[DUO_CM7] && o.differs[DUO_CM4]);
    assert_false(o.confirmed || o.for_good);
    assert_int_equal(duo_txn_read_manifest(&txn, DUO_STANDING_OTHER, bytes, &m), DUO_OK);
    assert_memory_equal(bytes, w.sets[SET_B].bundle, DUO_MANIFEST_SIZE);

    world_update(&w, SET_B, false);
    o = other();
    assert_true(o.confirmed);
    assert_false(o.pending || o.for_good);
    assert_int_equal(duo_txn_rollback(&txn), DUO_OK);
    o = other();
    assert_true(o.confirmed && o.pending && o.for_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(images_come_one_after_the_other),
        RULE(an_image_that_ends_early),
        RULE(an_installation_tells_how_far_it_is),
        RULE(nothing_is_installed_unasked),
        RULE(the_manifest_of_a_set),
        RULE(what_becomes_of_the_other_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
