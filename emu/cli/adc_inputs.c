/* SPDX-License-Identifier: MIT */
#include "emu/cli/adc_inputs.h"

#include "emu/chip/seam/adc.h"
#include "emu/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VOLTS 4.0 /* what a pin bears (data sheet, absolute maximum ratings of TT pins) */

static void arrive(void *arg)
{
    const struct adc_input *in = arg;

    adc_drive(in->m, in->adc, in->channel, in->microvolts);
}

/* VOLTS[V][@TIME]; without a time: from power-on. */
static bool take_voltage(const char *text, int32_t *microvolts, vtime_t *when)
{
    char *end;

    errno = 0;
    double volts = strtod(text, &end);
    if (end == text || errno || !(volts >= -MOST_VOLTS && volts <= MOST_VOLTS)) {
        return false;
    }
    *microvolts = (int32_t)(volts * 1e6 + (volts < 0 ? -0.5 : 0.5));
    end += *end == 'V';
    *when = 0;
    return !*end || (*end == '@' && cli_parse_time(end + 1, when));
}

bool adc_inputs_add(struct adc_inputs *list, struct machine *m, const char *arg)
{
    struct adc_input *in = &list->input[list->count];
    const char *colon = strchr(arg, ':');
    char *end;
    vtime_t when;

    if (list->count == ADC_MAX_INPUTS || !colon || (size_t)(colon - arg) >= sizeof(in->adc)) {
        return false;
    }
    snprintf(in->adc, sizeof(in->adc), "%.*s", (int)(colon - arg), arg);
    unsigned long channel = strtoul(colon + 1, &end, 10);
    if (end == colon + 1 || *end != '=' || channel >= ADC_CHANNELS ||
        !take_voltage(end + 1, &in->microvolts, &when)) {
        return false;
    }
    in->m = m;
    in->channel = (unsigned)channel;
    list->count++;
    if (!when) {
        return adc_drive(m, in->adc, in->channel, in->microvolts);
    }
    sched_event_init(&in->at, "--adc: a voltage changes", arrive, in);
    sched_at(&m->sched, &in->at, when);
    return adc_exists(in->adc);
}
