/* SPDX-License-Identifier: MIT */
/*
 * Registers of which each core has bits of its own, and which a core can only change by reading,
 * changing and writing back the whole: GPIO's ODR and set-up, EXTI, SYSCFG, RCC's resets and
 * selectors. Between read and write the other core may have changed its bits, and that change is
 * lost.
 */
#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#define WRITES_BACK (20 * VT_US) /* a write so soon after a read of the same register */
#define AGAIN       3            /* changes of bits that were changed before: no set-up */
#define GPIO_ODR    0x14u
#define GPIO_BSRR   0x18u

/* Bytes from RCC_RSR on: a core's own reset flags and enables, then both cores' by their names. */
#define RCC_OF_A_CORE 0x110u

static const char *short_name(int core)
{
    return core == CM7 ? "M7" : "M4";
}

/* Semaphores are made for two cores; the flash has rules of its own; each core has its own
 * enable registers in RCC, at the same addresses; LCKR and BSRR are not read, changed and written
 * back. */
static bool concerned(uint32_t addr)
{
    bool port = addr - GPIOA_BASE < GPIO_PORTS * 0x400u;
    uint32_t off = addr & 0x3FC;

    if (port) {
        return off <= GPIO_ODR || (off > 0x1C && off < 0x28);
    }
    bool banked = addr - ADDR(RCC, RSR) < RCC_OF_A_CORE;
    return addr - HSEM_BASE >= 0x400u && addr - FLASH_BASE >= 0x1000u && !banked;
}

static struct race *race_of(struct doctor *d, uint32_t addr)
{
    for (unsigned i = 0; i < RACES; i++) {
        struct race *r = &d->races[(addr / 4 + i) % RACES];
        if (!r->addr) {
            *r = (struct race){.addr = addr, .guards = {UINT32_MAX, UINT32_MAX}};
        }
        if (r->addr == addr) {
            return r;
        }
    }
    return NULL;
}

void races_read(struct doctor *d, const struct story *s, uint32_t addr, uint32_t pc)
{
    if (!story_runs(s) || !concerned(addr)) {
        return;
    }
    struct race *r = race_of(d, addr & ~3u);
    if (r) {
        struct racer *me = &r->by[s->id];
        me->read = doctor_peek(d, s->id, addr & ~3u);
        me->read_at = machine_now(d->board.m);
        me->read_pc = pc;
        me->foreign = 0;
    }
}

/* The other core has changed bits since this one has read, and this one puts them back. */
static void lost(struct doctor *d, const struct story *s, const struct race *r, uint32_t bits,
                 uint32_t pc)
{
    const struct racer *me = &r->by[s->id], *other = &r->by[!s->id];
    char name[64], here[160], there[160];

    struct finding *f = finding_add(
        &d->findings, FIND_CORES_REGISTER_RACE, -1, pc,
        "%s (0x%08X): the %s has read it in %s, the %s has then changed it in %s, and the %s "
        "writes back what it had read: bits 0x%08X are lost",
        register_name(d, r->addr, name, sizeof(name)), (unsigned)r->addr, short_name(s->id),
        place_of(&d->findings, s->id, me->read_pc, here, sizeof(here)), short_name(!s->id),
        place_of(&d->findings, !s->id, other->pc, there, sizeof(there)), short_name(s->id),
        (unsigned)bits);
    if (f) {
        f->severity = SEV_ERROR;
    }
}

static void changed(struct race *r, int id, uint32_t bits, uint32_t pc)
{
    struct racer *me = &r->by[id];

    if (!bits) {
        return;
    }
    me->again += (bits & me->touched) != 0;
    me->touched |= bits;
    me->pc = pc;
    r->by[!id].foreign |= bits;
}

/* A write to BSRR changes ODR and needs no read. */
static void set_bits(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                     uint32_t pc)
{
    struct race *r = race_of(d, (addr & ~0x3FCu) + GPIO_ODR);

    if (r) {
        changed(r, s->id, (value | value >> 16) & 0xFFFF, pc);
        r->guards[s->id] &= semaphores_held(d, s->id);
    }
}

void races_write(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                 uint32_t pc)
{
    if (!story_runs(s)) {
        return;
    }
    if (addr - GPIOA_BASE < GPIO_PORTS * 0x400u && (addr & 0x3FC) == GPIO_BSRR) {
        set_bits(d, s, addr, value, pc);
        return;
    }
    struct race *r = concerned(addr) ? race_of(d, addr & ~3u) : NULL;
    if (!r) {
        return;
    }
    struct racer *me = &r->by[s->id];
    uint32_t now = doctor_peek(d, s->id, addr & ~3u), held = semaphores_held(d, s->id);
    bool back = me->read_at && machine_now(d->board.m) - me->read_at < WRITES_BACK;
    uint32_t undone = me->foreign & (me->read ^ d->was) & ~(now ^ me->read);
    if (back && undone) {
        lost(d, s, r, undone, pc);
    }
    me->backs += back && now != d->was;
    me->read_at = 0;
    r->guards[s->id] &= held;
    changed(r, s->id, now ^ d->was, pc);
}

/* It has not happened in this run, but both go on changing bits there. */
static void may_be_lost(struct doctor *d, const struct race *r)
{
    char name[64], m7[160], m4[160];
    bool m7_writes_back = r->by[CM7].backs >= AGAIN;

    finding_add(
        &d->findings, FIND_CORES_REGISTER_RACE, -1, r->by[m7_writes_back ? CM7 : CM4].pc,
        "%s (0x%08X) is changed again and again by the M7 (bits 0x%08X) in %s and by the M4 "
        "(bits 0x%08X) in %s; the %s reads it, changes its bits and writes all back, and no "
        "hardware semaphore is held by both meanwhile",
        register_name(d, r->addr, name, sizeof(name)), (unsigned)r->addr,
        (unsigned)r->by[CM7].touched, place_of(&d->findings, CM7, r->by[CM7].pc, m7, sizeof(m7)),
        (unsigned)r->by[CM4].touched, place_of(&d->findings, CM4, r->by[CM4].pc, m4, sizeof(m4)),
        !m7_writes_back             ? "M4"
        : r->by[CM4].backs >= AGAIN ? "M7 as well as the M4"
                                    : "M7");
}

/* Bits that both set are another mistake: cores.peripheral-both. */
void races_conclude(struct doctor *d)
{
    for (unsigned i = 0; i < RACES; i++) {
        const struct race *r = &d->races[i];
        const struct racer *m7 = &r->by[CM7], *m4 = &r->by[CM4];
        bool writes_back = m7->backs >= AGAIN || m4->backs >= AGAIN;
        if (m7->again >= AGAIN && m4->again >= AGAIN && writes_back &&
            !(m7->touched & m4->touched) && !(r->guards[CM7] & r->guards[CM4])) {
            may_be_lost(d, r);
        }
    }
}
