/* SPDX-License-Identifier: MIT */
/* QUADSPI: the memory at its pins. */
#ifndef EMU_CHIP_SEAM_QUADSPI_H
#define EMU_CHIP_SEAM_QUADSPI_H

#include "emu/machine.h"

/* What goes out between the falling edge of the select and the data. Lines: 0 (no such phase), 1, 2
 * or 4. */
struct qspi_command {
    uint8_t instruction;
    unsigned instruction_lines, address_lines, data_lines;
    uint32_t address;
    unsigned address_bytes;
    unsigned gap; /* clock cycles of alternate bytes and dummies together */
};

struct qspi_device {
    void *arg;
    void (*begin)(void *arg, const struct qspi_command *c);
    uint8_t (*read)(void *arg);
    void (*write)(void *arg, uint8_t byte);
    void (*end)(void *arg); /* the select rises */
};
void quadspi_attach(struct machine *m, const struct qspi_device *device);

#endif
