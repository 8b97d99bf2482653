/* SPDX-License-Identifier: MIT */
/*
 * The state of the update transaction: what one journal record holds. A record is always the whole
 * state, never a change to it, so the last good record is all there is to know.
 */
#ifndef DUO_CORE_STATE_H
#define DUO_CORE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/image/image.h"
#include "duo/reason.h"

#define DUO_STATE_SIZE 20u

enum duo_phase {
    DUO_PHASE_IDLE = 1,    /* the current set is confirmed (or came from the factory) */
    DUO_PHASE_DOWNLOADING, /* as IDLE, but staging is being written and means nothing */
    DUO_PHASE_STAGED,      /* as IDLE, and the other set is ready to be installed at next boot */
    DUO_PHASE_EXCHANGE,    /* application slots and staging are being exchanged */
    DUO_PHASE_TRIAL        /* the current set runs, but is not confirmed by both applications */
};

/* What an exchange is for. */
enum duo_exchange_kind {
    DUO_EXCHANGE_NONE,
    DUO_EXCHANGE_INSTALL,  /* a staged set; ends in TRIAL */
    DUO_EXCHANGE_REVERT,   /* back to the previous set after a trial that failed; ends in IDLE */
    DUO_EXCHANGE_ROLLBACK, /* back to the previous set by request; ends in IDLE */
    DUO_EXCHANGE_REPAIR    /* the other set over a damaged current one; ends in IDLE */
};

/* One of the two sets a device can hold. */
struct duo_set_ref {
    bool present;
    bool factory;               /* programmed by a probe: its manifest is not signed */
    bool confirmed;             /* has ended a trial well, or came from the factory */
    uint16_t manifest;          /* id of its manifest in the journal; 0 = none stored */
    uint8_t sectors[DUO_CORES]; /* used by each image, META included */
};

struct duo_state {
    enum duo_phase phase;
    struct duo_set_ref current; /* in the application slots */
    struct duo_set_ref other;   /* staged, previous, or rolled back from */
    bool differs[DUO_CORES];    /* has `other` its own image for this core, or shares it? */
    bool
        shifted; /* how `other` is stored: as staging (false) or one sector lower, see exchange.h */

    /* Layouts that swap the banks (core/txn/swap.h); false in others. */
    bool twin;        /* written by such a layout */
    bool in_bank2;    /* `current` lies in physical bank 2 */
    bool boot_copied; /* the bank that comes second holds a whole copy of the bootloaders */
    /* A DUO_BOOT_*: the set brings a new bootloader for that core, and this is not confirmed. Of
     * `other` until the swap (DOWNLOADING, STAGED, EXCHANGE), then of `current`. Else 0. */
    uint8_t boot_new;

    /* EXCHANGE. In DOWNLOADING `step` and `failures` say how far an application has come with it,
     * see core/txn/download.h. */
    enum duo_exchange_kind kind;
    bool save;        /* keep the current set, so that it is `other` afterwards */
    uint8_t step;     /* the first step not known to be complete */
    uint8_t failures; /* boots in which the flash refused this exchange */

    uint8_t whole; /* DOWNLOADING images without a manifest: bit n: core n's is complete in staging,
                      while the other one arrives */

    /* TRIAL */
    uint8_t trial_boots; /* allowed */
    uint8_t trial_used;
    uint16_t trial_time_s;
    bool confirmed[DUO_CORES];

    uint32_t counter;            /* no set below it may be installed or run */
    uint8_t revoked;             /* bit n: key n of the ring signs nothing any more */
    enum duo_reason reason;      /* of the last failure */
    enum duo_status reason_code; /* what exactly was wrong, DUO_OK if it does not apply */
    uint8_t worn; /* 0, or 1 + number of the sector (from the first of the chip) that the flash
                     refused last */
};

/* There is no other set any more. */
void duo_state_forget_other(struct duo_state *state);

void duo_state_encode(const struct duo_state *state, uint8_t bytes[DUO_STATE_SIZE]);
/* MALFORMED when a field is beyond its limits. */
enum duo_status duo_state_decode(const uint8_t bytes[DUO_STATE_SIZE], struct duo_state *state);

#endif
