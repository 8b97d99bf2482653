/* SPDX-License-Identifier: MIT */
/* Write protection of bootloaders and applications, by option bytes. */
#ifndef DUO_BOOT_PROTECT_H
#define DUO_BOOT_PROTECT_H

#include <stdbool.h>

#include "core/base/status.h"

/* Asks which region, and changes its protection; it acts at the next reset. */
void protect_menu(void);

/* One line with what is protected. */
void protect_show(void);

/* The regions by number: a name ("bootloaders", "m7 application"), NULL after the last one; whether
 * it is protected; and the change, at once. Errors as option_protect(). */
const char *protect_region(unsigned i);
bool protect_is_on(unsigned i);
enum duo_status protect_set(unsigned i, bool on);

#endif
