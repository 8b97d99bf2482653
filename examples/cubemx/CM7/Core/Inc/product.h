/* SPDX-License-Identifier: MIT */
/* The product, and its update: what the USER CODE sections of CubeMX's files call. */
#ifndef PRODUCT_H
#define PRODUCT_H

#include "duo/duo.h"

void product_start(void);
void product_run(void);

/* Both lie in RAM, with all that they call. */
void product_uart_isr(void);
void product_hsem_isr(void);

#endif
