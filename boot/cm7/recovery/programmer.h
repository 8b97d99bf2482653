/* SPDX-License-Identifier: MIT */
/*
 * Recovery for programs that write slots by address: those that speak ST's boot loader protocol
 * (stm32flash, STM32CubeProgrammer), over the same line as YMODEM (the first byte tells them
 * apart), and, by USB, those that speak DfuSe (usb_slots.c).
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

#include "core/base/status.h"
#include "proto/an3155.h"

struct recovery;

/* Does such a program begin with these bytes? */
bool programmer_calls(const uint8_t *bytes, size_t n);

/* To be told of all that arrives: after a silence, what begins no command is another client's, and
 * the program has gone. */
void programmer_give_way(const uint8_t *bytes, size_t n);

/* Takes what has arrived. The copies of the slots survive from one client to the next, until a file
 * comes by YMODEM. */
void programmer_input(struct recovery *r, const uint8_t *bytes, size_t n);

/* True once, after a GO that was accepted: everything that was written may be installed. */
bool programmer_decided(void);

/* Once: why the last GO was refused; OK if it was not. */
enum duo_status programmer_refusal(void);

/* Is there a client: a sync byte in the last two seconds, or a command in the last ten? */
bool programmer_active(void);

/* Stages what was written, by a session of its own: OK, and a reset installs it. Errors as of
 * core/txn/session.h. Takes some seconds. */
enum duo_status programmer_stage(void);

/* ---- The copies, by address; `ctx` is not used. For usb_slots.c, too ---- */

/* Makes them, as erased slots, if they are not there. */
void programmer_open(struct recovery *r);
bool programmer_read(void *ctx, uint32_t addr, uint8_t *to, uint32_t n);
bool programmer_write(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n);
/* Bit p for page p. */
bool programmer_erase(void *ctx, uint32_t pages);

/* May all that was written be installed: is it verified, for this hardware, not too old, and is no
 * set on trial? EMPTY: nothing was written. PROTECTED: no update. */
enum duo_status programmer_decide(void);

/* The copy of the M7's slot has been used for something else. */
void programmer_forget(void);

#endif
