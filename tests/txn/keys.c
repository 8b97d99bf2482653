/* SPDX-License-Identifier: MIT */
/* Several keys, and how they are revoked: by a set that a remaining key has signed, when it is
 * confirmed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/txn/rules_fixture.h"

enum { FIRST, SECOND, THIRD, LAB, KEYS }; /* FIRST has signed the sets of the fixture */
enum { AT_FIRST = 1u << FIRST, AT_SECOND = 1u << SECOND, AT_THIRD = 1u << THIRD };

static int keys_set_up(void **state)
{
    const int code = set_up(state);

    w.ring.count = KEYS;
    for (unsigned i = SECOND; i < KEYS; i++) {
        w.ring.keys[i] = w.ring.keys[FIRST];
        w.ring.keys[i].pub.xy[0] ^= (uint8_t)i;
    }
    w.ring.keys[LAB].role = DUO_KEY_DEVELOPMENT;
    w.allowed = ~0u;
    return code;
}
#define KEY_RULE(f) cmocka_unit_test_setup_teardown(f, keys_set_up, tear_down)

/* Those keys, as a manifest names them. */
static struct duo_revocation naming(uint32_t mask)
{
    struct duo_revocation r = {{0}};
    unsigned count = 0;

    for (unsigned i = 0; i < KEYS; i++) {
        const uint32_t id = duo_key_id(&w.ring.keys[i].pub);
        unsigned at = count;

        if ((mask >> i & 1u) == 0) {
            continue;
        }
        for (; at > 0 && r.key_id[at - 1] > id; at--) {
            r.key_id[at] = r.key_id[at - 1];
        }
        r.key_id[at] = id;
        count++;
    }
    return r;
}

static unsigned add_set(uint32_t number, unsigned signer, uint32_t revokes)
{
    struct set_spec s = spec(number, 10u * number, 10u * number + 1u, 1);

    s.signer = signer;
    s.revokes = naming(revokes);
    for (unsigned c = 0; c < DUO_CORES; c++) {
        s.image[c].signer = signer;
        s.image[c].revokes = s.revokes;
    }
    return world_add_set(&w, &s);
}

static void a_confirmed_set_revokes(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_B, false);
    world_update(&w, add_set(6, SECOND, AT_FIRST), false);
    assert_int_equal(report().revoked, AT_FIRST);
    assert_false(report().can_roll_back); /* SET_B is signed by that key */
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_rollback(&txn), DUO_E_KEY_REVOKED);

    const uint64_t ops = w.sim.ops;
    assert_int_equal(download(SET_HIGH), DUO_E_KEY_REVOKED);
    assert_int_equal(w.sim.ops, ops);
    world_update(&w, add_set(7, THIRD, 0), false);
    assert_int_equal(report().revoked, AT_FIRST);
    assert_int_equal(download(SET_HIGH), DUO_E_KEY_REVOKED);
}

/* The set is installed, and its applications have not confirmed. */
static void run_on_trial(unsigned set, struct duo_txn *txn)
{
    bool trial;

    assert_int_equal(download(set), DUO_OK);
    w.confirms = false;
    assert_int_equal(world_boot(&w, false, &trial), BOOT_AGAIN);
    assert_int_equal(world_boot(&w, false, &trial), set);
    duo_txn_open(txn, &w.dev);
}

/* Not with the next boot: until then what the key has signed could still be installed. */
static void the_confirmation_itself_revokes(void **state)
{
    const unsigned set = add_set(6, SECOND, AT_FIRST);
    struct duo_txn txn;

    (void)state;
    run_on_trial(set, &txn);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM7), DUO_OK);
    assert_int_equal(report().revoked, 0);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM4), DUO_OK);
    assert_int_equal(report().revoked, AT_FIRST);
}

static void a_trial_that_fails_revokes_nothing(void **state)
{
    const unsigned set = add_set(6, SECOND, AT_FIRST);

    (void)state;
    assert_int_equal(download(set), DUO_OK);
    w.confirms = false;
    assert_int_equal(world_settle(&w), SET_A);
    assert_int_equal(report().revoked, 0);
    w.confirms = true;
    world_update(&w, SET_B, false);
}

static void a_key_always_stays(void **state)
{
    (void)state;
    assert_int_equal(download(add_set(6, SECOND, AT_SECOND)), DUO_E_REVOKES_SIGNER);
    assert_int_equal(download(add_set(7, SECOND, AT_FIRST | AT_SECOND)), DUO_E_REVOKES_SIGNER);
    assert_int_equal(download(add_set(8, LAB, AT_FIRST)), DUO_E_KEY_ROLE);
    assert_int_equal(w.sim.used[0].erases + w.sim.used[1].erases, 0);
    assert_int_equal(report().revoked, 0);
    world_update(&w, add_set(9, THIRD, AT_FIRST | AT_SECOND), false);
    assert_int_equal(report().revoked, AT_FIRST | AT_SECOND);
    /* the last: neither by itself, nor by those that are revoked, nor by the one for development */
    assert_int_equal(download(add_set(10, THIRD, AT_FIRST | AT_SECOND | AT_THIRD)),
                     DUO_E_REVOKES_SIGNER);
    assert_int_equal(download(add_set(11, FIRST, AT_THIRD)), DUO_E_KEY_REVOKED);
    assert_int_equal(download(add_set(12, LAB, AT_FIRST | AT_SECOND | AT_THIRD)), DUO_E_KEY_ROLE);
    world_update(&w, add_set(13, THIRD, 0), false);
}

static void records_come_in_order(void **state)
{
    (void)state;
    world_update(&w, add_set(6, SECOND, AT_FIRST), false);
    assert_int_equal(download(add_set(7, SECOND, AT_THIRD)), DUO_E_REVOCATION_ORDER);
    assert_int_equal(report().reason_code, DUO_E_REVOCATION_ORDER);
    world_update(&w, add_set(8, SECOND, AT_FIRST | AT_THIRD), false);
    assert_int_equal(report().revoked, AT_FIRST | AT_THIRD);
    assert_int_equal(download(add_set(9, SECOND, AT_FIRST)), DUO_E_REVOCATION_ORDER);
}

/* And nothing else remembers: the next boot is the first to look. */
static void wipe_journal(uint8_t with)
{
    uint8_t word[DUO_WORD_SIZE];

    memset(word, with, sizeof(word));
    for (unsigned half = 0; half < 2; half++) {
        sim_wipe_sector(&w.sim, small_map.journal[half]);
        for (uint32_t at = 0; with != 0xFF && at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            sim_put(&w.sim, small_map.journal[half] + at, word, sizeof(word));
        }
    }
    w.trust.revoked = 0;
    (void)boot_once();
}

/* What the images carry is remembered without a journal, blank or unreadable. */
static void a_lost_journal_revokes_no_less(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        world_update(&w, add_set(6 + way, SECOND, AT_FIRST), true);
        wipe_journal(way == 0 ? 0xFF : 0x55);
        assert_int_equal(report().journal, way == 0 ? DUO_JOURNAL_EMPTY : DUO_JOURNAL_LOST);
        assert_int_equal(report().revoked, AT_FIRST);
        w.recovery_allowed = true;
        const struct test_set *old = &w.sets[SET_B];
        assert_int_equal(world_download(&w, old->bundle, old->bundle_size, 1000, true),
                         DUO_E_KEY_REVOKED);
        world_update(&w, add_set(16 + way, THIRD, 0), true); /* begins a journal */
        assert_int_equal(report().revoked, AT_FIRST);
        assert_int_equal(download(SET_B), DUO_E_KEY_REVOKED);
    }
}

/* Images that name their own signer revoke nothing; of two that name each other's the M7's counts.
 */
static void images_leave_a_key_as_well(void **state)
{
    struct set_spec s = spec(6, 60, 61, 1);
    unsigned set;

    (void)state;
    s.image[DUO_CM7].signer = SECOND;
    s.image[DUO_CM7].revokes = naming(AT_FIRST | AT_SECOND);
    set = world_add_set(&w, &s);
    world_update(&w, set, false);
    wipe_journal(0xFF);
    assert_int_equal(report().revoked, 0);
    s = spec(7, 70, 71, 1);
    s.image[DUO_CM7].signer = SECOND;
    s.image[DUO_CM7].revokes = naming(AT_FIRST);
    s.image[DUO_CM4].signer = FIRST;
    s.image[DUO_CM4].revokes = naming(AT_SECOND | AT_THIRD);
    set = world_add_set(&w, &s);
    world_update(&w, set, true);
    wipe_journal(0xFF);
    assert_int_equal(report().revoked, AT_FIRST);
}

/* An application with an old libduo confirms without knowing of keys: the next boot makes up for
 * it. */
static void an_old_library_confirms(void **state)
{
    const unsigned set = add_set(6, SECOND, AT_FIRST);
    struct duo_txn txn;

    (void)state;
    run_on_trial(set, &txn);
    txn.counter_known = true;
    txn.current_counter = 1;
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM7), DUO_OK);
    assert_int_equal(duo_txn_confirm(&txn, DUO_CM4), DUO_OK);
    assert_int_equal(report().revoked, 0);
    assert_int_equal(boot_once().action, DUO_BOOT_RUN);
    assert_int_equal(report().revoked, AT_FIRST);
    const uint64_t ops = w.sim.ops;
    assert_int_equal(boot_once().action, DUO_BOOT_RUN);
    assert_int_equal(w.sim.ops, ops);
}

/* Put into the flash by a probe or by an application: the boot asks, too. */
static void a_set_of_a_revoked_key_is_not_started(void **state)
{
    struct duo_txn txn;
    enum duo_core core;

    (void)state;
    duo_txn_open(&txn, &w.dev);
    assert_int_equal(duo_txn_adopt(&txn, w.sets[SET_A].bundle, &core), DUO_OK);
    struct duo_state next = txn.state;
    next.revoked = AT_FIRST;
    assert_int_equal(duo_txn_record(&txn, &next), DUO_OK);
    assert_int_equal(boot_once().action, DUO_BOOT_RECOVERY);
    next.revoked = AT_SECOND;
    assert_int_equal(duo_txn_record(&txn, &next), DUO_OK);
    assert_int_equal(boot_once().action, DUO_BOOT_RUN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_RULE(a_confirmed_set_revokes),
        KEY_RULE(the_confirmation_itself_revokes),
        KEY_RULE(a_trial_that_fails_revokes_nothing),
        KEY_RULE(a_key_always_stays),
        KEY_RULE(records_come_in_order),
        KEY_RULE(a_lost_journal_revokes_no_less),
        KEY_RULE(images_leave_a_key_as_well),
        KEY_RULE(an_old_library_confirms),
        KEY_RULE(a_set_of_a_revoked_key_is_not_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
