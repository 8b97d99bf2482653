/* A time after reset in which a key enters recovery. */
#ifndef DUO_BOOT_WINDOW_H
#define DUO_BOOT_WINDOW_H

#include <stdbool.h>

/* Its length in ms; 0, as built unless asked for, leaves it out: it delays every start, and resets
 * once more, so that the application finds the chip as after a reset. */
#ifndef DUO_START_WINDOW_MS
#define DUO_START_WINDOW_MS 0
#endif

#define WINDOW_PASSED 0x57494E31u /* in DUO_REQUEST_REGISTER: this boot comes after the window */

/* True: a key came. Otherwise it resets, or returns false in the boot behind that reset. */
bool window_key(void);

#endif
