/* SPDX-License-Identifier: MIT */
/*
 * The clock tree, owned by the M7. After reset everything runs from HSI at 64 MHz, VOS3.
 */
#ifndef DUO_CLOCK_H
#define DUO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_RESET_HZ 64000000u  /* both cores, all buses */
#define CLOCK_FAST_HZ  400000000u /* M7; AXI, AHB and M4 at half of it */
#define CLOCK_HSI_HZ   64000000u

/*
 * 400 MHz from HSI by PLL1 at VOS1, flash wait states as after reset (they suffice: 7). False, with
 * the clocks as after reset, if voltage or PLL do not become ready in time.
 */
bool clock_fast(void);

/* Every clock and voltage register exactly as after reset. Also undoes half a clock_fast(). */
void clock_reset(void);

#endif
