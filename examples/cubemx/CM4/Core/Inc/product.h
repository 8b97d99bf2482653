/* SPDX-License-Identifier: MIT */
/* The product: what the USER CODE sections of CubeMX's files call. */
#ifndef PRODUCT_H
#define PRODUCT_H

#include "duo/duo.h"

void product_start(void);
void product_run(void);

/* Lies in RAM, with all that it calls. */
void product_hsem_isr(void);

#endif
