/* SPDX-License-Identifier: MIT */
/*
 * A device whose journal holds anything at all. Every record counts as intact (accept.c); no device
 * may crash, hang or reach beyond its sectors by it.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/txn/world.h"

static struct world w;

static void make_device(void)
{
    const struct set_spec spec = {
        .image = {{.payload = SMALL_SECTOR + 100u, .seed = 1}, {.payload = 600u, .seed = 2}},
        .number = 1,
        .counter = 1,
        .trial_boots = 2};

    world_init(&w, FUZZ_MAP, FUZZ_SLOTS);
    world_add_set(&w, &spec);
    set_program(&w.sets[0], &w.sim);
}

static void use_device(struct fuzz_input *in)
{
    const uint8_t wish = fuzz_byte(in);
    const struct duo_boot_request request = {.recovery = wish & 1u};
    const struct test_set *s = &w.sets[0];
    struct duo_report report;
    struct duo_boot boot;
    struct duo_txn txn;

    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    duo_txn_report(&txn, &report);
    duo_txn_boot(&txn, &request, &boot);
    if (boot.action == DUO_BOOT_EXCHANGE) {
        struct duo_install install;
        enum duo_status status = duo_install_start(&install, &txn);
        for (unsigned i = 0; i < 20000u && (status == DUO_OK || status == DUO_E_BUSY); i++) {
            status = duo_install_step(&install);
            sim_advance(&w.sim);
            if (status == DUO_OK) {
                break;
            }
        }
        FUZZ_CHECK(status != DUO_E_BUSY);
    }
    if (wish & 2u) {
        (void)duo_txn_confirm(&txn, DUO_CM7);
        (void)duo_txn_confirm(&txn, DUO_CM4);
    }
    if (wish & 4u) {
        (void)duo_txn_rollback(&txn);
    }
    if (wish & 8u) {
        (void)world_download(&w, s->bundle, s->bundle_size, 700, wish & 16u);
    }
}

static void fill_journal(struct fuzz_input *in)
{
    for (unsigned half = 0; half < 2; half++) {
        uint32_t at = 0;
        while (in->left >= DUO_WORD_SIZE && at < SMALL_SECTOR && fuzz_byte(in) != 0xFF) {
            const size_t n = in->left < DUO_WORD_SIZE ? in->left : DUO_WORD_SIZE;
            sim_put(&w.sim, w.sim.map->journal[half] + at, in->data, (uint32_t)n);
            in->data += n;
            in->left -= n;
            at += DUO_WORD_SIZE;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct sim_mark mark;

    if (w.set_count == 0) {
        make_device();
    }
    const struct world before = w;
    sim_mark(&w.sim, &mark);
    const uint8_t uses = (uint8_t)(1u + fuzz_byte(&in) % 4u);
    struct fuzz_input wishes = {in.data, uses};
    in.data += in.left < uses ? in.left : uses;
    in.left -= in.left < uses ? in.left : uses;
    wishes.left = in.data > data + 1 ? (size_t)(in.data - data - 1) : 0;
    fill_journal(&in);
    for (unsigned i = 0; i < uses; i++) {
        use_device(&wishes);
    }
    const char *violation = w.sim.violation;
    FUZZ_CHECK(!violation || strcmp(violation, "change outside slots and journal") != 0);
    FUZZ_CHECK(!violation || strcmp(violation, "read outside the flash") != 0);
    w = before;
    sim_go_back(&w.sim, &mark);
    sim_drop(&w.sim, &mark);
    return 0;
}
