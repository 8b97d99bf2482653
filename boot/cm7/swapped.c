/* SPDX-License-Identifier: MIT */
#include "boot/cm7/swapped.h"

#include "boot/cm7/bare_line.h"
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "port/stm32h7/cpu.h"

/* Polls of a change of options, each of some 20 cycles of 64 MHz: several seconds, longer than
 * erasing the option area takes. */
#define BUSY_LIMIT 20000000u

ITS_TEXT static const char words[] =
    "\r\nduoboot: error: option SWAP_BANK is 1, must be 0, so neither core is started; "
    "o: swap the banks back\r\n";
ITS_TEXT static const char refused[] = "duoboot: the option did not change\r\n";

/* Its address is one of the first bank, and it lies in the second one. */
static inline void say_from_there(const char *text)
{
    bare_line_say((const char *)((uintptr_t)text + MEM_BANK_SIZE));
}

/* Each register of options as they are stands before the one of what they are to be. What an
 * application has prepared survives a reset, and would be programmed with ours. */
IN_FLASH static void keep_options(uint32_t first, uint32_t last)
{
    for (uint32_t at = first; at <= last; at += FLASH_SCAR_CUR1 - FLASH_PRAR_CUR1) {
        REG_AT(FLASH_BASE, at + 4u) = REG_AT(FLASH_BASE, at);
    }
}

static inline void reset(void)
{
    REG(SCS, AIRCR) = SCS_AIRCR_VECTKEY | SCS_AIRCR_SYSRESETREQ;
    cpu_dsb();
    for (;;) {
    }
}

/* Says so if the chip refuses. */
IN_FLASH static void swap_back(void)
{
    if (REG(FLASH, OPTCR) & FLASH_OPTCR_OPTLOCK) {
        REG(FLASH, OPTKEYR) = FLASH_OPTKEY1;
        REG(FLASH, OPTKEYR) = FLASH_OPTKEY2;
    }
    keep_options(FLASH_PRAR_CUR1, FLASH_BOOT4_CUR);
    keep_options(FLASH_PRAR_CUR2, FLASH_WPSN_CUR2R);
    REG(FLASH, OPTSR_PRG) = REG(FLASH, OPTSR_CUR) & ~FLASH_OPTSR_CUR_SWAP_BANK_OPT;
    REG(FLASH, OPTCR) |= FLASH_OPTCR_OPTSTART;
    cpu_dsb();
    for (uint32_t i = 0; i < BUSY_LIMIT && (REG(FLASH, OPTSR_CUR) & FLASH_OPTSR_CUR_OPT_BUSY);
         i++) {
        bare_line_feed();
    }
    if (!(REG(FLASH, OPTSR_CUR) & FLASH_OPTSR_CUR_SWAP_BANK_OPT)) {
        reset();
    }
    say_from_there(refused);
}

IN_FLASH _Noreturn void swapped(void)
{
    bare_line_open();
    say_from_there(words);
    if (DUO_REPAIR_OPTIONS) { /* once: an option area wears out */
        swap_back();
    }
    for (;;) {
        if (bare_line_key() == 'o') {
            swap_back();
        }
    }
}
