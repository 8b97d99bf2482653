/* SPDX-License-Identifier: MIT */
/* MPS2 AN386/AN500 as QEMU has them: CMSDK UART0; semihosting ends the run. */
#include "board.h"

#define REG(a) (*(volatile uint32_t *)(a))
enum { UART0 = 0x40004000, DATA = 0, STATE = 4, CTRL = 8, BAUDDIV = 16 };

void board_init(void)
{
    REG(UART0 + BAUDDIV) = 16;
    REG(UART0 + CTRL) = 1;
}

void board_putc(char c)
{
    while (REG(UART0 + STATE) & 1) {
    }
    REG(UART0 + DATA) = (uint8_t)c;
}

void board_end(void)
{
    register uint32_t op __asm__("r0") = 0x18;     /* SYS_EXIT */
    register uint32_t arg __asm__("r1") = 0x20026; /* ADP_Stopped_ApplicationExit */
    __asm__ volatile("bkpt 0xab" : : "r"(op), "r"(arg) : "memory");
}
