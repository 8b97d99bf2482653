/* SPDX-License-Identifier: MIT */
#include "boot/cm7/rom.h"

#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "duo/duo.h"
#include "port/stm32h7/backup.h"

__attribute__((naked, noreturn)) static void enter(void)
{
    __asm volatile("ldr r0, =%c[vectors]\n"
                   "ldr r1, =%c[vtor]\n"
                   "str r0, [r1]\n"
                   "dsb\n"
                   "isb\n"
                   "ldr r1, [r0]\n"
                   "msr msp, r1\n"
                   "ldr r0, [r0, #4]\n"
                   "bx r0\n"
                   ".ltorg\n" ::[vectors] "i"(MEM_LOADER_VECTORS),
                   [vtor] "i"(SCS_BASE + SCS_VTOR));
}

void rom_enter_if_asked(void)
{
    if (!DUO_ROM_LOADER || backup_read(DUO_REQUEST_REGISTER) != ROM_REQUEST) {
        return;
    }
    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_NONE);
    enter();
}
