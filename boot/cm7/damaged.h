/* SPDX-License-Identifier: MIT */
/*
 * What a bootloader does whose program in flash is not whole: it says so. This runs from flash, on
 * the chip as it is after reset, and uses nothing of the rest.
 */
#ifndef BOOT_CM7_DAMAGED_H
#define BOOT_CM7_DAMAGED_H

/* Says once, at DUO_UART_BAUD on the board's serial line, that the bootloader has to be programmed
 * again, and stays. Neither core runs an application. */
_Noreturn void damaged(void);

#endif
