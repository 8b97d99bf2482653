/* SPDX-License-Identifier: MIT */
/* The M7's wire, at PB1. */
#define WIRE    1
#define CORE_ID 3u /* of the HSEM (RM0399, Hardware semaphore: COREID) */
#include "direction.h"
