/* SPDX-License-Identifier: MIT */
#include "tests/emu/periph_fixture.h"

#include "emu/chip/seam/adc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench bench;

static struct {
    void (*fn)(void *arg);
    void *arg;
} on_change[32], on_backup[4];
static unsigned changes, backups;

/* ---- what the models ask of the rest of the chip ---- */

uint64_t rcc_hz(const struct rcc *r, enum clk which)
{
    (void)r;
    return bench.hz[which];
}

uint64_t rcc_kernel_hz(const struct rcc *r, const struct kernel_clock *k)
{
    (void)r;
    (void)k;
    return bench.kernel_hz;
}

bool rcc_gate_on(const struct rcc *r, int gate)
{
    (void)r;
    (void)gate;
    return !bench.gate_off;
}

bool rcc_gate_asked(const struct rcc *r, int gate)
{
    (void)r;
    (void)gate;
    return true;
}

bool rcc_kernel_wakes(const struct rcc *r, const struct kernel_clock *k)
{
    (void)r;
    (void)k;
    return bench.kernel_wakes;
}

void rcc_on_change(struct rcc *r, void (*fn)(void *arg), void *arg)
{
    (void)r;
    on_change[changes].fn = fn;
    on_change[changes++].arg = arg;
}

void rcc_on_backup_reset(struct rcc *r, void (*fn)(void *arg), void *arg)
{
    (void)r;
    on_backup[backups].fn = fn;
    on_backup[backups++].arg = arg;
}

bool rcc_block_reset(const struct rcc *r)
{
    (void)r;
    return bench.block_reset;
}

bool pwr_backup_writable(const struct pwr *p)
{
    (void)p;
    return bench.dbp;
}

uint8_t *flash_backup_area(struct flash *f)
{
    (void)f;
    return bench.backup;
}

unsigned syscfg_exti_port(const struct syscfg *s, unsigned line)
{
    (void)s;
    return bench.exti_port[line];
}

void exti_edge(struct exti *e, unsigned line, bool rising)
{
    (void)e;
    (rising ? bench.exti_rising : bench.exti_falling)[line]++;
}

void adc_trgo(struct machine *m, unsigned timer)
{
    (void)m;
    (void)timer;
}

void core_observed(struct core *c)
{
    (void)c;
}

void machine_irq(struct machine *m, unsigned n, bool level)
{
    (void)m;
    bench.irq[n] = level;
}

void dma_request(struct machine *m, unsigned request, bool level)
{
    (void)m;
    bench.dma[request] = level;
}

void machine_note(struct machine *m, enum note_id id, uint32_t addr, const char *fmt, ...)
{
    (void)m;
    (void)addr;
    (void)fmt;
    snprintf(bench.last_note, sizeof(bench.last_note), "%s", note_info(id)->name);
    bench.notes++;
    bench.features += note_info(id)->kind == NOTE_FEATURE;
    bench.bugs += note_info(id)->kind == NOTE_FIRMWARE_BUG;
}

vtime_t machine_now(const struct machine *m)
{
    return m->now;
}

uint32_t machine_random(struct machine *m)
{
    m->random_state = m->random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(m->random_state >> 32);
}

void *machine_alloc(struct machine *m, size_t size)
{
    void **block = calloc(1, size + 16);

    if (!block) {
        abort();
    }
    *block = m->blocks;
    m->blocks = block;
    return (char *)block + 16;
}

void bus_add_dev(struct bus *b, const struct dev *d)
{
    b->devs[b->ndevs++] = *d;
}

/* ---- the bench ---- */

void bench_setup(void)
{
    memset(&bench, 0, sizeof(bench));
    changes = backups = 0;
    sched_init(&bench.m.sched);
    bench.m.bus.m = &bench.m;
    bench.m.running = -1;
    bench.kernel_hz = 64000000;
    for (unsigned i = 0; i < CLK_COUNT; i++) {
        bench.hz[i] = 64000000;
    }
    bench.m.now = VT_MS;
}

int bench_teardown(void **state)
{
    void **block = bench.m.blocks;

    (void)state;
    while (block) {
        void **next = *block;
        free(block);
        block = next;
    }
    sched_free(&bench.m.sched);
    return 0;
}

void bench_advance(vtime_t span)
{
    vtime_t end = bench.m.now + span;

    while (sched_next(&bench.m.sched) <= end) {
        bench.m.now = sched_next(&bench.m.sched);
        sched_fire(&bench.m.sched, bench.m.now);
    }
    bench.m.now = end;
}

static const struct dev *find(uint32_t addr)
{
    for (unsigned i = 0; i < bench.m.bus.ndevs; i++) {
        if (addr - bench.m.bus.devs[i].base < bench.m.bus.devs[i].size) {
            return &bench.m.bus.devs[i];
        }
    }
    fprintf(stderr, "no model at 0x%08x\n", addr);
    abort();
}

enum bus_status bench_read_size(uint32_t addr, unsigned size, uint32_t *value)
{
    const struct dev *d = find(addr);
    struct bus_access a = {.master = CM7, .privileged = true};

    return d->ops->read(d->self, &a, addr - d->base, size, value);
}

uint32_t bench_read(uint32_t addr)
{
    uint32_t v = 0xDEADBEEF;

    bench_read_size(addr, 4, &v);
    return v;
}

enum bus_status bench_write_size(uint32_t addr, unsigned size, uint32_t value)
{
    const struct dev *d = find(addr);
    struct bus_access a = {.master = CM7, .privileged = true};

    return d->ops->write(d->self, &a, addr - d->base, size, value);
}

void bench_write(uint32_t addr, uint32_t value)
{
    bench_write_size(addr, 4, value);
}

void bench_reset(bool power_on)
{
    for (unsigned i = 0; i < bench.m.bus.ndevs; i++) {
        if (bench.m.bus.devs[i].ops->reset) {
            bench.m.bus.devs[i].ops->reset(bench.m.bus.devs[i].self, power_on);
        }
    }
}

void bench_clocks_changed(void)
{
    for (unsigned i = 0; i < changes; i++) {
        on_change[i].fn(on_change[i].arg);
    }
}

void bench_backup_reset(void)
{
    for (unsigned i = 0; i < backups; i++) {
        on_backup[i].fn(on_backup[i].arg);
    }
}

bool bench_noted(const char *id)
{
    bool same = strcmp(bench.last_note, id) == 0;

    if (!same) {
        fprintf(stderr, "last note: '%s', expected '%s'\n", bench.last_note, id);
    }
    bench.last_note[0] = 0;
    return same;
}
