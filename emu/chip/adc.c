/* SPDX-License-Identifier: MIT */
/*
 * ADC1 to ADC3: power, regulator, calibration, enabling and flags, with the times that drivers wait
 * for (RM0399, Analog-to-digital converters). Without an ADC clock nothing ends. Dual mode, DFSDM
 * and triggers other than a timer's TRGO are reported.
 */
#include "emu/chip/adc.h"
#include "emu/chip/seam/dma.h"

#include <string.h>

#define REGULATOR_START (10 * VT_US) /* data sheet, tADCVREG_STUP */
/* Half cycles of the ADC clock: calibration of offset, and with linearity (data sheet, tCAL), and
 * one conversion after ADEN (tSTAB). */
#define CAL_OFFSET (2 * 1280u)
#define CAL_LINEAR (2 * 165010u)
#define STABILISE  20u

#define SELF_DUAL 0x1Fu /* CCR.DUAL */

/* ---- flags ---- */

void adc_note(const struct adc *a, enum note_id id, const char *what)
{
    machine_note(a->m, id, rf_block_of(a->f)->base + a->off, "ADC%u %s", a->number, what);
}

static bool line_asked(const struct adc *a)
{
    return a->isr & adc_held(a, ADC_IER);
}

void adc_update(struct adc *a)
{
    static const uint8_t request[3] = {9, 10, 115};
    static const uint8_t irq[3] = {18, 18, 127};
    bool dma = adc_held(a, ADC_CFGR) & 1 && a->isr & ISR_EOC && !(a->isr & ISR_OVR);
    struct adc *other = a->number == 1 ? a + 1 : a->number == 2 ? a - 1 : a;

    dma_request(a->m, request[a->number - 1], dma);
    if (a->number == 3) {
        dma_request(a->m, DMAMUX2_REQUEST(17), dma);
    }
    a->irq = line_asked(a);
    machine_irq(a->m, irq[a->number - 1], a->irq || other->irq);
}

void adc_flag(struct adc *a, uint32_t flags)
{
    a->isr |= flags;
    adc_update(a);
}

static void clear_flags(struct adc *a, uint32_t flags)
{
    a->isr &= ~flags;
    adc_update(a);
    if (a->stage == ADC_WAITS) {
        adc_go_on(a);
    }
}

/* ---- time ---- */

/* Revision V halves whatever clock is chosen. */
static uint64_t twice_hz(const struct adc *a)
{
    static const uint16_t presc[16] = {1,  2,  4,   6,   8,   10,  12,  16,
                                       32, 64, 128, 256, 256, 256, 256, 256};
    uint32_t ccr = rf_held(a->f, ADC_CCR);
    unsigned mode = ccr >> 16 & 3;

    if (mode) {
        return rcc_hz(a->m->rcc, CLK_HCLK) >> (mode - 1);
    }
    return rcc_kernel_hz(a->m->rcc, &kernel_adc) / presc[ccr >> 18 & 15];
}

static void plan(struct adc *a)
{
    uint64_t hz = twice_hz(a);

    if (hz) {
        sched_at(&a->m->sched, &a->ev, machine_now(a->m) + (vtime_t)(a->half_cycles * VT_S / hz));
        return;
    }
    adc_note(
        a, N_ADC_NO_CLOCK,
        "has no clock (RCC_D3CCIPR.ADCSEL is PLL2 after reset, and that is off; or CKMODE): it "
        "does not calibrate, get ready or convert");
}

void adc_stage_begin(struct adc *a, enum adc_stage stage, uint64_t half_cycles)
{
    a->stage = stage;
    a->half_cycles = half_cycles;
    plan(a);
}

static void on_time(void *arg)
{
    struct adc *a = arg;

    switch (a->stage) {
    case ADC_CALIBRATES:
        a->stage = ADC_IDLE;
        a->cr |= a->cr & CR_ADCALLIN ? CR_LINCAL : 0;
        a->cr &= ~CR_ADCAL;
        break;
    case ADC_STARTS:
        a->stage = ADC_IDLE;
        adc_flag(a, ISR_ADRDY);
        break;
    case ADC_CONVERTS:
        adc_converted(a);
        break;
    default:
        break;
    }
}

/* A clock that comes lets go on what waited for it; what is under way ends as it was planned. */
static void clock_changed(void *arg)
{
    struct adc *a = arg;

    if (a->stage != ADC_IDLE && a->stage != ADC_WAITS && !sched_pending(&a->ev) && twice_hz(a)) {
        plan(a);
    }
}

/* ---- CR ---- */

static bool regulated(const struct adc *a)
{
    return a->cr & CR_ADVREGEN && machine_now(a->m) >= a->regulator + REGULATOR_START;
}

static void power(struct adc *a, uint32_t value)
{
    const uint32_t fields = 0x300u | CR_ADCALLIN | CR_LINCAL | CR_ADVREGEN | CR_DEEPPWD | BIT(30);

    if (value & ~a->cr & CR_ADVREGEN && !(value & CR_DEEPPWD)) {
        a->regulator = machine_now(a->m);
    }
    a->cr = reg_merge(a->cr, value, fields);
    if (a->cr & CR_DEEPPWD) {
        a->cr &= ~(CR_ADVREGEN | CR_LINCAL); /* RM0399, deep-power-down: the calibration is lost */
    }
}

static void enable(struct adc *a)
{
    if (a->cr & (CR_ADEN | CR_ADCAL)) {
        return;
    }
    if (!regulated(a)) {
        adc_note(a, N_ADC_ORDER, "is enabled before its regulator has started (ADVREGEN, 10 us)");
        return;
    }
    a->cr |= CR_ADEN;
    adc_stage_begin(a, ADC_STARTS, STABILISE);
}

static void disable(struct adc *a)
{
    if (a->cr & (CR_ADSTART | CR_JADSTART)) {
        adc_note(a, N_ADC_ORDER, "is disabled while it converts: ignored (ADSTP first)");
        return;
    }
    sched_cancel(&a->m->sched, &a->ev);
    a->stage = ADC_IDLE;
    a->triggered = a->jtriggered = false;
    a->cr &= ~CR_ADEN;
    a->isr &= ~ISR_ADRDY;
}

static void calibrate(struct adc *a)
{
    if (a->cr & CR_ADEN || !regulated(a)) {
        adc_note(a, N_ADC_ORDER,
                 "is told to calibrate while it is enabled, or without its regulator: ignored");
        return;
    }
    a->cr |= CR_ADCAL;
    rf_change(a->f, a->off + ADC_CALFACT, 0x40, 0x7FF07FF); /* any factor */
    adc_stage_begin(a, ADC_CALIBRATES, a->cr & CR_ADCALLIN ? CAL_LINEAR : CAL_OFFSET);
}

static void start(struct adc *a, bool injected)
{
    if (!(a->cr & CR_ADEN) || a->stage == ADC_STARTS) {
        adc_note(a, N_ADC_ORDER, "is told to convert before it is ready (ADRDY): ignored");
        return;
    }
    if (a->number != 3 && rf_held(a->f, ADC_CCR) & SELF_DUAL) {
        rf_missing(a->f, ADC_CCR, "dual mode (DUAL)");
    }
    if ((adc_held(a, ADC_CFGR) & 3) == 2) {
        rf_missing(a->f, a->off + ADC_CFGR, "transfers to the DFSDM (DMNGT)");
    }
    adc_start(a, injected);
}

static void command(struct adc *a, uint32_t value)
{
    uint32_t asked = value & CR_COMMANDS & ~a->cr;

    power(a, value);
    if (asked & CR_ADCAL) {
        calibrate(a);
    }
    if (asked & CR_ADEN) {
        enable(a);
    }
    if (asked & CR_ADSTP && a->cr & CR_ADSTART) {
        adc_stop(a, false);
    }
    if (asked & CR_JADSTP && a->cr & CR_JADSTART) {
        adc_stop(a, true);
    }
    if (asked & CR_ADDIS && a->cr & CR_ADEN) {
        disable(a);
    }
    if (asked & CR_ADSTART) {
        start(a, false);
    }
    if (asked & CR_JADSTART) {
        start(a, true);
    }
}

/* ---- the model of a block: ADC1 and ADC2, or ADC3 ---- */

static struct adc *adc_at(void *self, uint32_t off)
{
    struct adc *all = self;

    if (off >= ADC_CSR || (all->number == 3 && off >= ADC_STRIDE)) {
        return NULL;
    }
    return &all[off / ADC_STRIDE];
}

static void adc_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct adc *a = adc_at(self, off);

    (void)old;
    if (!a) {
        return;
    }
    uint32_t reg = off - a->off;
    if (reg == ADC_ISR) {
        clear_flags(a, written & 0x7FF);
    } else if (reg == ADC_CR) {
        command(a, size == 4 ? written : written | (a->cr & ~CR_COMMANDS));
    }
    adc_update(a);
}

static uint32_t seen_flags(const struct adc *a)
{
    return a->isr | (regulated(a) ? ISR_LDORDY : 0);
}

static uint32_t adc_look(const void *self, uint32_t off, uint32_t value)
{
    const struct adc *all = self, *a = adc_at((void *)(uintptr_t)self, off);

    if (off == ADC_CSR) {
        return (seen_flags(all) & 0x7FF) |
               (all->number == 3 ? 0 : (seen_flags(all + 1) & 0x7FF) << 16);
    }
    if (!a) {
        return value;
    }
    uint32_t reg = off - a->off;
    if (reg == ADC_ISR) {
        return seen_flags(a);
    }
    if (reg == ADC_CR) {
        return a->cr;
    }
    if (reg >= ADC_JDR1 && reg < ADC_JDR1 + 16) {
        return a->jdr[(reg - ADC_JDR1) / 4];
    }
    return reg == ADC_DR ? a->dr : value;
}

static void adc_read(void *self, uint32_t off, unsigned size)
{
    struct adc *a = adc_at(self, off);

    (void)size;
    if (a && off - a->off == ADC_DR) {
        clear_flags(a, ISR_EOC);
    } else if (a && off - a->off >= ADC_JDR1 && off - a->off < ADC_JDR1 + 16) {
        clear_flags(a, ISR_JEOC);
    }
}

static unsigned adcs_of(const struct adc *all)
{
    return all->number == 3 ? 1 : 2;
}

static void adc_reset(void *self)
{
    struct adc *all = self;

    for (unsigned i = 0; i < adcs_of(all); i++) {
        struct adc *a = &all[i];
        sched_cancel(&a->m->sched, &a->ev);
        a->cr = CR_DEEPPWD;
        a->isr = a->dr = 0;
        memset(a->jdr, 0, sizeof(a->jdr));
        a->stage = ADC_IDLE;
        a->rank = a->jrank = a->in_group = 0;
        a->triggered = a->jtriggered = a->served = a->frozen = false;
        adc_update(a);
    }
}

void adc_trgo(struct machine *m, unsigned timer)
{
    struct adc *pair = rf_model_named(m, "ADC1/2"), *third = rf_model_named(m, "ADC3");

    adc_timer(&pair[0], timer);
    adc_timer(&pair[1], timer);
    adc_timer(third, timer);
}

static void *adc_make(struct regfile *f)
{
    struct machine *m = rf_machine(f);
    bool third = strcmp(rf_block_of(f)->name, "ADC3") == 0;
    struct adc *all = machine_alloc(m, 2 * sizeof(*all));

    for (unsigned i = 0; i < (third ? 1u : 2u); i++) {
        struct adc *a = &all[i];
        a->f = f;
        a->m = m;
        a->number = third ? 3 : i + 1;
        a->off = i * ADC_STRIDE;
        sched_event_init(&a->ev, "ADC: a step of a conversion", on_time, a);
        rcc_on_change(m->rcc, clock_changed, a);
    }
    return all;
}

const struct rf_model adc12_model = {RF_ADC12, adc_make, adc_reset, adc_look, adc_read, adc_write};
const struct rf_model adc3_model = {RF_ADC3, adc_make, adc_reset, adc_look, adc_read, adc_write};
