/* SPDX-License-Identifier: MIT */
/* The M4's wire, at PB9. */
#define WIRE    9
#define CORE_ID 1u /* of the HSEM (RM0399, Hardware semaphore: COREID) */
#include "direction.h"
