/* SPDX-License-Identifier: MIT */
/* Why the chip was reset. */
#ifndef EMU_RESET_H
#define EMU_RESET_H

enum reset_cause {
    RESET_POWER_ON,
    RESET_PIN,
    RESET_BROWN_OUT,
    RESET_SOFT_CM7,
    RESET_SOFT_CM4,
    RESET_IWDG1,
    RESET_IWDG2,
    RESET_WWDG1,
    RESET_WWDG2,
    RESET_LOW_POWER1,
    RESET_LOW_POWER2,
    RESET_STANDBY, /* the chip leaves Standby */
};

#endif
