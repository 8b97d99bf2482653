/* SPDX-License-Identifier: MIT */
/* Messages between the two halves of libduo. */
#ifndef DUO_LIB_SYSTEM_H
#define DUO_LIB_SYSTEM_H

#include "duo/mailbox.h"

/* Takes a message of kind DUO_MESSAGE_SYSTEM and above; may run in an interrupt. */
void system_message(const struct duo_message *message);

#endif
