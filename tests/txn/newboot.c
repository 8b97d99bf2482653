/* SPDX-License-Identifier: MIT */
/*
 * A set that brings a new bootloader (core/txn/newboot.h), for a device that swaps its banks: it is
 * received and installed with a power cut at any operation, and perhaps a second one. What the chip
 * and the other core's bootloader do is written down once more here, and what they must never do:
 * start a bad bootloader that nobody watches over, or one that is not whole.
 *
 * usage: txn_newboot STEP     cuts at every STEP-th operation
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/boot_mark.h"
#include "core/txn/download.h"
#include "core/txn/newboot.h"
#include "tests/txn/world.h"

#define NO_CUT   UINT64_MAX
#define PROGRAM  1024u /* of the M7 with the hole for the M4's */
#define ENTRY    64u   /* of the M7, in its program */
#define ENTRY_M4 16u
#define BEGIN    26u /* what every M7 bootloader begins with */
#define TRIES    40u /* power cycles until a device rests */

enum { OLD_SET, NEW_SET, NEXT_SET };
enum quality { WORKS, NEVER_STARTS, FAILS_LATER, QUALITIES };

static struct world w;
static jmp_buf power_cut;
static uint64_t cut_at, second_at, cuts, runs, first_cut, second_cut;
static enum sim_outcome cut_how;
static enum duo_core core; /* whose bootloader is new */
static enum quality quality;
static unsigned boots_of_new;
static uint8_t programs[2][PROGRAM];

static void fail(const char *what)
{
    fprintf(
        stderr,
        "txn_newboot: %s: new %s bootloader, quality %d, cut at operation %llu and %llu later (now "
        "%llu), outcome %u\n",
        what, duo_core_name(core), (int)quality, (unsigned long long)first_cut,
        (unsigned long long)second_cut, (unsigned long long)w.sim.ops, (unsigned)cut_how);

    exit(1);
}

static void failed(const char *what, void *arg)
{
    (void)arg;
    fail(what);
}

/* ---- Programs ---- */

static bool is_of(enum duo_core of, uint32_t at)
{
    return (at - twin_map.m4_boot < twin_map.m4_boot_size) == (of == DUO_CM4);
}

static void make_programs(void)
{
    for (unsigned v = 0; v < 2; v++) {
        uint8_t *p = programs[v];
        const uint32_t marks[DUO_CORES] = {DUO_BOOT_MARK(0, 1, v, 1, 7),
                                           DUO_BOOT_MARK(0, 1, v, 1, 4)};
        const uint32_t vectors[DUO_CORES] = {twin_map.base + ENTRY + 1u,
                                             twin_map.base + twin_map.m4_boot + ENTRY_M4 + 1u};

        for (uint32_t i = 0; i < PROGRAM; i++) {
            p[i] = (uint8_t)sim_mix(i + 5000u * v) & 0x7Fu;
        }
        memcpy(p + 4, &vectors[DUO_CM7], 4u);
        memcpy(p + twin_map.m4_boot + 4u, &vectors[DUO_CM4], 4u);
        memcpy(p + DUO_BOOT_MARK_OFFSET, &marks[DUO_CM7], 4u);
        memcpy(p + twin_map.m4_boot + DUO_BOOT_MARK_OFFSET, &marks[DUO_CM4], 4u);
        memset(p + ENTRY, 0x5A, BEGIN);
    }
}

/* 0: the old one, 1: the new one; nothing else may ever come first. */
static unsigned found(enum duo_core of)
{
    static uint8_t sector[PROGRAM];
    struct duo_flash *f = &w.sim.flash;
    bool same[2] = {true, true};

    if (f->read(f->ctx, twin_map.base, sector, PROGRAM) == DUO_WORD_UNREADABLE) {
        fail("the chip starts from a bank whose bootloaders cannot be read");
    }
    for (uint32_t at = 0; at < PROGRAM; at++) {
        for (unsigned v = 0; v < 2; v++) {
            same[v] &= !is_of(of, at) || sector[at] == programs[v][at];
        }
    }
    if (!same[0] && !same[1]) {
        fail("the chip starts from a bank in which a bootloader is not whole");
    }
    return same[0] ? 0 : 1u;
}

/* ---- What bootloaders do ---- */

static void change_options(bool other_bank, unsigned fresh)
{
    struct duo_flash *f = &w.sim.flash;
    const unsigned first = f->first_bank(f->ctx);

    if (f->begin_swap(f->ctx, other_bank ? 3u - first : first, fresh) != DUO_OK) {
        fail("the options cannot be changed");
    }
    while (f->poll_swap(f->ctx) == DUO_E_BUSY) {
        sim_advance(&w.sim);
    }
}

static bool works(unsigned variant, enum duo_core of)
{
    return variant == 0 || of != core || quality == WORKS ||
           (quality == FAILS_LATER && boots_of_new == 0);
}

/* boot/cm4/guard.c and boot/cm7/options.c */
static bool chip_starts(struct world *world)
{
    const unsigned m7 = found(DUO_CM7);
    const unsigned m4 = found(DUO_CM4);
    const unsigned held = w.sim.option_fresh;
    struct duo_txn txn;

    (void)world;
    if (!works(m7, DUO_CM7)) {
        if (held != DUO_BOOT_CM7) {
            fail("a bad M7 bootloader starts, and nobody watches over it");
        }
        change_options(true, 0);
        w.taken_back = true;
        return false;
    }
    duo_txn_open(&txn, &w.dev);
    const bool on_trial =
        txn.state.phase == DUO_PHASE_EXCHANGE || txn.state.phase == DUO_PHASE_TRIAL;
    const unsigned fresh = on_trial ? txn.state.boot_new : 0;
    /* With lost options the M4 does not run its own bootloader. */
    if (!works(m4, DUO_CM4) && held != DUO_BOOT_CM4 && !w.sim.options_lost) {
        fail("a bad M4 bootloader is let go by the chip");
    }
    const bool wrong = w.sim.options_lost || (held == DUO_BOOT_CM7 && fresh != DUO_BOOT_CM7) ||
                       (fresh == DUO_BOOT_CM4 && held != DUO_BOOT_CM4);
    if (wrong) {
        change_options(false, fresh == DUO_BOOT_CM4 ? fresh : held == fresh ? held : 0);
        return false;
    }
    return true;
}

/* boot/cm7/main.c, take_back_bootloader() */
static bool m4_starts(struct world *world, struct duo_txn *txn)
{
    const bool is_new = found(core) == 1u;
    const bool starts = works(found(DUO_CM4), DUO_CM4);

    (void)world;
    boots_of_new += is_new ? 1u : 0;
    if (starts) {
        return true;
    }
    if (txn->state.phase != DUO_PHASE_TRIAL || txn->state.boot_new != DUO_BOOT_CM4) {
        fail("a bad M4 bootloader, and no trial");
    }
    if (duo_newboot_take_back(txn) != DUO_OK) {
        fail("the set before cannot be gone back to");
    }
    return false;
}

/* ---- Cuts ---- */

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
    cut_at = second_at == 0 ? NO_CUT : sim->ops + second_at;
    second_at = 0;
    free(w.session);
    w.session = NULL;
    w.taken_back = false; /* it was in RAM */
    longjmp(power_cut, 1);
}

/* ---- Receiving ---- */

static void work(struct duo_download *d)
{
    while (duo_download_wants_work(d)) {
        unsigned erases = 3;
        const enum duo_status status = duo_download_work(d, &erases);

        if (status != DUO_OK && status != DUO_E_BUSY) {
            fail(duo_status_text(status));
        }
    }
}

/* As an application does, and going on after a cut. */
static void receive(const struct test_set *set)
{
    static struct duo_download d;
    static struct duo_txn txn;
    enum duo_status status;

    duo_txn_open(&txn, &w.dev);
    status = duo_download_resume(&d, &txn);
    if (status == DUO_E_NO_IMAGE) {
        status = duo_download_begin(&d, &txn);
    }
    if (status != DUO_OK) {
        fail(duo_status_text(status));
    }
    work(&d);
    while (d.stage != DUO_DOWNLOAD_COMPLETE) {
        uint32_t used;

        status = duo_download_put(&d, set->bundle + d.taken, set->bundle_size - d.taken, &used);
        if (status != DUO_OK) {
            fail(duo_status_text(status));
        }
        work(&d);
    }
    if (duo_download_release(&d) != DUO_OK) {
        fail("the set cannot be released");
    }
}

static bool on_its_way(void)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    return txn.journal.content == DUO_JOURNAL_OK && txn.state.phase != DUO_PHASE_IDLE &&
           txn.state.phase != DUO_PHASE_DOWNLOADING;
}

/* Power cycles until a set has run twice without a trial. */
static int rest(void)
{
    int last = BOOT_AGAIN;

    for (unsigned i = 0; i < TRIES; i++) {
        bool trial;
        const int set = world_boot(&w, false, &trial);

        if (set != BOOT_AGAIN && !trial && set == last) {
            return set;
        }
        last = trial ? BOOT_AGAIN : set;
    }
    fail("the device does not come to rest");
    return RUNS_NOTHING;
}

/* The update until it is installed, or taken back, for good: the set that runs. */
static int update(unsigned wanted)
{
    static unsigned sessions; /* over longjmp */
    static bool sent;

    sessions = 0;
    sent = false;
    w.sim.on_begin = on_begin;
    while (setjmp(power_cut) != 0) {
        sessions++;
    }
    if (sessions > 4u) {
        fail("more power cuts than were asked for");
    }
    sent = sent || on_its_way();
    if (!sent) {
        const int before = rest();
        if (before == (int)OLD_SET) {
            receive(&w.sets[wanted]);
        }
    }
    const int set = rest();
    w.sim.on_begin = NULL;
    world_check_misuse(&w);
    return set;
}

/* ---- One history ---- */

static void begin_world(void)
{
    struct set_spec s = {.image = {{.payload = 900u, .seed = 1}, {.payload = 600u, .seed = 2}},
                         .number = 1,
                         .counter = 1,
                         .trial_boots = 6}; /* cuts use them up, too */

    world_init(&w, &twin_map, twin_slots);
    w.on_fail = failed;
    w.chip_starts = chip_starts;
    w.m4_starts = m4_starts;
    sim_wipe_sector(&w.sim, twin_map.base);
    sim_put(&w.sim, twin_map.base, programs[0], PROGRAM);
    world_add_set(&w, &s);
    s.number = 2;
    s.image[DUO_CM7].seed = 3;
    s.image[DUO_CM4].seed = 4;
    static uint8_t file[PROGRAM];
    const uint32_t from = core == DUO_CM4 ? twin_map.m4_boot : 0;
    s.boot_cores = (uint8_t)(1u << core);
    s.boot_size = core == DUO_CM4 ? twin_map.m4_boot_size : PROGRAM;
    for (uint32_t i = 0; i < s.boot_size; i++) {
        file[i] = is_of(core, from + i) ? programs[1][from + i] : 0xFFu;
    }
    s.boot = file;
    world_add_set(&w, &s);
    s.number = 3;
    s.image[DUO_CM7].seed = 5;
    s.boot_cores = 0;
    s.boot_size = 0;
    world_add_set(&w, &s);
    set_program(&w.sets[OLD_SET], &w.sim);
    w.allowed = ~0u;
    w.recovery_allowed = false;
}

/* With a bootloader that fails in its second boot nobody confirms in the first. */
static void history(uint64_t at, enum sim_outcome how, uint64_t second)
{
    cut_at = first_cut = at;
    cut_how = how;
    second_at = second_cut = second;
    boots_of_new = 0;
    w.confirms = quality == WORKS;
    runs++;
    const int set = update(NEW_SET);
    if (set != (quality == WORKS ? NEW_SET : OLD_SET)) {
        fail(quality == WORKS ? "a good bootloader does not stay" : "a bad bootloader stays");
    }
    if (w.sim.option_fresh == DUO_BOOT_CM7) {
        fail("the M7 is still held after all is over");
    }
    w.confirms = true;
    w.allowed = ~0u;
    if (world_download(&w, w.sets[NEXT_SET].bundle, w.sets[NEXT_SET].bundle_size, 777, false) !=
            DUO_OK ||
        rest() != NEXT_SET) {
        fail("the next update does not go through");
    }
    if (found(core) != (quality == WORKS ? 1u : 0)) {
        fail("the next set did not take the bootloader along");
    }
}

static void explore(uint64_t step)
{
    struct sim_mark mark;

    begin_world();
    if (rest() != OLD_SET) {
        fail("the first set does not run");
    }
    const struct world start = w;
    sim_mark(&w.sim, &mark);
    history(NO_CUT, SIM_UNTOUCHED, 0);
    const uint64_t end = w.sim.ops;
    for (uint64_t at = start.sim.ops + 1u; at < end; at += step) {
        for (unsigned how = 0; how < SIM_OUTCOMES; how++) {
            for (uint64_t second = 0; second < 2u; second++) {
                w = start;
                sim_go_back(&w.sim, &mark);
                history(at, (enum sim_outcome)how, second * (1u + sim_mix(at * 16u + how) % 200u));
            }
        }
    }
    sim_drop(&w.sim, &mark);
    world_free(&w);
}

int main(int argc, char **argv)
{
    const uint64_t step = argc > 1 ? strtoull(argv[1], NULL, 10) : 1u;

    make_programs();
    for (unsigned c = 0; c < DUO_CORES; c++) {
        for (unsigned q = 0; q < QUALITIES; q++) {
            core = (enum duo_core)c;
            quality = (enum quality)q;
            explore(step > 0 ? step : 1u);
        }
    }
    printf("%llu cuts in %llu updates with a new bootloader: no device lost\n",
           (unsigned long long)cuts, (unsigned long long)runs);
    return 0;
}
