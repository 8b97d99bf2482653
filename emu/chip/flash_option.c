/* SPDX-License-Identifier: MIT */
/*
 * Option bytes (RM0399, FLASH option bytes). Three copies: what is stored, what is in force (_CUR),
 * what is being prepared (_PRG). A change makes all three the same; a reset before its end leaves
 * the stored ones alone. SWAP_BANK, BCM4, BCM7 and the boot addresses are looked at by others at
 * the next system reset only.
 *
 * When the power goes during a change, the manual promises the old options or the new ones
 * (RM0399, option bytes modification). Nobody has measured it, so a third outcome is let in: the
 * part finds none that are whole, and starts with those of a new part.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/flash_model.h"

#include <string.h>

/* No source gives the time of an option change; HAL allows seconds. */
#define OPTION_TIME (100 * VT_MS)
#define AREA_MASK   0x8FFF0FFFu

static bool same(const struct options *a, const struct options *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static bool regresses(const struct flash *f)
{
    return rdp_level(f->cur.optsr) == 1 && rdp_level(f->prg.optsr) == 0;
}

static bool only_swap_differs(const struct options *a, struct options b)
{
    b.optsr = (b.optsr & ~OPTSR_SWAP) | (a->optsr & OPTSR_SWAP);
    return same(a, &b);
}

static bool covers(struct area outer, struct area inner)
{
    return inner.lo == inner.hi || (outer.lo <= inner.lo && inner.hi <= outer.hi);
}

/* A PCROP area may grow; it shrinks, and its erase bit falls, only together with RDP 1 -> 0. */
static bool pcrop_allowed(const struct flash *f, unsigned p)
{
    uint32_t cur = f->cur.prar[p], prg = f->prg.prar[p];
    bool erased = (cur | prg) >> 31;

    if (!covers(area_of(prg), area_of(cur)) && !(regresses(f) && erased)) {
        return false;
    }
    return !(cur >> 31) || prg >> 31 || regresses(f);
}

/* Non-secure code can only take a secure area away, with RDP 1 -> 0. */
static bool secure_allowed(const struct flash *f, unsigned p)
{
    uint32_t cur = f->cur.scar[p], prg = f->prg.scar[p];

    if ((cur & ~(1u << 31)) != (prg & ~(1u << 31))) {
        struct area left = area_of(prg);
        if (left.lo != left.hi || !regresses(f) || !((cur | prg) >> 31)) {
            return false;
        }
    }
    return !(cur >> 31) || prg >> 31 || regresses(f);
}

static bool has_area(const struct options *o)
{
    for (unsigned p = 0; p < FLASH_BANKS; p++) {
        struct area pc = area_of(o->prar[p]), sec = area_of(o->scar[p]);
        if (pc.lo != pc.hi || sec.lo != sec.hi) {
            return true;
        }
    }
    return false;
}

static bool security_allowed(const struct flash *f)
{
    if (!(f->cur.optsr & OPTSR_SECURITY) || f->prg.optsr & OPTSR_SECURITY || !has_area(&f->cur)) {
        return true;
    }
    if (!regresses(f)) {
        return false;
    }
    uint32_t dmep = 0, dmes = 0;
    for (unsigned p = 0; p < FLASH_BANKS; p++) {
        dmep |= f->cur.prar[p] | f->prg.prar[p];
        dmes |= f->cur.scar[p] | f->prg.scar[p];
    }
    return dmep >> 31 && dmes >> 31;
}

static bool change_allowed(const struct flash *f)
{
    if (rdp_level(f->cur.optsr) == 2) {
        return only_swap_differs(&f->cur, f->prg);
    }
    for (unsigned p = 0; p < FLASH_BANKS; p++) {
        if (!pcrop_allowed(f, p) || !secure_allowed(f, p)) {
            return false;
        }
    }
    return security_allowed(f);
}

bool option_busy(const struct flash *f, unsigned bank)
{
    /* Option bytes are cells of physical bank 1; a regression erases both. */
    return f->opt == OPT_RUNNING && (f->opt_regress || physical(f, bank) == 0);
}

static void tell_both(struct flash *f, bool content)
{
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        flash_tell(f, i, content);
    }
}

void option_poll(struct flash *f)
{
    if (f->opt != OPT_QUEUED || queue_pending(&f->bank[0]) || queue_pending(&f->bank[1])) {
        return;
    }
    f->opt = OPT_RUNNING;
    f->opt_regress = regresses(f);
    vtime_t t = OPTION_TIME << f->max_times;
    if (f->opt_regress) {
        t += flash_erase_bank_time(f, 3);
    }
    f->counts.options += t;
    f->opt_op.number = ++f->ops;
    f->opt_op.addr = bank_base(physical(f, 0)); /* where the cells are: reads there have to wait */
    f->opt_op.end = machine_now(f->m) + t;
    cut_arm(f, &f->opt_op, t);
    sched_at(&f->m->sched, &f->opt_done, f->opt_op.end);
    flash_watch(f, &f->opt_op, physical(f, 0), false);
    tell_both(f, false);
}

static void error(struct flash *f)
{
    f->opt_error = true;
    machine_note(f->m, N_FLASH_OPTION_ERROR, ADDR(FLASH, OPTCR),
                 "option byte change refused (OPTCHANGEERR): a security rule of the option bytes "
                 "forbids it");
    flash_update_irq(f);
}

void option_start(struct flash *f, int core)
{
    if (f->bank[0].crc.busy || f->bank[1].crc.busy) {
        return; /* "no effect and no error" */
    }
    if (same(&f->cur, &f->prg)) {
        return;
    }
    if (!change_allowed(f)) {
        error(f);
        return;
    }
    if (~f->cur.optsr & f->prg.optsr & OPTSR_SECURITY) {
        machine_note(f->m, N_FLASH_SECURITY, FLASH_BASE + 0x20,
                     "SECURITY is switched on; ST's secure firmware is not modelled");
    }
    f->opt = OPT_QUEUED;
    f->opt_op = (struct op){.kind = OP_OPTIONS, .core = core};
    option_poll(f);
}

static void erase_for_regression(struct flash *f)
{
    for (unsigned phys = 0; phys < FLASH_BANKS; phys++) {
        for (unsigned s = 0; s < SECTORS; s++) {
            if (!protect_preserved(f, phys, s)) {
                cells_erase(f, phys * BANK_WORDS + s * SECTOR_WORDS, SECTOR_WORDS);
            }
        }
    }
    memset(f->store.backup, 0, BACKUP_BYTES); /* the "other secured regions" */
}

static void on_done(void *arg)
{
    struct flash *f = arg;
    bool erased = f->opt_regress;

    if (erased) {
        erase_for_regression(f);
    }
    f->opt = OPT_IDLE;
    f->opt_regress = false;
    store_set_options(&f->store, &f->prg);
    f->cur = f->prg;
    flash_watch(f, &f->opt_op, physical(f, 0), true);
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        flash_flag(&f->bank[i], SR_EOP);
        queue_start(&f->bank[i]);
    }
    tell_both(f, erased); /* protections may have changed, too */
}

void option_init(struct flash *f)
{
    sched_event_init(&f->opt_done, "FLASH: the option bytes are changed", on_done, f);
}

void option_forget(struct flash *f)
{
    sched_cancel(&f->m->sched, &f->opt_done);
    f->opt = OPT_IDLE;
    f->opt_regress = false;
}

/* Read protection has a check of its own: it does not fall to level 0 by a cut. */
static struct options as_new(const struct options *old)
{
    struct options o = *store_factory_options();

    o.optsr = (o.optsr & ~OPTSR_RDP) | (old->optsr & OPTSR_RDP);
    return o;
}

void option_cut(struct flash *f, enum cut_outcome outcome)
{
    static const enum cut_outcome any[] = {CUT_UNTOUCHED, CUT_COMPLETE, CUT_FACTORY};

    if (f->opt != OPT_RUNNING || f->opt_regress) {
        return; /* cut_operations() has the erase of a regression; its options stay the old ones */
    }
    if (outcome == CUT_RANDOM) {
        outcome = any[machine_random(f->m) % (sizeof(any) / sizeof(any[0]))];
    }
    if (outcome == CUT_COMPLETE) {
        store_set_options(&f->store, &f->prg);
    } else if (outcome != CUT_UNTOUCHED) {
        const struct options o = as_new(&f->cur);
        store_set_options(&f->store, &o);
    }
}

void option_load(struct flash *f)
{
    f->cur = f->prg = *store_options(&f->store);
}

const struct options *flash_options(const struct flash *f)
{
    return &f->cur;
}

/* ---- by name, as a debug probe sets them ---- */

static const struct field {
    const char *name;
    size_t member;
    unsigned shift, width;
} fields[] = {
#define IN(member) offsetof(struct options, member)
    {"BOR_LEV", IN(optsr), 2, 2},        {"IWDG1_SW", IN(optsr), 4, 1},
    {"IWDG2_SW", IN(optsr), 5, 1},       {"NRST_STOP_D1", IN(optsr), 6, 1},
    {"NRST_STBY_D1", IN(optsr), 7, 1},   {"RDP", IN(optsr), 8, 8},
    {"FZ_IWDG_STOP", IN(optsr), 17, 1},  {"FZ_IWDG_SDBY", IN(optsr), 18, 1},
    {"ST_RAM_SIZE", IN(optsr), 19, 2},   {"SECURITY", IN(optsr), 21, 1},
    {"BCM4", IN(optsr), 22, 1},          {"BCM7", IN(optsr), 23, 1},
    {"NRST_STOP_D2", IN(optsr), 24, 1},  {"NRST_STBY_D2", IN(optsr), 25, 1},
    {"IO_HSLV", IN(optsr), 29, 1},       {"SWAP_BANK", IN(optsr), 31, 1},
    {"BOOT_CM7_ADD0", IN(boot7), 0, 16}, {"BOOT_CM7_ADD1", IN(boot7), 16, 16},
    {"BOOT_CM4_ADD0", IN(boot4), 0, 16}, {"BOOT_CM4_ADD1", IN(boot4), 16, 16},
    {"WRPSN1", IN(wpsn[0]), 0, 8},       {"WRPSN2", IN(wpsn[1]), 0, 8},
    {"PRAR1", IN(prar[0]), 0, 32},       {"PRAR2", IN(prar[1]), 0, 32},
    {"SCAR1", IN(scar[0]), 0, 32},       {"SCAR2", IN(scar[1]), 0, 32},
#undef IN
};

static const struct field *find(const char *name)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

static uint32_t field_mask(const struct field *fd)
{
    return fd->width == 32 ? AREA_MASK : (1u << fd->width) - 1;
}

bool flash_set_option(struct flash *f, const char *name, uint32_t value)
{
    const struct field *fd = find(name);

    if (!fd) {
        return false;
    }
    if (fd->width == 16 && value > 0xFFFF && !(value & 0xFFFF)) {
        value >>= 16; /* a boot address may be given whole */
    }
    if (value & ~field_mask(fd)) {
        return false;
    }
    struct options o = *store_options(&f->store);
    uint32_t *word = (uint32_t *)(void *)((char *)&o + fd->member);
    *word = (*word & ~(field_mask(fd) << fd->shift)) | value << fd->shift;
    store_set_options(&f->store, &o);
    return true;
}
