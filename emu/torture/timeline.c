#include "emu/torture/timeline.h"

#include "duo/flashmap.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[TIMELINE_SECTORS] = {
    "M7 boot",      "M7 app 0", "M7 app 1",  "M7 app 2", "M7 staging 0", "M7 staging 1",
    "M7 staging 2", "M7 spare", "M4 boot",   "M4 app 0", "M4 app 1",     "M4 staging 0",
    "M4 staging 1", "M4 spare", "journal A", "journal B"};

_Static_assert(DUO_CM7_APP_SECTORS == 3 && DUO_CM4_APP_SECTORS == 2,
               "the names above follow the flash map");

const char *sector_name(unsigned sector)
{
    return names[sector];
}

static uint32_t sector_base(unsigned sector)
{
    return DUO_FLASH_BASE + sector * DUO_SECTOR_SIZE;
}

static uint64_t hash_sector(struct machine *m, unsigned sector, bool *blank)
{
    static uint8_t buf[DUO_SECTOR_SIZE];
    flash_peek(m->flash, sector_base(sector), buf, sizeof buf);
    uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a over 64-bit words: only equality matters */
    *blank = true;
    for (size_t i = 0; i < sizeof buf; i += 8) {
        uint64_t w;
        memcpy(&w, buf + i, 8);
        *blank = *blank && w == UINT64_MAX;
        h = (h ^ w) * 0x100000001b3ull;
    }
    return h;
}

static bool is_journal(unsigned sector)
{
    return sector >= 14;
}

static void add_span(struct timeline *t, unsigned sector, struct span s)
{
    size_t *n = &t->count[sector];
    struct span *last = *n ? &t->spans[sector][*n - 1] : NULL;
    if (last && last->holds == s.holds && last->origin == s.origin)
        return;
    if (!t->spans[sector] || *n == t->room[sector]) {
        size_t room = *n ? 2 * *n : 16;
        struct span *spans = realloc(t->spans[sector], room * sizeof *spans);
        if (!spans)
            return; /* a gap in a picture is no reason to stop the run */
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
    if (sector == 0 || sector == 8)
        s.holds = HOLDS_BOOT;
    else if (is_journal(sector))
        s.holds = HOLDS_JOURNAL;
    else if (blank)
        s.holds = HOLDS_BLANK;
    for (unsigned i = 0; s.holds == HOLDS_PARTIAL && i < TIMELINE_SECTORS; i++)
        if (!t->start_blank[i] && t->start_hash[i] == h) {
            s.holds = HOLDS_KNOWN;
            s.origin = i;
        }
    return s;
}

void timeline_start(struct timeline *t, struct machine *m)
{
    memset(t, 0, sizeof *t);
    t->m = m;
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++)
        t->start_hash[i] = hash_sector(m, i, &t->start_blank[i]);
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++)
        add_span(t, i, classify(t, 0, i));
}

void timeline_op(struct timeline *t, uint64_t op, uint32_t addr)
{
    unsigned sector = (addr - DUO_FLASH_BASE) / DUO_SECTOR_SIZE;
    if (sector < TIMELINE_SECTORS)
        add_span(t, sector, classify(t, op, sector));
}

void timeline_free(struct timeline *t)
{
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++)
        free(t->spans[i]);
    memset(t, 0, sizeof *t);
}
