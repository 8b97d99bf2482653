/* SPDX-License-Identifier: MIT */
/* M7: life signs, confirmations, and the watchdog that a trial runs against. */
#include "duo/duo.h"
#include "lib/service.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/watchdog.h"

/* Calls of duo_service() on the M4 after both have confirmed: it lives now, not only then. */
#define SIGNS_OF_LIFE 2u

static bool waiting; /* for the M4's signs of life, counted from here on */
static uint32_t life_then;

bool duo_kept(void)
{
    return !shared_ready() || SHARED->kept != 0;
}

void duo_feed(void)
{
    if (duo_kept()) {
        watchdog_feed();
    }
}

enum duo_status duo_confirm(void)
{
    if (!shared_ready()) {
        return DUO_E_STATE;
    }
    SHARED->confirm[DUO_CM7] = 1;
    return DUO_OK;
}

static bool both_confirm_and_live(void)
{
    if (SHARED->confirm[DUO_CM7] == 0 || SHARED->confirm[DUO_CM4] == 0) {
        return false;
    }
    if (!waiting) {
        waiting = true;
        life_then = SHARED->life[DUO_CM4];
    }
    return SHARED->life[DUO_CM4] - life_then >= SIGNS_OF_LIFE;
}

static enum duo_status record_both(struct duo_txn *txn)
{
    enum duo_status status = duo_txn_confirm(txn, DUO_CM7);

    if (status == DUO_OK) {
        status = duo_txn_confirm(txn, DUO_CM4);
    }
    return status;
}

/* The bootloader has left room in the journal: a confirmation never waits for an erase. */
static enum duo_status end_trial(void)
{
    struct duo_txn *txn = library_txn();
    enum duo_status status;

    if (!txn) {
        return DUO_E_STATE;
    }
    if (!library_lock()) {
        return DUO_E_BUSY;
    }
    txn->journal.stays = true;
    status = record_both(txn);
    txn->journal.stays = false;
    library_unlock();
    if (status == DUO_OK) {
        SHARED->confirmed[DUO_CM7] = SHARED->confirmed[DUO_CM4] = 1;
        SHARED->kept = 1;
    }
    return status;
}

enum duo_status duo_service(void)
{
    enum duo_status status = DUO_OK;

    if (cpu_exception() != 0) {
        return DUO_E_INTERRUPT;
    }
    if (!shared_ready()) {
        return DUO_OK;
    }
    SHARED->life[DUO_CM7]++;
    if (!duo_kept() && both_confirm_and_live()) {
        status = end_trial();
    }
    duo_feed();
    update_serve();
    return status;
}
