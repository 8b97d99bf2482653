/* SPDX-License-Identifier: MIT */
/* Result codes are part of what applications see: include/duo/status.h. */
#ifndef DUO_CORE_STATUS_H
#define DUO_CORE_STATUS_H

#include "duo/status.h"

#endif
