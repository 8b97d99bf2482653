/* SPDX-License-Identifier: MIT */
#include "emu/chip/calendar.h"

#define DAY 86400u

static unsigned from_bcd(unsigned v)
{
    return (v >> 4) * 10 + (v & 15);
}

static uint32_t to_bcd(unsigned v)
{
    return (v / 10) << 4 | v % 10;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month] + (month == 1 && year % 4 == 0); /* right for 2000 to 2099 */
}

static unsigned year_days(unsigned year)
{
    return year % 4 ? 365 : 366;
}

uint64_t calendar_seconds(uint32_t tr, uint32_t dr)
{
    unsigned year = from_bcd(dr >> 16 & 0xFF) % 100, month = from_bcd(dr >> 8 & 0x1F);
    unsigned day = from_bcd(dr & 0x3F);
    uint64_t days = day ? day - 1 : 0;

    month = month ? (month - 1) % 12 : 0;
    for (unsigned y = 0; y < year; y++) {
        days += year_days(y);
    }
    for (unsigned i = 0; i < month; i++) {
        days += month_days(year, i);
    }
    unsigned h = from_bcd(tr >> 16 & 0x3F), min = from_bcd(tr >> 8 & 0x7F), s = from_bcd(tr & 0x7F);
    return days * DAY + h * 3600ull + min * 60ull + s;
}

uint32_t calendar_tr(uint64_t seconds)
{
    unsigned s = (unsigned)(seconds % DAY);

    return to_bcd(s / 3600) << 16 | to_bcd(s / 60 % 60) << 8 | to_bcd(s % 60);
}

uint32_t calendar_date(uint64_t seconds)
{
    uint64_t days = seconds / DAY;
    unsigned year = 0, month = 0;

    while (days >= year_days(year)) {
        days -= year_days(year++);
    }
    while (days >= month_days(year, month)) {
        days -= month_days(year, month++);
    }
    return to_bcd(year % 100) << 16 | to_bcd(month + 1) << 8 | to_bcd((unsigned)days + 1);
}
