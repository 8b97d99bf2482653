/* SPDX-License-Identifier: MIT */
/*
 * The FLASH of the STM32H745: what other blocks see of it. See flash_model.h for the parts.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/flash_model.h"

#include <stdio.h>
#include <string.h>

#define FLASH_IRQ 4

/* ---- for the other parts of the model ---- */

void flash_update_irq(struct flash *f)
{
    int level = f->opt_error && f->optcr & OPTCR_ERRIE;

    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        level |= (f->bank[i].sr & f->bank[i].cr & SR_FLAGS) != 0;
    }
    if (level == f->irq_level) {
        return;
    }
    f->irq_level = level;
    machine_irq(f->m, FLASH_IRQ, level);
}

void flash_flag(struct fbank *b, uint32_t flags)
{
    b->sr |= flags;
    flash_update_irq(b->f);
}

void flash_tell(struct flash *f, unsigned bank, bool content)
{
    machine_flash_changed(f->m, bank_base(bank), BANK_BYTES, content);
}

void flash_watch(struct flash *f, const struct op *op, unsigned bank, bool done)
{
    struct flash_op o = {.bank = bank,
                         .erase = op->kind == OP_ERASE_SECTOR || op->kind == OP_ERASE_BANK,
                         .options = op->kind == OP_OPTIONS,
                         .addr = op->addr,
                         .len = op->kind == OP_OPTIONS ? 0 : op_bytes(op),
                         .number = op->number,
                         .core = op->core};

    if (!done) {
        await_needed(f, o.addr, o.len);
    }
    machine_tell(f->m, on_flash, &o, done);
}

/* ---- the array on the bus ---- */

static void ecc_flag(struct fbank *b, uint32_t addr, uint32_t flag)
{
    if (!(b->sr & (SR_SNECCERR | SR_DBECCERR))) { /* the first error's address stays */
        b->ecc_fa = (addr & (BANK_BYTES - 1)) / WORD_BYTES;
    }
    flash_flag(b, flag);
}

static enum bus_status torn(struct fbank *b, uint32_t addr)
{
    machine_note(b->f->m, N_FLASH_ECC_DOUBLE, addr,
                 "read of 0x%08X: double ECC error (DBECCERR), bus error", addr);
    ecc_flag(b, addr, SR_DBECCERR);
    return BUS_ERROR;
}

enum bus_status flash_array_read(struct flash *f, const struct bus_access *a, uint32_t addr,
                                 unsigned size, uint32_t *value)
{
    struct fbank *b = &f->bank[bank_of(addr)];
    uint8_t data[WORD_BYTES];
    enum bus_status status;

    *value = 0;
    if (a->master == MASTER_DEBUG) {
        flash_peek(f, addr, value, size);
        return BUS_OK;
    }
    if (flash_bank_busy(f, b->index)) {
        return BUS_STALL;
    }
    if (protect_read(f, a, addr, &status)) {
        return status;
    }
    if (speed_reads_fail(f)) {
        return torn(b, addr);
    }
    await_needed(f, addr, size);
    enum flash_word_state s = cells_read(f, word_of(f, addr), data);
    if (s == FW_DOUBLE) {
        return torn(b, addr);
    }
    if (s == FW_SINGLE) {
        ecc_flag(b, addr, SR_SNECCERR);
    }
    memcpy(value, data + addr % WORD_BYTES, size);
    return BUS_OK;
}

enum bus_status flash_array_write(struct flash *f, const struct bus_access *a, uint32_t addr,
                                  unsigned size, uint32_t value)
{
    if (a->master == MASTER_DEBUG) {
        flash_poke(f, addr, &value, size);
        return BUS_OK;
    }
    return queue_store(&f->bank[bank_of(addr)], a, addr, size, value);
}

bool flash_erasing(const struct flash *f, uint32_t *bank)
{
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        if (f->bank[i].running.kind > OP_PROGRAM) {
            *bank = FLASH_ARRAY + i * BANK_BYTES;
            return true;
        }
    }
    return false;
}

static bool direct_in_bank(const struct flash *f, unsigned bank, uint32_t lo, uint32_t hi)
{
    uint32_t base = physical(f, bank) * BANK_WORDS;

    return !flash_bank_busy(f, bank) && protect_may_read(f, bank, lo, hi) &&
           cells_direct(f, base + lo / WORD_BYTES, base + (hi - 1) / WORD_BYTES);
}

bool flash_direct(const struct flash *f, uint32_t addr, uint32_t len)
{
    uint32_t off = addr - FLASH_ARRAY, end = off + len;

    if (speed_reads_fail(f) || off >= FLASH_BYTES || len > FLASH_BYTES - off ||
        !await_none(f, addr, len)) {
        return false;
    }
    while (off < end) {
        unsigned bank = off / BANK_BYTES;
        uint32_t stop = (bank + 1) * BANK_BYTES < end ? (bank + 1) * BANK_BYTES : end;
        if (!direct_in_bank(f, bank, off - bank * BANK_BYTES, stop - bank * BANK_BYTES)) {
            return false;
        }
        off = stop;
    }
    return true;
}

bool flash_bank_busy(const struct flash *f, unsigned bank)
{
    return f->bank[bank].running.kind != OP_NONE || option_busy(f, bank);
}

vtime_t flash_busy_until(const struct flash *f, uint32_t addr)
{
    const struct fbank *b = &f->bank[bank_of(addr)];

    if (b->running.kind) {
        return b->running.end;
    }
    return option_busy(f, b->index) ? f->opt_done.when : VT_NEVER;
}

bool flash_unlocked(const struct flash *f, unsigned bank)
{
    return f->bank[bank].lock == OPEN;
}

bool flash_swapped(const struct flash *f)
{
    return f->swapped;
}

/* ---- debug probe and reports ---- */

void flash_peek(const struct flash *f, uint32_t addr, void *buf, uint32_t len)
{
    uint8_t *out = buf, data[WORD_BYTES];

    while (len) {
        uint32_t at = addr % WORD_BYTES, n = WORD_BYTES - at < len ? WORD_BYTES - at : len;
        cells_read(f, word_of(f, addr), data);
        memcpy(out, data + at, n);
        addr += n, out += n, len -= n;
    }
}

void flash_poke(struct flash *f, uint32_t addr, const void *buf, uint32_t len)
{
    const uint8_t *in = buf;
    uint32_t first = addr, total = len;
    uint8_t data[WORD_BYTES];

    while (len) {
        uint32_t at = addr % WORD_BYTES, n = WORD_BYTES - at < len ? WORD_BYTES - at : len;
        cells_read(f, word_of(f, addr), data);
        memcpy(data + at, in, n);
        cells_write_clean(f, word_of(f, addr), data);
        addr += n, in += n, len -= n;
    }
    if (total) {
        machine_flash_changed(f->m, first, total, true);
    }
}

void flash_poke_erase(struct flash *f, uint32_t addr, uint32_t len)
{
    if (!len) {
        return;
    }
    uint32_t words = (addr % WORD_BYTES + len + WORD_BYTES - 1) / WORD_BYTES;
    for (uint32_t i = 0; i < words; i++) { /* one by one: a bank swap may lie inside the range */
        cells_erase(f, word_of(f, addr + i * WORD_BYTES), 1);
    }
    machine_flash_changed(f->m, addr, len, true);
}

enum flash_word_state flash_word(const struct flash *f, uint32_t addr)
{
    return (enum flash_word_state)f->state[word_of(f, addr)];
}

bool flash_word_marginal(const struct flash *f, uint32_t addr)
{
    uint32_t w = word_of(f, addr);

    return cells_weak(f, w) && !(f->store.meta[w] & META_FROZEN);
}

void flash_damage(struct flash *f, uint32_t addr, enum cut_outcome outcome)
{
    uint8_t data[WORD_BYTES];
    uint32_t w = word_of(f, addr);

    cells_read(f, w, data);
    cells_erase(f, w, 1);
    cut_program(f, w, data, outcome);
    machine_flash_changed(f->m, addr & ~(WORD_BYTES - 1), WORD_BYTES, true);
}

uint64_t flash_ops(const struct flash *f)
{
    return f->ops;
}

struct flash_counts flash_counts(const struct flash *f)
{
    return f->counts;
}

static uint64_t mix(uint64_t h, uint32_t v)
{
    h = (h ^ v) * 0xbf58476d1ce4e5b9ull;
    return h ^ (h >> 31);
}

uint64_t flash_state_hash(const struct flash *f)
{
    const struct options *o = store_options(&f->store);
    uint32_t words[] = {o->optsr,   o->boot7,   o->boot4,   o->wpsn[0], o->wpsn[1],
                        o->prar[0], o->prar[1], o->scar[0], o->scar[1]};
    uint64_t h = f->hash;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        h = mix(h, words[i]);
    }
    return h;
}

void flash_set_debugger(struct flash *f, bool attached)
{
    f->debugger = attached;
    if (attached && !f->intrusion) { /* stays until the next reset without a debugger */
        f->intrusion = true;
        flash_tell(f, 0, false);
        flash_tell(f, 1, false);
    }
}

uint8_t *flash_backup_area(struct flash *f)
{
    return f->store.backup;
}

void flash_sync(struct flash *f)
{
    store_sync(&f->store);
}

/* ---- life ---- */

static void on_clock(void *arg)
{
    speed_check(arg);
}

static enum bus_status array_read(void *self, const struct bus_access *a, uint32_t addr,
                                  unsigned size, uint32_t *value)
{
    return flash_array_read(self, a, addr, size, value);
}

static enum bus_status array_write(void *self, const struct bus_access *a, uint32_t addr,
                                   unsigned size, uint32_t value)
{
    const struct flash *f = self;

    if (a->master == CM4) {
        art_written_through(f->m->art, addr);
    }
    return flash_array_write(self, a, addr, size, value);
}

static void array_peek(void *self, uint32_t addr, void *buf, uint32_t len)
{
    flash_peek(self, addr, buf, len);
}

static void array_poke(void *self, uint32_t addr, const void *buf, uint32_t len)
{
    flash_poke(self, addr, buf, len);
}

static const struct mem_ops array_ops = {array_read, array_write, array_peek, array_poke};

static void add_to_bus(struct flash *f)
{
    struct dev dev = {.name = "FLASH",
                      .base = FLASH_BASE,
                      .size = 0x1000,
                      .gate = GATE_NONE, /* always clocked while D1 runs */
                      .ops = &flash_dev_ops,
                      .steady = bus_steady,
                      .self = f};
    struct mem mem = {.name = "flash",
                      .base = FLASH_ARRAY,
                      .size = FLASH_BYTES,
                      .host = f->store.view,
                      .cores = 1u << CM7 | 1u << CM4,
                      .kind = MEM_FLASH,
                      .ops = &array_ops,
                      .self = f};

    bus_add_dev(&f->m->bus, &dev);
    bus_add_mem(&f->m->bus, &mem);
}

bool flash_new(struct machine *m, const char *file, char *err, size_t errlen)
{
    struct flash *f = machine_alloc(m, sizeof(*f));

    f->m = m;
    f->store.fd = -1;
    if (!store_open(&f->store, file, m->flash_detached, err, errlen)) {
        return false;
    }
    m->flash = f;
    f->swapped = store_options(&f->store)->optsr & OPTSR_SWAP; /* as the part was left */
    store_swap(&f->store, f->swapped);
    if (!cells_init(f)) {
        snprintf(err, errlen, "out of memory for the flash model");
        return false;
    }
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        f->bank[i].f = f;
        f->bank[i].index = i;
        f->bank[i].cr = CR_PSIZE;
        queue_init(&f->bank[i]);
        crc_init(&f->bank[i]);
    }
    f->acr = 0x37;
    option_init(f);
    cut_init(f);
    option_load(f); /* the powered-off part shows what will be in force */
    add_to_bus(f);
    rcc_on_change(m->rcc, on_clock, f);
    return true;
}

void flash_free(struct flash *f)
{
    if (!f) {
        return;
    }
    store_close(&f->store);
    cells_free(f);
}
