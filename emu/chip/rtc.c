/* SPDX-License-Identifier: MIT */
/*
 * RTC: calendar, write protection, 32 backup registers. RM0399, RTC.
 *
 * VBAT is taken as present: backup registers outlive the power (and live in the state file). The
 * calendar starts again at power-on. Time stamps, tamper pins, the reference clock, shifts and
 * calibration are reported when switched on.
 */
#include "emu/chip/rtc.h"
#include "emu/chip/calendar.h"

#include <string.h>

static uint8_t *bkp(const struct rtc *b)
{
    return flash_backup_area(b->m->flash);
}

/* ---- calendar ---- */

vtime_t rtc_second(const struct rtc *b)
{
    uint32_t prer = b->reg[RTC_PRER / 4];
    uint64_t clocks = ((uint64_t)(prer >> 16 & 0x7F) + 1) * ((prer & 0x7FFF) + 1);

    return (vtime_t)((unsigned __int128)clocks * VT_S / b->hz);
}

static uint64_t passed(const struct rtc *b)
{
    return b->hz && !b->init ? (machine_now(b->m) - b->since) / rtc_second(b) : 0;
}

void rtc_settle(struct rtc *b)
{
    uint64_t n = passed(b), days = (b->seconds + n) / 86400 - b->seconds / 86400;

    if (b->hz && !b->init) {
        b->since += n * rtc_second(b);
    } else {
        b->since = machine_now(b->m);
    }
    b->seconds += n;
    b->weekday = (unsigned)((b->weekday - 1 + days) % 7 + 1);
}

/* ---- the hour in 12-hour format: 12, 1 to 11, and PM ---- */

uint32_t rtc_hour_field(const struct rtc *b, unsigned hour)
{
    unsigned shown = hour % 12 ? hour % 12 : 12;

    if (!(b->reg[RTC_CR / 4] & CR_FMT)) {
        return (hour / 10) << 4 | hour % 10;
    }
    return (hour >= 12 ? 0x40 : 0) | (shown / 10) << 4 | shown % 10;
}

static uint32_t time_register(const struct rtc *b)
{
    uint32_t hour = rtc_hour_field(b, (unsigned)(b->seconds / 3600 % 24));

    return (calendar_tr(b->seconds) & 0xFFFF) | hour << 16;
}

/* A time in the format in use as one in 24-hour format. */
static uint32_t time_24(const struct rtc *b, uint32_t tr)
{
    unsigned hour = (tr >> 20 & 3) * 10 + (tr >> 16 & 15);

    if (!(b->reg[RTC_CR / 4] & CR_FMT)) {
        return tr;
    }
    hour = hour % 12 + (tr >> 22 & 1 ? 12 : 0);
    return (tr & 0xFFFF) | ((hour / 10) << 4 | hour % 10) << 16;
}

static void clock_changed(void *arg)
{
    struct rtc *b = arg;

    rtc_settle(b);
    uint64_t hz = rcc_hz(b->m->rcc, CLK_RTC);
    if (hz == b->hz) {
        return; /* some other clock, as in each Stop: the second that has begun goes on */
    }
    b->hz = hz;
    b->since = machine_now(b->m);
    rtc_wakeup_start(b);
    rtc_alarm_plan(b);
}

static uint32_t date_register(struct rtc *b)
{
    rtc_settle(b);
    return calendar_date(b->seconds) | b->weekday << 13;
}

static uint32_t sub_seconds(const struct rtc *b)
{
    uint32_t prediv_s = b->reg[RTC_PRER / 4] & 0x7FFF;

    if (!b->hz || b->init) {
        return prediv_s;
    }
    vtime_t in = (machine_now(b->m) - b->since) % rtc_second(b);
    return prediv_s - (uint32_t)((unsigned __int128)in * (prediv_s + 1) / rtc_second(b));
}

static uint32_t status(const struct rtc *b)
{
    uint32_t v = 0;

    v |= rtc_alarm_status(b);
    if (b->seconds / 86400 >= 366) {
        v |= ISR_INITS; /* the year is not 0 */
    }
    if (b->init) {
        v |= ISR_INIT | (b->hz ? ISR_INITF : 0);
    } else if (b->hz && machine_now(b->m) >= b->rsf_from) {
        v |= ISR_RSF;
    }
    return v;
}

static void sync_again(struct rtc *b)
{
    if (b->hz) {
        b->rsf_from = machine_now(b->m) + 2 * VT_S / b->hz; /* two RTC clocks */
    }
}

static void write_isr(struct rtc *b, uint32_t value)
{
    bool init = value & ISR_INIT;

    if (init != b->init) {
        rtc_settle(b);
        b->init = init;
        b->since = machine_now(b->m);
        sync_again(b);
    }
    if (!(value & ISR_RSF)) {
        sync_again(b);
    }
}

static void set_calendar(struct rtc *b, uint32_t off, uint32_t value)
{
    if (!b->init || !b->hz) {
        machine_note(b->m, N_RTC_NOT_INIT, RTC_BASE + off,
                     "RTC time, date or prescaler is written outside initialisation mode (INITF = "
                     "0): ignored");
        return;
    }
    if (off == RTC_TR) {
        b->seconds = calendar_seconds(time_24(b, value), calendar_date(b->seconds));
    } else if (off == RTC_DR) {
        b->seconds = calendar_seconds(calendar_tr(b->seconds), value);
    } else {
        b->reg[off / 4] = value & 0x007F7FFF;
    }
    if (off == RTC_DR) {
        b->weekday = value >> 13 & 7 ? value >> 13 & 7 : 1;
    }
}

/* ---- RTC registers ---- */

static void feature(struct rtc *b, uint32_t off, const char *what)
{
    machine_note(b->m, N_RTC_FEATURE, RTC_BASE + off,
                 "RTC: firmware switched on %s, which is not modelled", what);
}

static void write_key(struct rtc *b, uint32_t key)
{
    if (b->key_step == 0 && key == 0xCA) {
        b->key_step = 1;
    } else if (b->key_step == 1 && key == 0x53) {
        b->key_step = 2;
    } else {
        b->key_step = 0;
    }
}

static void busy(struct rtc *b, uint32_t off)
{
    machine_note(b->m, N_RTC_BUSY, RTC_BASE + off,
                 "RTC: an alarm or the wake-up timer is changed while it is on, or sooner than two "
                 "RTC clocks after it went off (ALRAWF, ALRBWF, WUTWF): ignored");
}

static void write_cr(struct rtc *b, uint32_t value)
{
    uint32_t old = b->reg[RTC_CR / 4], kept = b->init ? 0 : CR_FMT;

    if (!rtc_alarm_writable(b, RTC_WUTR)) {
        kept |= CR_WUCKSEL;
    }
    if ((value ^ old) & kept & CR_WUCKSEL) {
        busy(b, RTC_CR);
    }
    value = reg_merge(value, old, kept);
    if (value & ~old & CR_FEATURES) {
        feature(b, RTC_CR, "time stamps or the reference clock");
    }
    rtc_settle(b);
    b->seconds += value & CR_ADD1H ? 3600 : 0;
    b->seconds -= value & CR_SUB1H && b->seconds >= 3600 ? 3600 : 0;
    b->reg[RTC_CR / 4] = value & ~(CR_ADD1H | CR_SUB1H); /* these two read 0 */
    rtc_alarm_switched(b, old);
}

static void write_protected(struct rtc *b, uint32_t off, uint32_t value)
{
    if (off == RTC_ISR) { /* the flags are not behind the keys */
        rtc_clear_flags(b, value);
        if (b->key_step != 2 && !!(value & ISR_INIT) == b->init) {
            return;
        }
    }
    if (b->key_step != 2) {
        machine_note(b->m, N_RTC_LOCKED, RTC_BASE + off,
                     "RTC register is written without the keys 0xCA, 0x53 in RTC_WPR: ignored");
        return;
    }
    switch (off) {
    case RTC_TR:
    case RTC_DR:
    case RTC_PRER:
        set_calendar(b, off, value);
        return;
    case RTC_ISR:
        write_isr(b, value);
        return;
    case RTC_SSR:
        return;
    case RTC_CR:
        write_cr(b, value);
        return;
    case RTC_WUTR:
    case RTC_ALRMAR:
    case RTC_ALRMBR:
    case RTC_ALRMASSR:
    case RTC_ALRMBSSR:
        if (!rtc_alarm_writable(b, off)) {
            busy(b, off);
            return;
        }
        break;
    case RTC_CALR:
        if (value) {
            feature(b, off, "smooth calibration");
        }
        break;
    case RTC_SHIFTR:
        feature(b, off, "a time shift");
        break;
    default:
        break;
    }
    b->reg[off / 4] = value;
}

static bool writable(struct rtc *b, uint32_t addr)
{
    if (pwr_backup_writable(b->m->pwr)) {
        return true;
    }
    machine_note(b->m, N_BACKUP_DBP, addr,
                 "the backup domain is written with PWR_CR1.DBP = 0: ignored. Set DBP first");
    return false;
}

static uint32_t rtc_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    struct rtc *b = self;
    uint32_t v = 0;
    if (off >= RTC_END) {
        return 0;
    }
    if (off >= RTC_BKP0R) {
        memcpy(&v, bkp(b) + (off - RTC_BKP0R), 4);
        return v;
    }
    switch (off) {
    case RTC_TR:
        rtc_settle(b);
        return time_register(b);
    case RTC_DR:
        return date_register(b);
    case RTC_ISR:
        return status(b);
    case RTC_SSR:
        return sub_seconds(b);
    case RTC_WPR:
    case RTC_SHIFTR:
        return 0; /* write-only */
    default:
        return b->reg[off / 4];
    }
}

static enum bus_status rtc_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    *value = reg_part(rtc_peek(self, a->master, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status rtc_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct rtc *b = self;
    uint32_t reg = off & ~3u;

    if (reg >= RTC_END || !writable(b, RTC_BASE + off)) {
        return BUS_OK;
    }
    uint32_t v =
        reg_merge(rtc_peek(b, a->master, reg), reg_shift(value, off, size), reg_lanes(off, size));
    if (reg >= RTC_BKP0R) {
        memcpy(bkp(b) + (reg - RTC_BKP0R), &v, 4);
    } else if (reg == RTC_WPR) {
        write_key(b, value & 0xFF);
    } else if (reg == RTC_TAMPCR || reg == RTC_OR) { /* not behind the keys */
        if (reg == RTC_TAMPCR && (v & (BIT(0) | BIT(3) | BIT(5)))) {
            feature(b, reg, "tamper detection");
        }
        b->reg[reg / 4] = v;
    } else {
        write_protected(b, reg, v);
        rtc_alarm_plan(b);
    }
    return BUS_OK;
}

static void rtc_start_values(struct rtc *b)
{
    memset(b->reg, 0, sizeof(b->reg));
    b->reg[RTC_PRER / 4] = 0x007F00FF;
    b->reg[RTC_WUTR / 4] = 0xFFFF;
    b->init = false;
    b->seconds = 0;
    b->weekday = 1;
    b->since = machine_now(b->m);
    b->key_step = 0;
    rtc_alarm_reset(b);
}

/* System resets leave the RTC alone. */
static void rtc_reset(void *self, bool power_on)
{
    struct rtc *b = self;

    if (power_on) {
        rtc_start_values(b);
    }
    b->key_step = 0;
}

/* BDRST: RTC and backup registers; the backup SRAM stays. */
static void backup_domain_reset(void *arg)
{
    struct rtc *b = arg;

    rtc_start_values(b);
    memset(bkp(b), 0, RTC_END - RTC_BKP0R);
}

static const struct dev_ops rtc_ops = {
    .read = rtc_read, .write = rtc_write, .peek = rtc_peek, .reset = rtc_reset};

void rtc_new(struct machine *m)
{
    struct rtc *b = machine_alloc(m, sizeof(*b));

    b->m = m;
    rtc_alarm_init(b);
    rtc_start_values(b);
    bus_add_dev(&m->bus, &(struct dev){.name = "RTC",
                                       .base = RTC_BASE,
                                       .size = 0x400,
                                       .gate = GATE(G_APB4, 16),
                                       .ops = &rtc_ops,
                                       .self = b});
    rcc_on_backup_reset(m->rcc, backup_domain_reset, b);
    rcc_on_change(m->rcc, clock_changed, b);
}
