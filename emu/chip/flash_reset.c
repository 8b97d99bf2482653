/* SPDX-License-Identifier: MIT */
/*
 * Resets of the FLASH: what each kind leaves of registers, locks and running operations (RM0399,
 * FLASH reset and clocks).
 */
#include "emu/chip/flash_model.h"

static void reset_bank(struct fbank *b)
{
    b->lock = LOCKED;
    b->cr = CR_PSIZE;
    b->sr = b->ecc_fa = 0;
    crc_reset(b);
}

/* A core that boots from RAM or system memory counts as an intrusion at RDP level 1. */
static bool boots_outside_flash(const struct flash *f)
{
    unsigned shift = f->m->boot_pin ? 16 : 0;
    uint32_t a7 = (f->cur.boot7 >> shift & 0xFFFF) << 16, a4 = (f->cur.boot4 >> shift & 0xFFFF)
                                                               << 16;
    bool out7 = f->cur.optsr & OPTSR_BCM7 && a7 - FLASH_ARRAY >= FLASH_BYTES;
    bool out4 = f->cur.optsr & OPTSR_BCM4 && a4 - FLASH_ARRAY >= FLASH_BYTES;

    return out7 || out4;
}

static void apply_swap(struct flash *f)
{
    bool swapped = f->cur.optsr & OPTSR_SWAP;

    if (swapped == f->swapped) {
        return;
    }
    f->swapped = swapped;
    store_swap(&f->store, swapped);
    flash_tell(f, 0, true);
    flash_tell(f, 1, true);
}

/* An operation cut by a reset is torn like by a power cut; the controller remembers it only over a
 * system reset. */
static void cut_by_reset(struct flash *f, bool power_on)
{
    bool was[FLASH_BANKS] = {f->bank[0].running.kind != OP_NONE,
                             f->bank[1].running.kind != OP_NONE};
    bool any = was[0] || was[1] || f->opt == OPT_RUNNING;

    for (unsigned i = 0; !power_on && i < FLASH_BANKS; i++) {
        queue_lose_buffer(&f->bank[i], "reset");
    }
    cut_operations(f, CUT_RANDOM);
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        f->bank[i].operr_next = !power_on && (was[i] || f->bank[i].operr_next);
    }
    if (any && !power_on) {
        machine_note(
            f->m, N_FLASH_RESET_DURING_OPERATION, 0,
            "reset while the flash programs or erases: the content is torn, the next operation "
            "of that bank ends with OPERR");
    }
}

void flash_reset(void *self, bool power_on)
{
    struct flash *f = self;

    cut_by_reset(f, power_on);
    if (power_on) {
        option_load(f);
        cells_power_up(f);
        f->opt_error = false;
    }
    for (unsigned i = 0; i < FLASH_BANKS; i++) {
        reset_bank(&f->bank[i]);
    }
    f->acr = 0x37;
    f->optcr = 0;
    f->opt_lock = LOCKED;
    apply_swap(f);
    f->intrusion = boots_outside_flash(f) || f->debugger;
    speed_check(f);
    flash_update_irq(f);
    flash_tell(f, 0, true);
    flash_tell(f, 1, true);
}
