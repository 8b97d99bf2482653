/* SPDX-License-Identifier: MIT */
/* What the keys of recovery do. */
#ifndef DUO_BOOT_MENU_H
#define DUO_BOOT_MENU_H

#include <stdbool.h>
#include <stdint.h>

struct recovery;

/* Prints one line for each key. */
void menu_show(struct recovery *r);

/* Does what the key stands for, which may end in a reset; false if it stands for nothing. */
bool menu_run(struct recovery *r, uint8_t key);

#endif
