/* SPDX-License-Identifier: MIT */
/*
 * A bundle, slots and a journal as they must stay: devices in the field have them. What is made now
 * is held against tests/golden; a difference is a new format, and needs a new format number.
 *
 * usage: txn_golden FOLDER            compares
 *        txn_golden FOLDER --write    writes the files again
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/txn/world.h"

#define LINE 16u

static struct world w;
static const char *folder;
static bool write_again;
static int differ;

static void open_file(char path[512], const char *name)
{
    snprintf(path, 512, "%s/%s.txt", folder, name);
}

/* Lines of 16 bytes; those that are erased are left out. */
static char *dump(const uint8_t *bytes, uint32_t size, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    if (!out) {
        abort();
    }
    for (uint32_t at = 0; at < size; at += LINE) {
        const uint32_t n = size - at < LINE ? size - at : LINE;
        unsigned erased = 0;

        for (uint32_t i = 0; i < n; i++) {
            erased += bytes[at + i] == 0xFFu;
        }
        if (erased == n) {
            continue;
        }
        fprintf(out, "%05x:", (unsigned)at);
        for (uint32_t i = 0; i < n; i++) {
            fprintf(out, " %02x", bytes[at + i]);
        }
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

static bool same_as_file(const char *path, const char *text, size_t length)
{
    char *stored = malloc(length + 1u);
    FILE *in = fopen(path, "r");
    const size_t got = in && stored ? fread(stored, 1, length + 1u, in) : 0;
    const bool same = in && stored && got == length && memcmp(stored, text, length) == 0;

    if (in) {
        fclose(in);
    }
    free(stored);
    return same;
}

static void golden(const char *name, const uint8_t *bytes, uint32_t size)
{
    char path[512];
    size_t length;
    char *text = dump(bytes, size, &length);

    open_file(path, name);
    if (write_again) {
        FILE *out = fopen(path, "w");
        if (!out || fwrite(text, 1, length, out) != length || fclose(out) != 0) {
            fprintf(stderr, "txn_golden: cannot write %s\n", path);
            exit(2);
        }
    } else if (!same_as_file(path, text, length)) {
        fprintf(
            stderr,
            "FAILED: %s: the format has changed. Devices in the field have the old one: give it a "
            "new number, then txn_golden %s --write. Now it is\n%s",
            path, folder, text);
        differ = 1;
    }
    free(text);
}

static void golden_flash(const char *name, uint32_t addr, uint32_t size)
{
    uint8_t *bytes = malloc(size);

    if (!bytes) {
        abort();
    }
    w.sim.flash.read(w.sim.flash.ctx, addr, bytes, size);
    golden(name, bytes, size);
    free(bytes);
}

static void add(uint32_t number, uint32_t seed, uint32_t counter)
{
    const struct set_spec spec = {
        .image = {{.payload = 100u, .seed = seed}, {.payload = 70u, .seed = seed + 1u}},
        .number = number,
        .counter = counter,
        .trial_boots = 2};

    world_add_set(&w, &spec);
}

/* One device: from the factory, an update that both applications confirm, another one that is
 * rolled back. Its journal then has every kind of record. */
static void live(void)
{
    struct duo_txn txn;

    set_program(&w.sets[0], &w.sim);
    w.allowed = 1u;
    world_update(&w, 1, false);
    world_update(&w, 2, true);
    duo_txn_open(&txn, &w.dev);
    if (duo_txn_rollback(&txn) != DUO_OK) {
        fprintf(stderr, "FAILED: the device does not roll back\n");
        exit(1);
    }
    w.allowed = ~0u;
    w.stable = RUNS_NOTHING;
    world_settle(&w);
}

/* A set whose manifest and images revoke keys. */
static unsigned add_revoking(void)
{
    struct set_spec spec = {.image = {{.payload = 100u, .seed = 7}, {.payload = 70u, .seed = 8}},
                            .number = 4,
                            .counter = 1,
                            .trial_boots = 2,
                            .revokes = {{0x12345678, 0x9ABCDEF0}}};

    spec.image[DUO_CM7].revokes = spec.image[DUO_CM4].revokes = spec.revokes;
    return world_add_set(&w, &spec);
}

int main(int argc, char **argv)
{
    if (argc < 2 || (argc > 2 && strcmp(argv[2], "--write") != 0)) {
        fprintf(stderr, "usage: txn_golden FOLDER [--write]\n");
        return 2;
    }
    folder = argv[1];
    write_again = argc > 2;
    world_init(&w, &small_map, small_slots);
    add(1, 1, 1);
    add(2, 3, 1);
    add(3, 5, 1);
    live();
    golden("bundle", w.sets[1].bundle, w.sets[1].bundle_size);
    const struct test_set *revoking = &w.sets[add_revoking()];
    golden("bundle_revoking", revoking->bundle, revoking->bundle_size);
    golden_flash("slot_m7", small_map.app[DUO_CM7], small_map.sector_size);
    golden_flash("slot_m4", small_map.app[DUO_CM4], small_map.sector_size);
    golden_flash("journal", small_map.journal[0], small_map.sector_size);
    world_free(&w);
    return differ;
}
