/* SPDX-License-Identifier: MIT */
/* The journal in words. */
#include "emu/web/parts.h"

#include "core/txn/record.h"
#include "core/txn/state.h"
#include "layouts/layout.h"

#include <stdio.h>
#include <stdlib.h>

#define SHOWN_RECORDS 12
#define WORDS         (MEM_SECTOR_SIZE / DUO_WORD_SIZE)

struct entry {
    uint32_t sequence;
    struct duo_state state;
};

static const char *exchange_text(const struct duo_state *s)
{
    switch (s->kind) {
    case DUO_EXCHANGE_INSTALL:
        return "installing the staged set";
    case DUO_EXCHANGE_REVERT:
        return "taking a failed set back";
    case DUO_EXCHANGE_ROLLBACK:
        return "rolling back";
    case DUO_EXCHANGE_REPAIR:
        return "repairing with the other set";
    default:
        return "exchanging the sets";
    }
}

static void say(const struct duo_state *s, char *text, size_t size)
{
    switch (s->phase) {
    case DUO_PHASE_IDLE:
        snprintf(text, size, "idle: the set is %s",
                 s->current.factory ? "from the factory" : "confirmed");
        break;
    case DUO_PHASE_DOWNLOADING:
        snprintf(text, size, "downloading into staging");
        break;
    case DUO_PHASE_STAGED:
        snprintf(text, size, "staged: another set is ready to be installed");
        break;
    case DUO_PHASE_EXCHANGE:
        snprintf(text, size, "%s, step %u", exchange_text(s), s->step);
        break;
    case DUO_PHASE_TRIAL:
        snprintf(text, size, "trial: boot %u of %u; confirmed by M7 %s, M4 %s", s->trial_used,
                 s->trial_boots, s->confirmed[DUO_CM7] ? "yes" : "no",
                 s->confirmed[DUO_CM4] ? "yes" : "no");
        break;
    default:
        snprintf(text, size, "unknown");
    }
}

static bool take(const struct web_flash *f, uint32_t addr, struct entry *e)
{
    uint8_t word[DUO_WORD_SIZE];
    struct duo_record r;

    if (flash_word(f->m->flash, addr) == FW_DOUBLE) {
        return false;
    }
    flash_peek(f->m->flash, addr, word, sizeof(word));
    if (duo_record_decode(word, &r) != DUO_RECORD_GOOD || r.type != DUO_RECORD_STATE ||
        duo_state_decode(r.payload, &e->state) != DUO_OK) {
        return false;
    }
    e->sequence = r.sequence;
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->sequence < y->sequence) - (x->sequence > y->sequence);
}

json_t *web_journal_json(const struct web_flash *f)
{
    static struct entry entries[2 * WORDS];
    json_t *list = json_array();
    size_t count = 0;

    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t i = 0; i < WORDS; i++) {
            count += take(f, duo_layout.map.journal[half] + i * DUO_WORD_SIZE, &entries[count]);
        }
    }
    qsort(entries, count, sizeof(entries[0]), newest_first);
    for (size_t i = 0; list && i < count && i < SHOWN_RECORDS; i++) {
        const struct duo_state *s = &entries[i].state;
        char text[128];
        say(s, text, sizeof(text));
        json_array_append_new(list, json_pack("{s:I, s:s, s:I, s:s}", "number",
                                              (json_int_t)entries[i].sequence, "text", text,
                                              "counter", (json_int_t)s->counter, "reason",
                                              s->reason ? duo_reason_text(s->reason) : ""));
    }
    return list;
}
