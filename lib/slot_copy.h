/* SPDX-License-Identifier: MIT */
/*
 * Slots by address, for programs that write flash as ST's boot loader has it: what they erase,
 * write and read is a copy of each slot in RAM, and the flash is not touched. From recovery and
 * from a running application.
 */
#ifndef DUO_LIB_SLOT_COPY_H
#define DUO_LIB_SLOT_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/ids.h"
#include "core/image/slot.h"

/* What STM32CubeProgrammer reads before anything else, and gives up without: unique id and flash
 * size (RM0399, "Device electronic signature"). */
#define SLOT_SIGNATURE_SIZE 0x100u

struct slot_copy {
    uint8_t *bytes; /* NULL: there is none */
    uint32_t size;  /* bytes of the slot from its beginning on that have room here */
    bool written;
};

struct slot_copies {
    /* Of each core; NULL while there are no copies at all. */
    const struct duo_slot *const *slots;
    struct slot_copy copy[DUO_CORES];
};

bool slot_is_blank(const uint8_t *bytes, uint32_t n);

/* Which core's slot do all of these bytes lie in? False: in none. */
bool slot_copies_core(const struct slot_copies *s, uint32_t addr, uint32_t n, unsigned *core);

/* Outside of the copies the flash looks blank: what lies there is nobody's business. False: there
 * is nothing to be read. */
bool slot_copies_read(const struct slot_copies *s, uint32_t addr, uint8_t *to, uint32_t n);

/* A file with both slots in it fills what lies between them with 0xFF, which is taken. False:
 * nothing can be written there. */
bool slot_copies_write(struct slot_copies *s, uint32_t addr, const uint8_t *bytes, uint32_t n);

/* Bit p for page p. Other pages are left as they are: a client erases whatever its file covers. */
void slot_copies_erase(struct slot_copies *s, uint32_t pages);

#endif
