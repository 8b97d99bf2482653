/* SPDX-License-Identifier: MIT */
/* For the M7 bootloader: what it prepares for libduo in the applications. */
#ifndef DUO_LIB_START_H
#define DUO_LIB_START_H

#include <stdbool.h>

/* Clears what libduo's two halves tell each other; says whether the set that is started is on
 * trial. */
void duo_shared_clear(bool trial);

#endif
