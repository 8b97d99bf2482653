/* SPDX-License-Identifier: MIT */
/*
 * The install engine: carries out the exchange that the journal says is under way, both banks at
 * work at once. Non-blocking except for journal words between steps (see below).
 *
 * Everything it calls (core/install, exchange, journal, flash, bytes, state, and the port's flash
 * functions) must lie in RAM: both banks are busy. The M4 must be parked where it needs nothing of
 * either bank.
 */
#ifndef DUO_CORE_INSTALL_H
#define DUO_CORE_INSTALL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/txn/exchange.h"
#include "core/txn/txn.h"

/* One bank's part of a step. */
struct duo_worker {
    struct duo_move move;
    uint8_t stage;
    enum duo_status result; /* why it failed */
    uint32_t at;            /* offset of the word in the sector */
    uint8_t word[DUO_WORD_SIZE];
};

struct duo_install {
    struct duo_txn *txn;
    struct duo_worker worker[DUO_CORES];
    bool loaded;   /* the workers have the current step */
    bool distrust; /* the step may have been begun in an earlier power cycle */
    uint8_t tries; /* of the current step in this power cycle */
    uint8_t steps; /* of the whole exchange */
    bool back;     /* no exchange: banks that somebody else has swapped are swapped back */
    bool counted;  /* this attempt to swap to a new bootloader is in the journal */
    bool swapping; /* the option bytes are being changed */
    bool finished;
};

/* After DUO_BOOT_EXCHANGE. Switches the journal's halves first if it could fill up on the way (an
 * erase). STATE when no exchange is under way. */
enum duo_status duo_install_start(struct duo_install *in, struct duo_txn *txn);

/*
 * Looks after both banks once and returns: BUSY = call again (feed the watchdog in between; each
 * call returns within about 200 us, except that one call in a step waits for two journal words and,
 * never after start() made room, for an erase). OK = done and recorded: reset now. Any other
 * status: the flash refused a step several times; that is recorded if possible: reset, the boot
 * decision knows when to give up.
 */
enum duo_status duo_install_step(struct duo_install *in);

/* Progress for a display: 0..100. */
unsigned duo_install_percent(const struct duo_install *in);

#endif
