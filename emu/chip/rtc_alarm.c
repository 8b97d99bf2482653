/* SPDX-License-Identifier: MIT */
/*
 * Alarms A and B and the wake-up timer of the RTC (RM0399, RTC). Nothing ticks: the time of the
 * next match is computed when something changes. Both reach the cores through the EXTI, lines 17
 * and 19.
 */
#include "emu/chip/calendar.h"
#include "emu/chip/rtc.h"

enum { EXTI_ALARM = 17, EXTI_WAKEUP = 19 };
enum { DAY = 86400, DAYS_AHEAD = 4 * 366 + 1 /* 29 February comes within four years */ };

/* RTC_ALRMxR: a mask bit above each field takes it out of the comparison. */
#define MSK_SECONDS BIT(7)
#define MSK_MINUTES BIT(15)
#define MSK_HOURS   BIT(23)
#define WDSEL       BIT(30)
#define MSK_DATE    BIT(31)

static uint32_t bcd(unsigned v)
{
    return (v / 10) << 4 | v % 10;
}

/* ---- when an alarm comes ---- */

static bool date_matches(const struct rtc *b, uint32_t alarm, uint64_t days_on)
{
    unsigned weekday = (unsigned)((b->weekday - 1 + days_on) % 7 + 1);

    if (alarm & MSK_DATE) {
        return true;
    }
    if (alarm & WDSEL) {
        return (alarm >> 24 & 15) == weekday;
    }
    return (alarm >> 24 & 0x3F) == (calendar_date(b->seconds + days_on * DAY) & 0x3F);
}

static bool second_matches(uint32_t alarm, unsigned s)
{
    return alarm & MSK_SECONDS || (alarm & 0x7F) == bcd(s);
}

static bool minute_matches(uint32_t alarm, unsigned min)
{
    return alarm & MSK_MINUTES || (alarm >> 8 & 0x7F) == bcd(min);
}

static bool hour_matches(const struct rtc *b, uint32_t alarm, unsigned hour)
{
    return alarm & MSK_HOURS || (alarm >> 16 & 0x7F) == rtc_hour_field(b, hour);
}

/* First second of a day that matches, not before `from`; DAY if there is none. */
static unsigned match_in_day(const struct rtc *b, uint32_t alarm, unsigned from)
{
    for (unsigned minute = from / 60; minute < DAY / 60; minute++) {
        if (!hour_matches(b, alarm, minute / 60) || !minute_matches(alarm, minute % 60)) {
            continue;
        }
        for (unsigned s = minute == from / 60 ? from % 60 : 0; s < 60; s++) {
            if (second_matches(alarm, s)) {
                return minute * 60 + s;
            }
        }
    }
    return DAY;
}

/* First matching second of the calendar, not before `from`, which is today or the next midnight. */
static bool next_second(const struct rtc *b, uint32_t alarm, uint64_t from, uint64_t *second)
{
    uint64_t today = b->seconds / DAY;

    if (match_in_day(b, alarm, 0) == DAY) { /* no such time, as second 0x3C: never */
        return false;
    }
    for (uint64_t day = from / DAY; day < today + DAYS_AHEAD; day++) {
        unsigned start = day == from / DAY ? (unsigned)(from % DAY) : 0;
        unsigned s = date_matches(b, alarm, day - today) ? match_in_day(b, alarm, start) : DAY;
        if (s < DAY) {
            *second = day * DAY + s;
            return true;
        }
    }
    return false;
}

/* First tick of the sub-second counter in a second, not before `from`, at which the alarm comes.
 * SSR counts down from PREDIV_S. Without a mask (MASKSS = 0) it comes as the second begins. */
static bool next_tick(const struct rtc *b, unsigned index, uint32_t from, uint32_t *tick)
{
    uint32_t ssr = b->reg[(index ? RTC_ALRMBSSR : RTC_ALRMASSR) / 4];
    uint32_t mask = (1u << (ssr >> 24 & 15)) - 1, top = b->reg[RTC_PRER / 4] & 0x7FFF;

    if (!mask) {
        *tick = 0;
        return from == 0;
    }
    for (uint32_t i = from; i <= top; i++) {
        if (((top - i) & mask) == (ssr & mask)) {
            *tick = i;
            return true;
        }
    }
    return false;
}

static vtime_t time_of(const struct rtc *b, uint64_t second, uint32_t tick)
{
    uint64_t ticks = (b->reg[RTC_PRER / 4] & 0x7FFF) + 1;
    vtime_t length = rtc_second(b);

    return b->since + (second - b->seconds) * length +
           (vtime_t)(((unsigned __int128)length * tick + ticks - 1) / ticks);
}

/* When alarm `index` comes next, after the present moment. */
static vtime_t next_match(const struct rtc *b, unsigned index)
{
    uint32_t alarm = b->reg[(index ? RTC_ALRMBR : RTC_ALRMAR) / 4], tick;
    uint64_t ticks = (b->reg[RTC_PRER / 4] & 0x7FFF) + 1, second;

    if (!(b->reg[RTC_CR / 4] & CR_ALRAE << index) || !b->hz || b->init) {
        return VT_NEVER;
    }
    vtime_t in = machine_now(b->m) - b->since;
    uint32_t present = (uint32_t)((unsigned __int128)in * ticks / rtc_second(b));
    if (next_second(b, alarm, b->seconds, &second) && second == b->seconds &&
        next_tick(b, index, present + 1, &tick)) {
        return time_of(b, second, tick);
    }
    if (next_second(b, alarm, b->seconds + 1, &second) && next_tick(b, index, 0, &tick)) {
        return time_of(b, second, tick);
    }
    return VT_NEVER;
}

/* ---- flags and lines ---- */

static void update_lines(struct rtc *b)
{
    uint32_t cr = b->reg[RTC_CR / 4];
    bool alarm = b->flags & cr >> 4 & (ISR_ALRAF | ISR_ALRAF << 1);
    bool wakeup = b->flags & ISR_WUTF && cr & CR_WUTIE;

    if (alarm != b->alarm_line) {
        b->alarm_line = alarm;
        exti_edge(b->m->exti, EXTI_ALARM, alarm);
    }
    if (wakeup != b->wakeup_line) {
        b->wakeup_line = wakeup;
        exti_edge(b->m->exti, EXTI_WAKEUP, wakeup);
    }
}

void rtc_clear_flags(struct rtc *b, uint32_t value)
{
    b->flags &= value;
    update_lines(b);
}

static void plan(struct rtc_alarm *a)
{
    vtime_t when = next_match(a->rtc, a->index);

    if (when == VT_NEVER) {
        sched_cancel(&a->rtc->m->sched, &a->match);
    } else {
        sched_at(&a->rtc->m->sched, &a->match, when);
    }
}

static void on_match(void *arg)
{
    struct rtc_alarm *a = arg;

    a->rtc->flags |= ISR_ALRAF << a->index;
    rtc_settle(a->rtc);
    plan(a);
    update_lines(a->rtc);
}

void rtc_alarm_plan(struct rtc *b)
{
    rtc_settle(b);
    for (unsigned i = 0; i < RTC_ALARMS; i++) {
        plan(&b->alarm[i]);
    }
    update_lines(b);
}

/* ---- wake-up timer ---- */

/* One period: WUT + 1 counts of the RTC clock by 16, 8, 4 or 2, or of the calendar's second. */
static vtime_t wakeup_period(const struct rtc *b)
{
    unsigned select = b->reg[RTC_CR / 4] & CR_WUCKSEL;
    uint64_t counts = (b->reg[RTC_WUTR / 4] & 0xFFFF) + 1;

    if (select >= 4) {
        return (counts + (select >= 6 ? 0x10000 : 0)) * rtc_second(b);
    }
    return (vtime_t)((unsigned __int128)(counts << (4 - select)) * VT_S / b->hz);
}

void rtc_wakeup_start(struct rtc *b)
{
    if (b->reg[RTC_CR / 4] & CR_WUTE && b->hz) {
        sched_at(&b->m->sched, &b->wakeup, machine_now(b->m) + wakeup_period(b));
    } else {
        sched_cancel(&b->m->sched, &b->wakeup);
    }
}

static void on_wakeup(void *arg)
{
    struct rtc *b = arg;

    b->flags |= ISR_WUTF;
    rtc_wakeup_start(b);
    update_lines(b);
}

/* ---- on and off ---- */

static bool enabled(const struct rtc *b, unsigned i)
{
    return b->reg[RTC_CR / 4] & CR_ALRAE << i; /* ALRAE, ALRBE, WUTE */
}

void rtc_alarm_switched(struct rtc *b, uint32_t old)
{
    for (unsigned i = 0; i < 3; i++) {
        if (old & CR_ALRAE << i && !enabled(b, i) && b->hz) {
            b->writable_from[i] = machine_now(b->m) + 2 * VT_S / b->hz; /* two RTC clocks */
        }
    }
    if ((old ^ b->reg[RTC_CR / 4]) & CR_WUTE) {
        rtc_wakeup_start(b);
    }
}

uint32_t rtc_alarm_status(const struct rtc *b)
{
    uint32_t v = b->flags;

    for (unsigned i = 0; i < 3; i++) { /* ALRAWF, ALRBWF, WUTWF */
        if (!enabled(b, i) && machine_now(b->m) >= b->writable_from[i]) {
            v |= BIT(i);
        }
    }
    return v;
}

bool rtc_alarm_writable(const struct rtc *b, uint32_t off)
{
    unsigned i = off == RTC_WUTR ? 2 : off == RTC_ALRMBR || off == RTC_ALRMBSSR ? 1 : 0;

    return rtc_alarm_status(b) & BIT(i) || (i < 2 && b->init);
}

void rtc_alarm_reset(struct rtc *b)
{
    b->flags = 0;
    b->writable_from[0] = b->writable_from[1] = b->writable_from[2] = 0;
    rtc_wakeup_start(b);
    rtc_alarm_plan(b);
}

void rtc_alarm_init(struct rtc *b)
{
    for (unsigned i = 0; i < RTC_ALARMS; i++) {
        b->alarm[i].rtc = b;
        b->alarm[i].index = i;
        sched_event_init(&b->alarm[i].match, "RTC: an alarm", on_match, &b->alarm[i]);
    }
    sched_event_init(&b->wakeup, "RTC: wakeup timer", on_wakeup, b);
}
