/* SPDX-License-Identifier: MIT */
/* Programs of the host know all layouts, and take one by its name. */
#ifndef LAYOUTS_CHOOSE_H
#define LAYOUTS_CHOOSE_H

#include <stdbool.h>

#include "layouts/layout.h"

/* From now on duo_layout is this one. False: there is none of that name. Before anything has looked
 * at duo_layout. */
bool duo_layout_choose(const char *name);

/* Layout number `i` from 0 on; NULL after the last. */
const struct duo_layout *duo_layout_known(unsigned i);

/* The layout with this number (struct duo_slot); NULL: none that is known here. */
const struct duo_layout *duo_layout_numbered(uint8_t number);

/*
 * Takes "--layout=NAME" or "--layout NAME" out of the arguments of a program, if it comes first;
 * else the environment variable DUO_LAYOUT may name one. False, with a message on the standard
 * error stream: there is no layout of that name.
 */
bool duo_layout_option(int *argc, char **argv);

#endif
