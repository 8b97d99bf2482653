/* SPDX-License-Identifier: MIT */
/*
 * libduo: what an application of either core calls. One archive for each core.
 *
 * Stack and time are the most that any path needs; tests hold both to it, and docs/iap.md has a
 * table of them. Times are for a core at 64 MHz. Call these functions from one task (or the main
 * loop) of each core, unless it says otherwise. What is given NULL for a place does nothing, and
 * says ARG if it says anything.
 */
#ifndef DUO_DUO_H
#define DUO_DUO_H

#include <stdbool.h>
#include <stdint.h>

#include "duo/handoff.h"
#include "duo/language.h"
#include "duo/log.h"
#include "duo/mailbox.h"
#include "duo/ram.h"
#include "duo/reason.h"
#include "duo/server.h"
#include "duo/status.h"
#include "duo/update.h"

DUO_BEGIN_C

/* Requests to the bootloader, in RTC backup register 31. */
#define DUO_REQUEST_REGISTER 31u
#define DUO_REQUEST_NONE     0u
#define DUO_REQUEST_RECOVERY 0x52455631u /* enter recovery on USART3 once */
#define DUO_REQUEST_ROLLBACK 0x52424B31u /* go back to the other set, if it verifies */

/* Stack that the functions of this header need, and the two that verify signatures. */
#define DUO_STACK        512u
#define DUO_STACK_VERIFY 4096u

/*
 * This application says that the set it belongs to works. When both cores have said so and both go
 * on calling duo_service(), the trial is over; until then a watchdog runs that nobody feeds. If it
 * ends the trial's last boot, both cores go back to the set before. Harmless when there is no trial
 * and when repeated.
 *
 * It only leaves word; duo_service() of the M7 records it. Errors: STATE (not started by the
 * bootloader). Any context. 10 us.
 */
enum duo_status duo_confirm(void);

/*
 * To be called in the main loop (or a task) of both cores, at least twice a second: shows the other
 * core that this one lives, feeds this core's watchdog once the set is kept, and on the M7 does
 * what the M4 has asked for and records confirmations.
 *
 * Returns at once when there is nothing to do (20 us); the record of a confirmation takes 120 ms at
 * most, nearly all of it for reading the journal (25 ms while that is new), and in two flash words'
 * time (200 us) the M4 may wait for its flash. The M4's duo_get_log() takes as much of the M7. On
 * the M4 it waits in RAM, with interrupts on, while the M7 erases in the M4's bank (1 to 2 s a
 * sector): flash could not be read meanwhile anyway. Errors: BUSY (somebody else holds semaphore
 * DUO_SEM_FLASH), JOURNAL, PROGRAM: not recorded, tried again at the next call. INTERRUPT: not
 * allowed there.
 */
enum duo_status duo_service(void);

/* Both cores have confirmed and the set is kept (or there was no trial). Any context. */
bool duo_kept(void);

/*
 * Feeds this core's watchdog as duo_service() does, for a wait in which that cannot be called: not
 * in a trial, which has a deadline. Harmless when no watchdog runs. Any context.
 */
void duo_feed(void);

/* Leaves the request and resets the chip, both cores. Any context. */
DUO_NORETURN void duo_enter_recovery(void);

/*
 * Resets the chip, both cores, and demands the other set. The bootloader verifies it and exchanges
 * the sets; if there is none, or it does not verify, the present set runs on and the reason says
 * why. Any context.
 */
DUO_NORETURN void duo_rollback(void);

/* Resets the chip, both cores. A set that duo_update_install() has released is installed. Any
 * context. */
DUO_NORETURN void duo_restart(void);

/* What duo_get_status() tells. */
struct duo_device_status {
    bool managed;             /* started by the bootloader; the rest is zero if not */
    enum duo_set_state state; /* of the set that runs */
    struct duo_handoff_version set, m7, m4, bootloader;
    uint32_t hardware_id;
    uint32_t counter;          /* security counter: nothing below it is taken */
    uint32_t trial_boots_left; /* this one not counted */
    bool confirmed_m7, confirmed_m4;
    uint32_t reset_flags;        /* RCC_RSR as it was at reset: why the chip was reset */
    enum duo_reason reason;      /* of the last failure */
    enum duo_status reason_code; /* what exactly was wrong, DUO_OK if that does not apply */
    struct duo_update_progress update;
};

/* Any core, any context. 100 us. */
void duo_get_status(struct duo_device_status *status);

DUO_END_C

#endif
