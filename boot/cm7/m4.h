/* SPDX-License-Identifier: MIT */
/* The Cortex-M4 as the M7 bootloader sees it. */
#ifndef DUO_BOOT_M4_H
#define DUO_BOOT_M4_H

#include <stdbool.h>
#include <stdint.h>

#include "duo/gate.h"

enum m4_state {
    M4_HELD,   /* option BCM4 = 0 and not released: it executes nothing */
    M4_PARKED, /* its bootloader waits in RAM */
    M4_SILENT, /* it runs, and not in a bootloader that answers */
};

/* Waits (some 10 ms at most) until that is known. Uses the HSEM clock; m4_forget() gives it back.
 */
enum m4_state m4_state(void);

/* At the start of a boot: nothing that an earlier one has left in the gate block is to be taken for
 * an offer. The M4's bootloader does the same. */
void m4_close(void);

/*
 * Releases a held M4, waits for its bootloader and offers it the application. DUO_GATE_ACCEPTED:
 * it waits for `go`, the gate is closed again and nothing of HSEM is left in use.
 * With DUO_GATE_BY_M7 a held M4 is not released; the M7's application does that, and GATE is left
 * taken for it. DUO_GATE_SILENT: nobody answered. Anything else: it refused.
 */
enum duo_gate_answer m4_offer(uint32_t vectors, uint32_t stack, uint32_t entry,
                              enum duo_gate_start start);

/* Gives the HSEM clock back. */
void m4_forget(void);

/* A refusal in words; of a silent one: what is known of the reason, and what to do. */
const char *m4_answer_text(enum duo_gate_answer answer);

#endif
