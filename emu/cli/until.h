/* SPDX-License-Identifier: MIT */
/* --until: a regular expression over what the UARTs print, seen line by line and in the unfinished
 * line. */
#ifndef EMU_CLI_UNTIL_H
#define EMU_CLI_UNTIL_H

#include "emu/machine.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNTIL_LINE 1024 /* a longer line is looked at in pieces of this size */

struct until {
    regex_t regex;
    bool set, found;
    char line[UARTS + 1][UNTIL_LINE]; /* one per UART; 0: semihosting and ITM */
    size_t len[UARTS + 1];
};

/* False with a message in err when the pattern is not a valid extended regular expression. */
bool until_compile(struct until *u, const char *pattern, char *err, size_t errlen);
/* A byte left UART number n (0: semihosting, ITM). True when the pattern is seen (now or before).
 */
bool until_byte(struct until *u, unsigned n, uint8_t byte);
void until_free(struct until *u);

#endif
