/* SPDX-License-Identifier: MIT */
/* Write protection of bootloaders and applications, by option bytes. */
#ifndef DUO_BOOT_PROTECT_H
#define DUO_BOOT_PROTECT_H

/* Asks which region, and changes its protection; it acts at the next reset. */
void protect_menu(void);

/* One line with what is protected. */
void protect_show(void);

#endif
