/* SPDX-License-Identifier: MIT */
/*
 * The cells of the array. Every change of a word goes through cells_set(), which keeps the word's
 * state, the page counters and the hash of all persistent content right.
 *
 * A cut operation may leave cells that read 0 in one power cycle and 1 in the next: "weak" cells.
 * What they read now lies in the data like any other cell; the weak mask says that it is not
 * settled.
 */
#include "emu/chip/flash_model.h"

#include <stdlib.h>
#include <string.h>

/* The view lies in mapped order, everything else in physical order. */
static uint8_t *data_at(const struct flash *f, uint32_t w)
{
    uint32_t bank = w / BANK_WORDS ^ (uint32_t)f->store.swapped;

    return f->store.view + (size_t)(bank * BANK_WORDS + w % BANK_WORDS) * WORD_BYTES;
}

static struct cells weak_of(const struct flash *f, uint32_t w)
{
    struct cells c;

    memcpy(c.d, f->store.weak + (size_t)w * WORD_BYTES, WORD_BYTES);
    c.e = f->store.meta[w] & ECC_MASK;
    return c;
}

static bool any(const struct cells *c)
{
    return c->d[0] | c->d[1] | c->d[2] | c->d[3] | c->e;
}

struct cells cells_get(const struct flash *f, uint32_t w)
{
    struct cells c;

    memcpy(c.d, data_at(f, w), WORD_BYTES);
    c.e = f->store.ecc[w];
    return c;
}

bool cells_weak(const struct flash *f, uint32_t w)
{
    struct cells weak = weak_of(f, w);

    return any(&weak);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15ull;
    return h ^ (h >> 29);
}

/* Weak cells count as weak, not as what they happen to read: the same state hashes the same after
 * the next power cycle. An erased word adds nothing. */
static uint64_t hash_of(const struct flash *f, uint32_t w)
{
    struct cells c = cells_get(f, w), weak = weak_of(f, w);

    if (cells_all_ones(&c) && !any(&weak)) {
        return 0;
    }
    uint64_t h = mix(0x243f6a8885a308d3ull, w);
    for (int i = 0; i < 4; i++) {
        h = mix(h, c.d[i] | weak.d[i]);
    }
    h = mix(h, (uint64_t)(c.e | weak.e) << 16 | f->store.meta[w]);
    if (any(&weak)) {
        for (int i = 0; i < 4; i++) {
            h = mix(h, weak.d[i]);
        }
    }
    return mix(h, h >> 32);
}

static enum flash_word_state state_of(const struct flash *f, uint32_t w)
{
    struct cells c = cells_get(f, w);

    switch (ecc_decode(&c)) {
    case ECC_BLANK:
        return cells_weak(f, w) ? FW_BLANK_LOOKING : FW_ERASED;
    case ECC_GOOD:
        return FW_VALID;
    case ECC_CORRECTED:
        return FW_SINGLE;
    default:
        return FW_DOUBLE;
    }
}

static bool simple(uint8_t state)
{
    return state != FW_SINGLE && state != FW_DOUBLE;
}

static void update_state(struct flash *f, uint32_t w)
{
    uint8_t now = (uint8_t)state_of(f, w);
    uint16_t *bad = &f->page_bad[w / PAGE_WORDS];

    *bad = (uint16_t)(*bad + simple(f->state[w]) - simple(now));
    f->state[w] = now;
}

void cells_set(struct flash *f, uint32_t w, const struct cells *value, const struct cells *weak,
               uint16_t flags)
{
    f->hash -= hash_of(f, w);
    f->weak_words -= cells_weak(f, w);
    if (any(weak) || cells_weak(f, w)) { /* else leave the page alone: the file stays sparse */
        memcpy(f->store.weak + (size_t)w * WORD_BYTES, weak->d, WORD_BYTES);
    }
    f->store.meta[w] = weak->e | flags;
    memcpy(data_at(f, w), value->d, WORD_BYTES);
    f->store.ecc[w] = value->e;
    f->weak_words += cells_weak(f, w);
    f->hash += hash_of(f, w);
    update_state(f, w);
}

enum flash_word_state cells_read(const struct flash *f, uint32_t w, uint8_t data[WORD_BYTES])
{
    struct cells c = cells_get(f, w);

    ecc_decode(&c);
    memcpy(data, c.d, WORD_BYTES);
    return (enum flash_word_state)f->state[w];
}

static const struct cells none;
static const struct cells ones = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}, ECC_MASK};

/* Programming only takes cells from 1 to 0: new data and new check bits are ANDed into the old
 * ones. Charge that a cut left in weak cells adds up with the new pulse: they end at 0. */
void cells_program(struct flash *f, uint32_t w, const uint8_t data[WORD_BYTES])
{
    struct cells c = cells_get(f, w), weak = weak_of(f, w), pulse;

    memcpy(pulse.d, data, WORD_BYTES);
    pulse.e = ecc_encode(pulse.d);
    for (int i = 0; i < 4; i++) {
        c.d[i] &= pulse.d[i] & ~weak.d[i];
    }
    c.e &= (uint16_t)(pulse.e & ~weak.e);
    cells_set(f, w, &c, &none, 0);
}

void cells_write_clean(struct flash *f, uint32_t w, const uint8_t data[WORD_BYTES])
{
    struct cells c;

    memcpy(c.d, data, WORD_BYTES);
    c.e = ecc_encode(c.d);
    bool blank = memcmp(c.d, ones.d, WORD_BYTES) == 0;
    cells_set(f, w, blank ? &ones : &c, &none, 0);
}

void cells_erase(struct flash *f, uint32_t first, uint32_t count)
{
    for (uint32_t w = first; w < first + count; w++) {
        if (f->state[w] != FW_ERASED) {
            cells_set(f, w, &ones, &none, 0);
        }
    }
}

static struct cells lowest(const struct cells *c)
{
    struct cells one = {{0}, 0};

    for (int i = 0; i < 4; i++) {
        if (c->d[i]) {
            one.d[i] = c->d[i] & -c->d[i];
            return one;
        }
    }
    one.e = (uint16_t)(c->e & -c->e);
    return one;
}

static struct cells noise(struct flash *f)
{
    struct cells c;

    for (int i = 0; i < 4; i++) {
        c.d[i] = (uint64_t)machine_random(f->m) << 32 | machine_random(f->m);
    }
    c.e = machine_random(f->m) & ECC_MASK;
    return c;
}

/* All weak cells of a word have about the same charge, so they mostly fall to the same side; near
 * the threshold one of them lags, or each falls for itself. */
static struct cells drawn(struct flash *f, const struct cells *weak, bool frozen)
{
    switch (frozen ? 0 : machine_random(f->m) % 4) {
    case 0:
        return ones;
    case 1:
        return none;
    case 2:
        return lowest(weak);
    default:
        return noise(f);
    }
}

static void settle(struct flash *f, uint32_t w)
{
    struct cells c = cells_get(f, w), weak = weak_of(f, w);
    uint16_t frozen = f->store.meta[w] & META_FROZEN;
    struct cells up = drawn(f, &weak, frozen != 0);

    for (int i = 0; i < 4; i++) {
        c.d[i] = (c.d[i] & ~weak.d[i]) | (weak.d[i] & up.d[i]);
    }
    c.e = (uint16_t)((c.e & ~weak.e) | (weak.e & up.e));
    cells_set(f, w, &c, &weak, frozen);
}

void cells_power_up(struct flash *f)
{
    for (uint32_t w = 0, left = f->weak_words; left; w++) {
        if (cells_weak(f, w)) {
            left--;
            settle(f, w);
        }
    }
}

bool cells_direct(const struct flash *f, uint32_t first, uint32_t last)
{
    for (uint32_t w = first; w <= last;) {
        if (!f->page_bad[w / PAGE_WORDS]) {
            w = (w / PAGE_WORDS + 1) * PAGE_WORDS;
            continue;
        }
        if (!simple(f->state[w])) {
            return false;
        }
        w++;
    }
    return true;
}

bool cells_init(struct flash *f)
{
    f->state = calloc(FLASH_WORDS, 1);
    f->page_bad = calloc(FLASH_WORDS / PAGE_WORDS, sizeof(*f->page_bad));
    if (!f->state || !f->page_bad) {
        return false;
    }
    for (uint32_t w = 0; w < FLASH_WORDS; w++) {
        update_state(f, w); /* from FW_ERASED, which calloc() made it */
        f->weak_words += cells_weak(f, w);
        f->hash += hash_of(f, w);
    }
    return true;
}

void cells_free(struct flash *f)
{
    free(f->state);
    free(f->page_bad);
}
