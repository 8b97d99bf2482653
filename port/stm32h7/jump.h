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
 * reset. If `go` is not 0, the core waits until that word equals `go_value` before the last steps.
 */
_Noreturn void jump_to_application(uint32_t vectors, const volatile uint32_t *go,
                                   uint32_t go_value);

#endif
