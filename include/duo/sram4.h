/* SPDX-License-Identifier: MIT */
/*
 * Fixed places in SRAM4, the one RAM that both cores reach and that no linker script of an
 * application fills by default. The bootloaders use them before the applications start; an
 * application that needs the memory for itself may take it once it has read the handoff block.
 */
#ifndef DUO_SRAM4_H
#define DUO_SRAM4_H

#include "duo/language.h"

#define DUO_SRAM4_BASE 0x38000000u
#define DUO_SRAM4_SIZE 0x00010000u

#define DUO_LIBRARY_BASE  0x3800E000u /* libduo: life signs, update queue */
#define DUO_LIBRARY_SIZE  0x00001000u
#define DUO_MAILBOX_BASE  0x3800F000u /* libduo: messages between the two applications */
#define DUO_MAILBOX_SIZE  0x00000800u
#define DUO_PIPE_TO_M4    0x3800F300u /* libduo: after each ring of messages, a client's bytes */
#define DUO_PIPE_TO_M7    0x3800F700u
#define DUO_PIPE_SIZE     0x00000100u
#define DUO_KEYS_BASE     0x3800F800u /* bootloader to libduo: the trusted keys */
#define DUO_KEYS_SIZE     0x00000300u
#define DUO_LMS_KEYS_BASE 0x3800FB00u /* and those of second signatures */
#define DUO_LMS_KEYS_SIZE 0x00000200u
#define DUO_GATE_BASE     0x3800FE00u /* M7 bootloader to M4 bootloader: duo/gate.h */
#define DUO_HANDOFF_BASE  0x3800FF00u /* bootloader to applications: duo/handoff.h */

DUO_STATIC_ASSERT(DUO_LIBRARY_BASE + DUO_LIBRARY_SIZE <= DUO_MAILBOX_BASE, "library below mailbox");
DUO_STATIC_ASSERT(DUO_PIPE_TO_M7 + DUO_PIPE_SIZE <= DUO_MAILBOX_BASE + DUO_MAILBOX_SIZE,
                  "a pipe in each half of the mailbox");
DUO_STATIC_ASSERT(DUO_MAILBOX_BASE + DUO_MAILBOX_SIZE <= DUO_KEYS_BASE, "mailbox below the keys");
DUO_STATIC_ASSERT(DUO_KEYS_BASE + DUO_KEYS_SIZE <= DUO_LMS_KEYS_BASE, "both sorts of keys");
DUO_STATIC_ASSERT(DUO_LMS_KEYS_BASE + DUO_LMS_KEYS_SIZE <= DUO_GATE_BASE, "keys below the gate");
DUO_STATIC_ASSERT(DUO_HANDOFF_BASE + 0x100u == DUO_SRAM4_BASE + DUO_SRAM4_SIZE,
                  "handoff is the end");

#endif
