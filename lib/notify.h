/* SPDX-License-Identifier: MIT */
#ifndef DUO_LIB_NOTIFY_H
#define DUO_LIB_NOTIFY_H

/* Frees the semaphore by which this core interrupts the other one. Runs from RAM. */
void mailbox_notify(void);

#endif
