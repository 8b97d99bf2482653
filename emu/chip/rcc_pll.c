/* SPDX-License-Identifier: MIT */
/* The three PLLs of the RCC: their settings, when they lock, and what they give (RM0399, RCC,
 * PLLs). */
#include "emu/chip/rcc.h"

enum osc rcc_pll_source(const struct rcc *r)
{
    static const enum osc src[4] = {OSC_HSI, OSC_CSI, OSC_HSE, OSC_NONE};

    return src[r->word[RCC_PLLCKSELR / 4] & 3];
}

struct pll {
    uint64_t ref, vco;
    unsigned m, n, div[3]; /* div: P, Q, R */
    bool enabled[3], medium;
};

static struct pll pll_settings(const struct rcc *r, unsigned i)
{
    uint32_t sel = r->word[RCC_PLLCKSELR / 4], cfg = r->word[RCC_PLLCFGR / 4];
    uint32_t divr = r->word[RCC_PLL1DIVR / 4 + 2 * i];
    uint32_t frac = rcc_field(r->word[RCC_PLL1FRACR / 4 + 2 * i], 3, 13);
    struct pll p = {.m = rcc_field(sel, 4 + 8 * i, 6), .n = rcc_field(divr, 0, 9) + 1};

    p.medium = rcc_field(cfg, 1 + 4 * i, 1);
    for (unsigned k = 0; k < 3; k++) {
        p.div[k] = rcc_field(divr, k == 0 ? 9 : 8 + 8 * k, 7) + 1;
        p.enabled[k] = rcc_field(cfg, 16 + 3 * i + k, 1);
    }
    if (!rcc_field(cfg, 4 * i, 1)) {
        frac = 0;
    }
    uint64_t src = rcc_osc_hz(r, rcc_pll_source(r));
    if (p.m) {
        p.ref = src / p.m;
        p.vco = src * ((uint64_t)p.n * 8192 + frac) / 8192 / p.m;
    }
    return p;
}

bool rcc_pll_locks(struct rcc *r, unsigned i)
{
    struct pll p = pll_settings(r, i);

    if (!p.m || !p.ref) {
        return false; /* prescaler off, or the source is not running (yet) */
    }
    if (p.ref < 1000000 || p.ref > 16000000) {
        machine_note(
            r->m, N_RCC_PLL_REFERENCE, ADDR(RCC, PLLCKSELR),
            "PLL%u: reference %llu Hz is outside 1..16 MHz, it does not lock. Check DIVM%u "
            "against the clock of the board",
            i + 1, (unsigned long long)p.ref, i + 1);
        return false;
    }
    uint64_t lo = p.medium ? 150000000 : 192000000, hi = p.medium ? 420000000 : 960000000;
    if (p.vco < lo || p.vco > hi) {
        machine_note(r->m, N_RCC_PLL_VCO, ADDR(RCC, PLL1DIVR) + 8 * i,
                     "PLL%u: VCO at %llu Hz is outside %llu..%llu Hz, it does not lock. Check "
                     "DIVN%u and PLL%uVCOSEL",
                     i + 1, (unsigned long long)p.vco, (unsigned long long)lo,
                     (unsigned long long)hi, i + 1, i + 1);
        return false;
    }
    return true;
}

void rcc_compute_plls(struct rcc *r)
{
    for (unsigned i = 0; i < 3; i++) {
        struct pll p = pll_settings(r, i);
        for (unsigned k = 0; k < 3; k++) {
            r->pll_hz[i][k] = r->osc[OSC_PLL1 + i].ready && p.enabled[k] ? p.vco / p.div[k] : 0;
        }
    }
}

/* Bits of PLLCFGR that a running PLL i refuses: VCO and range selection, output enables. */
static uint32_t cfg_locked(unsigned i)
{
    return 0xEu << 4 * i | 7u << (16 + 3 * i);
}

static uint32_t locked_bits(const struct rcc *r, uint32_t off)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < 3; i++) {
        if (!r->osc[OSC_PLL1 + i].on) {
            continue;
        }
        if (off == RCC_PLLCKSELR) {
            mask |= 3u | 0x3Fu << (4 + 8 * i);
        } else if (off == RCC_PLLCFGR) {
            mask |= cfg_locked(i);
        } else if (off == RCC_PLL1DIVR + 8 * i) {
            mask |= 0xFFFFFFFFu;
        }
    }
    return mask;
}

void rcc_pll_write(struct rcc *r, uint32_t off, uint32_t value)
{
    uint32_t writable = off == RCC_PLLCKSELR ? 0x03F3F3F3
                        : off == RCC_PLLCFGR ? 0x01FF0FFF
                        : (off & 4)          ? 0x0000FFF8
                                             : 0x7F7FFFFF;
    uint32_t old = *rcc_word(r, off);
    uint32_t locked = locked_bits(r, off);

    value &= writable;
    if ((old ^ value) & locked) {
        machine_note(r->m, N_RCC_PLL_RUNNING, RCC_BASE + off,
                     "PLL settings at offset 0x%02x are changed while the PLL is on; the bits of "
                     "mask 0x%08x stay as they are. Switch the PLL off and wait for PLLxRDY = 0",
                     (unsigned)off, (unsigned)((old ^ value) & locked));
    }
    *rcc_word(r, off) = reg_merge(value, old, locked);
    rcc_recompute(r);
}
