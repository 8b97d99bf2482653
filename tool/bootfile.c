/* SPDX-License-Identifier: MIT */
#include "tool/bootfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip/stm32h7/memory.h"
#include "core/base/bytes.h"
#include "core/image/boot_mark.h"
#include "core/image/crypto.h"
#include "core/image/m4_record.h"
#include "hostlib/loader.h"
#include "layouts/layout.h"
#include "tool/about.h"
#include "tool/refuse.h"

#define AS_BUILT "give boot_cm7 or boot_cm4 as the build made it"

struct boot {
    struct duo_range range;
    uint8_t *bytes;
    uint32_t end; /* of what has been put */
    bool outside; /* something lies elsewhere */
};

/* Of a sector with both, the M4's place is not the M7's. */
static bool reaches_the_m4s(const struct boot *b)
{
    const struct duo_range *m4 = &duo_layout.boot[DUO_CM4];

    for (uint32_t at = m4->base - b->range.base;
         at < b->end && at < m4->base - b->range.base + m4->size; at++) {
        if (b->bytes[at] != 0xFFu) {
            return true;
        }
    }
    return false;
}

static bool put_boot_bytes(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct boot *b = ctx;
    const uint32_t at = addr - b->range.base;

    b->outside = at >= b->range.size || len > b->range.size - at;
    if (b->outside) {
        return false;
    }
    memcpy(b->bytes + at, data, len);
    b->end = at + len > b->end ? at + len : b->end;
    return true;
}

static int load(const struct cli *cli, struct boot *b, enum duo_core core, const char *path)
{
    const struct load_sink sink = {put_boot_bytes, b};
    struct load_result result;
    char error[512] = "";

    const bool loaded = load_file(path, NULL, &sink, &result, error, sizeof(error));
    if (b->outside || (loaded && result.low != b->range.base)) {
        return cli_fail(cli, EXIT_REJECTED, AS_BUILT,
                        "%s is not the %s bootloader: that lies at 0x%08x and in its sector alone",
                        path, duo_core_name(core), (unsigned)b->range.base);
    }
    return loaded ? EXIT_DONE : cli_fail(cli, EXIT_REJECTED, AS_BUILT, "%s", error);
}

static int refuse_overlap(const struct cli *cli, const char *path, const struct boot *b)
{
    const uint32_t mark = duo_get32(b->bytes + DUO_BOOT_MARK_OFFSET);

    if ((mark & DUO_BOOT_MARK_KIND) ==
        DUO_BOOT_MARK(0, 0, 0, 0, duo_core_number(DUO_CM7))) { /* layout exchange */
        return input_refuse(cli, EXIT_REJECTED, path, DUO_E_LAYOUT);
    }
    return cli_fail(cli, EXIT_REJECTED, AS_BUILT,
                    "%s is not the M7 bootloader alone: something lies at 0x%08x, where the M4's "
                    "does",
                    path, (unsigned)duo_layout.boot[DUO_CM4].base);
}

int bootfile_load(const struct cli *cli, enum duo_core core, const char *path, struct buffer *out)
{
    struct boot b = {.range = duo_layout.boot[core]};

    *out = (struct buffer){0};
    if (duo_layout.map.twin && core == DUO_CM7) {
        b.range.size = MEM_SECTOR_SIZE; /* a part of it lies after the M4's, in the same sector */
    }
    b.bytes = malloc(b.range.size + MEM_FLASH_WORD);
    if (!b.bytes) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    memset(b.bytes, 0xFF, b.range.size + MEM_FLASH_WORD);
    const int code = load(cli, &b, core, path);
    if (code != EXIT_DONE) {
        free(b.bytes);
        return code;
    }
    if (duo_layout.map.twin && core == DUO_CM7 && reaches_the_m4s(&b)) {
        const int refused = refuse_overlap(cli, path, &b);

        free(b.bytes);
        return refused;
    }
    const uint32_t words = (b.end + MEM_FLASH_WORD - 1u) / MEM_FLASH_WORD;
    *out = (struct buffer){b.bytes, (size_t)words * MEM_FLASH_WORD};
    return EXIT_DONE;
}

/* ---- For a bundle ---- */

static bool trusts(const struct duo_keyring *ring, const struct duo_pubkey *signer,
                   uint32_t counter)
{
    for (unsigned i = 0; i < duo_ring_count(ring); i++) {
        if (memcmp(ring->keys[i].pub.xy, signer->xy, sizeof(signer->xy)) == 0 &&
            !ring->keys[i].refused && counter >= ring->keys[i].floor) {
            return true;
        }
    }
    return false;
}

struct candidate {
    const struct cli *cli;
    enum exit_code code; /* when it is refused */
    enum duo_core core;
    const char *name;
    const struct buffer *file;
};

/* What every bootloader says of itself, and where it starts. */
static int check_place(const struct candidate *c)
{
    const uint32_t base = duo_layout.boot[c->core].base;
    const uint32_t entry = duo_get32(c->file->data + 4);
    const uint32_t mark = duo_get32(c->file->data + DUO_BOOT_MARK_OFFSET);
    const uint32_t other =
        (mark ^ DUO_BOOT_MARK(0, 0, 0, duo_layout.slot[c->core].layout, duo_core_number(c->core))) &
        DUO_BOOT_MARK_KIND;

    if (mark == 0) {
        return cli_fail(c->cli, c->code, "take one of version 0.2.0 or later",
                        "%s does not say which version it is", c->name);
    }
    if (other != 0) {
        return input_refuse(c->cli, c->code, c->name,
                            other & DUO_BOOT_MARK_CORE ? DUO_E_CORE : DUO_E_LAYOUT);
    }
    if (entry % 2u == 0 || entry - base >= duo_layout.boot[c->core].size) {
        return cli_fail(c->cli, c->code, AS_BUILT,
                        "%s does not start in its place: its reset vector is 0x%08x", c->name,
                        (unsigned)entry);
    }
    return EXIT_DONE;
}

/* Who installs a bootloader that takes none of his updates any more has lost the device. */
static int check_m7(const struct candidate *c, const struct duo_manifest *m,
                    const struct duo_pubkey *signer)
{
    struct duo_about_record record;

    if (!about_find_in(c->file->data, (uint32_t)c->file->size, &record)) {
        return cli_fail(c->cli, c->code, AS_BUILT,
                        "%s is not an M7 bootloader that describes itself", c->name);
    }
    if (!record.about.self_update) {
        return cli_fail(c->cli, c->code, "take one of version 0.2.0 or later",
                        "%s is of version %s, which a set can no longer replace", c->name,
                        record.about.version);
    }
    if (record.about.hardware_id != m->hardware_id) {
        return cli_fail(c->cli, c->code, "give the --hardware-id that it was built for",
                        "%s is for hardware 0x%08x, the bundle is for 0x%08x", c->name,
                        (unsigned)record.about.hardware_id, (unsigned)m->hardware_id);
    }
    if (!trusts(&record.ring, signer, m->counter)) {
        return cli_fail(c->cli, c->code,
                        "build it with this key in its ring, or sign with a key that it has and a "
                        "--security-counter that its floor allows",
                        "%s does not trust the key that signs the bundle: it would take no update "
                        "of yours any more",
                        c->name);
    }
    return EXIT_DONE;
}

static int check_m4(const struct candidate *c)
{
    const struct buffer *file = c->file;
    struct m4_record record = {0, 0};
    uint8_t hash[DUO_HASH_SIZE];

    if (file->size >= M4_RECORD_OFFSET + sizeof(record)) {
        record.magic = duo_get32(file->data + M4_RECORD_OFFSET);
        record.size = duo_get32(file->data + M4_RECORD_OFFSET + 4u);
    }
    if (record.magic != M4_RECORD_MAGIC || record.size > file->size ||
        file->size - record.size < sizeof(hash)) {
        return cli_fail(c->cli, c->code, AS_BUILT, "%s is no M4 bootloader", c->name);
    }
    duo_sha256_of(file->data, record.size, hash);
    return memcmp(hash, file->data + record.size, sizeof(hash)) == 0
               ? EXIT_DONE
               : cli_fail(c->cli, c->code, AS_BUILT, "%s is damaged: it has another digest",
                          c->name);
}

int bootfile_check(const struct cli *cli, enum exit_code code, enum duo_core core, const char *name,
                   const struct buffer *file, const struct duo_manifest *m,
                   const struct duo_pubkey *signer)
{
    const struct candidate c = {cli, code, core, name, file};
    const int placed = check_place(&c);

    if (placed != EXIT_DONE) {
        return placed;
    }
    return core == DUO_CM7 ? check_m7(&c, m, signer) : check_m4(&c);
}
