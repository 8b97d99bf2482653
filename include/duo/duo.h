/*
 * libduo: what an application of either core calls.
 */
#ifndef DUO_DUO_H
#define DUO_DUO_H

#include <stdint.h>

#include "duo/handoff.h"
#include "duo/mailbox.h"

/* Requests to the bootloader, in RTC backup register 31. */
#define DUO_REQUEST_REGISTER 31u
#define DUO_REQUEST_NONE     0u
#define DUO_REQUEST_RECOVERY 0x52455631u /* enter recovery on USART3 once */

/* Leaves the request and resets the chip, both cores. */
_Noreturn void duo_enter_recovery(void);

/* Resets the chip, both cores. */
_Noreturn void duo_restart(void);

#endif
