/* SPDX-License-Identifier: MIT */
#include "boot/cm7/damaged.h"

#include "boot/cm7/bare_line.h"
#include "port/stm32h7/cpu.h"

ITS_TEXT static const char words[] =
    "\r\nduoboot: error: the M7 bootloader in flash is damaged, so neither core is started; "
    "program boot_cm7.hex again\r\n";

IN_FLASH _Noreturn void damaged(void)
{
    bare_line_open();
    bare_line_say(words);
    for (;;) {
        cpu_wfe();
    }
}
