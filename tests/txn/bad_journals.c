/* Every kind of bad journal, and what the device makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/record.h"
#include "tests/txn/rules_fixture.h"

static void fill_journal(const uint8_t *word, enum sim_kind kind)
{
    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            sim_put(&w.sim, small_map.journal[half] + at, word, DUO_WORD_SIZE);
            sim_put_kind(&w.sim, small_map.journal[half] + at, kind);
        }
    }
}

static void expect_rescue(enum duo_reason reason)
{
    const struct duo_boot boot = boot_once();

    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason, reason);
    world_update(&w, SET_B, true);
    assert_int_equal(report().phase, DUO_PHASE_IDLE);
}

static void journal_of_noise(void **state)
{
    uint8_t word[DUO_WORD_SIZE];

    (void)state;
    memset(word, 0x5A, sizeof(word));
    fill_journal(word, SIM_GOOD);
    expect_rescue(DUO_REASON_JOURNAL_LOST);
}

static void journal_of_zeros(void **state)
{
    const uint8_t word[DUO_WORD_SIZE] = {0};

    (void)state;
    fill_journal(word, SIM_GOOD);
    expect_rescue(DUO_REASON_JOURNAL_LOST);
}

static void journal_of_double_errors(void **state)
{
    const uint8_t word[DUO_WORD_SIZE] = {0};

    (void)state;
    fill_journal(word, SIM_UNREADABLE);
    expect_rescue(DUO_REASON_JOURNAL_LOST);
}

static void put_record(unsigned half, uint32_t index, uint8_t version, uint8_t type,
                       const uint8_t *payload)
{
    struct duo_record r = {.type = type, .sequence = 1000};
    uint8_t word[DUO_WORD_SIZE];

    if (payload) {
        memcpy(r.payload, payload, sizeof(r.payload));
    }
    duo_record_encode(&r, word);
    word[2] = version;
    const uint32_t crc = duo_crc32(word, 28);
    memcpy(word + 28, &crc, 4);
    sim_put(&w.sim, small_map.journal[half] + index * DUO_WORD_SIZE, word, sizeof(word));
}

static void journal_of_a_newer_version(void **state)
{
    (void)state;
    world_update(&w, SET_HIGH, false);
    put_record(0, 120, DUO_RECORD_VERSION + 1, DUO_RECORD_STATE, NULL);
    const struct duo_boot boot = boot_once();
    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason, DUO_REASON_JOURNAL_NEWER);
    w.allowed = ~0u;
    world_update(&w, SET_HIGH, true);
}

static void a_state_of_noise_counts_for_nothing(void **state)
{
    uint8_t payload[DUO_RECORD_PAYLOAD];

    (void)state;
    world_update(&w, SET_B, false);
    memset(payload, 0xEE, sizeof(payload));
    put_record(0, 120, DUO_RECORD_VERSION, DUO_RECORD_STATE, payload);
    assert_int_equal(world_settle(&w), SET_B);
}

/* A record that is right in everything but its CRC: the device would be told to install nothing. */
static void a_record_with_a_wrong_crc_counts_for_nothing(void **state)
{
    const struct duo_state wrong = {.phase = DUO_PHASE_IDLE};
    uint8_t payload[DUO_RECORD_PAYLOAD];

    (void)state;
    world_update(&w, SET_B, false);
    duo_state_encode(&wrong, payload);
    put_record(0, 120, DUO_RECORD_VERSION, DUO_RECORD_STATE, payload);
    sim_flip(&w.sim, small_map.journal[0] + 120u * DUO_WORD_SIZE + 29u, 0x10);
    assert_int_equal(world_settle(&w), SET_B);
    sim_wipe_word(&w.sim, small_map.journal[0] + 120u * DUO_WORD_SIZE);
    put_record(0, 120, DUO_RECORD_VERSION, DUO_RECORD_STATE, payload);
    assert_int_equal(boot_once().action, DUO_BOOT_RECOVERY); /* with the right one it counts */
}

static void a_plain_boot_writes_nothing(void **state)
{
    bool trial;

    (void)state;
    world_update(&w, SET_B, false);
    const uint64_t before = w.sim.ops;
    assert_int_equal(world_boot(&w, false, &trial), SET_B);
    assert_int_equal(w.sim.ops, before);
}

static void either_half_alone_is_enough(void **state)
{
    struct duo_txn txn;

    (void)state;
    world_update(&w, SET_B, false);
    for (unsigned turn = 0; turn < 2; turn++) {
        duo_txn_open(&txn, &w.dev);
        const unsigned left = txn.journal.half;
        assert_int_equal(duo_journal_make_room(&txn.journal, &txn.state, 4096), DUO_OK);
        duo_txn_open(&txn, &w.dev);
        assert_int_equal(txn.journal.half, 1 - left);
        sim_wipe_sector(&w.sim, small_map.journal[left]);
        assert_int_equal(world_settle(&w), SET_B);
        assert_true(report().can_roll_back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(journal_of_noise),
        RULE(journal_of_zeros),
        RULE(journal_of_double_errors),
        RULE(journal_of_a_newer_version),
        RULE(a_state_of_noise_counts_for_nothing),
        RULE(a_record_with_a_wrong_crc_counts_for_nothing),
        RULE(a_plain_boot_writes_nothing),
        RULE(either_half_alone_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
