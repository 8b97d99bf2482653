/* SPDX-License-Identifier: MIT */
/* Voltages at inputs of the ADCs, from the command line: --adc ADC1:5=1.65V[@2s]. */
#ifndef EMU_CLI_ADC_INPUTS_H
#define EMU_CLI_ADC_INPUTS_H

#include "emu/machine.h"

enum { ADC_MAX_INPUTS = 32 };

struct adc_input {
    struct machine *m;
    char adc[8];
    unsigned channel;
    int32_t microvolts;
    struct sched_event at;
};

struct adc_inputs {
    struct adc_input input[ADC_MAX_INPUTS];
    unsigned count;
};

/* False: not of that form, or there is no such ADC or channel. */
bool adc_inputs_add(struct adc_inputs *list, struct machine *m, const char *arg);

#endif
