/* SPDX-License-Identifier: MIT */
#include "lib/shared.h"

#include "lib/start.h"
#include "port/stm32h7/ramfunc.h"

void duo_shared_clear(bool trial)
{
    volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)DUO_LIBRARY_BASE;

    for (uint32_t i = 0; i < DUO_LIBRARY_SIZE / 4u; i++) {
        word[i] = 0;
    }
    SHARED->kept = trial ? 0u : 1u;
    SHARED->magic = SHARED_MAGIC;
    (void)SHARED->magic; /* the RAM's ECC buffer is written out by one more access */
}

RAMFUNC bool shared_ready(void)
{
    return SHARED->magic == SHARED_MAGIC;
}
