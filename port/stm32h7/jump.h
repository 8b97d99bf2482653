/*
 * The last step into an application: from here on nothing of the caller runs any more.
 */
#ifndef DUO_JUMP_H
#define DUO_JUMP_H

#include <stdbool.h>
#include <stdint.h>

/* What the first two words of a vector table say, and whether a core may be started with them. */
enum vectors_verdict {
    VECTORS_OK,
    VECTORS_BAD_STACK, /* not 8-byte aligned or not in a RAM of this core */
    VECTORS_BAD_ENTRY, /* bit 0 clear (INVSTATE) or outside of the image */
};

/*
 * Checks initial stack pointer and entry address of an application for the core this is compiled
 * for. `base` and `size` are the image in its slot. The end of a RAM is a legal stack pointer.
 */
enum vectors_verdict vectors_check(uint32_t stack, uint32_t entry, uint32_t base, uint32_t size);

/*
 * Clears what is left of this core's own state (system control registers, NVIC, FPU, SysTick) and
 * branches to the application whose vector table is at `vectors`. Call it in privileged Thread mode
 * on MSP, from code outside of the application's memory, after everything else is as it was at
 * reset. If `go` is not 0, the core waits until that word equals `go_value` before the last steps.
 */
_Noreturn void jump_to_application(uint32_t vectors, const volatile uint32_t *go,
                                   uint32_t go_value);

#endif
