/*
 * What an installation costs: erases and programmed words in each bank, and the time with both
 * banks at work, on the real geometry with the durations of the data sheet. The engine is core/'s
 * own; the flash is simulated, so the figures repeat exactly. Prints a table and writes the same as
 * JSON.
 *
 * Usage: install_model [FILE.json]
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/txn/world.h"

/* STM32H743 data sheet, program/erase parallelism x64, typical; in units of 100 us. */
#define PROGRAM_TIME 1u
#define ERASE_TIME   10000u
#define UNITS_PER_S  10000.0

/*
 * MCUboot with swap-scratch on the same sectors, measured with its own code for an image of three
 * sectors: 10 erases, 35,715 words. It copies whole sectors, so other sizes follow from the number
 * of sectors; its two images come one after the other.
 */
#define MCUBOOT_ERASES(sectors) (3u * (sectors) + 1u)
#define MCUBOOT_WORDS(sectors)  (11905u * (sectors))

struct size {
    unsigned m7_kib, m4_kib;
};

struct cost {
    struct sim_count bank[2];
    double seconds, bound;
};

struct result {
    const char *what;
    struct size size;
    struct cost cost;
    double mcuboot;
};

enum { SET_OLD, SET_NEW };

static double work_time(const struct sim_count *c)
{
    return (double)(c->erases * ERASE_TIME + c->words * PROGRAM_TIME) / UNITS_PER_S;
}

static unsigned sectors(unsigned kib)
{
    return (kib * 1024u + 512u + 0x1FFFFu) / 0x20000u; /* META is under 512 bytes here */
}

static double mcuboot_time(const struct size *s, bool m4)
{
    struct sim_count c = {MCUBOOT_ERASES(sectors(s->m7_kib)), MCUBOOT_WORDS(sectors(s->m7_kib))};

    if (m4) {
        c.erases += MCUBOOT_ERASES(sectors(s->m4_kib));
        c.words += MCUBOOT_WORDS(sectors(s->m4_kib));
    }
    return work_time(&c);
}

static void make_sets(struct world *w, const struct size *size, bool m4_changes)
{
    struct set_spec spec = {.image = {{.payload = size->m7_kib * 1024u, .seed = 1, .dense = true},
                                      {.payload = size->m4_kib * 1024u, .seed = 2, .dense = true}},
                            .number = 1,
                            .counter = 1,
                            .trial_boots = 1};

    world_add_set(w, &spec);
    spec.number = 2;
    spec.image[DUO_CM7].seed = 3;
    if (m4_changes) {
        spec.image[DUO_CM4].seed = 4;
    } else {
        spec.keep[DUO_CM4] = true;
    }
    world_add_set(w, &spec);
    w->allowed = ~0u;
    set_program(&w->sets[SET_OLD], &w->sim);
}

/* The boot that exchanges the sets. */
static struct cost measure(struct world *w)
{
    const struct sim_count before[2] = {w->sim.used[0], w->sim.used[1]};
    const uint64_t start = w->sim.now;
    struct cost c;
    bool trial;

    if (world_boot(w, false, &trial) != BOOT_AGAIN) {
        world_fail(w, "no exchange where one was expected");
    }
    c.seconds = (double)(w->sim.now - start) / UNITS_PER_S;
    c.bound = 0;
    for (unsigned b = 0; b < 2; b++) {
        c.bank[b].erases = w->sim.used[b].erases - before[b].erases;
        c.bank[b].words = w->sim.used[b].words - before[b].words;
        const double t = work_time(&c.bank[b]);
        c.bound = t > c.bound ? t : c.bound;
    }
    return c;
}

static void run_trial_without_confirmation(struct world *w)
{
    bool trial;

    w->confirms = false;
    if (world_boot(w, false, &trial) != SET_NEW || !trial) {
        world_fail(w, "no trial after the installation");
    }
}

/* Installs, and reverts if `revert` is given. */
static void measure_size(const struct size *size, bool m4_changes, struct cost *install,
                         struct cost *revert)
{
    static struct world w;

    world_init(&w, &duo_map_default, duo_slot_of(DUO_CM7));
    w.sim.erase_time = ERASE_TIME;
    w.sim.program_time = PROGRAM_TIME;
    make_sets(&w, size, m4_changes);
    const struct test_set *set = &w.sets[SET_NEW];
    if (world_download(&w, set->bundle, set->bundle_size, 1024, false) != DUO_OK) {
        world_fail(&w, "the download failed");
    }
    *install = measure(&w);
    if (revert) {
        run_trial_without_confirmation(&w);
        *revert = measure(&w);
    }
    world_free(&w);
}

static void print_row(const struct result *r)
{
    char mcuboot[16] = "-";

    if (r->mcuboot > 0) {
        snprintf(mcuboot, sizeof(mcuboot), "%.1f s", r->mcuboot);
    }
    printf("%-13s %3u + %3u  %2llu / %6llu  %2llu / %6llu  %6.2f s  %6.2f s  %+5.1f %%  %9s\n",
           r->what, r->size.m7_kib, r->size.m4_kib, (unsigned long long)r->cost.bank[0].erases,
           (unsigned long long)r->cost.bank[0].words, (unsigned long long)r->cost.bank[1].erases,
           (unsigned long long)r->cost.bank[1].words, r->cost.seconds, r->cost.bound,
           (r->cost.seconds / r->cost.bound - 1.0) * 100.0, mcuboot);
}

static void write_row(FILE *f, const struct result *r, bool first)
{
    fprintf(
        f,
        "%s\n  {\"what\": \"%s\", \"m7_kib\": %u, \"m4_kib\": %u, \"bank1\": {\"erases\": %llu, "
        "\"words\": %llu}, \"bank2\": {\"erases\": %llu, \"words\": %llu}, \"seconds\": %.4f, "
        "\"bound_seconds\": %.4f, \"mcuboot_seconds\": %.2f}",
        first ? "" : ",", r->what, r->size.m7_kib, r->size.m4_kib,
        (unsigned long long)r->cost.bank[0].erases, (unsigned long long)r->cost.bank[0].words,
        (unsigned long long)r->cost.bank[1].erases, (unsigned long long)r->cost.bank[1].words,
        r->cost.seconds, r->cost.bound, r->mcuboot);
}

static int write_json(const char *path, const struct result *results, unsigned count)
{
    FILE *f = fopen(path, "w");

    if (!f) {
        perror(path);
        return 1;
    }
    fputs("{\"model\": \"core/ engine, simulated flash, erase 1 s, word 100 us\", \"results\": [",
          f);
    for (unsigned i = 0; i < count; i++) {
        write_row(f, &results[i], i == 0);
    }
    fputs("\n]}\n", f);
    if (fclose(f) != 0) {
        perror(path);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct size sizes[] = {{128, 64}, {256, 128}, {376, 248}};
    struct result results[9];
    unsigned n = 0;

    for (unsigned i = 0; i < 3; i++) {
        struct result *r = &results[n];
        struct cost install;
        struct cost revert;

        measure_size(&sizes[i], true, &install, &revert);
        r[0] = (struct result){"install", sizes[i], install, mcuboot_time(&sizes[i], true)};
        r[1] = (struct result){"revert", sizes[i], revert, mcuboot_time(&sizes[i], true)};
        measure_size(&sizes[i], false, &install, NULL);
        r[2] = (struct result){"M4 unchanged", sizes[i], install, mcuboot_time(&sizes[i], false)};
        n += 3;
    }
    puts("Erases / programmed words by bank; time of the flash work of one exchange; the bound is "
         "the\n"
         "same work with both banks busy all the time; MCUboot: swap-scratch, images in turn.\n");
    puts(
        "              KiB        bank 1       bank 2       time      bound    over       MCUboot");
    for (unsigned i = 0; i < n; i++) {
        print_row(&results[i]);
    }
    return argc > 1 ? write_json(argv[1], results, n) : 0;
}
