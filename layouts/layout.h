/* SPDX-License-Identifier: MIT */
/*
 * The flash layout that this build is for (programs of the host: the one that was chosen), as a
 * value: where bootloaders, slots, spares and the journal lie, and in which RAM a stack may begin.
 * Whoever needs an address takes it from here; only linker scripts read the layout's file itself.
 */
#ifndef LAYOUTS_LAYOUT_H
#define LAYOUTS_LAYOUT_H

#include "core/image/slot.h"
#include "core/txn/map.h"

struct duo_layout {
    const char *name;                 /* as in cmake -DDUO_LAYOUT=<name> */
    struct duo_range boot[DUO_CORES]; /* the bootloaders; each has its first sector to itself */
    struct duo_map map;
    struct duo_slot slot[DUO_CORES]; /* the application slots, as in map */
};

#ifdef DUO_LAYOUT_CHOICE
extern struct duo_layout duo_layout; /* layouts/choose.h */
#else
extern const struct duo_layout duo_layout;
#endif

/* RAM in which an application's stack may begin, ended by an empty range. */
extern const struct duo_range duo_stack_ram_cm7[], duo_stack_ram_cm4[];

#endif
