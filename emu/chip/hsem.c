/* SPDX-License-Identifier: MIT */
/* HSEM: 32 hardware semaphores, notifications to both cores (RM0399, hardware semaphore). */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <string.h>

/* From HSEM_C1IER on: IER, ICR, ISR, MISR of CPU1, then those of CPU2. */
enum {
    HSEM_KEYR = 0x144,
    HSEM_COUNT = 32,
};

#define R_LOCK   BIT(31)
#define R_FIELDS 0x80000FFFu /* LOCK, COREID, PROCID */
#define R_COREID 0x00000F00u

struct hsem {
    struct machine *m;
    uint32_t r[HSEM_COUNT];
    uint32_t ier[CORES], isr[CORES];
    uint32_t key;
};

/* What the bus says about the master: 3 for the CM7, 1 for the CM4. */
static uint32_t coreid(enum core_id master)
{
    return master == CM4 ? 1u << 8 : 3u << 8;
}

static void update_lines(struct hsem *h)
{
    for (unsigned i = 0; i < CORES; i++) {
        bool level = h->isr[i] & h->ier[i];
        machine_irq_core(h->m, (enum core_id)i, 125 + i, level);
        if (h->m->exti) {
            exti_direct(h->m->exti, 77 + i, level);
        }
    }
}

/* A release is noted for both cores, whatever they enabled (RM0399: ISF before masking). */
static void release(struct hsem *h, uint32_t which)
{
    h->isr[CM7] |= which;
    h->isr[CM4] |= which;
    update_lines(h);
}

static void semaphore_write(struct hsem *h, enum core_id master, unsigned n, uint32_t value)
{
    value &= R_FIELDS;
    if ((value & R_COREID) != coreid(master)) {
        return;
    }
    if (value & R_LOCK) {
        if (!(h->r[n] & R_LOCK)) {
            h->r[n] = value;
        }
    } else if (h->r[n] == (value | R_LOCK)) {
        h->r[n] = 0;
        release(h, BIT(n));
    }
}

/* The read itself takes a free semaphore: never done for a debugger. */
static uint32_t read_lock(struct hsem *h, enum core_id master, unsigned n)
{
    if (!(h->r[n] & R_LOCK) && master != MASTER_DEBUG) {
        h->r[n] = R_LOCK | coreid(master);
    }
    return h->r[n];
}

static void clear_all_of(struct hsem *h, uint32_t value)
{
    if (value >> 16 != h->key >> 16) {
        return;
    }
    uint32_t freed = 0;
    for (unsigned n = 0; n < HSEM_COUNT; n++) {
        if ((h->r[n] & R_LOCK) && (h->r[n] & R_COREID) == (value & R_COREID)) {
            h->r[n] = 0;
            freed |= BIT(n);
        }
    }
    if (freed) {
        release(h, freed);
    }
}

static void interrupt_write(struct hsem *h, uint32_t off, uint32_t value)
{
    unsigned id = off >> 4 & 1;

    if ((off & 0xF) == 0) {
        h->ier[id] = value;
    } else if ((off & 0xF) == 4) {
        h->isr[id] &= ~value;
    }
    update_lines(h);
}

static uint32_t interrupt_read(const struct hsem *h, uint32_t off)
{
    unsigned id = off >> 4 & 1;
    const uint32_t regs[4] = {h->ier[id], 0, h->isr[id], h->isr[id] & h->ier[id]};

    return regs[off >> 2 & 3];
}

static uint32_t look(const struct hsem *h, uint32_t off)
{
    if (off < HSEM_C1IER) {
        return h->r[off / 4 % HSEM_COUNT];
    }
    if (off <= HSEM_C2MISR) {
        return interrupt_read(h, off);
    }
    return off == HSEM_KEYR ? h->key : 0;
}

static enum bus_status hsem_read(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t *value)
{
    struct hsem *h = self;

    if (size != 4) {
        return BUS_ERROR;
    }
    if (off >= HSEM_RLR0 && off < HSEM_C1IER) {
        *value = read_lock(h, a->master, (off - HSEM_RLR0) / 4);
    } else {
        *value = look(h, off);
    }
    return BUS_OK;
}

static enum bus_status hsem_write(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t value)
{
    struct hsem *h = self;

    if (size != 4) {
        return BUS_ERROR;
    }
    if (off < HSEM_RLR0) {
        semaphore_write(h, a->master, off / 4, value);
    } else if (off >= HSEM_C1IER && off <= HSEM_C2MISR) {
        interrupt_write(h, off, value);
    } else if (off == HSEM_CR) {
        clear_all_of(h, value);
    } else if (off == HSEM_KEYR) {
        h->key = value & 0xFFFF0000;
    }
    return BUS_OK;
}

static uint32_t hsem_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return look(self, off);
}

static void hsem_reset(void *self, bool power_on)
{
    struct hsem *h = self;

    (void)power_on;
    memset(h->r, 0, sizeof(h->r));
    memset(h->ier, 0, sizeof(h->ier));
    memset(h->isr, 0, sizeof(h->isr));
    h->key = 0;
    update_lines(h);
}

int hsem_owner(const struct hsem *h, unsigned n)
{
    if (n >= HSEM_COUNT || !(h->r[n] & R_LOCK)) {
        return -1;
    }
    return (h->r[n] & R_COREID) == coreid(CM4) ? CM4 : CM7;
}

/* Reading RLR takes the semaphore. */
static bool hsem_steady(const void *self, uint32_t off)
{
    (void)self;
    return off < HSEM_RLR0 || off >= HSEM_C1IER;
}

static const struct dev_ops ops = {hsem_read, hsem_write, hsem_peek, hsem_reset};

void hsem_new(struct machine *m)
{
    struct hsem *h = machine_alloc(m, sizeof(*h));

    h->m = m;
    m->hsem = h;
    struct dev d = {.name = "HSEM",
                    .base = HSEM_BASE,
                    .size = 0x400,
                    .gate = GATE(G_AHB4, 25),
                    .ops = &ops,
                    .steady = hsem_steady,
                    .self = h};
    bus_add_dev(&m->bus, &d);
}
