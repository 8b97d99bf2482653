/* SPDX-License-Identifier: MIT */
/*
 * Messages between the two applications: a ring of fixed-size messages each way in SRAM4, and an
 * interrupt on the other core for each.
 *
 * One sender and one receiver per direction, so no lock is needed; call send and receive of one
 * core from one context only (or mask interrupts). LDREX/STREX do not work between the cores.
 *
 * On the M7 the memory must not be cached: duo_mailbox_start() puts SRAM4 into MPU region
 * DUO_MAILBOX_MPU_REGION, non-cacheable, and enables the MPU with the default map behind it. An
 * application with an MPU set-up of its own includes SRAM4 there and the same holds.
 */
#ifndef DUO_MAILBOX_H
#define DUO_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "duo/language.h"

DUO_BEGIN_C

#define DUO_MAILBOX_MPU_REGION 7u
#define DUO_MAILBOX_SLOTS      32u
#define DUO_SEM_TO_M4          28u /* its release interrupts the M4 (IRQ 126) */
#define DUO_SEM_TO_M7          27u /* its release interrupts the M7 (IRQ 125) */

/* Kinds from here on are kept for libduo; duo_mailbox_receive() passes over them. */
#define DUO_MESSAGE_SYSTEM 0xD0000000u

struct duo_message {
    uint32_t kind; /* below DUO_MESSAGE_SYSTEM */
    uint32_t word[3];
};

/*
 * Empties this core's outgoing ring and lets the other core's messages interrupt. Point the vector
 * of IRQ 125 (M7) or 126 (M4) to duo_mailbox_isr().
 */
void duo_mailbox_start(void);

/* Acknowledges the interrupt. True if it announced a message; receive until there is none. */
bool duo_mailbox_isr(void);

/* False if the ring is full: the other core does not take its messages. Nothing is lost then. */
bool duo_mailbox_send(const struct duo_message *message);

/* False if there is none. */
bool duo_mailbox_receive(struct duo_message *message);

DUO_END_C

#endif
