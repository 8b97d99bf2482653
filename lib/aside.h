/* SPDX-License-Identifier: MIT */
/* The M4 keeps out of its flash bank while the M7 erases there, so that its interrupts in RAM go
 * on. */
#ifndef DUO_LIB_ASIDE_H
#define DUO_LIB_ASIDE_H

/* M7: asks the M4 to wait in RAM, and waits until it does; not for long when it does not answer. */
void aside_ask(void);

/* M7: the bank can be read again. */
void aside_end(void);

/* M7, again and again while it waits: feeds both watchdogs, as the M4 may stand still, and shows it
 * that this core lives. Runs from RAM. */
void aside_still(void);

/* M4: waits in RAM as long as the M7 asks for it and lives. */
void aside_follow(void);

#endif
