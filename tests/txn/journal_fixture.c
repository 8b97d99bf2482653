/* SPDX-License-Identifier: MIT */
/* What bad_journals.c puts into a journal word by word. */
#include "tests/txn/journal_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/txn/record.h"

void fill_journal(const uint8_t *word, enum sim_kind kind)
{
    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            sim_put(&w.sim, small_map.journal[half] + at, word, DUO_WORD_SIZE);
            sim_put_kind(&w.sim, small_map.journal[half] + at, kind);
        }
    }
}

void expect_rescue(enum duo_reason reason)
{
    const struct duo_boot boot = boot_once();

    assert_int_equal(boot.action, DUO_BOOT_RECOVERY);
    assert_int_equal(boot.reason, reason);
    world_update(&w, SET_B, true);
    assert_int_equal(report().phase, DUO_PHASE_IDLE);
}

#define FAR_SEQUENCE 1000u /* higher than any that the tests reach */

void put_record(unsigned half, uint32_t index, uint8_t version, uint8_t type,
                const uint8_t *payload)
{
    struct duo_record r = {.type = type, .sequence = FAR_SEQUENCE};
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

void put_hidden(unsigned half, uint32_t index, enum sim_kind kind)
{
    const struct duo_state nothing = {.phase = DUO_PHASE_IDLE};
    uint8_t payload[DUO_RECORD_PAYLOAD];

    duo_state_encode(&nothing, payload);
    put_record(half, index, DUO_RECORD_VERSION, DUO_RECORD_STATE, payload);
    sim_put_kind(&w.sim, small_map.journal[half] + index * DUO_WORD_SIZE, kind);
}

void put_pad(unsigned half, uint32_t index, enum sim_kind kind)
{
    static const uint8_t zeros[DUO_WORD_SIZE];
    const uint32_t addr = small_map.journal[half] + index * DUO_WORD_SIZE;

    sim_put(&w.sim, addr, zeros, sizeof(zeros));
    sim_put_kind(&w.sim, addr, kind);
}

void append_something(struct duo_txn *txn)
{
    assert_int_equal(duo_txn_note(txn, DUO_REASON_DOWNLOAD_CUT, DUO_E_CANCELLED), DUO_OK);
}
