/* SPDX-License-Identifier: MIT */
/*
 * Inside of the timers TIM1 to TIM8 and TIM12 to TIM17, shared by timers.c (registers) and
 * tim_count.c (what the counter does as time passes).
 */
#ifndef EMU_CHIP_TIM_H
#define EMU_CHIP_TIM_H

#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

enum {
    TIM_CR1 = 0x00,
    TIM_CR2 = 0x04,
    TIM_SMCR = 0x08,
    TIM_DIER = 0x0C,
    TIM_SR = 0x10,
    TIM_EGR = 0x14,
    TIM_CCMR1 = 0x18,
    TIM_CCMR2 = 0x1C,
    TIM_CCER = 0x20,
    TIM_CNT = 0x24,
    TIM_PSC = 0x28,
    TIM_ARR = 0x2C,
    TIM_RCR = 0x30,
    TIM_CCR1 = 0x34,
    TIM_CCR4 = 0x40,
    TIM_BDTR = 0x44,
    TIM_END = 0x70,
};

#define TIM_CR1_CEN      BIT(0)
#define TIM_CR1_UDIS     BIT(1)
#define TIM_CR1_URS      BIT(2)
#define TIM_CR1_OPM      BIT(3)
#define TIM_CR1_ARPE     BIT(7)
#define TIM_CR1_UIFREMAP BIT(11)
#define TIM_UIF          BIT(0)
#define TIM_CHANNELS     4u
#define TIM_BDTR_MOE     BIT(15)

enum { TIMERS = 14 };

/* What a kind of timer has (RM0399, the timers' register maps). */
struct tim_kind {
    unsigned channels; /* 0..4 that compare */
    uint32_t cr1, cr2, smcr, dier, egr, ccmr1, ccmr2, ccer, rcr, bdtr, af1;
};

struct tim_place {
    unsigned n;
    uint32_t base, max; /* max: of the counter */
    int gate;
    enum clk clk;
    const struct tim_kind *kind;
    uint8_t irq_update, irq_compare; /* the same, except for TIM1 and TIM8 */
};

struct tim {
    struct machine *m;
    char name[8];
    const struct tim_place *place;
    struct tim *all; /* TIM1 and its brothers, for lines they share */
    uint32_t reg[TIM_END / 4];
    uint32_t reference;                   /* OCxREF of the modes that change it at a match */
    uint32_t edges[TIM_CHANNELS];         /* seen by an input since it was set up */
    uint32_t psc, arr, ccr[TIM_CHANNELS]; /* values in force behind the preload registers */
    uint32_t repeat;                      /* overflows to come without an update event */
    uint32_t cnt;
    uint64_t hz;    /* timer clock in use */
    vtime_t phase;  /* since when the prescaler counts by this clock */
    uint64_t part;  /* what it had counted then */
    uint64_t ticks; /* counter clocks since then that cnt already holds */
    struct sched_event ev;
    bool update_level, compare_level; /* asked of the interrupt lines */
};

static inline uint32_t tim_cr1(const struct tim *t)
{
    return t->reg[TIM_CR1 / 4];
}

/* timers.c */
void tim_changed(
    struct tim *t); /* flags or settings: works out the next event and the interrupts */

void tim_trgo(struct tim *t); /* an update event: TRGO rises if CR2.MMS says so */
static inline bool tim_update_is_trgo(const struct tim *t)
{
    return (t->reg[TIM_CR2 / 4] >> 4 & 7) == 2;
}

/* tim_channel.c */
void tim_channels_new(struct tim *all);
unsigned tim_output_mode(const struct tim *t, unsigned ch); /* OCxM */
void tim_channel_match(struct tim *t, unsigned ch);         /* an output's compare match */
void tim_capture(struct tim *t, unsigned ch);               /* an input's edge, or CCxG */
/* Is it an output at a pin whose edges are events? */
bool tim_channel_watched(const struct tim *t, unsigned ch);
void tim_tell_pins(struct tim *t);             /* its outputs may have changed */
void tim_read_ccr(struct tim *t, unsigned ch); /* a core has read it: clears CCxIF of an input */

/* tim_count.c */
void tim_settle(struct tim *t); /* brings the counter to the present */
void tim_restart_prescaler(struct tim *t, vtime_t when);
void tim_other_clock(struct tim *t, uint64_t hz); /* it counts on where it is */
void tim_load_shadows(struct tim *t);
/* Ticks from now to the next flag that DIER wants, or to the end of a pulse; UINT64_MAX: never. */
uint64_t tim_until_event(const struct tim *t);
/* Rounded up, so that the event finds its tick done. */
vtime_t tim_time_of_tick(const struct tim *t, uint64_t tick);

#endif
