/* SPDX-License-Identifier: MIT */
#include "lib/slot_copy.h"

#include <string.h>

#include "chip/stm32h7/memory.h"
#include "proto/an3155.h"

bool slot_is_blank(const uint8_t *bytes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (bytes[i] != 0xFF) {
            return false;
        }
    }
    return true;
}

static bool lies_in(uint32_t addr, uint32_t n, uint32_t base, uint32_t size)
{
    return addr - base < size && n <= size - (addr - base);
}

bool slot_copies_core(const struct slot_copies *s, uint32_t addr, uint32_t n, unsigned *core)
{
    for (unsigned c = 0; s->slots && c < DUO_CORES; c++) {
        if (lies_in(addr, n, s->slots[c]->run_base, s->slots[c]->size)) {
            *core = c;
            return true;
        }
    }
    return false;
}

/* The part of a copy that holds all of these bytes; NULL if there is none. */
static uint8_t *find(const struct slot_copies *s, uint32_t addr, uint32_t n, unsigned *core)
{
    if (!slot_copies_core(s, addr, n, core)) {
        return NULL;
    }
    const struct slot_copy *c = &s->copy[*core];
    const uint32_t base = s->slots[*core]->run_base;
    return c->bytes && lies_in(addr, n, base, c->size) ? c->bytes + (addr - base) : NULL;
}

static bool in_flash(uint32_t addr, uint32_t n)
{
    return lies_in(addr, n, MEM_FLASH_BASE, MEM_FLASH_SIZE);
}

bool slot_copies_read(const struct slot_copies *s, uint32_t addr, uint8_t *to, uint32_t n)
{
    unsigned core;
    const uint8_t *from = find(s, addr, n, &core);

    if (s->slots && lies_in(addr, n, MEM_UNIQUE_ID_BASE, SLOT_SIGNATURE_SIZE)) {
        from = (const uint8_t *)(uintptr_t)addr;
    }
    if (!from && !in_flash(addr, n)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        to[i] = from ? from[i] : 0xFFu;
    }
    return true;
}

bool slot_copies_write(struct slot_copies *s, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    unsigned core;
    uint8_t *to = find(s, addr, n, &core);
    const bool blank = slot_is_blank(bytes, n);

    if (!to) {
        return blank && in_flash(addr, n);
    }
    memcpy(to, bytes, n);
    s->copy[core].written = s->copy[core].written || !blank;
    return true;
}

static void erase_page(struct slot_copies *s, uint32_t page)
{
    const uint32_t addr = MEM_FLASH_BASE + page * MEM_SECTOR_SIZE;
    unsigned core;

    if (!slot_copies_core(s, addr, MEM_SECTOR_SIZE, &core)) {
        return;
    }
    struct slot_copy *c = &s->copy[core];
    const uint32_t at = addr - s->slots[core]->run_base;
    if (c->bytes && at < c->size) {
        const uint32_t left = c->size - at;
        memset(c->bytes + at, 0xFF, left < MEM_SECTOR_SIZE ? left : MEM_SECTOR_SIZE);
        c->written = c->written && !slot_is_blank(c->bytes, c->size);
    }
}

void slot_copies_erase(struct slot_copies *s, uint32_t pages)
{
    for (uint32_t page = 0; page < DUO_AN3155_PAGES; page++) {
        if (pages >> page & 1u) {
            erase_page(s, page);
        }
    }
}
