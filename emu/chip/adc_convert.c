/* SPDX-License-Identifier: MIT */
/*
 * Conversions of an ADC: regular and injected sequences, single, continuous and discontinuous,
 * begun by software or by a timer's TRGO; overrun, automatic delay, watchdogs (RM0399,
 * Analog-to-digital converters).
 */
#include "emu/chip/adc.h"
#include "emu/chip/seam/dma.h"

static uint32_t cfgr(const struct adc *a)
{
    return adc_held(a, ADC_CFGR);
}

/* ---- sequences ---- */

static unsigned last_rank(const struct adc *a)
{
    return adc_held(a, ADC_SQR1) & 15;
}

static unsigned last_injected(const struct adc *a)
{
    return adc_held(a, ADC_JSQR) & 3;
}

/* Five bits each, six bits apart, five in a register; SQR1 begins with the length. */
static unsigned channel_of(const struct adc *a, unsigned rank, bool injected)
{
    if (injected) {
        return adc_held(a, ADC_JSQR) >> (9 + 6 * rank) & 31;
    }
    unsigned slot = rank + 1;
    return adc_held(a, ADC_SQR1 + 4 * (slot / 5)) >> 6 * (slot % 5) & 31;
}

static unsigned half_cycles(const struct adc *a, unsigned channel, bool injected)
{
    static const uint16_t sampling[8] = {3, 5, 17, 33, 65, 129, 775, 1621};
    uint32_t smpr = adc_held(a, channel < 10 ? ADC_SMPR1 : ADC_SMPR2);
    unsigned one = sampling[smpr >> 3 * (channel % 10) & 7] + adc_bits(a) + 1;

    return one * adc_oversampling(a, injected);
}

static void convert(struct adc *a, bool injected)
{
    unsigned channel = channel_of(a, injected ? a->jrank : a->rank, injected);

    a->injected = injected;
    adc_stage_begin(a, ADC_CONVERTS, half_cycles(a, channel, injected));
}

void adc_go_on(struct adc *a)
{
    bool held = cfgr(a) & CFGR_AUTDLY && a->isr & ISR_EOC;

    if ((a->stage != ADC_IDLE && a->stage != ADC_WAITS) || !(a->cr & CR_ADEN)) {
        return;
    }
    if (a->jtriggered) {
        convert(a, true);
    } else if (a->triggered && !held && !a->frozen) {
        convert(a, false);
    } else {
        a->stage = a->triggered && !a->frozen ? ADC_WAITS : ADC_IDLE;
    }
}

/* ---- ends ---- */

static void end_regular(struct adc *a)
{
    bool by_software = !(cfgr(a) >> 10 & 3); /* EXTEN */

    if (!a->rank && cfgr(a) & CFGR_CONT && !(cfgr(a) & CFGR_DISCEN)) {
        return;
    }
    a->triggered = false;
    a->in_group = 0;
    if (by_software) {
        a->cr &= ~CR_ADSTART;
    }
}

/* One-shot DMA: when the stream has taken its last item, nothing more is converted. */
static bool dma_over(struct adc *a)
{
    static const uint8_t request[3] = {9, 10, 115};

    if ((cfgr(a) & 3) != 1) {
        return false;
    }
    bool follows = dma_follows(a->m, request[a->number - 1]);
    bool over = a->served && !follows;
    a->served |= follows;
    return over;
}

static void watch(struct adc *a, unsigned channel, uint32_t value, bool injected)
{
    uint32_t c = cfgr(a), full = value << (16 - adc_bits(a));
    bool first =
        c & (injected ? BIT(24) : BIT(23)) && (!(c & BIT(22)) || (c >> 26 & 31) == channel);

    if (first && (full < adc_held(a, ADC_LTR1) || full > adc_held(a, ADC_HTR1))) {
        adc_flag(a, ISR_AWD1);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (channel < ADC_CHANNELS && adc_held(a, ADC_AWD2CR + 4 * i) & BIT(channel) &&
            (full < adc_held(a, ADC_LTR2 + 8 * i) || full > adc_held(a, ADC_LTR2 + 4 + 8 * i))) {
            adc_flag(a, ISR_AWD1 << (1 + i));
        }
    }
}

static void take_regular(struct adc *a)
{
    unsigned channel = channel_of(a, a->rank, false);
    uint32_t value = adc_result(a, channel, false), flags = ISR_EOSMP | ISR_EOC;

    if (dma_over(a)) {
        a->frozen = true;
        return;
    }
    bool overrun = a->isr & ISR_EOC;
    if (!overrun || cfgr(a) & CFGR_OVRMOD) {
        a->dr = value;
    }
    flags |= overrun ? ISR_OVR : 0;
    watch(a, channel, value, false);
    a->in_group++;
    bool last = a->rank == last_rank(a);
    a->rank = last ? 0 : a->rank + 1;
    if (last) {
        flags |= ISR_EOS;
        a->jtriggered |= (cfgr(a) & CFGR_JAUTO) != 0;
    }
    if (last || (cfgr(a) & CFGR_DISCEN && a->in_group > (cfgr(a) >> 17 & 7))) {
        end_regular(a);
    }
    adc_flag(a, flags);
}

static void take_injected(struct adc *a)
{
    unsigned channel = channel_of(a, a->jrank, true);
    bool last = a->jrank == last_injected(a), one = cfgr(a) & BIT(20); /* JDISCEN */

    a->jdr[a->jrank] = adc_result(a, channel, true);
    watch(a, channel, a->jdr[a->jrank], true);
    a->jrank = last ? 0 : a->jrank + 1;
    if (last || one) {
        a->jtriggered = false;
        if (!(adc_held(a, ADC_JSQR) >> 7 & 3)) { /* JEXTEN: by software */
            a->cr &= ~CR_JADSTART;
        }
    }
    adc_flag(a, ISR_JEOC | (last ? ISR_JEOS : 0));
}

void adc_converted(struct adc *a)
{
    a->stage = ADC_IDLE;
    if (a->injected) {
        take_injected(a);
    } else {
        take_regular(a);
    }
    adc_go_on(a);
}

/* ---- begins ---- */

/* EXTSEL and JEXTSEL that are a timer's TRGO (RM0399, external triggers). */
static const struct {
    uint8_t timer, regular, injected;
} trgo[] = {{1, 9, 0}, {2, 11, 2}, {3, 4, 12}, {4, 12, 5}, {6, 13, 14}, {8, 7, 9}, {15, 14, 15}};

static unsigned timer_of(const struct adc *a, bool injected)
{
    unsigned sel = injected ? adc_held(a, ADC_JSQR) >> 2 & 31 : cfgr(a) >> 5 & 31;

    for (unsigned i = 0; i < sizeof(trgo) / sizeof(trgo[0]); i++) {
        if (sel == (injected ? trgo[i].injected : trgo[i].regular)) {
            return trgo[i].timer;
        }
    }
    return 0;
}

static bool by_trigger(const struct adc *a, bool injected)
{
    return (injected ? adc_held(a, ADC_JSQR) >> 7 : cfgr(a) >> 10) & 3;
}

void adc_start(struct adc *a, bool injected)
{
    a->cr |= injected ? CR_JADSTART : CR_ADSTART;
    if (!injected) {
        a->served = a->frozen = false;
    }
    if (!by_trigger(a, injected)) {
        *(injected ? &a->jtriggered : &a->triggered) = true;
        adc_go_on(a);
    } else if (!timer_of(a, injected)) {
        rf_missing(a->f, a->off + (injected ? ADC_JSQR : ADC_CFGR),
                   "a trigger other than TRGO of a timer");
    }
}

void adc_stop(struct adc *a, bool injected)
{
    a->cr &= ~(injected ? CR_JADSTART : CR_ADSTART);
    *(injected ? &a->jtriggered : &a->triggered) = false;
    if (injected) {
        a->jrank = 0;
    } else {
        a->rank = a->in_group = 0;
        a->frozen = false;
    }
    if (a->stage == ADC_WAITS || (a->stage == ADC_CONVERTS && a->injected == injected)) {
        sched_cancel(&a->m->sched, &a->ev);
        a->stage = ADC_IDLE;
        adc_go_on(a);
    }
}

void adc_timer(struct adc *a, unsigned timer)
{
    bool regular = a->cr & CR_ADSTART && by_trigger(a, false) && timer_of(a, false) == timer;
    bool injected = a->cr & CR_JADSTART && by_trigger(a, true) && timer_of(a, true) == timer;

    a->triggered |= regular;
    a->jtriggered |= injected;
    if (regular || injected) {
        adc_go_on(a);
    }
}
