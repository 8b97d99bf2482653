/* SPDX-License-Identifier: MIT */
/* ADC1 to ADC3: the voltages at their inputs. */
#ifndef EMU_CHIP_SEAM_ADC_H
#define EMU_CHIP_SEAM_ADC_H

#include "emu/machine.h"

enum { ADC_CHANNELS = 20 };

/* From now on `microvolts` are at that channel of "ADC1", "ADC2" or "ADC3"; the reference is 3.3 V.
 * False: there is no such ADC or channel. */
bool adc_drive(struct machine *m, const char *adc, unsigned channel, int32_t microvolts);

/* Is there one of that name? */
bool adc_exists(const char *adc);

/* TRGO of a timer has risen. */
void adc_trgo(struct machine *m, unsigned timer);

#endif
