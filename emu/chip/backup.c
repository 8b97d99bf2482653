/* SPDX-License-Identifier: MIT */
/*
 * Backup domain: RTC with a running calendar, 32 backup registers, 4 KiB backup SRAM. RM0399, RTC.
 *
 * VBAT is taken as present: backup registers and backup SRAM outlive the power (and live in the
 * state file). The calendar starts again at power-on. Alarms, wake-up timer, time stamps, tamper
 * pins and calibration are reported when switched on.
 */
#include "emu/chip/calendar.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <string.h>

enum {
    RTC_TR = 0x00,
    RTC_DR = 0x04,
    RTC_CR = 0x08,
    RTC_ISR = 0x0C,
    RTC_PRER = 0x10,
    RTC_WUTR = 0x14,
    RTC_WPR = 0x24,
    RTC_SSR = 0x28,
    RTC_SHIFTR = 0x2C,
    RTC_CALR = 0x3C,
    RTC_TAMPCR = 0x40,
    RTC_OR = 0x4C,
    RTC_BKP0R = 0x50,
    RTC_END = 0xD0,
};

#define RTC_BASE    0x58004000u
#define BKPSRAM     0x38800000u
#define BKPSRAM_LEN 4096
#define CR_FMT      BIT(6)
#define CR_ALRAE    BIT(8)
#define CR_ALRBE    BIT(9)
#define CR_WUTE     BIT(10)
#define CR_TSE      BIT(11)
#define CR_FEATURES (BIT(4) | CR_FMT | CR_ALRAE | CR_ALRBE | CR_WUTE | CR_TSE | BIT(24))
#define ISR_INITS   BIT(4)
#define ISR_RSF     BIT(5)
#define ISR_INITF   BIT(6)
#define ISR_INIT    BIT(7)

struct backup {
    struct machine *m;
    uint32_t reg[RTC_BKP0R / 4]; /* everything but TR, DR, ISR, SSR, WPR */
    unsigned key_step;           /* of WPR; 2 = unlocked */
    bool init;
    uint64_t seconds; /* calendar at `since` */
    unsigned weekday;
    vtime_t since;
    uint64_t hz; /* RTC clock in use, 0: the calendar stands still */
    vtime_t rsf_from;
};

static uint8_t *bkp(const struct backup *b)
{
    return flash_backup_area(b->m->flash);
}

/* ---- calendar ---- */

static vtime_t second(const struct backup *b)
{
    uint32_t prer = b->reg[RTC_PRER / 4];
    uint64_t clocks = ((uint64_t)(prer >> 16 & 0x7F) + 1) * ((prer & 0x7FFF) + 1);

    return (vtime_t)((unsigned __int128)clocks * VT_S / b->hz);
}

static uint64_t passed(const struct backup *b)
{
    return b->hz && !b->init ? (machine_now(b->m) - b->since) / second(b) : 0;
}

static void settle(struct backup *b)
{
    uint64_t n = passed(b), days = (b->seconds + n) / 86400 - b->seconds / 86400;

    if (b->hz && !b->init) {
        b->since += n * second(b);
    } else {
        b->since = machine_now(b->m);
    }
    b->seconds += n;
    b->weekday = (unsigned)((b->weekday - 1 + days) % 7 + 1);
}

static void clock_changed(void *arg)
{
    struct backup *b = arg;

    settle(b);
    b->hz = rcc_hz(b->m->rcc, CLK_RTC);
    b->since = machine_now(b->m);
}

static uint32_t date_register(struct backup *b)
{
    settle(b);
    return calendar_date(b->seconds) | b->weekday << 13;
}

static uint32_t sub_seconds(const struct backup *b)
{
    uint32_t prediv_s = b->reg[RTC_PRER / 4] & 0x7FFF;

    if (!b->hz || b->init) {
        return prediv_s;
    }
    vtime_t in = (machine_now(b->m) - b->since) % second(b);
    return prediv_s - (uint32_t)((unsigned __int128)in * (prediv_s + 1) / second(b));
}

static uint32_t status(const struct backup *b)
{
    uint32_t cr = b->reg[RTC_CR / 4], v = 0;

    v |= ((cr & CR_ALRAE) ? 0 : 1) | ((cr & CR_ALRBE) ? 0 : 2) | ((cr & CR_WUTE) ? 0 : 4);
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

static void sync_again(struct backup *b)
{
    if (b->hz) {
        b->rsf_from = machine_now(b->m) + 2 * VT_S / b->hz; /* two RTC clocks */
    }
}

static void write_isr(struct backup *b, uint32_t value)
{
    bool init = value & ISR_INIT;

    if (init != b->init) {
        settle(b);
        b->init = init;
        b->since = machine_now(b->m);
        sync_again(b);
    }
    if (!(value & ISR_RSF)) {
        sync_again(b);
    }
}

static void set_calendar(struct backup *b, uint32_t off, uint32_t value)
{
    if (!b->init || !b->hz) {
        machine_note(b->m, N_RTC_NOT_INIT, RTC_BASE + off,
                     "RTC time, date or prescaler is written outside initialisation mode (INITF = "
                     "0): ignored");
        return;
    }
    if (off == RTC_TR) {
        b->seconds = calendar_seconds(value, calendar_date(b->seconds));
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

static void feature(struct backup *b, uint32_t off, const char *what)
{
    machine_note(b->m, N_RTC_FEATURE, RTC_BASE + off,
                 "RTC: firmware switched on %s, which is not modelled", what);
}

static void write_key(struct backup *b, uint32_t key)
{
    if (b->key_step == 0 && key == 0xCA) {
        b->key_step = 1;
    } else if (b->key_step == 1 && key == 0x53) {
        b->key_step = 2;
    } else {
        b->key_step = 0;
    }
}

static void write_protected(struct backup *b, uint32_t off, uint32_t value)
{
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
        if (value & ~b->reg[RTC_CR / 4] & CR_FEATURES) {
            feature(b, off,
                    "an alarm, the wake-up timer, time stamps, the reference clock or the 12-hour "
                    "format");
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

static bool writable(struct backup *b, uint32_t addr)
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
    struct backup *b = self;
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
        settle(b);
        return calendar_tr(b->seconds);
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
    struct backup *b = self;
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
    }
    return BUS_OK;
}

static void rtc_start_values(struct backup *b)
{
    memset(b->reg, 0, sizeof(b->reg));
    b->reg[RTC_PRER / 4] = 0x007F00FF;
    b->reg[RTC_WUTR / 4] = 0xFFFF;
    b->init = false;
    b->seconds = 0;
    b->weekday = 1;
    b->since = machine_now(b->m);
    b->key_step = 0;
}

/* System resets leave the RTC alone. */
static void rtc_reset(void *self, bool power_on)
{
    struct backup *b = self;

    if (power_on) {
        rtc_start_values(b);
    }
    b->key_step = 0;
}

/* BDRST: RTC and backup registers; the backup SRAM stays. */
static void backup_domain_reset(void *arg)
{
    struct backup *b = arg;

    rtc_start_values(b);
    memset(bkp(b), 0, RTC_END - RTC_BKP0R);
}

/* ---- backup SRAM ---- */

static uint8_t *sram(const struct backup *b)
{
    return bkp(b) + (RTC_END - RTC_BKP0R);
}

static enum bus_status sram_read(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t *value)
{
    (void)a;
    *value = 0;
    memcpy(value, sram(self) + off, size);
    return BUS_OK;
}

static enum bus_status sram_write(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t value)
{
    (void)a;
    if (writable(self, BKPSRAM + off)) {
        memcpy(sram(self) + off, &value, size);
    }
    return BUS_OK;
}

static uint32_t sram_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    uint32_t v;
    memcpy(&v, sram(self) + off, 4);
    return v;
}

static void sram_reset(void *self, bool power_on)
{
    (void)self;
    (void)power_on;
}

static const struct dev_ops rtc_ops = {
    .read = rtc_read, .write = rtc_write, .peek = rtc_peek, .reset = rtc_reset};
static const struct dev_ops sram_ops = {
    .read = sram_read, .write = sram_write, .peek = sram_peek, .reset = sram_reset};

void backup_new(struct machine *m)
{
    struct backup *b = machine_alloc(m, sizeof(*b));

    b->m = m;
    m->backup = b;
    rtc_start_values(b);
    bus_add_dev(&m->bus, &(struct dev){.name = "RTC",
                                       .base = RTC_BASE,
                                       .size = 0x400,
                                       .gate = GATE(G_APB4, 16),
                                       .ops = &rtc_ops,
                                       .self = b});
    bus_add_dev(&m->bus, &(struct dev){.name = "backup SRAM",
                                       .base = BKPSRAM,
                                       .size = BKPSRAM_LEN,
                                       .gate = GATE(G_AHB4, 28),
                                       .ops = &sram_ops,
                                       .self = b});
    rcc_on_backup_reset(m->rcc, backup_domain_reset, b);
    rcc_on_change(m->rcc, clock_changed, b);
}
