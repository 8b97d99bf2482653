/* SPDX-License-Identifier: MIT */
#include "tests/txn/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/txn/release.h"

void world_fail(struct world *w, const char *what)
{
    if (w->on_fail) {
        w->on_fail(what, w->arg);
    }
    fprintf(stderr, "FAILED: %s\n", what);
    exit(1);
}

void world_check_misuse(struct world *w)
{
    char text[128];

    if (w->sim.violation) {
        snprintf(text, sizeof(text), "%s at 0x%08x", w->sim.violation, w->sim.violation_addr);
        world_fail(w, text);
    }
}

bool world_released(const struct duo_txn *txn, const struct duo_boot *boot)
{
    return duo_release_first(txn, boot) == DUO_RELEASE_FIRST &&
           duo_release_second(txn, boot) == DUO_RELEASE_SECOND;
}

/* ---- Bootloaders, where they are swapped with the rest ---- */

#define BOOT_SIZE 640u

static uint8_t boot_byte(uint32_t at)
{
    return (uint8_t)sim_mix(at) & 0x7Fu;
}

/* A new device has them in one bank. */
static void put_bootloaders(struct sim *sim)
{
    uint8_t program[BOOT_SIZE];

    for (uint32_t i = 0; i < BOOT_SIZE; i++) {
        program[i] = boot_byte(i);
    }
    sim_put(sim, sim->map->base, program, BOOT_SIZE);
}

/* The chip starts from what comes first, whatever it is. */
static void check_bootloaders(struct world *w)
{
    uint8_t program[BOOT_SIZE];
    struct duo_flash *f = &w->sim.flash;

    if (!w->sim.map->twin) {
        return;
    }
    if (f->read(f->ctx, w->sim.map->base, program, BOOT_SIZE) == DUO_WORD_UNREADABLE) {
        world_fail(w, "the chip starts from a bank whose bootloaders cannot be read");
    }
    for (uint32_t i = 0; i < BOOT_SIZE; i++) {
        if (program[i] != boot_byte(i)) {
            world_fail(w, "the chip starts from a bank without bootloaders");
        }
    }
}

void world_init(struct world *w, const struct duo_map *map, const struct duo_slot *slots)
{
    memset(w, 0, sizeof(*w));
    sim_init(&w->sim, map);
    if (map->twin) {
        put_bootloaders(&w->sim);
    }
    sign_make_key(&w->key);
    w->trust = duo_trust_one(&w->ring, &w->key);
    w->dev = (struct duo_device){.flash = &w->sim.flash,
                                 .map = map,
                                 .slots = {&slots[DUO_CM7], &slots[DUO_CM4]},
                                 .trust = &w->trust,
                                 .hardware_id = TEST_HARDWARE};
    w->confirms = true;
    w->stable = w->again = RUNS_NOTHING;
}

void world_free(struct world *w)
{
    for (unsigned i = 0; i < w->set_count; i++) {
        set_free(&w->sets[i]);
    }
    sim_free(&w->sim);
}

unsigned world_add_set(struct world *w, const struct set_spec *spec)
{
    set_make(&w->sets[w->set_count], spec, &w->dev);
    return w->set_count++;
}

/* ---- A flash that refuses ---- */

/* From the first refused operation on calls may fail. */
static bool excused(const struct world *w)
{
    return w->sim.refused > 0;
}

static void fail_unless_excused(struct world *w, const char *what)
{
    if (!excused(w)) {
        world_fail(w, what);
    }
}

/* Recovery is no answer to a fault that is over. */
static bool may_recover(const struct world *w, uint64_t refused_before)
{
    return w->recovery_allowed || sim_is_broken(&w->sim) || w->sim.refused != refused_before;
}

/* ---- What runs ---- */

static bool slot_holds(struct world *w, enum duo_core core, const struct test_image *im)
{
    uint8_t buf[256];
    struct duo_flash *f = &w->sim.flash;

    for (uint32_t at = 0; at < im->slot_size; at += sizeof(buf)) {
        const uint32_t left = im->slot_size - at;
        const uint32_t n = left < sizeof(buf) ? left : sizeof(buf);
        if (f->read(f->ctx, w->sim.map->app[core] + at, buf, n) == DUO_WORD_UNREADABLE ||
            memcmp(buf, im->slot + at, n) != 0) {
            return false;
        }
    }
    return true;
}

int world_installed(struct world *w)
{
    for (unsigned i = 0; i < w->set_count; i++) {
        if (slot_holds(w, DUO_CM7, &w->sets[i].image[DUO_CM7]) &&
            slot_holds(w, DUO_CM4, &w->sets[i].image[DUO_CM4])) {
            return (int)i;
        }
    }
    return RUNS_NOTHING;
}

static int check_run(struct world *w, const struct duo_boot *boot)
{
    const int set = world_installed(w);

    if (set < 0) {
        world_fail(w, "the applications started are not of one set");
    }
    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (memcmp(boot->image[c].hash, w->sets[set].image[c].hash, DUO_HASH_SIZE) != 0) {
            world_fail(w, "an application started is not the one verified");
        }
    }
    if (w->sets[set].spec.counter < w->floor) {
        world_fail(w, "a set below the security counter runs");
    }
    if (!(w->allowed & (1u << set))) {
        world_fail(w, "a set runs that should not");
    }
    return set;
}

/* ---- One power cycle ---- */

/* As many as boot/cm7/work.c. */
#define STOPS_MAX 3u
/* That many at each of a few words of the journal, and at each trial boot. */
#define STOPS_IN_ALL 100u

static bool is_stuck(const struct world *w)
{
    return w->stops > STOPS_MAX;
}

static int stopped(struct world *w)
{
    w->stops++;
    return BOOT_STOPPED;
}

/* What a port does before it begins an exchange that has stopped again and again. */
static int stop_exchange(struct world *w, struct duo_txn *txn)
{
    if (duo_txn_stop_exchange(txn, DUO_E_STUCK) != DUO_OK) {
        return stopped(w);
    }
    w->stops = 0;
    return BOOT_STOPPED;
}

static int install(struct world *w, struct duo_txn *txn)
{
    struct duo_install in;
    enum duo_status status = duo_install_start(&in, txn);
    unsigned calls = 0;

    while (status == DUO_OK || status == DUO_E_BUSY) {
        status = duo_install_step(&in);
        if (status == DUO_OK) {
            w->stops = 0;
            return BOOT_AGAIN;
        }
        if (++calls > 200000) {
            world_fail(w, "the exchange does not end");
        }
        sim_advance(&w->sim);
    }
    fail_unless_excused(w, "the exchange failed although the flash works");
    return stopped(w);
}

static void confirm(struct world *w, struct duo_txn *txn, int set)
{
    if (duo_txn_confirm(txn, DUO_CM4) != DUO_OK || duo_txn_confirm(txn, DUO_CM7) != DUO_OK) {
        fail_unless_excused(w, "a confirmation failed although the flash works");
        return;
    }
    w->allowed = 1u << set;
    if (w->sets[set].spec.counter > w->floor) {
        w->floor = w->sets[set].spec.counter;
    }
}

static int run(struct world *w, struct duo_txn *txn, const struct duo_boot *boot)
{
    const int set = check_run(w, boot);

    if (!world_released(txn, boot)) {
        world_fail(w, "a boot is decided that will not be let go (core/txn/release.h)");
    }
    /* What was confirmed once must not turn out unconfirmed at a later power cycle. */
    if (boot->trial && set == w->stable && set != w->again) {
        world_fail(w, "a set that was confirmed is on trial again");
    }
    w->stops = 0; /* in RAM that is the applications' now */
    /* What could not be settled may be read otherwise next time. */
    w->stable = boot->trial || boot->status != DUO_OK ? w->stable : set;
    if (boot->trial && w->confirms) {
        confirm(w, txn, set);
    }
    return set;
}

int world_boot(struct world *w, bool ask_recovery, bool *trial)
{
    const struct duo_boot_request request = {
        .recovery = ask_recovery, .stuck = is_stuck(w), .taken_back = w->taken_back};
    struct duo_txn txn;
    struct duo_boot boot;
    const uint64_t refused = w->sim.refused;
    int set = RUNS_NOTHING;

    w->boots++;
    *trial = false;
    sim_power_cycle(&w->sim);
    w->taken_back = false;
    if (!w->chip_starts) {
        check_bootloaders(w);
    } else if (!w->chip_starts(w)) {
        return BOOT_AGAIN;
    }
    duo_txn_open(&txn, &w->dev);
    duo_txn_boot(&txn, &request, &boot);
    *trial = boot.trial;
    if (boot.status != DUO_OK && !request.stuck) {
        fail_unless_excused(w, "the boot could not write the journal although the flash works");
    }
    if (w->sim.hangs[0] || w->sim.hangs[1]) {
        return stopped(w); /* only a reset frees the bank, and so a port makes one */
    }
    switch (boot.action) {
    case DUO_BOOT_EXCHANGE:
        set = w->stops == STOPS_MAX ? stop_exchange(w, &txn)
              : is_stuck(w)         ? RUNS_NOTHING
                                    : install(w, &txn);
        break;
    case DUO_BOOT_RUN:
        set = w->m4_starts && !w->m4_starts(w, &txn) ? BOOT_AGAIN : run(w, &txn, &boot);
        break;
    default:
        w->reason = boot.reason;
        if (!ask_recovery && !may_recover(w, refused)) {
            world_fail(w, duo_reason_text(boot.reason));
        }
        break;
    }
    world_check_misuse(w);
    return set;
}

static uint64_t erases_since(const struct world *w, const struct sim_count before[2], unsigned bank)
{
    return w->sim.used[bank].erases - before[bank].erases;
}

/* All that the rest of coming to rest depends on, besides the world itself. */
static bool known(struct world *w, const struct sim_count before[2], unsigned boots, int last)
{
    const uint64_t so_far = erases_since(w, before, 0) | erases_since(w, before, 1) << 16 |
                            (uint64_t)boots << 32 | (uint64_t)(uint8_t)last << 48;

    return w->known && boots > 0 && w->known(w, so_far, w->arg);
}

/* Trial boots in a row that can have been recorded; more mean that the journal takes no record. */
#define TRIAL_RECORDED_MAX 7u

struct rest {
    int last;        /* what the last boot came to */
    unsigned trials; /* boots of a set on trial that cannot be recorded */
    unsigned stuck;  /* boots in which nothing was written */
};

/* A boot has come to `set`: is that where the device stays? Not while the flash stops it; and where
 * nothing is written, a record that reads at one power cycle only stays as it is. */
static bool at_rest(const struct world *w, struct rest *r, int set, bool trial, bool stuck)
{
    if (set == BOOT_STOPPED) {
        return false;
    }
    if (set != BOOT_AGAIN && !trial && set == r->last) {
        return true;
    }
    r->last = trial ? BOOT_AGAIN : set;
    r->stuck += stuck && set != BOOT_AGAIN;
    r->trials = trial && sim_is_broken(&w->sim) ? r->trials + 1u : 0;
    return r->stuck == 2u || r->trials > TRIAL_RECORDED_MAX;
}

int world_settle(struct world *w)
{
    const struct sim_count before[2] = {w->sim.used[0], w->sim.used[1]};
    const unsigned times = excused(w) ? 3u : 1u; /* as much again for what is refused */
    struct rest rest = {.last = BOOT_AGAIN};
    unsigned stops = 0;

    for (unsigned i = 0; i < BOOTS_MAX * times && stops < STOPS_IN_ALL;) {
        bool trial;

        if (known(w, before, i, rest.last)) {
            return RUNS_KNOWN;
        }
        const bool stuck = is_stuck(w);
        const int set = world_boot(w, false, &trial);
        for (unsigned b = 0; b < 2; b++) {
            if (erases_since(w, before, b) > ERASES_MAX * times) {
                world_fail(w, "too many erases until the device came to rest");
            }
        }
        if (at_rest(w, &rest, set, trial, stuck)) {
            return set;
        }
        stops += set == BOOT_STOPPED;
        i += set != BOOT_STOPPED;
    }
    world_fail(w, "the device does not come to rest");
    return RUNS_NOTHING;
}

/* A set that lies there whole runs, whatever else is broken. Not so if nobody has confirmed it and
 * its trial is over, or after the first step of an exchange: then it may read whole and not be. */
void world_check_recovery(struct world *w)
{
    const int set = world_installed(w);
    struct duo_txn txn;

    duo_txn_open(&txn, &w->dev);
    const bool half =
        txn.state.phase == DUO_PHASE_EXCHANGE && txn.state.step > 0 && !w->sim.map->twin;
    const bool expired = txn.journal.content == DUO_JOURNAL_OK && !txn.state.current.confirmed;
    if (!half && !expired && set >= 0 && (w->allowed >> set & 1u) &&
        w->sets[set].spec.counter >= w->floor) {
        world_fail(w, "recovery although a set that may run lies there whole");
    }
    if (w->reason == DUO_REASON_FLASH_FAILED && !excused(w) && !w->recovery_allowed) {
        world_fail(w, "recovery says that the flash has failed, and it has not");
    }
}
