/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/swap.h"

#include "chip/stm32h7/regs.h"
#include "core/base/ids.h"
#include "port/stm32h7/option.h"

enum { SWAP, ADD_CM7, ADD_CM4, START_CM7, START_CM4, VALUES };

static struct option_value wanted[VALUES] = {
    [SWAP] = {OPTION_SWAP_BANK, 0},        [ADD_CM7] = {OPTION_BOOT_CM7_ADD0, 0},
    [ADD_CM4] = {OPTION_BOOT_CM4_ADD0, 0}, [START_CM7] = {OPTION_BCM7, 0},
    [START_CM4] = {OPTION_BCM4, 0},
};

unsigned swap_first_bank(void)
{
    /* in force, not what the option bytes say for the next reset */
    return REG(FLASH, OPTCR) & FLASH_OPTCR_SWAP_BANK ? 2u : 1u;
}

static unsigned first_bank(void *ctx)
{
    (void)ctx;
    return swap_first_bank();
}

/* At level 2 SWAP_BANK is the one option that can still be changed (RM0399 FLASH, "RDP level 2").
 */
static bool can_hold(void *ctx)
{
    (void)ctx;
    return option_get(OPTION_RDP) != OPTION_RDP_2;
}

/* One core's bootloader at most is new, so one at least starts with the chip. How the M4 starts is
 * left alone unless it matters. */
static enum duo_status begin_swap(void *ctx, unsigned bank, unsigned fresh)
{
    if (fresh != 0 && !can_hold(ctx)) {
        return DUO_E_PROTECTED;
    }
    wanted[SWAP].value = bank == 2u;
    wanted[START_CM7].value = fresh != DUO_BOOT_CM7;
    wanted[START_CM4].value = fresh == 0 ? option_get(OPTION_BCM4) : fresh != DUO_BOOT_CM4;
    option_begin(wanted, VALUES);
    return DUO_OK;
}

static enum duo_status poll_swap(void *ctx)
{
    const enum duo_status status = option_poll();

    (void)ctx;
    return status == DUO_OK ? option_check(wanted, VALUES) : status;
}

static bool guarded(void *ctx)
{
    (void)ctx;
    return option_get(OPTION_BCM7) == 0;
}

void swap_driver(struct duo_flash *flash, uint32_t cm7, uint32_t cm4)
{
    wanted[ADD_CM7].value = cm7 >> 16;
    wanted[ADD_CM4].value = cm4 >> 16;
    flash->first_bank = first_bank;
    flash->begin_swap = begin_swap;
    flash->poll_swap = poll_swap;
    flash->guarded = guarded;
    flash->can_hold = can_hold;
}
