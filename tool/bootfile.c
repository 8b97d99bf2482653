/* SPDX-License-Identifier: MIT */
#include "tool/bootfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip/stm32h7/memory.h"
#include "core/base/bytes.h"
#include "core/image/crypto.h"
#include "core/image/m4_record.h"
#include "hostlib/loader.h"
#include "layouts/layout.h"
#include "tool/about.h"

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
        free(b.bytes);
        return cli_fail(
            cli, EXIT_REJECTED, AS_BUILT,
            "%s is not the M7 bootloader alone: something lies at 0x%08x, where the M4's "
            "does",
            path, (unsigned)duo_layout.boot[DUO_CM4].base);
    }
    const uint32_t words = (b.end + MEM_FLASH_WORD - 1u) / MEM_FLASH_WORD;
    *out = (struct buffer){b.bytes, (size_t)words * MEM_FLASH_WORD};
    return EXIT_DONE;
}

/* ---- For a bundle ---- */

static bool trusts(const struct duo_keyring *ring, const struct duo_pubkey *signer)
{
    for (unsigned i = 0; i < duo_ring_count(ring); i++) {
        if (memcmp(ring->keys[i].pub.xy, signer->xy, sizeof(signer->xy)) == 0 &&
            !ring->keys[i].refused) {
            return true;
        }
    }
    return false;
}

/* Who installs a bootloader that takes none of his updates any more has lost the device. */
static int check_m7(const struct cli *cli, const char *path, const struct duo_manifest *m,
                    const struct duo_pubkey *signer)
{
    struct duo_about_record record;

    if (!about_find(path, &record)) {
        return cli_fail(cli, EXIT_REJECTED, AS_BUILT,
                        "%s is no M7 bootloader that tells about itself", path);
    }
    if (!record.about.self_update) {
        return cli_fail(cli, EXIT_REJECTED, "take one of version 0.2.0 or later",
                        "%s is of version %s, which cannot be replaced by a set any more", path,
                        record.about.version);
    }
    if (strcmp(record.about.layout, duo_layout.name) != 0) {
        return cli_fail(cli, EXIT_REJECTED, "take the bootloader that was built for this layout",
                        "%s is for flash layout %s, and this is layout %s", path,
                        record.about.layout, duo_layout.name);
    }
    if (record.about.hardware_id != m->hardware_id) {
        return cli_fail(cli, EXIT_REJECTED, "give the --hardware-id that it was built for",
                        "%s is for hardware 0x%08x, the bundle is for 0x%08x", path,
                        (unsigned)record.about.hardware_id, (unsigned)m->hardware_id);
    }
    if (!trusts(&record.ring, signer)) {
        return cli_fail(cli, EXIT_REJECTED,
                        "build it with this key in its ring, or sign with a key that it has",
                        "%s does not trust the key that signs the bundle: it would take no update "
                        "of yours any more",
                        path);
    }
    return EXIT_DONE;
}

static int check_m4(const struct cli *cli, const char *path, const struct buffer *file)
{
    struct m4_record record = {0, 0};
    uint8_t hash[DUO_HASH_SIZE];

    if (file->size >= M4_RECORD_OFFSET + sizeof(record)) {
        record.magic = duo_get32(file->data + M4_RECORD_OFFSET);
        record.size = duo_get32(file->data + M4_RECORD_OFFSET + 4u);
    }
    if (record.magic != M4_RECORD_MAGIC || record.size > file->size ||
        file->size - record.size < sizeof(hash)) {
        return cli_fail(cli, EXIT_REJECTED, AS_BUILT, "%s is no M4 bootloader", path);
    }
    duo_sha256_of(file->data, record.size, hash);
    return memcmp(hash, file->data + record.size, sizeof(hash)) == 0
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REJECTED, AS_BUILT, "%s is damaged: it has another digest",
                          path);
}

int bootfile_check(const struct cli *cli, enum duo_core core, const char *path,
                   const struct buffer *file, const struct duo_manifest *m,
                   const struct duo_pubkey *signer)
{
    const uint32_t base = duo_layout.boot[core].base;
    const uint32_t entry = duo_get32(file->data + 4);

    if (entry % 2u == 0 || entry - base >= duo_layout.boot[core].size) {
        return cli_fail(cli, EXIT_REJECTED, AS_BUILT,
                        "%s does not start in its place: its reset vector is 0x%08x", path,
                        (unsigned)entry);
    }
    return core == DUO_CM7 ? check_m7(cli, path, m, signer) : check_m4(cli, path, file);
}
