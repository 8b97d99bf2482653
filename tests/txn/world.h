/* SPDX-License-Identifier: MIT */
/*
 * A device in a simulated world: the flash, the sets that exist, what may run now, and the loop of
 * power cycle, decision, installation, applications. Every call checks the invariants and reports
 * the first failure through world_fail().
 */
#ifndef TESTS_TXN_WORLD_H
#define TESTS_TXN_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/install.h"
#include "core/txn/session.h"
#include "core/txn/txn.h"
#include "tests/txn/sets.h"
#include "tests/txn/sim.h"

#define WORLD_SETS 16u

/* Power-ups until the device must have come to rest, and erases it may need in one bank. An
 * exchange of three sectors erases five, twice for the installation and a revert, once more for
 * each resume. */
#define BOOTS_MAX  12u
#define ERASES_MAX 30u

/* Resets until an update must go through where words flicker. */
#define RESETS_MAX 16u

enum { RUNS_NOTHING = -1 }; /* recovery */

/* States of the journal, each written on account of the one that was read before. */
#define LINEAGE_MAX 64u
struct lineage {
    uint8_t parent[LINEAGE_MAX];
    uint8_t count;
    uint8_t relied; /* the newest that something was done on account of, or was promised */
};

struct world {
    struct sim sim;
    struct duo_device dev;
    struct duo_pubkey key;
    struct duo_keyring ring;
    struct duo_trust trust;
    struct test_set sets[WORLD_SETS];
    unsigned set_count;

    /* What the applications do. */
    bool confirms;

    /* What has been promised so far. */
    uint32_t floor;   /* security counter: raised when a confirmation was reported as done */
    unsigned allowed; /* bit n: set n may run */
    bool recovery_allowed;
    int stable; /* set that has run without a trial since the last download; RUNS_NOTHING = none */
    struct lineage line;
    int again; /* set that was downloaded while it ran, and goes on trial once more; or the same */

    /* Boots in a row that the flash has stopped, as a port counts them until applications run. */
    unsigned stops;

    /* Set in the last boot. */
    enum duo_reason reason;

    /* Where bootloaders are replaced: looks at what the chip starts from. False: that boot is over.
     * Then, before the applications: false: the M4's bootloader has not taken its image. */
    bool (*chip_starts)(struct world *w);
    bool (*m4_starts)(struct world *w, struct duo_txn *txn);
    bool taken_back; /* what the M4's tells the M7's, over a reset */

    uint64_t boots; /* total, for the report */
    void *session;  /* to be freed by who jumps out of a download */
    void (*on_fail)(const char *what, void *arg);
    /* Asked before each power cycle while a device comes to rest, with a number for what has
     * happened since that began. True: whatever follows has been looked at, so it need not be
     * again. */
    bool (*known)(struct world *w, uint64_t so_far, void *arg);
    void *arg; /* of both */
};

void world_init(struct world *w, const struct duo_map *map, const struct duo_slot *slots);
void world_free(struct world *w);
/* Index of the new set. */
unsigned world_add_set(struct world *w, const struct set_spec *spec);

/* One power cycle to its end. Returns the set that runs, RUNS_NOTHING for recovery, BOOT_AGAIN
 * after an exchange, or BOOT_STOPPED where the flash has stopped it and a port resets. */
enum { BOOT_AGAIN = -2, RUNS_KNOWN = -3, BOOT_STOPPED = -4 };
int world_boot(struct world *w, bool ask_recovery, bool *trial);

/* Boots until the same set has run twice without a trial, or recovery twice; returns what runs, or
 * RUNS_KNOWN where `known` has ended it. */
int world_settle(struct world *w);

/* Feeds a bundle in pieces of `piece` bytes; `finish` too. In the power cycle that is under way:
 * `recovery` says whether it goes through the bootloader's recovery. */
enum duo_status world_download(struct world *w, const uint8_t *bundle, uint32_t size,
                               uint32_t piece, bool recovery);

/* The same with signed images alone, those of the set's that are to be sent, as one batch; while
 * the applications run. */
enum duo_status world_send_images(struct world *w, unsigned set, const bool send[DUO_CORES],
                                  uint32_t piece);

/* download, settle, and the set must run. False where `known` has ended it. */
bool world_update(struct world *w, unsigned set, bool recovery);

/* The set that lies in the application slots as they read now; RUNS_NOTHING if none does. */
int world_installed(struct world *w);

/* The device rests in recovery: is there a reason for it, and is it the one that was given? */
void world_check_recovery(struct world *w);

void world_fail(struct world *w, const char *what);

/* Would whoever starts the applications be told that they were verified (core/txn/release.h)? A
 * decision to run must never come without. */
bool world_released(const struct duo_txn *txn, const struct duo_boot *boot);
void world_check_misuse(struct world *w);

#endif
