/* SPDX-License-Identifier: MIT */
/* The board's recovery button. */
#ifndef DUO_BUTTON_H
#define DUO_BUTTON_H

#include <stdbool.h>

/* Is it held now? Leaves pin and clock as they were. */
bool button_pressed(void);

#endif
