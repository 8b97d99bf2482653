/* SPDX-License-Identifier: MIT */
/* Date arithmetic of the RTC: years 2000 to 2099, BCD as in RTC_TR and RTC_DR. */
#ifndef EMU_CHIP_CALENDAR_H
#define EMU_CHIP_CALENDAR_H

#include <stdint.h>

/* Seconds since 2000-01-01 00:00 of register values; fields out of range are brought into it. */
uint64_t calendar_seconds(uint32_t tr, uint32_t dr);
/* RTC_TR of that second. */
uint32_t calendar_tr(uint64_t seconds);
/* RTC_DR without the weekday. */
uint32_t calendar_date(uint64_t seconds);

#endif
