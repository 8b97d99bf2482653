/* SPDX-License-Identifier: MIT */
/*
 * A running application receives a bundle (core/txn/download.h), the power is cut at a flash
 * operation, once or twice, with every outcome, and it goes on until the new set runs. Sizes of
 * pieces and moments of second cuts are drawn at random, by seed.
 *
 * usage: txn_resume [twin] [images] STEP     cuts at every STEP-th operation of the first download;
 * `twin`: on a device that swaps its banks; `images`: both cores' images without a manifest, one
 * after the other, in either order
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/txn/download.h"
#include "tests/txn/world.h"

#define META_MAX   512u /* TLVs come after the last record */
#define SESSIONS   8u
#define ERASES     64u
#define NO_CUT     UINT64_MAX
#define NO_OUTCOME SIM_OUTCOMES

static struct world w;
static bool twin, images;
static enum duo_core first;               /* image to be sent */
static uint8_t buffer[4u * SMALL_SECTOR]; /* in which one is collected */
static struct duo_txn txn;
static struct duo_download download;
static jmp_buf power_cut;
static uint64_t cut_at, seed, cuts, again_most;
static enum sim_outcome cut_how;
static uint32_t sent; /* bytes of the bundle that were taken before the cut */

static uint32_t draw(uint32_t below)
{
    seed = sim_mix(seed + 1u);
    return (uint32_t)(seed % below);
}

static void fail(const char *what)
{
    fprintf(stderr, "txn_resume: %s: cut at operation %llu, outcome %u, stage %u, %u bytes taken\n",
            what, (unsigned long long)cut_at, (unsigned)cut_how, (unsigned)download.stage,
            (unsigned)download.taken);
    exit(1);
}

static void on_begin(struct sim *sim, void *arg)
{
    (void)arg;
    if (sim->ops < cut_at) {
        return;
    }
    const struct sim_op op = sim->op[sim->last_bank];
    sim_tear(sim, &op, cut_how, sim_mix(cut_at));
    memset(sim->op, 0, sizeof(sim->op));
    cuts++;
    cut_at = NO_CUT;
    longjmp(power_cut, 1);
}

static void work(void)
{
    while (duo_download_wants_work(&download)) {
        unsigned erases = 1u + draw(ERASES);
        const enum duo_status status = duo_download_work(&download, &erases);

        if (status != DUO_OK && status != DUO_E_BUSY) {
            fail(duo_status_text(status));
        }
    }
}

static void open_download(void)
{
    duo_txn_open(&txn, &w.dev);
    enum duo_status status = duo_download_resume(&download, &txn);
    if (status == DUO_E_NO_IMAGE) {
        status = duo_download_begin(&download, &txn);
        sent = 0;
    }
    if (status != DUO_OK) {
        fail(duo_status_text(status));
    }
    if (images) {
        duo_download_use_buffer(&download, buffer, sizeof(buffer));
    }
    work();
}

static void check_again(void)
{
    const uint32_t again = sent > download.taken ? sent - download.taken : 0;

    again_most = again > again_most ? again : again_most;
    /* Without a spare sector what lies in the sector at work is sent again, and the whole image if
     * that is its last one. */
    const uint32_t limit = twin ? 3u * SMALL_SECTOR : DUO_DOWNLOAD_BLOCK + META_MAX;
    if (download.resumed && again > limit) {
        fail("too much has to be sent again");
    }
}

/* The rest of a file, in pieces of any length. */
static void send(const uint8_t *file, uint32_t size)
{
    while (download.stage != DUO_DOWNLOAD_COMPLETE) {
        uint32_t n = 1u + draw(100);
        uint32_t used;

        n = n < size - download.taken ? n : size - download.taken;
        if (n == 0 && !duo_download_copies(&download)) {
            fail("more is wanted than the file has");
        }
        const enum duo_status status = duo_download_put(&download, file + download.taken, n, &used);
        if (status != DUO_OK) {
            fail(duo_status_text(status));
        }
        sent = download.taken > sent ? download.taken : sent;
        work();
    }
}

/* What is still missing of both images. The journal knows which one has come in part. */
static void send_images(const struct test_set *set)
{
    do {
        enum duo_core core;

        if (!duo_download_is_image(&download, &core)) {
            core = download.whole == 0               ? first
                   : download.whole == 1u << DUO_CM7 ? DUO_CM4
                                                     : DUO_CM7;
        }
        send(set->image[core].file, set->image[core].file_size);
    } while (duo_download_next_image(&download) == DUO_OK);
}

/* One power cycle of the application: the rest of the bundle, to the release. */
static void receive(const struct test_set *set)
{
    open_download();
    if (images) {
        send_images(set);
    } else {
        check_again();
        send(set->bundle, set->bundle_size);
    }
    if (duo_download_release(&download) != DUO_OK) {
        fail("the set cannot be released");
    }
}

/* Power-ups until the applications run; the set they are of. */
static int boot(void)
{
    bool trial;
    int set;

    do {
        set = world_boot(&w, false, &trial);
    } while (set == BOOT_AGAIN);
    return set;
}

static void receive_until_cut(const struct test_set *set)
{
    if (setjmp(power_cut) == 0) {
        w.sim.on_begin = on_begin;
        receive(set);
    }
    w.sim.on_begin = NULL;
}

static void until_it_runs(unsigned wanted)
{
    for (unsigned i = 0; i < SESSIONS; i++) {
        receive_until_cut(&w.sets[wanted]);
        if (boot() == (int)wanted) {
            world_check_misuse(&w);
            return;
        }
        /* a second cut, sometimes, while it goes on */
        if (i == 0 && draw(2) == 0) {
            cut_at = w.sim.ops + 1u + draw(60);
            cut_how = (enum sim_outcome)draw(SIM_OUTCOMES);
        }
    }
    fail("the update does not come to its end");
}

static struct set_spec spec(uint32_t number, uint32_t payload7, uint32_t payload4)
{
    return (struct set_spec){
        .image = {{.payload = payload7, .seed = 2u * number, .dense = true},
                  {.payload = payload4, .seed = 2u * number + 1u, .dense = true}},
        .number = number,
        .counter = 1,
        .trial_boots = 1};
}

/* Payloads that end in the middle of a sector, and so close to its end that META lies in the next
 * one, or in both. */
static const uint32_t payloads[][2] = {
    {SMALL_SECTOR + 1500u, 700u},
    {2u * SMALL_SECTOR - 96u, SMALL_SECTOR - 64u},
    {SMALL_SECTOR, SMALL_SECTOR - 20u},
};

static uint64_t operations_of_a_download(const struct world *start, const struct sim_mark *mark)
{
    cut_at = NO_CUT;
    cut_how = NO_OUTCOME;
    until_it_runs(1);
    const uint64_t ops = w.sim.ops;
    w = *start;
    sim_go_back(&w.sim, mark);
    return ops;
}

static void explore(const uint32_t payload[2], uint64_t step)
{
    first = draw(2) == 0 ? DUO_CM7 : DUO_CM4;
    struct set_spec s = spec(1, SMALL_SECTOR + 800u, 600u);
    struct sim_mark mark;

    world_init(&w, twin ? &twin_map : &small_map, twin ? twin_slots : small_slots);
    world_add_set(&w, &s);
    s = spec(2, payload[0], payload[1]);
    world_add_set(&w, &s);
    set_program(&w.sets[0], &w.sim);
    w.allowed = ~0u;
    w.confirms = true;
    if (boot() != 0) {
        fail("the first set does not run");
    }
    const struct world start = w;
    sim_mark(&w.sim, &mark);
    const uint64_t ops = operations_of_a_download(&start, &mark);
    for (uint64_t at = w.sim.ops + 1u; at < ops; at += step) {
        for (unsigned how = 0; how < SIM_OUTCOMES; how++) {
            cut_at = at;
            cut_how = (enum sim_outcome)how;
            sent = 0;
            until_it_runs(1);
            w = start;
            sim_go_back(&w.sim, &mark);
        }
    }
    sim_drop(&w.sim, &mark);
    world_free(&w);
}

int main(int argc, char **argv)
{
    twin = argc > 1 && strcmp(argv[1], "twin") == 0;
    argc -= twin;
    argv += twin;
    images = argc > 1 && strcmp(argv[1], "images") == 0;
    argc -= images;
    argv += images;
    const uint64_t step = argc > 1 ? strtoull(argv[1], NULL, 10) : 1u;

    for (unsigned i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        explore(payloads[i], step > 0 ? step : 1u);
    }
    printf("%llu cuts in downloads, each gone on with; at most %llu bytes sent again\n",
           (unsigned long long)cuts, (unsigned long long)again_most);
    return 0;
}
