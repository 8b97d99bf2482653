/* SPDX-License-Identifier: MIT */
#include "emu/torture/timeline.h"

#include "chip/stm32h7/memory.h"
#include "core/txn/exchange.h"
#include "core/txn/record.h"
#include "core/txn/state.h"
#include "layouts/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t sector_base(unsigned sector)
{
    return MEM_FLASH_BASE + sector * MEM_SECTOR_SIZE;
}

/* How far `addr` lies in `sectors` sectors from `from` on; -1 if outside. */
static int sector_in(uint32_t addr, uint32_t from, unsigned sectors)
{
    const uint32_t n = (addr - from) / MEM_SECTOR_SIZE;

    return addr >= from && n < sectors ? (int)n : -1;
}

const char *sector_name(unsigned sector)
{
    static char names[TIMELINE_SECTORS][24];
    static const char *const core_name[DUO_CORES] = {[DUO_CM7] = "M7", [DUO_CM4] = "M4"};
    const struct duo_map *map = &duo_layout.map;
    const uint32_t addr = sector_base(sector);
    const size_t size = sizeof(names[sector]);
    char *name = names[sector];
    int n;

    snprintf(name, size, "unused");
    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (addr == duo_layout.boot[c].base) {
            snprintf(name, size, "%s boot", core_name[c]);
        } else if ((n = sector_in(addr, map->app[c], map->sectors[c])) >= 0) {
            snprintf(name, size, "%s app %d", core_name[c], n);
        } else if ((n = sector_in(addr, map->staging[c], map->sectors[c])) >= 0) {
            snprintf(name, size, "%s staging %d", core_name[c], n);
        } else if (addr == map->spare[c]) {
            snprintf(name, size, "%s spare", core_name[c]);
        } else if (addr == map->journal[c]) {
            snprintf(name, size, "journal %c", 'A' + (int)c);
        }
    }
    return name;
}

static uint64_t hash_sector(struct machine *m, unsigned sector, bool *blank)
{
    static uint8_t buf[MEM_SECTOR_SIZE];

    flash_peek(m->flash, sector_base(sector), buf, sizeof(buf));
    uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a over 64-bit words: only equality matters */
    *blank = true;
    for (size_t i = 0; i < sizeof(buf); i += 8) {
        uint64_t w;
        memcpy(&w, buf + i, 8);
        *blank = *blank && w == UINT64_MAX;
        h = (h ^ w) * 0x100000001b3ull;
    }
    return h;
}

static bool is_journal(unsigned sector)
{
    const uint32_t addr = sector_base(sector);

    return addr == duo_layout.map.journal[0] || addr == duo_layout.map.journal[1];
}

static bool is_boot(unsigned sector)
{
    const uint32_t addr = sector_base(sector);

    return addr == duo_layout.boot[DUO_CM7].base || addr == duo_layout.boot[DUO_CM4].base;
}

static void add_span(struct timeline *t, unsigned sector, struct span s)
{
    size_t *n = &t->count[sector];
    struct span *last = *n ? &t->spans[sector][*n - 1] : NULL;

    if (last && last->holds == s.holds && last->origin == s.origin) {
        return;
    }
    if (!t->spans[sector] || *n == t->room[sector]) {
        size_t room = *n ? 2 * *n : 16;
        struct span *spans = realloc(t->spans[sector], room * sizeof(*spans));
        if (!spans) {
            return; /* a gap in a picture is no reason to stop the run */
        }
        t->spans[sector] = spans;
        t->room[sector] = room;
    }
    t->spans[sector][(*n)++] = s;
}

static struct span classify(struct timeline *t, uint64_t op, unsigned sector)
{
    bool blank;
    uint64_t h = hash_sector(t->m, sector, &blank);
    struct span s = {.from_op = op, .holds = HOLDS_PARTIAL};

    if (is_boot(sector)) {
        s.holds = HOLDS_BOOT;
    } else if (is_journal(sector)) {
        s.holds = HOLDS_JOURNAL;
    } else if (blank) {
        s.holds = HOLDS_BLANK;
    }
    for (unsigned i = 0; s.holds == HOLDS_PARTIAL && i < TIMELINE_SECTORS; i++) {
        if (!t->start_blank[i] && t->start_hash[i] == h) {
            s.holds = HOLDS_KNOWN;
            s.origin = i;
        }
    }
    return s;
}

void timeline_start(struct timeline *t, struct machine *m)
{
    memset(t, 0, sizeof(*t));
    t->m = m;
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++) {
        t->start_hash[i] = hash_sector(m, i, &t->start_blank[i]);
    }
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++) {
        add_span(t, i, classify(t, 0, i));
    }
}

/* ---- the journal ---- */

/* Downwards the last sector is moved first (core/txn/exchange.h). */
static unsigned sector_moved(const struct duo_state *s)
{
    return s->shifted ? duo_exchange_steps(&duo_layout.map, s) / 2u - 1u - s->step / 2u
                      : s->step / 2u;
}

static void describe(const struct duo_state *s, char *text, size_t size)
{
    switch (s->phase) {
    case DUO_PHASE_IDLE:
        snprintf(text, size, "idle");
        break;
    case DUO_PHASE_DOWNLOADING:
        snprintf(text, size, "downloading");
        break;
    case DUO_PHASE_STAGED:
        snprintf(text, size, "staged");
        break;
    case DUO_PHASE_EXCHANGE:
        snprintf(text, size, "%s %u", s->step % 2 ? "put" : "save", sector_moved(s));
        break;
    case DUO_PHASE_TRIAL:
        snprintf(text, size, "trial %u/%u", s->trial_used, s->trial_boots);
        break;
    }
}

static bool state_at(struct timeline *t, uint32_t addr, struct duo_state *state)
{
    uint8_t word[DUO_WORD_SIZE];
    struct duo_record r;

    flash_peek(t->m->flash, addr, word, sizeof(word));
    return duo_record_decode(word, &r) == DUO_RECORD_GOOD && r.type == DUO_RECORD_STATE &&
           duo_state_decode(r.payload, state) == DUO_OK;
}

static void add_stage(struct timeline *t, uint64_t op, uint32_t addr)
{
    struct stage s = {.from_op = op};
    struct duo_state state;

    if (!state_at(t, addr, &state)) {
        return;
    }
    describe(&state, s.text, sizeof(s.text));
    if (t->nstages && strcmp(t->stages[t->nstages - 1].text, s.text) == 0) {
        return;
    }
    if (t->nstages == t->stage_room) {
        size_t room = t->stage_room ? 2 * t->stage_room : 16;
        struct stage *stages = realloc(t->stages, room * sizeof(*stages));
        if (!stages) {
            return; /* a gap in a picture, as above */
        }
        t->stages = stages;
        t->stage_room = room;
    }
    t->stages[t->nstages++] = s;
}

void timeline_op(struct timeline *t, uint64_t op, uint32_t addr)
{
    unsigned sector = (addr - MEM_FLASH_BASE) / MEM_SECTOR_SIZE;

    if (sector >= TIMELINE_SECTORS) {
        return;
    }
    add_span(t, sector, classify(t, op, sector));
    if (is_journal(sector)) {
        add_stage(t, op, addr);
    }
}

void timeline_free(struct timeline *t)
{
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++) {
        free(t->spans[i]);
    }
    free(t->stages);
    memset(t, 0, sizeof(*t));
}
