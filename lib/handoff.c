/* SPDX-License-Identifier: MIT */
#include "duo/handoff.h"

#include "lib/start.h"

#define BLOCK ((volatile struct duo_handoff *)(uintptr_t)DUO_HANDOFF_BASE)
#define WORDS (sizeof(struct duo_handoff) / 4u)

static void copy_words(volatile uint32_t *to, const volatile uint32_t *from)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        to[i] = from[i];
    }
}

bool duo_handoff_get(struct duo_handoff *out)
{
    if (!out) {
        return false;
    }
    copy_words((uint32_t *)out, (volatile uint32_t *)BLOCK);
    return out->magic == DUO_HANDOFF_MAGIC && out->format == DUO_HANDOFF_FORMAT &&
           out->size == sizeof(*out) && out->check == duo_handoff_check(out);
}

void duo_handoff_put(struct duo_handoff *h)
{
    h->magic = DUO_HANDOFF_MAGIC;
    h->format = DUO_HANDOFF_FORMAT;
    h->size = sizeof(*h);
    h->check = duo_handoff_check(h);
    copy_words((volatile uint32_t *)BLOCK, (uint32_t *)h);
    (void)BLOCK->check; /* the RAM's ECC buffer is written out by one more access */
}
