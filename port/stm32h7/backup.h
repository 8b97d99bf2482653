/* SPDX-License-Identifier: MIT */
/*
 * RTC backup registers as storage that survives every reset (and power loss with VBAT), and the
 * system reset itself. Register 31 is the last one: ST's RTC examples use the first.
 */
#ifndef DUO_BACKUP_H
#define DUO_BACKUP_H

#include <stdint.h>

/* Reads register `number` (0..31) and leaves every clock enable as it was. */
uint32_t backup_read(uint32_t number);

/* Writes it. Leaves the clock enable and the write protection (PWR_CR1.DBP) as they were. */
void backup_write(uint32_t number, uint32_t value);

/* Resets the whole chip, both cores, whichever core calls. RAM content stays. */
_Noreturn void system_reset(void);

#endif
