/* SPDX-License-Identifier: MIT */
/*
 * libduo: what an application of either core calls.
 */
#ifndef DUO_DUO_H
#define DUO_DUO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/txn/state.h"
#include "duo/handoff.h"
#include "duo/mailbox.h"

/* Requests to the bootloader, in RTC backup register 31. */
#define DUO_REQUEST_REGISTER 31u
#define DUO_REQUEST_NONE     0u
#define DUO_REQUEST_RECOVERY 0x52455631u /* enter recovery on USART3 once */

/*
 * This application says that the set it belongs to works. When both cores have said so, a trial is
 * over; if they do not within the boots the set allows, both cores go back to the set before.
 * Harmless when there is no trial and when repeated.
 *
 * M7: writes the journal (some 100 us, rarely 1 s), in which time the M4 may wait for its flash.
 * M4: sends a message; the M7's application records it in duo_service().
 * Errors: STATE (not started by the bootloader), BUSY (M4: the mailbox is full; the other core
 * programs flash), or as duo_txn_confirm(); call again later.
 */
enum duo_status duo_confirm(void);

/*
 * M7: records what the M4 has asked for. Call it in the main loop; it returns at once when there is
 * nothing. On the M4 it does nothing. OK, or an error as duo_confirm(), tried again at the next
 * call.
 */
enum duo_status duo_service(void);

/* Feeds this core's independent watchdog; harmless when it does not run. In a trial the bootloader
 * may have started the M7's. */
void duo_feed(void);

/* Leaves the request and resets the chip, both cores. */
_Noreturn void duo_enter_recovery(void);

/* Resets the chip, both cores. */
_Noreturn void duo_restart(void);

#endif
