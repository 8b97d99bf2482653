/* SPDX-License-Identifier: MIT */
/*
 * What an input of an ADC gives: the voltage from outside or inside the chip, in the resolution
 * asked for, oversampled and shifted (RM0399, Analog-to-digital converters). There is no noise.
 */
#include "emu/chip/adc.h"

#include <stdio.h>
#include <string.h>

#define REFERENCE 3300000 /* microvolts at VREF+ */
#define INTERNAL  17u     /* first channel of ADC3 inside the chip */

/* VBAT / 4, the temperature sensor at 25 degrees, the internal reference: typical values of the
 * data sheet. They need their switch in CCR. */
static const struct {
    uint32_t enable;
    int32_t microvolts;
} inside[] = {{BIT(24), 825000}, {BIT(23), 610000}, {BIT(22), 1216000}};

unsigned adc_bits(const struct adc *a)
{
    static const uint8_t bits[8] = {16, 14, 12, 10, 8, 14, 12, 8}; /* RES, revision V */

    return bits[adc_held(a, ADC_CFGR) >> 2 & 7];
}

unsigned adc_oversampling(const struct adc *a, bool injected)
{
    uint32_t cfgr2 = adc_held(a, ADC_CFGR2);

    return cfgr2 & (injected ? BIT(1) : BIT(0)) ? (cfgr2 >> 16 & 0x3FF) + 1 : 1;
}

static int32_t inside_voltage(struct adc *a, unsigned channel)
{
    unsigned i = channel - INTERNAL;

    if (rf_held(a->f, ADC_CCR) & inside[i].enable) {
        return inside[i].microvolts;
    }
    adc_note(
        a, N_ADC_INPUT,
        "converts an internal channel whose switch in CCR (VBATEN, VSENSEEN, VREFEN) is off: 0");
    return 0;
}

static int32_t voltage(struct adc *a, unsigned channel)
{
    bool internal = a->number == 3 && channel >= INTERNAL;
    char what[96];

    if (!internal && !(adc_held(a, ADC_PCSEL) & BIT(channel))) {
        adc_note(
            a, N_ADC_INPUT,
            "converts a channel that is not preselected in PCSEL: its pin is not connected, 0");
        return 0;
    }
    if (a->input[channel].driven) {
        return a->input[channel].microvolts;
    }
    if (internal) {
        return inside_voltage(a, channel);
    }
    if (!a->input[channel].told) {
        a->input[channel].told = true;
        snprintf(what, sizeof(what), "channel %u has no voltage: 0 (--adc ADC%u:%u=1.65V)", channel,
                 a->number, channel);
        adc_note(a, N_ADC_OPEN, what);
    }
    return 0;
}

uint32_t adc_value(struct adc *a, unsigned channel)
{
    unsigned bits = adc_bits(a);
    int64_t full = 1ll << bits, v = channel < ADC_CHANNELS ? voltage(a, channel) : 0;

    if (channel < ADC_CHANNELS && adc_held(a, ADC_DIFSEL) & BIT(channel)) {
        v = full / 2 + v * (full / 2) / REFERENCE;
    } else {
        v = v * full / REFERENCE;
    }
    return (uint32_t)(v < 0 ? 0 : v >= full ? full - 1 : v);
}

/* OFFSETy of OFRy, with the channel it is for; the difference has a sign. */
static int64_t less_offset(const struct adc *a, unsigned channel, int64_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t ofr = adc_held(a, ADC_OFR1 + 4 * i);
        if (ofr & 0x3FFFFFF && (ofr >> 26 & 31) == channel) {
            value -= ofr & 0x3FFFFFF;
            int64_t most = (1ll << (adc_bits(a) - 1)) - 1;
            if (ofr & BIT(31)) { /* SSATE */
                value = value > most ? most : value < -most - 1 ? -most - 1 : value;
            }
        }
    }
    return value;
}

uint32_t adc_result(struct adc *a, unsigned channel, bool injected)
{
    uint32_t cfgr2 = adc_held(a, ADC_CFGR2);
    unsigned times = adc_oversampling(a, injected);
    int64_t v = adc_value(a, channel);

    if (cfgr2 & 3) { /* OVSS is for oversampled results only */
        v = times > 1 ? v * times >> (cfgr2 >> 5 & 15) : v;
    }
    return (uint32_t)less_offset(a, channel, v) << (cfgr2 >> 28);
}

/* 1 to 3, 0: no ADC has that name. */
static unsigned number_of(const char *adc)
{
    bool good = strncmp(adc, "ADC", 3) == 0 && adc[3] >= '1' && adc[3] <= '3' && !adc[4];

    return good ? (unsigned)(adc[3] - '0') : 0;
}

bool adc_exists(const char *adc)
{
    return number_of(adc);
}

bool adc_drive(struct machine *m, const char *adc, unsigned channel, int32_t microvolts)
{
    unsigned number = number_of(adc);

    if (!number || channel >= ADC_CHANNELS) {
        return false;
    }
    struct adc *all = rf_model_named(m, number == 3 ? "ADC3" : "ADC1/2");
    struct adc *a = &all[number == 2 ? 1 : 0];
    a->input[channel].driven = true;
    a->input[channel].microvolts = microvolts;
    return true;
}
