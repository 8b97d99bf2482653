/* SPDX-License-Identifier: MIT */
#include "emu/torture/oracle.h"

#include "chip/stm32h7/memory.h"
#include "core/txn/map.h"
#include "emu/chip/chip.h"
#include "layouts/layout.h"

#include <stdio.h>
#include <string.h>

/* How long both applications must run before a boot counts as done: longer than any look the loader
 * takes back. */
#define SETTLE (50 * VT_MS)

const char *fate_name(enum fate v)
{
    static const char *const names[] = {[FATE_NONE] = "undecided",
                                        [FATE_OLD_SET] = "set before",
                                        [FATE_NEW_SET] = "set after",
                                        [FATE_MIXED] = "mixed sets",
                                        [FATE_UNVERIFIED] = "unverified image executed",
                                        [FATE_STUCK] = "stuck",
                                        [FATE_LOCKUP] = "locked up"};

    return names[v];
}

/* ---- what lies in a slot of the flash model ---- */

/* `spare` not 0: stored as an exchange leaves the other set, the first sector in the spare and each
 * further one a sector lower (core/txn/exchange.h). */
struct area {
    struct machine *m;
    uint32_t base, spare;
};

static uint32_t address_of(const struct area *a, uint32_t offset)
{
    if (!a->spare) {
        return a->base + offset;
    }
    if (offset < MEM_SECTOR_SIZE) {
        return a->spare + offset;
    }
    return a->base + offset - MEM_SECTOR_SIZE;
}

/* As the chip would read it: a word with a double error gives no data. */
static enum duo_status read_area(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    const struct area *a = ctx;
    uint8_t *to = buf;

    while (len) {
        uint32_t addr = address_of(a, offset), n = MEM_FLASH_WORD - offset % MEM_FLASH_WORD;
        n = n < len ? n : len;
        if (flash_word(a->m->flash, addr & ~(MEM_FLASH_WORD - 1)) == FW_DOUBLE) {
            return DUO_E_READ;
        }
        flash_peek(a->m->flash, addr, to, n);
        offset += n, to += n, len -= n;
    }
    return DUO_OK;
}

static bool find_image(struct oracle *o, uint32_t base, uint32_t spare, enum duo_core core,
                       struct duo_image *image)
{
    struct area area = {o->m, base, spare};
    struct duo_reader reader = {read_area, &area};
    struct duo_locator locator;

    return duo_slot_verify(&reader, &duo_layout.slot[core], o->trust, image, &locator) == DUO_OK;
}

/* Takes the image into set 0 (before) or 1 (after). */
static bool learn_image(struct oracle *o, unsigned set, uint32_t base, uint32_t spare,
                        enum duo_core core)
{
    struct duo_image image;

    if (!find_image(o, base, spare, core, &image)) {
        return false;
    }
    memcpy(o->set_hash[set][core], image.hash, DUO_HASH_SIZE);
    o->version[set][core] = image.header.version;
    return true;
}

/* The other set's image, wherever it is: what was staged, or what an exchange has set aside. After
 * an exchange the staging slot still holds what was installed from it, so a copy of the current
 * image does not count. */
static bool learn_other(struct oracle *o, enum duo_core core)
{
    const uint32_t spares[] = {0, duo_layout.map.spare[core]};

    for (unsigned i = 0; i < 2; i++) {
        if (learn_image(o, 1, duo_layout.map.staging[core], spares[i], core) &&
            memcmp(o->set_hash[1][core], o->set_hash[0][core], DUO_HASH_SIZE) != 0) {
            return true;
        }
    }
    return false;
}

bool oracle_learn(struct oracle *o, struct machine *m, const struct duo_trust *trust, char *err,
                  size_t errlen)
{
    memset(o, 0, sizeof(*o));
    o->m = m;
    o->trust = trust;
    for (unsigned c = 0; c < DUO_CORES; c++) {
        o->known[0][c] = learn_image(o, 0, duo_layout.map.app[c], 0, (enum duo_core)c);
        o->known[1][c] = learn_other(o, (enum duo_core)c);
        if (!o->known[1][c]) { /* a set may leave one core's image unchanged */
            o->known[1][c] = o->known[0][c];
            memcpy(o->set_hash[1][c], o->set_hash[0][c], DUO_HASH_SIZE);
            o->version[1][c] = o->version[0][c];
        }
    }
    if (!o->known[0][DUO_CM7] || !o->known[0][DUO_CM4]) {
        snprintf(err, errlen,
                 "the application slots do not hold a verified image for each core; give a device "
                 "that runs, "
                 "and the key its images are signed with");
        return false;
    }
    if (memcmp(o->set_hash[0], o->set_hash[1], sizeof(o->set_hash[0])) == 0) {
        snprintf(err, errlen,
                 "staging holds no other verified set: download an update into the device first, "
                 "and stop it before the installation begins");
        return false;
    }
    return true;
}

/* ---- judging ---- */

/* Bit 0: this core's slot holds the old image, bit 1: the new one. An image both sets share has
 * both bits. */
static unsigned sets_of(struct oracle *o, enum duo_core core)
{
    struct duo_image image;
    unsigned sets = 0;

    if (!find_image(o, duo_layout.map.app[core], 0, core, &image)) {
        return 0;
    }
    for (unsigned s = 0; s < 2; s++) {
        if (o->known[s][core] && memcmp(image.hash, o->set_hash[s][core], DUO_HASH_SIZE) == 0) {
            sets |= 1u << s;
        }
    }
    return sets;
}

static enum fate judge(struct oracle *o)
{
    unsigned m7 = sets_of(o, DUO_CM7), m4 = sets_of(o, DUO_CM4);

    if (!m7 || !m4) {
        return FATE_UNVERIFIED;
    }
    if (!(m7 & m4)) {
        return FATE_MIXED;
    }
    return m7 & m4 & 2u ? FATE_NEW_SET : FATE_OLD_SET;
}

static void decide(struct oracle *o, enum fate v)
{
    o->fate = v;
    machine_stop(o->m);
}

static void at_rest(void *arg)
{
    struct oracle *o = arg;

    decide(o, judge(o));
}

static void entered(void *arg, struct core *c, uint32_t pc)
{
    struct oracle *o = arg;
    enum core_id id = core_ident(c);

    (void)pc;
    if (o->entered[id]) {
        return;
    }
    o->entered[id] = true;
    /* The first instruction of either core is judged at once: what runs now must belong to one
     * whole set. */
    enum fate v = judge(o);
    if (!fate_good(v)) {
        decide(o, v);
    } else if (o->entered[CM7] && o->entered[CM4]) {
        sched_at(&o->m->sched, &o->at_rest, machine_now(o->m) + SETTLE);
    }
}

void oracle_restart(struct oracle *o)
{
    o->entered[CM7] = o->entered[CM4] = false;
    sched_cancel(&o->m->sched, &o->at_rest);
}

static void was_reset(void *arg, enum reset_cause cause)
{
    (void)cause;
    oracle_restart(arg);
}

void oracle_watch(struct oracle *o)
{
    const uint32_t lo[CORES] = {
        [CM7] = duo_layout.slot[DUO_CM7].run_base, [CM4] = duo_layout.slot[DUO_CM4].run_base};
    const uint32_t hi[CORES] = {
        [CM7] = MEM_FLASH_BASE + MEM_BANK_SIZE, [CM4] = MEM_FLASH_BASE + MEM_FLASH_SIZE};

    sched_event_init(&o->at_rest, "torture: both applications run", at_rest, o);
    machine_observe(o->m, &(struct observer){.arg = o, .on_reset = was_reset});
    for (int i = 0; i < CORES; i++) {
        machine_observe(o->m, &(struct observer){.arg = o,
                                                 .cores = 1u << i,
                                                 .on_insn = entered,
                                                 .insn_lo = lo[i],
                                                 .insn_hi = hi[i]});
    }
}
