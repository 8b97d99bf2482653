/* SPDX-License-Identifier: MIT */
/*
 * Recovery for programs that speak ST's boot loader protocol (stm32flash, STM32CubeProgrammer),
 * over the same line as YMODEM: the first byte tells them apart.
 *
 * They write slots, as `duoboot factory` of two images lays them out, at the applications'
 * addresses. What they erase, write and read is a copy of both slots in RAM; the flash is not
 * touched until GO, when both images have been verified.
 */
#ifndef DUO_BOOT_PROGRAMMER_H
#define DUO_BOOT_PROGRAMMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/txn/session.h"
#include "proto/an3155.h"

/* Does such a program begin with these bytes? */
bool programmer_calls(const uint8_t *bytes, size_t n);

/* Takes what has arrived. The copies of the slots survive from one client to the next, until a file
 * comes by YMODEM. */
void programmer_input(const struct duo_device *device, const uint8_t *bytes, size_t n);

/* True once, after a GO that was accepted: everything that was written is a verified image. */
bool programmer_decided(void);

/* Is there a client: a sync byte in the last two seconds, or a command in the last ten? */
bool programmer_active(void);

/* Stages what was written, by a session of its own: OK, and a reset installs it. Errors as of
 * core/txn/session.h. Takes some seconds. */
enum duo_status programmer_stage(struct duo_session *session, struct duo_txn *txn);

/* The copy of the M7's slot has been used for something else. */
void programmer_forget(void);

#endif
