/* SPDX-License-Identifier: MIT */
/* The texts of `duoboot provision`: option bytes in words, and the scripts that set them. */
#ifndef DUO_TOOL_PROVISION_PLAN_H
#define DUO_TOOL_PROVISION_PLAN_H

#include <stdbool.h>
#include <stdio.h>

struct provision_plan {
    bool write_protection; /* of the bootloaders; not in a layout in which updates write them */
    bool read_protection;
};

void provision_print_options(FILE *out, const struct provision_plan *plan);
void provision_print_cubeprogrammer(FILE *out, const struct provision_plan *plan);
void provision_print_openocd(FILE *out, const struct provision_plan *plan);

#endif
