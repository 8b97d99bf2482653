/* SPDX-License-Identifier: MIT */
/*
 * Recovery for programs that speak SMP (mcumgr, smpmgr, duoboot), over the same line as the menu
 * and YMODEM: the beginning of a message tells them apart. Nothing is installed before the client
 * asks for a reset.
 */
#ifndef DUO_BOOT_SMP_H
#define DUO_BOOT_SMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recovery;

void smp_start(struct recovery *r);

/*
 * Takes what has arrived and serves it. True: it is a client's. `elsewhere`: a transfer of another
 * kind is under way on the line; only a whole message that has a CRC counts then.
 */
bool smp_input(const uint8_t *bytes, size_t n, bool elsewhere);

/* May bytes be taken from the line? Not while a message is being worked on. */
bool smp_takes_bytes(void);

/* While the flash works on a file that comes by SMP: answers what can be answered without it. */
void smp_listen(void);

/* Does a piece of the work, and answers what has waited for it; false: there was none. */
bool smp_work(void);

/* Is the line a client's: in the middle of a message, or waiting for an answer? */
bool smp_holds_line(void);

/* What has come may be the beginning of a message. */
bool smp_may_begin(void);

/* Has a client been heard in the last ten seconds? Then nothing unasked may be said. */
bool smp_active(void);

/* Another way to send files takes over what SMP uses. */
void smp_forget(void);

#endif
