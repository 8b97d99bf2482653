/* SPDX-License-Identifier: MIT */
/*
 * Channels of the timers at their pins: what an output drives, what an input captures. RM0399,
 * output and input stages of the timers; pins by the data sheet's table of alternate functions.
 *
 * An output's level is computed when somebody looks at the pin, so a fast PWM costs nothing. At a
 * pin that is watched its edges are events.
 * Complementary outputs (CHxN), dead time and break reach no pin; filters do not filter.
 */
#include "emu/chip/tim.h"

#include <string.h>

struct tim_pin {
    uint8_t tim, channel, af;
    char pin[5];
};

static const struct tim_pin pins[] = {
    {1, 1, 1, "PA8"},  {1, 1, 1, "PE9"},   {1, 2, 1, "PA9"},  {1, 2, 1, "PE11"},  {1, 2, 1, "PJ11"},
    {1, 3, 1, "PA10"}, {1, 3, 1, "PE13"},  {1, 3, 1, "PJ9"},  {1, 4, 1, "PA11"},  {1, 4, 1, "PE14"},
    {2, 1, 1, "PA0"},  {2, 1, 1, "PA5"},   {2, 1, 1, "PA15"}, {2, 2, 1, "PA1"},   {2, 2, 1, "PB3"},
    {2, 3, 1, "PA2"},  {2, 3, 1, "PB10"},  {2, 4, 1, "PA3"},  {2, 4, 1, "PB11"},  {3, 1, 2, "PA6"},
    {3, 1, 2, "PB4"},  {3, 1, 2, "PC6"},   {3, 2, 2, "PA7"},  {3, 2, 2, "PB5"},   {3, 2, 2, "PC7"},
    {3, 3, 2, "PB0"},  {3, 3, 2, "PC8"},   {3, 4, 2, "PB1"},  {3, 4, 2, "PC9"},   {4, 1, 2, "PB6"},
    {4, 1, 2, "PD12"}, {4, 2, 2, "PB7"},   {4, 2, 2, "PD13"}, {4, 3, 2, "PB8"},   {4, 3, 2, "PD14"},
    {4, 4, 2, "PB9"},  {4, 4, 2, "PD15"},  {5, 1, 2, "PA0"},  {5, 1, 2, "PH10"},  {5, 2, 2, "PA1"},
    {5, 2, 2, "PH11"}, {5, 3, 2, "PA2"},   {5, 3, 2, "PH12"}, {5, 4, 2, "PA3"},   {5, 4, 2, "PI0"},
    {8, 1, 3, "PC6"},  {8, 1, 3, "PI5"},   {8, 1, 3, "PJ8"},  {8, 2, 3, "PC7"},   {8, 2, 3, "PI6"},
    {8, 2, 3, "PJ10"}, {8, 3, 3, "PC8"},   {8, 3, 3, "PI7"},  {8, 3, 3, "PK0"},   {8, 4, 3, "PC9"},
    {8, 4, 3, "PI2"},  {12, 1, 2, "PB14"}, {12, 1, 2, "PH6"}, {12, 2, 2, "PB15"}, {12, 2, 2, "PH9"},
    {13, 1, 9, "PA6"}, {13, 1, 9, "PF8"},  {14, 1, 9, "PA7"}, {14, 1, 9, "PF9"},  {15, 1, 4, "PA2"},
    {15, 1, 4, "PE5"}, {15, 2, 4, "PA3"},  {15, 2, 4, "PE6"}, {16, 1, 1, "PB8"},  {16, 1, 1, "PF6"},
    {17, 1, 1, "PB9"}, {17, 1, 1, "PF7"},
};

/* ---- registers of one channel ---- */

static uint32_t ccmr(const struct tim *t, unsigned ch)
{
    return t->reg[(ch < 2 ? TIM_CCMR1 : TIM_CCMR2) / 4] >> (ch & 1 ? 8 : 0);
}

unsigned tim_output_mode(const struct tim *t, unsigned ch)
{
    return (ccmr(t, ch) >> 4 & 7) | (ccmr(t, ch) >> 16 & 1) << 3;
}

static unsigned enables(const struct tim *t, unsigned ch) /* CCxE 0, CCxP 1, CCxNE 2, CCxNP 3 */
{
    return t->reg[TIM_CCER / 4] >> 4 * ch & 15;
}

static bool is_output(const struct tim *t, unsigned ch)
{
    return (ccmr(t, ch) & 3) == 0;
}

/* ---- outputs ---- */

void tim_channel_match(struct tim *t, unsigned ch)
{
    switch (tim_output_mode(t, ch)) {
    case 1:
        t->reference |= BIT(ch);
        break;
    case 2:
        t->reference &= ~BIT(ch);
        break;
    case 3:
        t->reference ^= BIT(ch);
        break;
    default: /* frozen, forced and PWM */
        break;
    }
}

static bool reference(const struct tim *t, unsigned ch)
{
    switch (tim_output_mode(t, ch)) {
    case 4:
        return false;
    case 5:
        return true;
    case 6:
        return t->cnt < t->ccr[ch];
    case 7:
        return t->cnt >= t->ccr[ch];
    default:
        return t->reference >> ch & 1;
    }
}

static bool drives(const struct tim *t, unsigned ch)
{
    bool main_output = !t->place->kind->bdtr || t->reg[TIM_BDTR / 4] & TIM_BDTR_MOE;

    return is_output(t, ch) && enables(t, ch) & 1 && main_output;
}

/* The channel at a pin that has alternate function af; NULL: none. */
static struct tim *find(struct tim *all, const char *pin, unsigned af, unsigned *ch)
{
    for (unsigned i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        if (pins[i].af != af || strcmp(pins[i].pin, pin) != 0) {
            continue;
        }
        for (unsigned k = 0; k < TIMERS; k++) {
            if (all[k].place->n == pins[i].tim) {
                *ch = pins[i].channel - 1u;
                return &all[k];
            }
        }
    }
    return NULL;
}

static bool pin_level(void *arg, const char *pin, unsigned af, bool *level)
{
    unsigned ch;
    struct tim *t = find(arg, pin, af, &ch);

    if (!t || !drives(t, ch)) {
        return false;
    }
    tim_settle(t);
    *level = reference(t, ch) != (enables(t, ch) >> 1 & 1);
    return true;
}

static bool at_watched(const struct tim *t, const struct tim_pin *p)
{
    return p->tim == t->place->n && drives(t, p->channel - 1u) &&
           gpio_watched(t->m->gpio, p->pin, p->af);
}

bool tim_channel_watched(const struct tim *t, unsigned ch)
{
    for (unsigned i = 0; gpio_watches(t->m->gpio) && i < sizeof(pins) / sizeof(pins[0]); i++) {
        if (pins[i].channel == ch + 1 && at_watched(t, &pins[i])) {
            return true;
        }
    }
    return false;
}

void tim_tell_pins(struct tim *t)
{
    for (unsigned i = 0; gpio_watches(t->m->gpio) && i < sizeof(pins) / sizeof(pins[0]); i++) {
        if (at_watched(t, &pins[i])) {
            gpio_driven(t->m->gpio, pins[i].pin);
        }
    }
}

static void pins_changed(void *arg)
{
    struct tim *all = arg;

    for (unsigned k = 0; k < TIMERS; k++) {
        tim_settle(&all[k]);
        tim_changed(&all[k]);
    }
}

/* ---- inputs ---- */

static bool edge_counts(const struct tim *t, unsigned ch, bool rising)
{
    unsigned polarity = enables(t, ch) & 0xA; /* CCxP, CCxNP */

    return polarity == 0xA || (polarity == 0) == rising;
}

void tim_capture(struct tim *t, unsigned ch)
{
    uint32_t flag = BIT(1 + ch);

    tim_settle(t);
    if (t->reg[TIM_SR / 4] & flag) {
        t->reg[TIM_SR / 4] |= flag << 8; /* CCxOF: the last one was not read */
    }
    t->ccr[ch] = t->reg[TIM_CCR1 / 4 + ch] = t->cnt;
    t->reg[TIM_SR / 4] |= flag;
}

/* ICxPSC: every edge, or every second, fourth or eighth. */
static bool divided(struct tim *t, unsigned ch)
{
    return ++t->edges[ch] % (1u << (ccmr(t, ch) >> 2 & 3)) == 0;
}

static void pin_edge(void *arg, const char *pin, unsigned af, bool rising)
{
    unsigned input;
    struct tim *t = find(arg, pin, af, &input);

    for (unsigned ch = 0; t && ch < t->place->kind->channels; ch++) {
        unsigned source = ccmr(t, ch) & 3; /* 1: own input, 2: the neighbour's */
        bool mine = (source == 1 && ch == input) || (source == 2 && ch == (input ^ 1));
        if (mine && enables(t, ch) & 1 && edge_counts(t, ch, rising) && divided(t, ch)) {
            tim_capture(t, ch);
            tim_changed(t);
        }
    }
}

void tim_read_ccr(struct tim *t, unsigned ch)
{
    if (!is_output(t, ch)) {
        t->reg[TIM_SR / 4] &= ~BIT(1 + ch);
    }
}

void tim_channels_new(struct tim *all)
{
    if (all->m->gpio) {
        gpio_attach(all->m->gpio,
                    &(struct pin_user){
                        .arg = all, .level = pin_level, .pins = pins_changed, .edge = pin_edge});
    }
}
