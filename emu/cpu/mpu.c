/* SPDX-License-Identifier: MIT */
/*
 * PMSAv7 memory protection and the default memory map. Checks are exact to the byte; mpu_direct()
 * says what a whole 4 KiB page allows in every privilege in use, so that the engine may go on by
 * itself.
 */
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "emu/cpu/internal.h"

enum { CTRL_ENABLE = 1, CTRL_HFNMIENA = 2, CTRL_PRIVDEFENA = 4 };
enum { RASR_ENABLE = 1, RASR_XN = SCS_MPU_RASR_XN };

static unsigned regions(const struct core *c)
{
    return c->id == CM7 ? 16 : 8; /* RM0399: the M7 has 16, the M4 8 */
}

/* Size as log2; 5 (32 bytes) is the smallest the architecture allows. */
static unsigned region_bits(uint32_t rasr)
{
    return (rasr >> 1 & 0x1f) + 1;
}

static bool region_usable(uint32_t rasr)
{
    return rasr & RASR_ENABLE && region_bits(rasr) >= 5;
}

static bool region_hits(const struct core *c, unsigned r, uint32_t addr)
{
    uint32_t rasr = c->mpu_rasr[r];

    if (!region_usable(rasr)) {
        return false;
    }
    unsigned bits = region_bits(rasr);
    uint32_t mask = bits == 32 ? 0xffffffffu : (1u << bits) - 1;
    if ((addr ^ c->mpu_rbar[r]) & ~mask) {
        return false;
    }
    if (bits < 8) {
        return true; /* no subregions below 256 bytes */
    }
    return !(rasr >> (8 + ((addr & mask) >> (bits - 3))) & 1);
}

static int find_region(const struct core *c, uint32_t addr)
{
    for (int r = (int)regions(c) - 1; r >= 0; r--) {
        if (region_hits(c, (unsigned)r, addr)) {
            return r;
        }
    }
    return -1;
}

static bool default_xn(uint32_t addr)
{
    return addr - 0x40000000u < 0x20000000u || addr >= 0xa0000000u;
}

static bool enforced(const struct core *c)
{
    if (!(c->mpu_ctrl & CTRL_ENABLE)) {
        return false;
    }
    return c->mpu_ctrl & CTRL_HFNMIENA || exc_exec_priority(c) > -1;
}

static bool ap_allows(unsigned ap, bool write, bool priv)
{
    switch (ap) {
    case 1:
        return priv;
    case 2:
        return priv || !write;
    case 3:
        return true;
    case 5:
        return priv && !write;
    case 6:
    case 7:
        return !write;
    default:
        return false;
    }
}

static bool region_allows(uint32_t rasr, enum mpu_access kind, bool priv)
{
    if (kind == MPU_FETCH && rasr & RASR_XN) {
        return false;
    }
    return ap_allows(rasr >> 24 & 7, kind == MPU_WRITE, priv);
}

bool mpu_allows(const struct core *c, uint32_t addr, enum mpu_access kind, bool priv)
{
    /* 0xE0000000 and up is never executable, whatever a region says; nor is the device range. */
    bool xn = default_xn(addr);

    if (kind == MPU_FETCH && addr >= MEM_PPB_BASE) {
        return false;
    }
    if (!enforced(c)) {
        return kind != MPU_FETCH || !xn;
    }
    int r = find_region(c, addr);
    if (r >= 0) {
        return region_allows(c->mpu_rasr[r], kind, priv);
    }
    if (!priv || !(c->mpu_ctrl & CTRL_PRIVDEFENA)) {
        return false;
    }
    return kind != MPU_FETCH || !xn;
}

bool core_mpu_forbids(const struct core *c, uint32_t addr)
{
    return !mpu_allows(c, addr, MPU_READ, true);
}

static bool device_attributes(uint32_t rasr)
{
    unsigned tex = rasr >> 19 & 7, cb = rasr >> 16 & 3;

    return (tex == 0 && cb <= 1) || (tex == 2 && cb == 0);
}

bool mpu_device(const struct core *c, uint32_t addr)
{
    if (enforced(c)) {
        int r = find_region(c, addr);
        if (r >= 0 && addr < MEM_PPB_BASE) {
            return device_attributes(c->mpu_rasr[r]);
        }
    }
    return default_xn(addr);
}

static enum cache_policy region_policy(uint32_t rasr)
{
    unsigned tex = rasr >> 19 & 7, c = rasr >> 17 & 1, b = rasr >> 16 & 1;

    if (rasr & 1u << 18 || tex == 2 || tex == 3) { /* S; device */
        return CACHE_NONE;
    }
    if (tex & 4) { /* TEX[1:0]: outer, C B: inner, which counts for the L1 cache */
        return c && !b ? CACHE_WRITE_THROUGH : c || b ? CACHE_WRITE_BACK : CACHE_NONE;
    }
    return !c ? CACHE_NONE : b ? CACHE_WRITE_BACK : CACHE_WRITE_THROUGH;
}

enum cache_policy core_cache_policy(const struct core *c, uint32_t addr)
{
    int r = enforced(c) ? find_region(c, addr) : -1;

    if (r >= 0) {
        return region_policy(c->mpu_rasr[r]);
    }
    switch (addr >> 29) { /* default memory map: 512 MiB each */
    case 0:
    case 4:
        return CACHE_WRITE_THROUGH;
    case 1:
    case 3:
        return CACHE_WRITE_BACK;
    default:
        return CACHE_NONE;
    }
}

/* Privileges a page must serve: while no thread is unprivileged, only privileged code runs. */
static bool allows_always(const struct core *c, uint32_t rasr, enum mpu_access kind)
{
    return region_allows(rasr, kind, true) &&
           (!(c->control & CONTROL_NPRIV) || region_allows(rasr, kind, false));
}

static unsigned background(const struct core *c, uint32_t page)
{
    if (c->control & CONTROL_NPRIV || !(c->mpu_ctrl & CTRL_PRIVDEFENA)) {
        return 0;
    }
    return ENGINE_READ | ENGINE_WRITE | (default_xn(page) ? 0u : ENGINE_EXEC);
}

/* Is region r the same for all of the page (all in, all out)? */
static bool uniform(const struct core *c, unsigned r, uint32_t page)
{
    uint32_t rasr = c->mpu_rasr[r];
    unsigned bits = region_bits(rasr);

    if (!region_usable(rasr)) {
        return true;
    }
    bool subregions = bits >= 8 && (rasr >> 8 & 0xff);
    unsigned unit = subregions ? bits - 3 : bits;
    if (unit >= PAGE_SHIFT) {
        return true;
    }
    /* Something smaller than a page: the same for all of it only if it lies elsewhere. */
    uint32_t mask = bits >= PAGE_SHIFT ? (bits == 32 ? 0 : ~((1u << bits) - 1)) : ~(PAGE_SIZE - 1);
    return ((page ^ c->mpu_rbar[r]) & mask) != 0;
}

bool mpu_uniform(const struct core *c, uint32_t page)
{
    if (!(c->mpu_ctrl & CTRL_ENABLE)) {
        return true;
    }
    for (unsigned r = 0; r < regions(c); r++) {
        if (!uniform(c, r, page)) {
            return false;
        }
    }
    return true;
}

unsigned mpu_direct(const struct core *c, uint32_t page)
{
    unsigned all = ENGINE_READ | ENGINE_WRITE | ENGINE_EXEC, p = 0;

    if (!(c->mpu_ctrl & CTRL_ENABLE)) {
        return all;
    }
    int hit = -1;
    for (int r = (int)regions(c) - 1; r >= 0 && hit < 0; r--) {
        if (!uniform(c, (unsigned)r, page)) {
            return 0;
        }
        if (region_hits(c, (unsigned)r, page)) {
            hit = r;
        }
    }
    if (hit < 0) {
        return background(c, page);
    }
    uint32_t rasr = c->mpu_rasr[hit];
    if (!device_attributes(rasr)) { /* there, alignment has to be looked at */
        p |= allows_always(c, rasr, MPU_READ) ? ENGINE_READ : 0u;
        p |= allows_always(c, rasr, MPU_WRITE) ? ENGINE_WRITE : 0u;
    }
    return p | (allows_always(c, rasr, MPU_FETCH) ? ENGINE_EXEC : 0u);
}

/* ---- registers, offsets from 0xE000ED00 ---- */

static void changed(struct core *c)
{
    c->pages_dirty = true;
    memory_fetch_flush(c);
    core_look(c);
}

bool mpu_read_reg(struct core *c, uint32_t off, uint32_t *value)
{
    unsigned r = c->mpu_rnr;

    switch (off) {
    case 0x90:
        *value = regions(c) << 8;
        return true;
    case 0x94:
        *value = c->mpu_ctrl;
        return true;
    case 0x98:
        *value = r;
        return true;
    case 0x9c:
    case 0xa4:
    case 0xac:
    case 0xb4:
        *value = c->mpu_rbar[r] | r;
        return true;
    case 0xa0:
    case 0xa8:
    case 0xb0:
    case 0xb8:
        *value = c->mpu_rasr[r];
        return true;
    default:
        return false;
    }
}

bool mpu_write_reg(struct core *c, uint32_t off, uint32_t value)
{
    switch (off) {
    case 0x90:
        return true;
    case 0x94:
        c->mpu_ctrl = value & 7;
        break;
    case 0x98:
        if ((value & 0xff) < regions(c)) {
            c->mpu_rnr = value & 0xff;
        }
        return true;
    case 0x9c:
    case 0xa4:
    case 0xac:
    case 0xb4:
        if (value & 0x10 && (value & 0xf) < regions(c)) {
            c->mpu_rnr = value & 0xf;
        }
        c->mpu_rbar[c->mpu_rnr] = value & ~0x1fu;
        break;
    case 0xa0:
    case 0xa8:
    case 0xb0:
    case 0xb8:
        c->mpu_rasr[c->mpu_rnr] = value & 0x173fff3fu;
        break;
    default:
        return false;
    }
    changed(c);
    return true;
}
