/* SPDX-License-Identifier: MIT */
/*
 * The board's serial line at DUO_UART_BAUD, for who has nothing else: this runs from flash, in
 * either bank, on the chip as it is after reset, and uses nothing of the rest.
 */
#ifndef BOOT_CM7_BARE_LINE_H
#define BOOT_CM7_BARE_LINE_H

/* Such code lies beside the reset code. It may call others of its kind, and not the program. */
#define IN_FLASH __attribute__((section(".boot"), noinline, used))
#define ITS_TEXT __attribute__((section(".boot_text")))

void bare_line_open(void);

/* `text` is where it lies. Ends if the line is dead. */
void bare_line_say(const char *text);

/* Both cores' watchdogs: either may have started with the chip, and the M4 waits. */
void bare_line_feed(void);

/* Waits for a key, and feeds. */
char bare_line_key(void);

#endif
