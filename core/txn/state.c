/* SPDX-License-Identifier: MIT */
#include "core/txn/state.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/image/manifest.h"
#include "core/txn/map.h"

/* Offsets in a state; docs/formats.md, "Journal", has the same table. */
enum {
    S_PHASE = 0, /* bits 0 to 2: phase; bit 3: a flag; high nibble: kind */
    S_FLAGS = 1,
    S_STEP = 2,
    S_MORE = 3,  /* low nibble: failures; then four flags */
    S_TRIAL = 4, /* low nibble: boots allowed; high nibble: used */
    S_REASON = 5,
    S_CODE = 6,
    S_WORN = 7,
    S_CURRENT_ID = 8,
    S_OTHER_ID = 10,
    S_CURRENT_SECTORS = 12, /* bits 0 to 2: M7; bits 4 to 6: M4; and two flags */
    S_OTHER_SECTORS = 13,   /* the same, and two flags */
    S_TRIAL_TIME = 14,
    S_REVOKED = 15,
    S_COUNTER = 16,
};

enum {
    F_CURRENT = 1u << 0,
    F_CURRENT_FACTORY = 1u << 1,
    F_OTHER = 1u << 2,
    F_OTHER_FACTORY = 1u << 3,
    F_DIFFERS_M7 = 1u << 4,
    F_DIFFERS_M4 = 1u << 5,
    F_SHIFTED = 1u << 6,
    F_SAVE = 1u << 7,
    /* In DOWNLOADING, where nothing is shifted and nothing saved. */
    F_WHOLE_M7 = F_SHIFTED,
    F_WHOLE_M4 = F_SAVE,
};

enum {
    M_CONFIRMED_M7 = 1u << 4,
    M_CONFIRMED_M4 = 1u << 5,
    M_CURRENT_CONFIRMED = 1u << 6,
    M_OTHER_CONFIRMED = 1u << 7,
};

/* In S_PHASE, in S_CURRENT_SECTORS, and in S_OTHER_SECTORS. */
enum {
    P_TWIN = 1u << 3,
    B_IN_BANK2 = 1u << 3,
    B_BOOT_COPIED = 1u << 7,
    N_BOOT_CM7 = 1u << 3,
    N_BOOT_CM4 = 1u << 7,
};

_Static_assert(DUO_TRIAL_TIME_MAX <= UINT8_MAX && DUO_KEYS_MAX <= 8, "a byte is enough for each");

static uint8_t nibbles(unsigned low, unsigned high)
{
    return (uint8_t)((low & 15u) | ((high & 15u) << 4));
}

static uint8_t flag(bool set, unsigned mask)
{
    return set ? (uint8_t)mask : 0;
}

void duo_state_encode(const struct duo_state *s, uint8_t p[DUO_STATE_SIZE])
{
    p[S_PHASE] = nibbles(s->phase, s->kind) | flag(s->twin, P_TWIN);
    p[S_FLAGS] = flag(s->current.present, F_CURRENT) | flag(s->current.factory, F_CURRENT_FACTORY) |
                 flag(s->other.present, F_OTHER) | flag(s->other.factory, F_OTHER_FACTORY) |
                 flag(s->differs[DUO_CM7], F_DIFFERS_M7) | flag(s->differs[DUO_CM4], F_DIFFERS_M4) |
                 flag(s->shifted, F_SHIFTED) | flag(s->save, F_SAVE) |
                 flag(s->whole & 1u << DUO_CM7, F_WHOLE_M7) |
                 flag(s->whole & 1u << DUO_CM4, F_WHOLE_M4);
    p[S_STEP] = s->step;
    p[S_MORE] = nibbles(s->failures, 0) | flag(s->confirmed[DUO_CM7], M_CONFIRMED_M7) |
                flag(s->confirmed[DUO_CM4], M_CONFIRMED_M4) |
                flag(s->current.confirmed, M_CURRENT_CONFIRMED) |
                flag(s->other.confirmed, M_OTHER_CONFIRMED);
    p[S_TRIAL] = nibbles(s->trial_boots, s->trial_used);
    p[S_REASON] = (uint8_t)s->reason;
    p[S_CODE] = (uint8_t)s->reason_code;
    p[S_WORN] = s->worn;
    duo_put16(p + S_CURRENT_ID, s->current.manifest);
    duo_put16(p + S_OTHER_ID, s->other.manifest);
    p[S_CURRENT_SECTORS] = nibbles(s->current.sectors[DUO_CM7], s->current.sectors[DUO_CM4]) |
                           flag(s->in_bank2, B_IN_BANK2) | flag(s->boot_copied, B_BOOT_COPIED);
    p[S_OTHER_SECTORS] = nibbles(s->other.sectors[DUO_CM7], s->other.sectors[DUO_CM4]) |
                         flag(s->boot_new & DUO_BOOT_CM7, N_BOOT_CM7) |
                         flag(s->boot_new & DUO_BOOT_CM4, N_BOOT_CM4);
    p[S_TRIAL_TIME] = (uint8_t)s->trial_time_s; /* DUO_TRIAL_TIME_MAX at most */
    p[S_REVOKED] = s->revoked;
    duo_put32(p + S_COUNTER, s->counter);
}

_Static_assert(DUO_SLOT_SECTORS_MAX == 7u, "no number of three bits is beyond it");

/* One bootloader at a time, and only where banks are swapped. */
static bool boot_sane(const struct duo_state *s)
{
    return s->boot_new == 0 || (s->twin && s->boot_new != (DUO_BOOT_CM7 | DUO_BOOT_CM4));
}

enum duo_status duo_state_decode(const uint8_t p[DUO_STATE_SIZE], struct duo_state *s)
{
    const unsigned flags = p[S_FLAGS];
    const unsigned more = p[S_MORE];

    /* Field by field: a value of the whole would lie on the caller's stack once more. */
    memset(s, 0, sizeof(*s));
    s->phase = (enum duo_phase)(p[S_PHASE] & 7u);
    s->kind = (enum duo_exchange_kind)(p[S_PHASE] >> 4);
    s->current.present = flags & F_CURRENT;
    s->current.factory = flags & F_CURRENT_FACTORY;
    s->current.confirmed = more & M_CURRENT_CONFIRMED;
    s->current.manifest = duo_get16(p + S_CURRENT_ID);
    s->current.sectors[DUO_CM7] = p[S_CURRENT_SECTORS] & 7u;
    s->current.sectors[DUO_CM4] = p[S_CURRENT_SECTORS] >> 4 & 7u;
    s->other.present = flags & F_OTHER;
    s->other.factory = flags & F_OTHER_FACTORY;
    s->other.confirmed = more & M_OTHER_CONFIRMED;
    s->other.manifest = duo_get16(p + S_OTHER_ID);
    s->other.sectors[DUO_CM7] = p[S_OTHER_SECTORS] & 7u;
    s->other.sectors[DUO_CM4] = p[S_OTHER_SECTORS] >> 4 & 7u;
    s->differs[DUO_CM7] = flags & F_DIFFERS_M7;
    s->differs[DUO_CM4] = flags & F_DIFFERS_M4;
    if (s->phase == DUO_PHASE_DOWNLOADING) {
        s->whole = (uint8_t)((flags & F_WHOLE_M7 ? 1u << DUO_CM7 : 0) |
                             (flags & F_WHOLE_M4 ? 1u << DUO_CM4 : 0));
    } else {
        s->shifted = flags & F_SHIFTED;
        s->save = flags & F_SAVE;
    }
    s->twin = p[S_PHASE] & P_TWIN;
    s->in_bank2 = p[S_CURRENT_SECTORS] & B_IN_BANK2;
    s->boot_copied = p[S_CURRENT_SECTORS] & B_BOOT_COPIED;
    s->boot_new = (uint8_t)((p[S_OTHER_SECTORS] & N_BOOT_CM7 ? DUO_BOOT_CM7 : 0) |
                            (p[S_OTHER_SECTORS] & N_BOOT_CM4 ? DUO_BOOT_CM4 : 0));
    s->step = p[S_STEP];
    s->failures = more & 15u;
    s->trial_boots = p[S_TRIAL] & 15u;
    s->trial_used = p[S_TRIAL] >> 4;
    s->trial_time_s = p[S_TRIAL_TIME];
    s->revoked = p[S_REVOKED];
    s->confirmed[DUO_CM7] = more & M_CONFIRMED_M7;
    s->confirmed[DUO_CM4] = more & M_CONFIRMED_M4;
    s->counter = duo_get32(p + S_COUNTER);
    s->reason = (enum duo_reason)p[S_REASON];
    s->reason_code = (enum duo_status)p[S_CODE];
    s->worn = p[S_WORN];
    if (s->phase < DUO_PHASE_IDLE || s->phase > DUO_PHASE_TRIAL || s->kind > DUO_EXCHANGE_REPAIR ||
        (s->phase == DUO_PHASE_EXCHANGE) != (s->kind != 0) || !boot_sane(s)) {
        return DUO_E_MALFORMED;
    }
    return DUO_OK;
}

void duo_state_forget_other(struct duo_state *s)
{
    memset(&s->other, 0, sizeof(s->other));
    memset(s->differs, 0, sizeof(s->differs));
    s->shifted = false;
    s->boot_new = 0;
}

static const char *const reason_texts[DUO_REASON_COUNT] = {
    [DUO_REASON_NONE] = "no failure",
    [DUO_REASON_REQUESTED] = "recovery was asked for",
    [DUO_REASON_NO_SET] = "no set is installed",
    [DUO_REASON_IMAGE_BAD] = "an image of the installed set does not verify",
    [DUO_REASON_JOURNAL_LOST] = "the journal cannot be read",
    [DUO_REASON_JOURNAL_NEWER] = "the journal was written by a newer version",
    [DUO_REASON_TRIAL_EXPIRED] = "the new set was not confirmed in time",
    [DUO_REASON_TRIAL_WATCHDOG] = "a watchdog ended the trial of the new set",
    [DUO_REASON_STAGING_CHANGED] = "the staged set changed after it was verified",
    [DUO_REASON_DOWNLOAD_CUT] = "a download was not completed",
    [DUO_REASON_REJECTED] = "a bundle was refused",
    [DUO_REASON_FLASH_FAILED] = "the flash does not take what is written",
    [DUO_REASON_NO_PREVIOUS] = "the trial failed and there is no set to go back to",
    [DUO_REASON_BELOW_COUNTER] = "the set is below the security counter",
    [DUO_REASON_ROLLED_BACK] = "rolled back by request",
    [DUO_REASON_SECTOR_WORN] = "not exchanged: a sector to keep the present set in is worn out",
    [DUO_REASON_UNNAMED] = "the journal's record of the set cannot be read; its images verify",
    [DUO_REASON_NO_ROLLBACK] = "a rollback was asked for and is not possible",
#if DUO_SWAPS
    [DUO_REASON_BOOTLOADER] = "a new bootloader did not work and has been taken back",
#endif
};

const char *duo_reason_text(enum duo_reason reason)
{
    return (unsigned)reason < DUO_REASON_COUNT && reason_texts[reason] ? reason_texts[reason]
                                                                       : "unknown reason";
}
