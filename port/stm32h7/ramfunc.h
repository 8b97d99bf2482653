/* SPDX-License-Identifier: MIT */
/*
 * Functions that run from RAM. A flash bank at work cannot be read, not even for code: whoever
 * fetches from it stands still until the operation ends, and with it the core. The linker script
 * must copy section .ramfunc to RAM (it is named .RamFunc in libduo's archives, as in ST's
 * scripts).
 */
#ifndef DUO_PORT_RAMFUNC_H
#define DUO_PORT_RAMFUNC_H

/* Not inlined: a copy inside a function in flash would be in flash. */
#define RAMFUNC __attribute__((section(".ramfunc"), noinline))

#endif
