/* SPDX-License-Identifier: MIT */
/* What each sector of the flash holds. */
#include "emu/web/parts.h"

#include "layouts/layout.h"

#include <stdio.h>
#include <string.h>

static uint32_t base_of(unsigned sector)
{
    return MEM_FLASH_BASE + sector * MEM_SECTOR_SIZE;
}

/* ---- its part in the layout ---- */

static bool lies_in(uint32_t addr, uint32_t from, unsigned sectors)
{
    return addr >= from && (addr - from) / MEM_SECTOR_SIZE < sectors;
}

static const char *use_for(uint32_t addr, unsigned core)
{
    const struct duo_map *map = &duo_layout.map;

    if (addr == duo_layout.boot[core].base) {
        return "bootloader";
    }
    if (lies_in(addr, map->app[core], map->sectors[core])) {
        return "application";
    }
    if (lies_in(addr, map->staging[core], map->sectors[core])) {
        return "staging";
    }
    return addr == map->spare[core] ? "spare" : NULL;
}

static void name_sector(struct web_sector *s, uint32_t addr)
{
    static const char *const names[DUO_CORES] = {[DUO_CM7] = "M7", [DUO_CM4] = "M4"};

    s->use = "unused";
    snprintf(s->name, sizeof(s->name), "unused");
    for (unsigned core = 0; core < DUO_CORES; core++) {
        const char *use = use_for(addr, core);
        if (use) {
            s->use = use;
            snprintf(s->name, sizeof(s->name), "%s %.*s", names[core],
                     use[0] == 'a'   ? 3
                     : use[0] == 'b' ? 4
                                     : 7,
                     use); /* app, boot */
        }
        if (addr == duo_layout.map.journal[core]) {
            s->use = "journal";
            snprintf(s->name, sizeof(s->name), "journal %c", 'A' + (int)core);
        }
    }
}

void web_flash_init(struct web_flash *f, struct machine *m)
{
    memset(f, 0, sizeof(*f));
    f->m = m;
    for (unsigned i = 0; i < WEB_SECTORS; i++) {
        name_sector(&f->sector[i], base_of(i));
    }
    web_flash_forget(f);
}

void web_flash_forget(struct web_flash *f)
{
    for (unsigned i = 0; i < WEB_SECTORS; i++) {
        f->sector[i].dirty = true;
    }
}

/* ---- its content ---- */

static uint64_t hash_of(const uint8_t *bytes, size_t size)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a over 64-bit words: only equality matters */

    for (size_t i = 0; i < size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        h = (h ^ word) * 0x100000001b3u;
    }
    return h;
}

static void look_at(struct web_flash *f, unsigned sector)
{
    static uint8_t bytes[MEM_SECTOR_SIZE];
    struct web_sector *s = &f->sector[sector];

    s->dirty = false;
    s->used = s->torn = 0;
    for (uint32_t at = 0; at < MEM_SECTOR_SIZE; at += MEM_FLASH_WORD) {
        enum flash_word_state state = flash_word(f->m->flash, base_of(sector) + at);
        s->used += state != FW_ERASED;
        s->torn += state == FW_SINGLE || state == FW_DOUBLE || state == FW_BLANK_LOOKING;
    }
    flash_peek(f->m->flash, base_of(sector), bytes, sizeof(bytes));
    s->hash = hash_of(bytes, sizeof(bytes));
}

/* ---- versions: of a whole image in a slot, then of each sector that has the same content ---- */

static enum duo_status read_slot(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    const struct {
        struct flash *flash;
        uint32_t base;
    } *slot = ctx;

    flash_peek(slot->flash, slot->base + offset, buf, len);
    return DUO_OK;
}

static void learn(struct web_flash *f, uint64_t hash, const char *version)
{
    for (unsigned i = 0; i < WEB_KNOWN; i++) {
        if (f->known[i].hash == hash) {
            return;
        }
    }
    f->known[f->next_known].hash = hash;
    snprintf(f->known[f->next_known].version, WEB_VERSION_SIZE, "%s", version);
    f->next_known = (f->next_known + 1) % WEB_KNOWN;
}

static void learn_slot(struct web_flash *f, unsigned core, uint32_t base)
{
    struct {
        struct flash *flash;
        uint32_t base;
    } slot = {f->m->flash, base};
    struct duo_reader reader = {read_slot, &slot};
    struct duo_locator loc;
    struct duo_slot_view view;
    struct duo_image_header header;
    uint8_t bytes[DUO_IMAGE_HEADER_SIZE];
    char version[WEB_VERSION_SIZE];

    if (duo_slot_find(&reader, &duo_layout.slot[core], 0, &loc) != DUO_OK) {
        return;
    }
    duo_slot_view_init(&view, &reader, &loc);
    const struct duo_reader file = duo_slot_view_reader(&view);
    if (file.read(file.ctx, 0, bytes, sizeof(bytes)) != DUO_OK ||
        duo_image_header_parse(bytes, &header) != DUO_OK) {
        return;
    }
    snprintf(version, sizeof(version), "%u.%u.%u", header.version.major, header.version.minor,
             header.version.revision);
    const unsigned first = (base - MEM_FLASH_BASE) / MEM_SECTOR_SIZE;
    for (uint32_t at = 0; at < duo_slot_used(&loc); at += MEM_SECTOR_SIZE) {
        learn(f, f->sector[first + at / MEM_SECTOR_SIZE].hash, version);
    }
}

static void name_version(struct web_flash *f, struct web_sector *s)
{
    s->version[0] = '\0';
    for (unsigned i = 0; i < WEB_KNOWN && s->used; i++) {
        if (f->known[i].hash == s->hash) {
            snprintf(s->version, sizeof(s->version), "%s", f->known[i].version);
        }
    }
}

void web_flash_look(struct web_flash *f)
{
    bool changed = false;

    for (unsigned i = 0; i < WEB_SECTORS; i++) {
        if (f->sector[i].dirty) {
            look_at(f, i);
            changed = true;
        }
    }
    for (unsigned core = 0; changed && core < DUO_CORES; core++) {
        learn_slot(f, core, duo_layout.map.app[core]);
        learn_slot(f, core, duo_layout.map.staging[core]);
    }
    for (unsigned i = 0; changed && i < WEB_SECTORS; i++) {
        name_version(f, &f->sector[i]);
    }
}

json_t *web_flash_json(const struct web_flash *f)
{
    json_t *banks = json_array();

    for (unsigned bank = 0; banks && bank < FLASH_BANKS; bank++) {
        json_t *sectors = json_array();
        for (unsigned n = 0; n < WEB_SECTORS / FLASH_BANKS; n++) {
            const struct web_sector *s = &f->sector[bank * WEB_SECTORS / FLASH_BANKS + n];
            json_array_append_new(sectors, json_pack("{s:s, s:s, s:s, s:i, s:i}", "name", s->name,
                                                     "use", s->use, "version", s->version, "used",
                                                     s->used, "torn", s->torn));
        }
        json_array_append_new(banks,
                              json_pack("{s:b, s:o}", "busy", flash_bank_busy(f->m->flash, bank),
                                        "sectors", sectors));
    }
    return banks;
}
