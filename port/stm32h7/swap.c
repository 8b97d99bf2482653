/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/swap.h"

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/option.h"

#define VALUES 3u

static struct option_value wanted[VALUES] = {
    {OPTION_SWAP_BANK, 0},
    {OPTION_BOOT_CM7_ADD0, 0},
    {OPTION_BOOT_CM4_ADD0, 0},
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

static enum duo_status begin_swap(void *ctx, unsigned bank)
{
    (void)ctx;
    wanted[0].value = bank == 2u;
    option_begin(wanted, VALUES);
    return DUO_OK;
}

static enum duo_status poll_swap(void *ctx)
{
    const enum duo_status status = option_poll();

    (void)ctx;
    return status == DUO_OK ? option_check(wanted, VALUES) : status;
}

void swap_driver(struct duo_flash *flash, uint32_t cm7, uint32_t cm4)
{
    wanted[1].value = cm7 >> 16;
    wanted[2].value = cm4 >> 16;
    flash->first_bank = first_bank;
    flash->begin_swap = begin_swap;
    flash->poll_swap = poll_swap;
}
