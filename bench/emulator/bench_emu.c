/* SPDX-License-Identifier: MIT */
/*
 * Speed of the emulator on programs of several kinds, each at several quanta. The instruction
 * totals and the work done must be the same at every quantum, or the emulation depends on how it is
 * sliced.
 */
#include "busy.h"
#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"
#include "emu/cpu/dcache.h"
#include "emu/machine.h"
#include "hostlib/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define RUN_FOR (400 * VT_MS) /* virtual: 2 x 64 MHz = 51 million instructions */

/* Aims in MIPS of both cores together, on the development machine. */
static const struct program {
    const char *name, *files[CORES];
    bool dcache;
    double aim;
} programs[] = {
    {"work", {"busy_cm7", "busy_cm4"}, false, 60},
    {"store", {"busy_store_cm7", "busy_store_cm4"}, false, 60},
    {"spin", {"busy_spin_cm7", "busy_spin_cm4"}, false, 60},
    {"rtos", {"busy_rtos_cm7", "busy_rtos_cm4"}, false, 60},
    {"dcache", {"busy_dcache_cm7", "busy_cm4"}, true, 20},
};

enum { PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

static const uint64_t quanta[] = {100, 500, 10000};

enum { RUNS = sizeof(quanta) / sizeof(quanta[0]) };

struct result {
    uint64_t insns[CORES];
    uint32_t rounds[CORES];
    double seconds, mips;
};

/* CPU time: the emulator is one thread, and other programs shall not count. */
static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool chunk(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct machine *m = ctx;

    return bus_poke(&m->bus, MASTER_DEBUG, addr, data, len);
}

static void load(struct machine *m, const char *name)
{
    char path[512], err[256];
    struct load_result r;
    const struct load_sink sink = {chunk, m};

    snprintf(path, sizeof(path), "%s/fw/%s.elf", DUO_BUILD_DIR, name);
    if (!load_file(path, NULL, &sink, &r, err, sizeof(err))) {
        fprintf(stderr, "%s\nBuild the firmware first: cmake --build --preset cm7, then cm4\n",
                err);
        exit(1);
    }
}

static struct result run(const struct program *p, uint64_t quantum)
{
    static const uint32_t rounds_at[CORES] = {MEM_DTCM_BASE + BUSY_ROUNDS_OFFSET,
                                              MEM_SRAM1_BASE + BUSY_ROUNDS_OFFSET};
    char err[256];
    const struct machine_config cfg = {.seed = 1, .quantum = quantum};
    struct machine *m = machine_new(&cfg, err, sizeof(err));

    if (!m) {
        fprintf(stderr, "cannot make the machine: %s\n", err);
        exit(1);
    }
    for (unsigned i = 0; i < CORES; i++) {
        load(m, p->files[i]);
    }
    if (p->dcache) {
        core_model_dcache(m->core[CM7]);
    }
    machine_power_on(m);
    machine_run(m, 5 * VT_MS); /* translate the code once before the clock runs */
    struct result r = {.seconds = 0};
    uint64_t before = core_insns(m->core[CM7]) + core_insns(m->core[CM4]);
    double start = seconds_now();
    machine_run(m, RUN_FOR);
    r.seconds = seconds_now() - start;
    for (unsigned i = 0; i < CORES; i++) {
        r.insns[i] = core_insns(m->core[i]);
        bus_peek(&m->bus, (enum core_id)i, rounds_at[i], &r.rounds[i], 4);
    }
    r.mips = (double)(r.insns[CM7] + r.insns[CM4] - before) / r.seconds / 1e6;
    machine_free(m);
    return r;
}

static bool same(const struct result *a, const struct result *b)
{
    for (unsigned i = 0; i < CORES; i++) {
        if (a->insns[i] != b->insns[i] || a->rounds[i] != b->rounds[i]) {
            return false;
        }
    }
    return true;
}

static void write_json(const struct result (*r)[RUNS], bool identical)
{
    mkdir(DUO_BUILD_DIR "/bench", 0777);
    FILE *f = fopen(DUO_BUILD_DIR "/bench/emu.json", "w");
    if (!f) {
        perror(DUO_BUILD_DIR "/bench/emu.json");
        exit(1);
    }
    fprintf(f, "{\n  \"identical\": %s,\n  \"runs\": [\n", identical ? "true" : "false");
    for (unsigned i = 0; i < PROGRAMS * RUNS; i++) {
        const struct result *one = &r[i / RUNS][i % RUNS];
        fprintf(f,
                "    {\"program\": \"%s\", \"quantum\": %llu, \"mips\": %.1f, \"aim\": %.0f, "
                "\"seconds\": %.3f, \"insns_cm7\": %llu, \"insns_cm4\": %llu}%s\n",
                programs[i / RUNS].name, (unsigned long long)quanta[i % RUNS], one->mips,
                programs[i / RUNS].aim, one->seconds, (unsigned long long)one->insns[CM7],
                (unsigned long long)one->insns[CM4], i + 1 < PROGRAMS * RUNS ? "," : "");
    }
    fprintf(f, "  ]\n}\n");
    fclose(f);
}

static bool measure(const struct program *p, struct result *r)
{
    bool identical = true;

    for (unsigned i = 0; i < RUNS; i++) {
        r[i] = run(p, quanta[i]);
        identical &= same(&r[0], &r[i]);
        printf("%-8s %8llu %8.1f %6.0f %14llu %14llu %10u %10u\n", p->name,
               (unsigned long long)quanta[i], r[i].mips, p->aim,
               (unsigned long long)r[i].insns[CM7], (unsigned long long)r[i].insns[CM4],
               r[i].rounds[CM7], r[i].rounds[CM4]);
    }
    return identical;
}

int main(void)
{
    static struct result r[PROGRAMS][RUNS];
    bool identical = true;

    printf("%-8s %8s %8s %6s %14s %14s %10s %10s\n", "program", "quantum", "MIPS", "aim",
           "insns CM7", "insns CM4", "rounds CM7", "rounds CM4");
    for (unsigned i = 0; i < PROGRAMS; i++) {
        identical &= measure(&programs[i], r[i]);
    }
    write_json(r, identical);
    if (!identical) {
        fprintf(stderr, "instruction totals or results differ between quanta: the emulation is not "
                        "independent of its slicing\n");
        return 1;
    }
    return 0;
}
