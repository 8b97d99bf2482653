/* SPDX-License-Identifier: MIT */
/*
 * Inside of the RTC, shared by rtc.c (calendar, registers, write protection) and rtc_alarm.c
 * (alarms A and B, wake-up timer).
 */
#ifndef EMU_CHIP_RTC_H
#define EMU_CHIP_RTC_H

#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

enum {
    RTC_TR = 0x00,
    RTC_DR = 0x04,
    RTC_CR = 0x08,
    RTC_ISR = 0x0C,
    RTC_PRER = 0x10,
    RTC_WUTR = 0x14,
    RTC_ALRMAR = 0x1C,
    RTC_ALRMBR = 0x20,
    RTC_WPR = 0x24,
    RTC_SSR = 0x28,
    RTC_SHIFTR = 0x2C,
    RTC_CALR = 0x3C,
    RTC_TAMPCR = 0x40,
    RTC_ALRMASSR = 0x44,
    RTC_ALRMBSSR = 0x48,
    RTC_OR = 0x4C,
    RTC_END = 0xD0,
};

#define CR_WUCKSEL  7u
#define CR_FMT      BIT(6)
#define CR_ALRAE    BIT(8) /* ALRBE is bit 9 */
#define CR_WUTE     BIT(10)
#define CR_ALRAIE   BIT(12) /* ALRBIE is bit 13 */
#define CR_WUTIE    BIT(14)
#define CR_ADD1H    BIT(16)
#define CR_SUB1H    BIT(17)
#define CR_FEATURES (BIT(4) | BIT(11) | BIT(24)) /* REFCKON, TSE, ITSE */
#define ISR_INITS   BIT(4)
#define ISR_RSF     BIT(5)
#define ISR_INITF   BIT(6)
#define ISR_INIT    BIT(7)
#define ISR_ALRAF   BIT(8) /* ALRBF is bit 9 */
#define ISR_WUTF    BIT(10)

enum { RTC_ALARMS = 2 };

struct rtc {
    struct machine *m;
    uint32_t reg[RTC_BKP0R / 4]; /* everything but TR, DR, ISR, SSR, WPR */
    unsigned key_step;           /* of WPR; 2 = unlocked */
    bool init;
    uint64_t seconds; /* calendar at `since` */
    unsigned weekday;
    vtime_t since;
    uint64_t hz; /* RTC clock in use, 0: the calendar stands still */
    vtime_t rsf_from;

    uint32_t flags;           /* ALRAF, ALRBF, WUTF as in ISR */
    vtime_t writable_from[3]; /* alarm A, alarm B, wake-up timer: when it was off long enough */
    bool alarm_line, wakeup_line;
    struct rtc_alarm {
        struct rtc *rtc;
        unsigned index; /* 0: A, 1: B */
        struct sched_event match;
    } alarm[RTC_ALARMS];
    struct sched_event wakeup;
};

/* rtc.c */
vtime_t rtc_second(const struct rtc *b); /* length of a second of the calendar; hz must not be 0 */
void rtc_settle(struct rtc *b);          /* brings the calendar to the present */
uint32_t rtc_hour_field(const struct rtc *b, unsigned hour); /* as TR shows it, bits 6:0 */

/* rtc_alarm.c */
void rtc_alarm_init(struct rtc *b);
void rtc_alarm_reset(struct rtc *b); /* power-on, BDRST */
/* Works out again when each alarm comes, and the interrupt lines. */
void rtc_alarm_plan(struct rtc *b);
/* CR was written; old: its value before. */
void rtc_alarm_switched(struct rtc *b, uint32_t old);
void rtc_wakeup_start(struct rtc *b);
/* ISR is written: flags whose bit is 0 are cleared. */
void rtc_clear_flags(struct rtc *b, uint32_t value);
uint32_t rtc_alarm_status(const struct rtc *b); /* its bits of ISR */
bool rtc_alarm_writable(const struct rtc *b, uint32_t off);

#endif
