/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture fx;

/* ---- the machine ---- */

vtime_t machine_now(const struct machine *m)
{
    (void)m;
    return fx.now;
}

void machine_note(struct machine *m, enum note_id id, uint32_t addr, const char *fmt, ...)
{
    char text[512]; /* formatted, so that a wrong argument list is found */
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)m;
    (void)addr;
    fx.notes++;
    fx.last_kind = note_info(id)->kind;
    snprintf(fx.last_note, sizeof(fx.last_note), "%s", note_info(id)->name);
}

void core_observed(struct core *c)
{
    (void)c;
}

void machine_irq_core(struct machine *m, enum core_id id, unsigned n, bool level)
{
    m->core[id]->irq[n] = level;
}

void machine_irq(struct machine *m, unsigned n, bool level)
{
    machine_irq_core(m, CM7, n, level);
    machine_irq_core(m, CM4, n, level);
}

void machine_reset(struct machine *m, enum reset_cause cause)
{
    (void)m;
    fx.reset = cause;
}

void machine_reset_core(struct machine *m, enum core_id id, enum reset_cause cause)
{
    (void)cause;
    m->core[id]->resets++;
    m->core[id]->power = POWER_RUN;
    rcc_power_changed(m->rcc);
}

void machine_reset_domain(struct machine *m, enum core_id id)
{
    rcc_note_domain_reset(m->rcc, id);
    machine_reset_core(m, id, RESET_STANDBY);
}

bool uart_wakes(const struct machine *m, unsigned irq)
{
    (void)m;
    (void)irq;
    return false;
}

void machine_release_core(struct machine *m, enum core_id id)
{
    fx.released[id]++;
    m->core[id]->held = false;
    rcc_power_changed(m->rcc);
}

void machine_clocks_changed(struct machine *m)
{
    (void)m;
    fx.clock_changes++;
}

void machine_sync(struct machine *m)
{
    (void)m;
}

uint32_t machine_random(struct machine *m)
{
    (void)m;
    return 0x12345678;
}

static void *blocks[512];
static unsigned nblocks;

void *machine_alloc(struct machine *m, size_t size)
{
    (void)m;
    assert_true(nblocks < sizeof(blocks) / sizeof(blocks[0]));
    blocks[nblocks] = calloc(1, size);
    assert_non_null(blocks[nblocks]);
    return blocks[nblocks++];
}

/* ---- the cores ---- */

bool core_held(const struct core *c)
{
    return c->held;
}

enum core_power core_power(const struct core *c)
{
    return c->power;
}

void core_event(struct core *c)
{
    c->events++;
}

void core_pulse_irq(struct core *c, unsigned n)
{
    c->pulses[n]++;
}

void core_set_nmi(struct core *c)
{
    c->nmis++;
}

void core_ram_changed(struct core *c, uint32_t addr, uint32_t len)
{
    (void)c;
    (void)addr;
    (void)len;
}

/* ---- the flash: options only ---- */

const struct options *flash_options(const struct flash *f)
{
    (void)f;
    return &fx.options;
}

bool flash_swapped(const struct flash *f)
{
    (void)f;
    return fx.options.optsr >> 31;
}

static enum bus_status blank_read(void *self, const struct bus_access *a, uint32_t addr,
                                  unsigned size, uint32_t *value)
{
    (void)self;
    (void)a;
    (void)addr;
    (void)size;
    *value = 0xFFFFFFFF;
    return BUS_OK;
}

static enum bus_status blank_write(void *self, const struct bus_access *a, uint32_t addr,
                                   unsigned size, uint32_t value)
{
    (void)self;
    (void)a;
    (void)addr;
    (void)size;
    (void)value;
    return BUS_OK;
}

static void blank_peek(void *self, uint32_t addr, void *buf, uint32_t len)
{
    (void)self;
    (void)addr;
    memset(buf, 0xFF, len);
}

static void blank_poke(void *self, uint32_t addr, const void *buf, uint32_t len)
{
    (void)self;
    (void)addr;
    (void)buf;
    (void)len;
}

static const struct mem_ops blank_ops = {blank_read, blank_write, blank_peek, blank_poke};

/* ---- building ---- */

static void add_memories(void)
{
    static uint8_t some[4096], dtcm[4096], axi[4096], sram4[4096];
    const struct mem mems[] = {
        {.name = "flash",
         .base = 0x08000000,
         .size = 0x200000,
         .cores = 3,
         .kind = MEM_FLASH,
         .ops = &blank_ops},
        {.name = "ITCM", .base = 0, .size = sizeof(some), .host = some, .cores = 1},
        {.name = "SRAM1", .base = 0x10000000, .size = sizeof(some), .host = some, .cores = 3},
        {.name = "DTCM", .base = 0x20000000, .size = sizeof(dtcm), .host = dtcm, .cores = 1},
        {.name = "AXI SRAM", .base = 0x24000000, .size = sizeof(axi), .host = axi, .cores = 3},
        {.name = "SRAM4", .base = 0x38000000, .size = sizeof(sram4), .host = sram4, .cores = 3},
    };

    for (unsigned i = 0; i < sizeof(mems) / sizeof(mems[0]); i++) {
        bus_add_mem(&fx.m.bus, &mems[i]);
    }
}

void do_reset(enum reset_cause cause)
{
    for (unsigned i = 0; i < CORES; i++) {
        fx.core[i].power = POWER_RUN;
    }
    fx.reset = -1;
    rcc_note_reset(fx.m.rcc, cause);
    bus_reset(&fx.m.bus, cause == RESET_POWER_ON);
    for (unsigned i = 0; i < CORES; i++) {
        fx.core[i].held = !syscfg_core_boots(fx.m.syscfg, (enum core_id)i);
    }
    rcc_power_changed(fx.m.rcc);
}

int setup(void **state)
{
    (void)state;
    memset(&fx, 0, sizeof(fx));
    nblocks = 0;
    fx.options = (struct options){.optsr = 0x1BC6AAF0,
                                  .boot7 = 0x1FF00800,
                                  .boot4 = 0x10000810,
                                  .wpsn = {0xFF, 0xFF},
                                  .prar = {0xFF, 0xFF},
                                  .scar = {0xFF, 0xFF}};
    fx.m.running = -1;
    fx.m.bus.m = &fx.m;
    fx.m.flash = (struct flash *)&fx; /* only ever passed back to the functions above */
    sched_init(&fx.m.sched);
    for (unsigned i = 0; i < CORES; i++) {
        fx.m.core[i] = &fx.core[i];
    }
    rcc_new(&fx.m);
    pwr_new(&fx.m);
    syscfg_new(&fx.m);
    exti_new(&fx.m);
    hsem_new(&fx.m);
    dbgmcu_new(&fx.m);
    watchdog_new(&fx.m);
    fdcan_new(&fx.m);
    art_new(&fx.m);
    ident_new(&fx.m);
    dma_new(&fx.m);
    gpio_new(&fx.m);
    pwr_watch_pins(fx.m.pwr);
    crs_new(&fx.m);
    otg_new(&fx.m);
    regfile_new(&fx.m);
    add_memories();
    bus_seal(&fx.m.bus);
    do_reset(RESET_POWER_ON);
    clear_notes();
    return 0;
}

int teardown(void **state)
{
    (void)state;
    sched_free(&fx.m.sched);
    for (unsigned i = 0; i < nblocks; i++) {
        free(blocks[i]);
    }
    return 0;
}

void pass(vtime_t t)
{
    vtime_t end = fx.now + t;

    while (sched_next(&fx.m.sched) <= end) {
        vtime_t next = sched_next(&fx.m.sched);
        fx.now = next > fx.now ? next : fx.now;
        sched_fire(&fx.m.sched, fx.now);
    }
    fx.now = end;
}

/* ---- accesses ---- */

static struct bus_access by(enum core_id id)
{
    return (struct bus_access){.master = id, .privileged = true};
}

void wr_sized(enum core_id id, uint32_t addr, unsigned size, uint32_t value)
{
    struct bus_access a = by(id);

    assert_int_equal(bus_write(&fx.m.bus, &a, addr, size, value), BUS_OK);
}

uint32_t rd_sized(enum core_id id, uint32_t addr, unsigned size)
{
    struct bus_access a = by(id);
    uint32_t v;

    assert_int_equal(bus_read(&fx.m.bus, &a, addr, size, &v), BUS_OK);
    return v;
}

void wr(enum core_id id, uint32_t addr, uint32_t value)
{
    wr_sized(id, addr, 4, value);
}

uint32_t rd(enum core_id id, uint32_t addr)
{
    return rd_sized(id, addr, 4);
}

void wr_fails(enum core_id id, uint32_t addr, unsigned size)
{
    struct bus_access a = by(id);

    assert_int_equal(bus_write(&fx.m.bus, &a, addr, size, 0), BUS_ERROR);
}

void rd_fails(enum core_id id, uint32_t addr, unsigned size)
{
    struct bus_access a = by(id);
    uint32_t v;

    assert_int_equal(bus_read(&fx.m.bus, &a, addr, size, &v), BUS_ERROR);
}

void clear_notes(void)
{
    fx.notes = 0;
    fx.last_note[0] = 0;
}
