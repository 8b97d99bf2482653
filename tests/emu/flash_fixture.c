/* SPDX-License-Identifier: MIT */
#include "tests/emu/flash_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct flash_bench fb;

static struct {
    void (*fn)(void *arg);
    void *arg;
} on_clock;

/* ---- what the model asks of the rest of the chip ---- */

uint64_t rcc_hz(const struct rcc *r, enum clk which)
{
    (void)r;
    return which == CLK_HCLK ? fb.hclk : 0;
}

void rcc_on_change(struct rcc *r, void (*fn)(void *arg), void *arg)
{
    (void)r;
    on_clock.fn = fn;
    on_clock.arg = arg;
}

unsigned pwr_vos(const struct pwr *p)
{
    (void)p;
    return fb.vos;
}

void machine_irq(struct machine *m, unsigned n, bool level)
{
    (void)m;
    assert_int_equal(n, 4);
    fb.irq = level;
}

void machine_note(struct machine *m, enum note_id id, uint32_t addr, const char *fmt, ...)
{
    (void)m;
    (void)addr;
    (void)fmt;
    size_t used = strlen(fb.notes);
    snprintf(fb.notes + used, sizeof(fb.notes) - used, "%s ", note_info(id)->name);
}

void machine_sync(struct machine *m)
{
    (void)m;
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
    (void)m;
    assert_true(fb.nblocks < sizeof(fb.blocks) / sizeof(fb.blocks[0]));
    fb.blocks[fb.nblocks] = calloc(1, size);
    assert_non_null(fb.blocks[fb.nblocks]);
    return fb.blocks[fb.nblocks++];
}

void core_observed(struct core *c)
{
    (void)c;
}

void machine_flash_changed(struct machine *m, uint32_t addr, uint32_t len, bool content)
{
    (void)m;
    assert_true(addr >= B1 && addr + len <= B1 + 0x200000);
    fb.changed++;
    fb.content_changed += content;
}

void machine_power_cut(struct machine *m)
{
    (void)m;
    fb.power_cut = true;
}

void art_written_through(struct art *t, uint32_t addr)
{
    (void)t;
    (void)addr;
}

void bus_add_dev(struct bus *b, const struct dev *d)
{
    b->devs[b->ndevs++] = *d;
}

void bus_add_mem(struct bus *b, const struct mem *mem)
{
    b->mems[b->nmems++] = *mem;
}

/* ---- the bench ---- */

static void on_op(void *arg, const struct flash_op *op, bool done)
{
    (void)arg;
    fb.last_op = *op;
    if (done) {
        fb.ops_done++;
    } else {
        fb.ops_begun++;
    }
}

bool fb_open(const char *file, char *err, size_t errlen)
{
    sched_init(&fb.m.sched);
    fb.m.bus.ndevs = fb.m.bus.nmems = 0;
    bool ok = flash_new(&fb.m, file, err, errlen);
    fb.f = fb.m.flash;
    if (ok) {
        machine_observe(&fb.m, &(struct observer){.on_flash = on_op});
    }
    return ok;
}

void fb_close(void)
{
    flash_free(fb.m.flash);
    fb.m.flash = fb.f = NULL;
    while (fb.nblocks) {
        free(fb.blocks[--fb.nblocks]);
    }
    fb.m.observers = NULL;
    sched_free(&fb.m.sched);
}

int fb_setup(void **state)
{
    (void)state;
    char err[256];
    memset(&fb, 0, sizeof(fb));
    fb.hclk = 64000000;
    fb.vos = 3;
    fb.m.random_state = 1;
    if (!fb_open(NULL, err, sizeof(err))) {
        return -1;
    }
    fb_reset(true);
    return 0;
}

int fb_teardown(void **state)
{
    (void)state;
    fb_close();
    if (fb.file[0]) {
        unlink(fb.file);
    }
    return 0;
}

void fb_reset(bool power_on)
{
    const struct dev *d = &fb.m.bus.devs[0];

    d->ops->reset(d->self, power_on);
    fb.power_cut = false;
}

void fb_wait(vtime_t span)
{
    vtime_t end = fb.m.now + span;

    while (sched_next(&fb.m.sched) <= end && !fb.power_cut) {
        fb.m.now = sched_next(&fb.m.sched);
        sched_fire(&fb.m.sched, fb.m.now);
    }
    fb.m.now = end;
}

void fb_clock(uint64_t hclk, unsigned vos)
{
    fb.hclk = hclk;
    fb.vos = vos;
    on_clock.fn(on_clock.arg);
}

bool fb_noted(const char *id)
{
    char word[80];

    snprintf(word, sizeof(word), "%s ", id);
    bool seen = strstr(fb.notes, word);
    if (!seen) {
        fprintf(stderr, "notes: '%s', expected '%s'\n", fb.notes, id);
    }
    fb.notes[0] = '\0';
    return seen;
}

/* ---- accesses ---- */

static struct bus_access by(enum core_id core, bool fetch)
{
    struct bus_access a = {.master = core, .privileged = true, .fetch = fetch};

    return a;
}

enum bus_status reg_write_as(enum core_id core, uint32_t off, unsigned size, uint32_t value)
{
    struct bus_access a = by(core, false);
    const struct dev *d = &fb.m.bus.devs[0];

    return d->ops->write(d->self, &a, off, size, value);
}

enum bus_status reg_write(uint32_t off, uint32_t value)
{
    return reg_write_as(CM7, off, 4, value);
}

uint32_t reg_read(uint32_t off)
{
    struct bus_access a = by(CM7, false);
    const struct dev *d = &fb.m.bus.devs[0];
    uint32_t v;

    assert_int_equal(d->ops->read(d->self, &a, off, 4, &v), BUS_OK);
    return v;
}

enum bus_status store_as(enum core_id core, uint32_t addr, unsigned size, uint32_t value)
{
    struct bus_access a = by(core, false);

    return flash_array_write(fb.f, &a, addr, size, value);
}

enum bus_status store32(uint32_t addr, uint32_t value)
{
    return store_as(CM7, addr, 4, value);
}

enum bus_status load_as(enum core_id core, bool fetch, uint32_t addr, uint32_t *value)
{
    struct bus_access a = by(core, fetch);

    return flash_array_read(fb.f, &a, addr, 4, value);
}

enum bus_status load32(uint32_t addr, uint32_t *value)
{
    return load_as(CM7, false, addr, value);
}

/* ---- sequences ---- */

uint32_t value_at(uint32_t addr)
{
    uint32_t v = 0;

    assert_int_equal(load32(addr, &v), BUS_OK);
    return v;
}

void unlock(unsigned bank)
{
    uint32_t o = bank ? BANK2 : 0;

    if (!(reg_read(o + CR) & LOCK)) {
        return;
    }
    assert_int_equal(reg_write(o + KEYR, 0x45670123), BUS_OK);
    assert_int_equal(reg_write(o + KEYR, 0xCDEF89AB), BUS_OK);
    assert_false(reg_read(o + CR) & LOCK);
}

void ready(unsigned bank, uint32_t bits)
{
    unlock(bank);
    reg_write((bank ? BANK2 : 0) + CR, PSIZE64 | bits);
}

void unlock_options(void)
{
    if (!(reg_read(OPTCR) & 1)) {
        return;
    }
    assert_int_equal(reg_write(OPTKEYR, 0x08192A3B), BUS_OK);
    assert_int_equal(reg_write(OPTKEYR, 0x4C5D6E7F), BUS_OK);
    assert_false(reg_read(OPTCR) & 1);
}

void store_word(uint32_t addr, uint32_t pattern)
{
    for (unsigned i = 0; i < 32; i += 4) {
        assert_int_equal(store32(addr + i, pattern + i), BUS_OK);
    }
}

static uint32_t window(uint32_t addr)
{
    return addr >= B2 ? BANK2 : 0;
}

void program(uint32_t addr, uint32_t pattern)
{
    uint32_t o = window(addr);

    unlock(o != 0);
    reg_write(o + CR, PSIZE64 | PG);
    store_word(addr, pattern);
    while (reg_read(o + SR) & QW) {
        fb_wait(10 * VT_US);
    }
    reg_write(o + CR, PSIZE64);
}

void erase(unsigned bank, unsigned sector)
{
    uint32_t o = bank ? BANK2 : 0;

    unlock(bank);
    reg_write(o + CR, PSIZE64 | SER | sector << 8 | START);
    while (reg_read(o + SR) & QW) {
        fb_wait(VT_MS);
    }
    reg_write(o + CR, PSIZE64);
}

void change_option(uint32_t reg, uint32_t value)
{
    unlock_options();
    reg_write(reg, value);
    reg_write(OPTCR, 2);
    while (reg_read(OPTSR_CUR) & 1) {
        fb_wait(VT_MS);
    }
}

uint32_t optsr_rdp(uint32_t rdp)
{
    return (reg_read(OPTSR_CUR) & ~0xFF00u) | rdp << 8;
}

void power_cycle(void)
{
    flash_power_cut(fb.f, CUT_RANDOM);
    fb_reset(true);
}
