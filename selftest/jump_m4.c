/* SPDX-License-Identifier: MIT */
/* The M4's part of jump.c: it compares, and leaves the result where the M7 reads it. */
#include "selftest/jump.h"

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3);

static uint32_t differ, first;

void seen_at(const struct entry *entry)
{
    if ((REG_AT(entry->address, 0) & entry->mask) != entry->expected) {
        first = differ == 0 ? entry->address : first;
        differ++;
    }
}

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3)
{
    volatile struct shared *s = SHARED;
    const uint32_t masks = masks_and_control();

    (void)csr1, (void)cr3;
    for (unsigned i = 0; i < core_entries; i++) {
        seen_at(&of_the_core[i]);
    }
    s->answer = vtor;
    s->counter = differ;
    s->watched = first;
    s->done = masks;
    __asm volatile("dsb" ::: "memory");
    s->magic = SHARED_MAGIC;
    for (;;) {
        __asm volatile("wfi");
    }
}
