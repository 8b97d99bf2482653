/* SPDX-License-Identifier: MIT */
#ifndef DUO_BOOT_MAIN_H
#define DUO_BOOT_MAIN_H

/* Called once, from the copied code, on an empty stack. */
__attribute__((used)) _Noreturn void boot_main(void);

#endif
