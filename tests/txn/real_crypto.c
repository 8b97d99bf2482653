/* SPDX-License-Identifier: MIT */
/*
 * The transaction once with real signatures and the library that firmware links: update, rollback,
 * a bundle with one bit changed, and cuts at a few operations of an update.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "core/txn/release.h"
#include "tests/txn/world.h"

enum { SET_A, SET_B };

static struct world w;
static jmp_buf cut;
static uint64_t cut_at;

static void on_begin(struct sim *sim, void *arg)
{
    (void)arg;
    if (sim->ops != cut_at) {
        return;
    }
    const struct sim_op op = sim->op[sim->last_bank];
    sim_tear(sim, &op, (enum sim_outcome)(cut_at % SIM_OUTCOMES), cut_at);
    longjmp(cut, 1);
}

static void set_up(void)
{
    struct set_spec spec = {.image = {{.payload = SMALL_SECTOR + 100u, .seed = 1, .dense = true},
                                      {.payload = 900u, .seed = 2, .dense = true}},
                            .number = 1,
                            .counter = 1,
                            .trial_boots = 3};

    world_init(&w, &small_map, small_slots);
    world_add_set(&w, &spec);
    spec.number = 2;
    spec.image[DUO_CM7].seed = 3;
    spec.image[DUO_CM4].seed = 4;
    world_add_set(&w, &spec);
    set_program(&w.sets[SET_A], &w.sim);
    w.allowed = 1u << SET_A;
}

static void reject_changed_bundle(void)
{
    struct test_set *b = &w.sets[SET_B];

    b->bundle[DUO_MANIFEST_SIZE - 1u] ^= 1; /* last bit of the signature */
    if (world_download(&w, b->bundle, b->bundle_size, 512, false) != DUO_E_SIGNATURE) {
        world_fail(&w, "a changed signature was accepted");
    }
    b->bundle[DUO_MANIFEST_SIZE - 1u] ^= 1;
    if (world_settle(&w) != SET_A) {
        world_fail(&w, "the running set was lost");
    }
}

static void roll_back(void)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    w.stable = RUNS_NOTHING;
    if (duo_txn_rollback(&txn) != DUO_OK) {
        world_fail(&w, "the rollback was refused");
    }
    w.allowed = 1u << SET_A;
    if (world_settle(&w) != SET_A) {
        world_fail(&w, "the rollback did not complete");
    }
}

static void cut_update_at(uint64_t op)
{
    cut_at = w.sim.ops + op;
    w.sim.on_begin = on_begin;
    w.allowed = 1u << SET_A | 1u << SET_B;
    if (setjmp(cut) == 0) {
        world_update(&w, SET_B, false);
    }
    w.sim.on_begin = NULL;
    w.allowed = 1u << SET_A | 1u << SET_B;
    w.confirms = true;
    if (world_settle(&w) == SET_A) {
        world_update(&w, SET_B, false);
    }
    roll_back();
}

/* Neither answer may be the right one when a byte of what was computed is another. */
static void changed_proof(const struct duo_txn *txn, struct duo_boot *boot, void *part, size_t len)
{
    for (uint8_t *p = part; p < (uint8_t *)part + len; p++) {
        *p ^= 0x10;
        if (duo_release_first(txn, boot) == DUO_RELEASE_FIRST ||
            duo_release_second(txn, boot) == DUO_RELEASE_SECOND) {
            world_fail(&w, "a boot is let go without its proof");
        }
        *p ^= 0x10;
    }
}

static void let_nothing_go_without_proof(bool by_manifest)
{
    const struct duo_boot_request request = {0};
    struct duo_txn txn;
    struct duo_boot boot;

    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    if (boot.action != DUO_BOOT_RUN || !world_released(&txn, &boot)) {
        world_fail(&w, "a good set is not let go");
    }
    changed_proof(&txn, &boot, boot.from, sizeof(boot.from));
    for (unsigned c = 0; c < DUO_CORES; c++) {
        struct duo_image *image = &boot.image[c];
        changed_proof(&txn, &boot, image->read_hash, sizeof(image->read_hash));
        if (!by_manifest) {
            changed_proof(&txn, &boot, &image->proof, sizeof(image->proof));
        }
    }
    if (by_manifest) {
        changed_proof(&txn, &boot, &boot.proof.ecdsa, sizeof(boot.proof.ecdsa));
    }
    duo_release_nothing(&boot);
    if (world_released(&txn, &boot)) {
        world_fail(&w, "a boot in which nothing was verified is let go");
    }
}

int main(void)
{
    set_up();
    let_nothing_go_without_proof(false);
    world_settle(&w);
    reject_changed_bundle();
    world_update(&w, SET_B, false);
    let_nothing_go_without_proof(true);
    roll_back();
    for (uint64_t op = 3; op < 400; op += 44) {
        cut_update_at(op);
    }
    printf("%llu boots with real signatures\n", (unsigned long long)w.boots);
    world_free(&w);
    return 0;
}
