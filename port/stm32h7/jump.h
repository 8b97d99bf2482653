/* SPDX-License-Identifier: MIT */
/*
 * The last step into an application: from here on nothing of the caller runs any more.
 */
#ifndef DUO_JUMP_H
#define DUO_JUMP_H

#include <stdint.h>

/*
 * Clears what is left of this core's own state (system control registers, NVIC, FPU, SysTick) and
 * branches to the application whose vector table is at `vectors`. Call it in privileged Thread mode
 * on MSP, from code outside of the application's memory, after everything else is as it was at
 * reset. Both cores meet at the word `go` in memory they share: the M7 writes `go_value` there just
 * before it branches, the M4 waits for that value.
 */
_Noreturn void jump_to_application(uint32_t vectors, volatile uint32_t *go, uint32_t go_value);

#endif
