/* SPDX-License-Identifier: MIT */
/*
 * Write protection, PCROP, secure areas and readout protection (RM0399, FLASH protection
 * mechanisms). The model has no secure code: every access counts as non-secure.
 */
#include "emu/chip/flash_model.h"

#define AREA_UNIT 256u

/* start > end: none; start = end: the whole bank. */
struct area area_of(uint32_t reg)
{
    uint32_t start = reg & 0xFFF, end = reg >> 16 & 0xFFF;
    struct area a = {0, 0};

    if (start == end) {
        a.hi = BANK_BYTES;
    } else if (start < end) {
        a.lo = start * AREA_UNIT;
        a.hi = (end + 1) * AREA_UNIT;
    }
    return a;
}

unsigned rdp_level(uint32_t optsr)
{
    uint32_t rdp = optsr >> 8 & 0xFF;

    return rdp == 0xAA ? 0 : rdp == 0xCC ? 2 : 1;
}

/* Secure areas only exist in secure access mode. */
static struct area secure_area(const struct flash *f, unsigned phys)
{
    struct area nothing = {0, 0};

    return f->cur.optsr & OPTSR_SECURITY ? area_of(f->cur.scar[phys]) : nothing;
}

static bool illegal_intrusion(const struct flash *f)
{
    return rdp_level(f->cur.optsr) == 1 && f->intrusion;
}

/* PCROP and secure areas protect every sector they touch. */
static bool sector_protected(const struct flash *f, unsigned phys, unsigned sector)
{
    uint32_t lo = sector * SECTOR_BYTES, hi = lo + SECTOR_BYTES;

    return !(f->cur.wpsn[phys] >> sector & 1) || area_hits(area_of(f->cur.prar[phys]), lo, hi) ||
           area_hits(secure_area(f, phys), lo, hi);
}

bool protect_refuses(const struct flash *f, const struct op *op)
{
    unsigned phys = physical(f, bank_of(op->addr));

    if (illegal_intrusion(f)) {
        return true;
    }
    if (op->kind != OP_ERASE_BANK) {
        return sector_protected(f, phys, (op->addr & (BANK_BYTES - 1)) / SECTOR_BYTES);
    }
    for (unsigned s = 0; s < SECTORS; s++) {
        if (sector_protected(f, phys, s)) {
            return true;
        }
    }
    return false;
}

bool protect_may_read(const struct flash *f, unsigned bank, uint32_t lo, uint32_t hi)
{
    unsigned phys = physical(f, bank);

    return !illegal_intrusion(f) && !area_hits(area_of(f->cur.prar[phys]), lo, hi) &&
           !area_hits(secure_area(f, phys), lo, hi);
}

bool protect_read(struct flash *f, const struct bus_access *a, uint32_t addr,
                  enum bus_status *status)
{
    struct fbank *b = &f->bank[bank_of(addr)];
    unsigned phys = physical(f, b->index);
    uint32_t off = addr & (BANK_BYTES - 1);

    if (illegal_intrusion(f)) {
        flash_flag(b, SR_RDPERR);
        *status = BUS_ERROR;
        return true;
    }
    if (area_hits(secure_area(f, phys), off, off + 1)) {
        flash_flag(b, SR_RDSERR);
        *status = a->fetch ? BUS_ERROR : BUS_OK;
        return true;
    }
    /* Execute-only, and for the CM7 only. */
    if (area_hits(area_of(f->cur.prar[phys]), off, off + 1) && !(a->fetch && a->master == CM7)) {
        flash_flag(b, SR_RDPERR);
        *status = BUS_OK;
        return true;
    }
    return false;
}

/* Does the erase that goes with RDP 1 -> 0 spare this sector? */
bool protect_preserved(const struct flash *f, unsigned phys, unsigned sector)
{
    uint32_t lo = sector * SECTOR_BYTES, hi = lo + SECTOR_BYTES;
    bool dmep = (f->cur.prar[phys] | f->prg.prar[phys]) >> 31;
    bool dmes = (f->cur.scar[phys] | f->prg.scar[phys]) >> 31;

    return (!dmep && area_hits(area_of(f->cur.prar[phys]), lo, hi)) ||
           (!dmes && area_hits(secure_area(f, phys), lo, hi));
}
