/* SPDX-License-Identifier: MIT */
/*
 * The update transaction: what a bootloader and libduo call. See docs/transaction.md.
 *
 * There is one writer at a time: the M7 bootloader while it runs, then the M7 application (through
 * libduo), which also records the M4 application's confirmation. The M4 never writes the journal:
 * its code lies in the journal's bank, and two writers would race for the next free word.
 */
#ifndef DUO_CORE_TXN_H
#define DUO_CORE_TXN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/manifest.h"
#include "core/image/slot.h"
#include "core/txn/flash.h"
#include "core/txn/journal.h"
#include "core/txn/map.h"
#include "core/txn/state.h"

/* What a device is. Everything pointed to stays valid. */
struct duo_device {
    const struct duo_flash *flash;
    const struct duo_map *map;
    const struct duo_slot *slots[DUO_CORES]; /* same sizes as in map */
    struct duo_trust
        *trust; /* what is revoked is what the journal says; a boot without one asks the images */
    uint32_t hardware_id;
    bool hardware_needed; /* images without a hardware id are refused, too */
    /* The build's own limits for a trial; 0 = as the set's manifest says. */
    uint8_t trial_boots;
    uint16_t trial_time_s;
};

/* A handle: RAM only, private. */
struct duo_txn {
    const struct duo_device *dev;
    struct duo_journal journal;
    struct duo_state state; /* meaningful when journal.content is OK */
    /* The current set's security counter, from somebody who has verified its manifest in this
     * power cycle: a confirmation then needs no signature arithmetic. */
    bool counter_known;
    uint32_t current_counter;
    uint32_t current_revokes; /* the keys that it revokes, likewise */
    bool fresh;               /* the exchange under way was begun in this power cycle */
    /* In recovery. A download may overwrite the set that a trial falls back to, or what an
     * exchange works on: no set can run, or there is nothing to fall back to. */
    bool may_discard;
    /* In recovery. The current set does not verify or is below the counter: a download gives it
     * up. */
    bool current_unfit;
};

/* Reads the journal. Writes nothing, and succeeds for any content: what the journal is worth is in
 * txn->journal.content. Call it again in each program that wants to use it (not across a change by
 * another one). About 8192 word reads. */
void duo_txn_open(struct duo_txn *txn, const struct duo_device *dev);

/* ---- Booting (M7 bootloader) ---- */

struct duo_boot_request {
    bool recovery;   /* button, key, or an application's request */
    bool taken_back; /* the M4's bootloader has swapped the banks back: the M7's did not start */
    bool watchdog;   /* this boot follows a watchdog reset (reported as reason only) */
    /* In boots before this one, since the power came, flash operations did not end, and it could
     * not be recorded: this one writes nothing. */
    bool stuck;
};

enum duo_boot_action {
    DUO_BOOT_RUN,      /* start both applications */
    DUO_BOOT_EXCHANGE, /* duo_install_start(), duo_install_step() to the end, then reset */
    DUO_BOOT_RECOVERY  /* stay and serve; neither application may run */
};

struct duo_boot {
    enum duo_boot_action action;
    enum duo_reason reason;      /* RECOVERY: why */
    enum duo_status reason_code; /* RECOVERY: the image's status, when reason is IMAGE_BAD */
    enum duo_core reason_core;   /* ... and whose it is */
    /* RUN: the verified images, for their sp and entry; and what core/txn/release.h looks at. */
    struct duo_image image[DUO_CORES];
    struct duo_manifest_proof proof; /* of the manifest's signatures, if the set has any */
    uint32_t from[DUO_CORES];        /* where each image was read */
    bool unnamed;                    /* each image verified by itself: its manifest is lost */
    bool m4_by_m7;                   /* RUN: the M7's application starts the M4 */
    bool trial;                      /* RUN: a trial boot */
    uint16_t watchdog_s;    /* RUN: start a watchdog of this time before the applications; 0 = no */
    enum duo_status status; /* a journal write failed; the action is still safe */
};

/*
 * Verifies what has to be verified, decides (core/txn/decide.h), and records what the decision
 * needs before it may be carried out: an unsettled journal tail, one more trial boot, the start of
 * an exchange, a staged set that no longer verifies. Writes the journal only then; a plain boot
 * writes nothing. Waits for journal words (100 us), very rarely for an erase (when a journal half
 * is full).
 *
 * The caller must still do as told in the same power cycle: RUN must start exactly the images
 * verified here, and nothing may have written a slot in between.
 */
void duo_txn_boot(struct duo_txn *txn, const struct duo_boot_request *request,
                  struct duo_boot *boot);

/* What the next boot would do, as far as that can be known now. Verifies as duo_txn_boot() does,
 * and writes nothing. */
void duo_txn_next_boot(const struct duo_txn *txn, struct duo_boot *boot);

/*
 * Recovery runs although the boot decided otherwise: the M4's bootloader refused its image, or this
 * bootloader took a fault (`often`: several in a row). After this, downloads are not refused for a
 * trial that has nothing to go back to, nor, after faults in a row, for an exchange that is not
 * complete (else a reset completes it).
 */
void duo_txn_cannot_start(struct duo_txn *txn, bool often);

/* ---- Applications (M7, through libduo) and the recovery menu ---- */

/*
 * One application says that the set works. When both have, the trial is over: one record ends it
 * raises the security counter, and revokes the keys that the set names. OK also when there is no
 * trial or this core has confirmed before (nothing is written). Errors: STATE (an exchange is
 * pending or no journal), JOURNAL, PROGRAM, ERASE: not recorded, try again.
 */
enum duo_status duo_txn_confirm(struct duo_txn *txn, enum duo_core core);

/*
 * Demands the other set at the next reset: verifies it, then writes one record. Not possible during
 * a download or an exchange, with nothing to go back to (NO_IMAGE), below the security counter
 * (DOWNGRADE), or when the set does not verify (its verdict). In a TRIAL this is a revert.
 */
enum duo_status duo_txn_rollback(struct duo_txn *txn);

/*
 * The same, and the set that leaves is not kept: nothing can be gone back to afterwards. It needs
 * no spare sector, so this is the way when one is worn out (DUO_REASON_SECTOR_WORN), also to a set
 * that has been downloaded and could not be installed.
 */
enum duo_status duo_txn_replace(struct duo_txn *txn);

/*
 * Lets the next boots try an exchange again that was given up because the flash refused it
 * (DUO_REASON_FLASH_FAILED): somebody has removed the cause, such as a write protection. Errors:
 * STATE (no exchange is pending), PROGRAM, JOURNAL.
 */
enum duo_status duo_txn_retry(struct duo_txn *txn);

/*
 * The exchange has stopped in boot after boot, and the journal could not take note of it, because
 * it lies in the bank that hung. To be called at the beginning of a boot, while that bank works:
 * the exchange goes on without keeping the current set; or, if that is no way out, it is given up
 * as duo_txn_boot() would after as many failures on record. Errors: STATE (no exchange is under
 * way), those of the flash.
 */
enum duo_status duo_txn_stop_exchange(struct duo_txn *txn, enum duo_status why);

/* A set as reported. */
struct duo_set_report {
    bool present;
    bool factory; /* no signed manifest: set_version is 0.0.0 */
    struct duo_version set_version;
    struct duo_version version[DUO_CORES];
    uint32_t counter;
    uint32_t revokes; /* bit n: key n, when it is confirmed */
    bool refused;     /* by a key that may not sign it any more */
};

struct duo_report {
    enum duo_journal_content journal;
    enum duo_phase phase; /* IDLE when the journal is empty */
    struct duo_set_report current, other;
    bool confirmed[DUO_CORES];
    uint8_t trial_boots_left;
    uint32_t counter;
    uint32_t revoked;   /* bit n: key n */
    bool can_roll_back; /* as far as known without verifying the images */
    enum duo_reason reason;
    enum duo_status reason_code;
    uint32_t worn_sector; /* address of the sector that the flash last refused; 0 = none */
};

/* Makes sure that there is a journal to write to: one for the factory set in an EMPTY one, a new
 * one (erases a half) in place of one that is LOST or NEWER, in which no set is known any more. OK
 * when there is one already. Errors: PROGRAM, ERASE, PROTECTED. */
enum duo_status duo_txn_need_journal(struct duo_txn *txn);

/* The same, when duo_txn_counter_in() has been called just before: `found` is what that has found,
 * so that no signature is verified twice. */
struct duo_set_verdict;
enum duo_status duo_txn_need_journal_for(struct duo_txn *txn, const struct duo_set_verdict *found);

/*
 * Starts the journal of a new device, into whose slots the programmer writes a whole set:
 * afterwards it is as if the set had been downloaded, installed and confirmed, and a boot verifies
 * one signature. The manifest is verified as in a download (errors of duo_manifest_verify()), and
 * both images by it where they lie (NO_IMAGE, MISMATCH...; *core says whose). STATE unless the
 * journal is EMPTY; PROGRAM as duo_journal_start(). For the tool that makes factory contents.
 */
enum duo_status duo_txn_adopt(struct duo_txn *txn, const uint8_t *manifest, enum duo_core *core);

/* The security counter that the device holds sets to; also without a usable journal: then what the
 * images in the slots show. Writes nothing. */
uint32_t duo_txn_counter(const struct duo_txn *txn);
/* The same. What it finds out of an EMPTY journal's set is put into `room` and not on the stack, of
 * which an application has little. */
uint32_t duo_txn_counter_in(const struct duo_txn *txn, struct duo_set_verdict *room);

/* Records a failure that changes nothing else (a refused bundle), once. */
enum duo_status duo_txn_note(struct duo_txn *txn, enum duo_reason reason, enum duo_status code);

/* The same for a sector of the slots that the flash refused in a download (FLASH_FAILED). */
enum duo_status duo_txn_note_worn(struct duo_txn *txn, enum duo_status code, uint32_t addr);

/* Appends a state and makes it txn->state. For core/ only. */
enum duo_status duo_txn_record(struct duo_txn *txn, const struct duo_state *state);

/* For applications and menus. Reads only. */
void duo_txn_report(const struct duo_txn *txn, struct duo_report *report);

/* The signed manifest of the current or other set. NO_IMAGE when there is none or it is
 * not signed (factory). */
enum duo_status duo_txn_manifest(const struct duo_txn *txn, bool other,
                                 uint8_t bytes[DUO_MANIFEST_MAX]);

#endif
