/* SPDX-License-Identifier: MIT */
/*
 * The work phase: anything that needs time, the serial line or the flash. It always ends in a
 * system reset.
 */
#ifndef DUO_BOOT_WORK_H
#define DUO_BOOT_WORK_H

#include "boot/cm7/fault.h"
#include "core/txn/install.h"
#include "core/txn/txn.h"
#include "duo/gate.h"

/* Why recovery runs. */
struct work_cause {
    const struct fault_record *fault; /* the bootloader itself failed */
    bool doubt;                       /* a decision to run, which its own proofs contradict */
    bool options;                     /* an option byte is not as the flash map demands */
    bool m4_refused;                  /* the M4's bootloader did not take its image: */
    enum duo_gate_answer m4;
    enum duo_reason reason; /* else: as the boot decision says */
    enum duo_status code;
    enum duo_core core;
};

/* Serves the line until a set has been received or a reset is asked for. */
_Noreturn void work_recovery(struct duo_txn *txn, const struct work_cause *cause);

/* Carries out the exchange the journal demands, telling its progress. */
_Noreturn void work_install(struct duo_txn *txn);

/* Boots in a row that the flash has stopped while the journal could not take note of it. After
 * STOPS_MAX of them an exchange is given up on record; if that is not possible either, nothing is
 * written any more: a set that verifies runs, or recovery does. Until work_try_again(), a launch,
 * or the power goes. */
#define STOPS_MAX 3u
uint32_t work_stops(void);
void work_stopped(void);
void work_try_again(void);

/* Gives up the exchange on record, and resets. */
_Noreturn void work_stop_exchange(struct duo_txn *txn);

/* Programs the option bytes that are wrong, and resets; returns if the chip refuses. */
void work_repair_options(void);

/* Old reset causes would be taken for new ones at the next boot. */
void forget_reset_flags(void);

/* Feeds the watchdogs; for core/, while it waits. */
void work_idle(void *ctx);

/* Line, time, watchdog: everything the work phase runs on. */
void work_begin(void);

/* Lets the line finish and resets into a launch. */
_Noreturn void work_end(void);

#endif
