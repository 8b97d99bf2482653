/* SPDX-License-Identifier: MIT */
/*
 * A flash that is out of order: operations that never end. The controller stays busy, and whoever
 * reads that bank stands still, until a reset.
 */
#include "emu/chip/flash_model.h"

#include <stdio.h>
#include <string.h>

/* "erase@ADDRESS" or "program@ADDRESS", then perhaps ",times=N". */
bool flash_fault_set(struct flash *f, const char *text)
{
    struct flash_fault *fault = &f->fault;
    char kind[8];
    unsigned addr;
    int used = 0;

    fault->times = UINT64_MAX;
    if (sscanf(text, "%7[a-z]@%x%n", kind, &addr, &used) != 2 ||
        addr - FLASH_ARRAY >= FLASH_BYTES) {
        return false;
    }
    fault->kind = strcmp(kind, "erase") == 0     ? OP_ERASE_SECTOR
                  : strcmp(kind, "program") == 0 ? OP_PROGRAM
                                                 : OP_NONE;
    fault->sector = addr & ~(SECTOR_BYTES - 1);
    bool times = text[used] == ',' && sscanf(text + used, ",times=%lu", &fault->times) == 1;

    return fault->kind != OP_NONE && (text[used] == '\0' || times);
}

uint64_t flash_fault_left(const struct flash *f)
{
    return f->fault.times;
}

bool fault_never_ends(struct flash *f, const struct op *op)
{
    struct flash_fault *fault = &f->fault;

    if (op->kind != fault->kind || (op->addr & ~(SECTOR_BYTES - 1)) != fault->sector ||
        fault->times == 0) {
        return false;
    }
    fault->times--;
    return true;
}
