/* SPDX-License-Identifier: MIT */
/* Confirmation, M4: only the M7 writes the journal, so ask it. */
#include "duo/duo.h"
#include "lib/system.h"

void system_message(const struct duo_message *message)
{
    (void)message; /* the M7 sends none yet; a newer one's are passed over */
}

enum duo_status duo_confirm(void)
{
    const struct duo_message message = {.kind = DUO_MESSAGE_CONFIRM};

    return duo_mailbox_send(&message) ? DUO_OK : DUO_E_BUSY;
}

enum duo_status duo_service(void)
{
    return DUO_OK;
}
