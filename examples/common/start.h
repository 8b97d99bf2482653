/* SPDX-License-Identifier: MIT */
/* Start-up code that the two example applications share. */
#ifndef EXAMPLE_START_H
#define EXAMPLE_START_H

#include <stdint.h>

/* Called with .data and .bss ready and the FPU on. */
int main(void);

/* Handlers an application may define; each has a default that stops and tells nobody. */
void systick_handler(void);
void usart3_handler(void);
void hsem_handler(void);
void otg_fs_handler(void);

/* A fault reached the application: `name` of the vector. Loops unless the application defines it.
 */
void fault_handler(void);

#endif
