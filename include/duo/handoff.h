/* SPDX-License-Identifier: MIT */
/*
 * What the bootloader tells the applications. It lies in SRAM4 and both cores may read it at any
 * time; it is written before either application starts.
 */
#ifndef DUO_HANDOFF_H
#define DUO_HANDOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "duo/language.h"
#include "duo/sram4.h"

DUO_BEGIN_C

#define DUO_HANDOFF_MAGIC  0x44484F46u
#define DUO_HANDOFF_FORMAT 3u

/* State of the set that was started. */
enum duo_set_state {
    DUO_SET_UNMANAGED = 0, /* both images verify, but no update has been recorded */
    DUO_SET_TRIAL = 1,     /* must be confirmed, or the next boots go back to the old set */
    DUO_SET_CONFIRMED = 2,
};

/* A version as two words: major << 24 | minor << 16 | revision, and the build number. */
struct duo_handoff_version {
    uint32_t number;
    uint32_t build;
};

/*
 * libduo needs it for as long as the application calls duo_confirm().
 * Words only, so that every write is one full ECC word of the RAM.
 */
struct duo_handoff {
    uint32_t magic;
    uint32_t format;
    uint32_t size;        /* of this structure in bytes */
    uint32_t bootloader;  /* its version, as duo_handoff_version.number */
    uint32_t reset_flags; /* RCC_RSR of the M7 at reset; the register itself is left untouched */
    uint32_t state;       /* enum duo_set_state */
    uint32_t boots_left;  /* of a trial, this one not counted */
    uint32_t counter;     /* security counter */
    struct duo_handoff_version set, m7, m4;
    uint32_t hardware_id;
    uint32_t key[16];     /* the first public key that counts, X || Y as 64 bytes: libduo of before
                             version 0.2 knows one */
    uint32_t reason;      /* enum duo_reason: why the last update did not go well */
    uint32_t reason_code; /* enum duo_status: what exactly was wrong with it, or DUO_OK */
    uint32_t set_counter; /* the counter that the set's verified manifest names */
    uint32_t
        confirmed;  /* bit 0: the M7 has confirmed the trial in an earlier boot, bit 1: the M4 */
    uint32_t check; /* duo_handoff_check() over all words in front of it */
};

static inline uint32_t duo_handoff_check(const volatile struct duo_handoff *h)
{
    const volatile uint32_t *word = (const volatile uint32_t *)h;
    uint32_t sum = DUO_HANDOFF_MAGIC;

    for (uint32_t i = 0; i < sizeof(*h) / 4u - 1u; i++) {
        sum = (((sum << 7) | (sum >> 25)) ^ word[i]) + 0x9E3779B9u;
    }
    return sum;
}

/*
 * Copies the block; false if there is none, because the application was not started by duoboot
 * (a debugger, for example).
 */
bool duo_handoff_get(struct duo_handoff *out);

DUO_END_C

#endif
