/* SPDX-License-Identifier: MIT */
/* Stand-in for CMSIS: what a Cortex-M has beside its registers of the chip (PM0253, PM0214). */
#ifndef CORE_CM7_H
#define CORE_CM7_H

#include "core_both.h"

#endif
