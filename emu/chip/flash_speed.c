/* SPDX-License-Identifier: MIT */
/*
 * Wait states against the clock (RM0399, table of flash memory wait states). The chip does not
 * check them; what too few of them do is not documented. Here the sense amplifiers have not settled
 * when the word is taken: every read of the array is a double ECC error and a bus error, until
 * LATENCY fits. That is the worst case; with `--warn-only` reads go on, as many boards do for
 * years.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/flash_model.h"

#define MHZ 1000000u

/* Highest HCLK for 0..4 wait states in VOS0..VOS3. */
static const uint16_t latency_limit[4][5] = {
    {70, 140, 210, 225, 240},
    {70, 140, 210, 225, 225},
    {55, 110, 165, 225, 225},
    {45, 90, 135, 180, 225},
};
/* Highest HCLK for WRHIGHFREQ 0 and 1. */
static const uint16_t program_limit[4][2] = {{70, 185}, {70, 185}, {55, 165}, {45, 135}};

static void flagged(struct flash *f, unsigned need, uint64_t hclk, unsigned vos)
{
    machine_note(
        f->m, N_FLASH_LATENCY, FLASH_BASE,
        "FLASH_ACR.LATENCY is %u, HCLK of %u MHz in VOS%u needs %u: flash reads %s. Raise LATENCY "
        "before the clock, lower it after",
        f->acr & 0xF, (unsigned)(hclk / MHZ), vos, need,
        f->m->speed_warns_only ? "may fail on a chip" : "fail from here on");
}

static void overclocked(struct flash *f, uint64_t hclk, unsigned vos)
{
    if (f->overclocked_noted) {
        return;
    }
    f->overclocked_noted = true;
    machine_note(
        f->m, N_FLASH_OVERCLOCK, FLASH_BASE,
        "HCLK of %u MHz is above what the flash allows in VOS%u (%u MHz); the model goes on "
        "as if it worked",
        (unsigned)(hclk / MHZ), vos, latency_limit[vos][4]);
}

static unsigned latency_needed(uint64_t hclk, unsigned vos)
{
    unsigned ws = 0;

    while (ws < 4 && hclk > (uint64_t)latency_limit[vos][ws] * MHZ) {
        ws++;
    }
    return ws;
}

void speed_check(struct flash *f)
{
    uint64_t hclk = rcc_hz(f->m->rcc, CLK_HCLK);
    unsigned vos = pwr_vos(f->m->pwr) & 3, need = latency_needed(hclk, vos);
    bool too_fast = (f->acr & 0xF) < need;

    if (hclk > (uint64_t)latency_limit[vos][4] * MHZ) {
        overclocked(f, hclk, vos);
    }
    if (too_fast == f->too_fast) {
        return;
    }
    f->too_fast = too_fast;
    if (too_fast) {
        flagged(f, need, hclk, vos);
    }
    flash_tell(f, 0, false);
    flash_tell(f, 1, false);
}

/* Too small a WRHIGHFREQ: the program or erase pulse is wrong, the content may be, too. */
bool speed_program_ok(struct flash *f)
{
    uint64_t hclk = rcc_hz(f->m->rcc, CLK_HCLK);
    unsigned vos = pwr_vos(f->m->pwr) & 3, have = f->acr >> 4 & 3, need = 0;

    while (need < 2 && hclk > (uint64_t)program_limit[vos][need] * MHZ) {
        need++;
    }
    if (have >= need) {
        return true;
    }
    machine_note(
        f->m, N_FLASH_WRHIGHFREQ, FLASH_BASE,
        "FLASH_ACR.WRHIGHFREQ is %u, HCLK of %u MHz in VOS%u needs %u: what is programmed or "
        "erased now may be corrupted",
        have, (unsigned)(hclk / MHZ), vos, need);
    return false;
}
