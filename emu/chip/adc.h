/* SPDX-License-Identifier: MIT */
/*
 * Inside of ADC1 to ADC3, shared by adc.c (registers, switching on, calibration), adc_convert.c
 * (sequences, triggers, time) and adc_value.c (what an input gives).
 */
#ifndef EMU_CHIP_ADC_H
#define EMU_CHIP_ADC_H

#include "emu/chip/regfile.h"
#include "emu/chip/seam/adc.h"

/* Registers of one ADC. */
enum {
    ADC_ISR = 0x00,
    ADC_IER = 0x04,
    ADC_CR = 0x08,
    ADC_CFGR = 0x0C,
    ADC_CFGR2 = 0x10,
    ADC_SMPR1 = 0x14,
    ADC_SMPR2 = 0x18,
    ADC_PCSEL = 0x1C,
    ADC_LTR1 = 0x20,
    ADC_HTR1 = 0x24,
    ADC_SQR1 = 0x30,
    ADC_DR = 0x40,
    ADC_JSQR = 0x4C,
    ADC_OFR1 = 0x60,
    ADC_JDR1 = 0x80,
    ADC_AWD2CR = 0xA0,
    ADC_LTR2 = 0xB0,
    ADC_DIFSEL = 0xC0,
    ADC_CALFACT = 0xC4,
    ADC_CALFACT2 = 0xC8,
    ADC_STRIDE = 0x100,
    ADC_CSR = 0x300,
    ADC_CCR = 0x308,
};

#define ISR_ADRDY  BIT(0)
#define ISR_EOSMP  BIT(1)
#define ISR_EOC    BIT(2)
#define ISR_EOS    BIT(3)
#define ISR_OVR    BIT(4)
#define ISR_JEOC   BIT(5)
#define ISR_JEOS   BIT(6)
#define ISR_AWD1   BIT(7)
#define ISR_LDORDY BIT(12)

#define CR_ADEN     BIT(0)
#define CR_ADDIS    BIT(1)
#define CR_ADSTART  BIT(2)
#define CR_JADSTART BIT(3)
#define CR_ADSTP    BIT(4)
#define CR_JADSTP   BIT(5)
#define CR_ADCALLIN BIT(16)
#define CR_LINCAL   (0x3Fu << 22)
#define CR_ADVREGEN BIT(28)
#define CR_DEEPPWD  BIT(29)
#define CR_ADCAL    BIT(31)
#define CR_COMMANDS                                                                                \
    (CR_ADEN | CR_ADDIS | CR_ADSTART | CR_JADSTART | CR_ADSTP | CR_JADSTP | CR_ADCAL)

#define CFGR_OVRMOD BIT(12)
#define CFGR_CONT   BIT(13)
#define CFGR_AUTDLY BIT(14)
#define CFGR_DISCEN BIT(16)
#define CFGR_JAUTO  BIT(25)

enum adc_stage { ADC_IDLE, ADC_CALIBRATES, ADC_STARTS, ADC_CONVERTS, ADC_WAITS };

struct adc {
    struct regfile *f;
    struct machine *m;
    unsigned number; /* 1 to 3 */
    uint32_t off;    /* of its registers in the block */
    uint32_t cr, isr, dr, jdr[4];
    vtime_t regulator; /* when it was switched on */
    enum adc_stage stage;
    uint64_t half_cycles; /* that the stage takes */
    bool injected;        /* what it converts now */
    unsigned rank, jrank; /* next in the sequences */
    unsigned in_group;    /* conversions since the trigger, for DISCEN */
    bool triggered, jtriggered;
    bool served, frozen; /* one-shot DMA: a stream follows; it has ended */
    bool irq;
    struct sched_event ev;
    struct {
        bool driven, told;
        int32_t microvolts;
    } input[ADC_CHANNELS];
};

/* adc.c */
static inline uint32_t adc_held(const struct adc *a, uint32_t off)
{
    return rf_held(a->f, a->off + off);
}
void adc_flag(struct adc *a, uint32_t flags); /* sets them: interrupt and DMA request follow */
void adc_note(const struct adc *a, enum note_id id, const char *what);
void adc_update(struct adc *a);
void adc_stage_begin(struct adc *a, enum adc_stage stage, uint64_t half_cycles);

/* adc_convert.c */
void adc_start(struct adc *a, bool injected);  /* ADSTART, JADSTART */
void adc_stop(struct adc *a, bool injected);   /* ADSTP, JADSTP */
void adc_converted(struct adc *a);             /* the time of a conversion is over */
void adc_go_on(struct adc *a);                 /* the next conversion begins, if one is due */
void adc_timer(struct adc *a, unsigned timer); /* TRGO of that timer */

/* adc_value.c */
uint32_t adc_value(struct adc *a, unsigned channel);
unsigned adc_bits(const struct adc *a);
unsigned adc_oversampling(const struct adc *a, bool injected);
/* The result of `samples` conversions: oversampled, shifted, less its offset. */
uint32_t adc_result(struct adc *a, unsigned channel, bool injected);

#endif
