/* SPDX-License-Identifier: MIT */
/* The record that an M7 bootloader carries about itself (core/image/about.h). */
#ifndef DUO_TOOL_ABOUT_H
#define DUO_TOOL_ABOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/about.h"

/* Looks for it in a firmware file (ELF, HEX, BIN). */
bool about_find(const char *path, struct duo_about_record *record);

/* The same in memory. */
bool about_find_in(const uint8_t *data, uint32_t size, struct duo_about_record *record);

#endif
