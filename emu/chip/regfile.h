/* SPDX-License-Identifier: MIT */
/*
 * Peripherals that are register files only: they hold what is written, answer with their reset
 * values, and say so. Small rules keep the wait loops of vendor code finite: they end as on a board
 * with nothing connected. Switching on a function the model does not have is always reported.
 */
#ifndef EMU_CHIP_REGFILE_H
#define EMU_CHIP_REGFILE_H

#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

struct rf_run {
    uint32_t off;
    uint16_t count, stride;
    uint32_t reset, writable;
};

struct rf_layout {
    const struct rf_run *runs;
    unsigned n;
};

enum rf_kind {
    RF_LPTIM1,
    RF_LPTIM3,
    RF_SPI,
    RF_SPDIFRX,
    RF_I2C,
    RF_CEC,
    RF_DAC,
    RF_SWPMI,
    RF_OPAMP,
    RF_MDIOS,
    RF_SAI,
    RF_SAI4,
    RF_DFSDM,
    RF_HRTIM,
    RF_DMAMUX2,
    RF_BDMA,
    RF_MDMA,
    RF_ADC12,
    RF_ADC3,
    RF_ETH,
    RF_DCMI,
    RF_SDMMC,
    RF_DLYB,
    RF_RAMECC1,
    RF_RAMECC3,
    RF_LTDC,
    RF_GPV,
    RF_DMA2D,
    RF_JPEG,
    RF_FMC,
    RF_COMP,
    RF_VREFBUF,
    RF_CCU,
    RF_LAYOUTS
};

/* By enum rf_kind. */
extern const struct rf_layout *const rf_layouts[RF_LAYOUTS];
extern const struct rf_layout rf_lptim1, rf_lptim3, rf_spi, rf_spdifrx, rf_i2c, rf_cec, rf_dac,
    rf_swpmi, rf_opamp, rf_mdios, rf_sai, rf_sai4, rf_dfsdm, rf_hrtim, rf_dmamux2, rf_bdma, rf_mdma,
    rf_adc12, rf_adc3, rf_eth, rf_dcmi, rf_sdmmc, rf_dlyb, rf_ramecc1, rf_ramecc3, rf_ltdc, rf_gpv,
    rf_dma2d, rf_jpeg, rf_fmc, rf_comp, rf_vrefbuf, rf_ccu;

/* An enable bit of a function that is not modelled: `count` registers from `off`, `stride` apart.
 */
struct rf_feature {
    enum rf_kind kind;
    uint16_t off, count, stride;
    uint32_t mask;
    const char *what;
};

/* Bits that hardware clears at once: commands. */
struct rf_command {
    enum rf_kind kind;
    uint16_t off, count, stride;
    uint32_t mask;
};

/* A write of `command` bits to register `off`, with `value` in `mask` of the same word: flags of
 * register `to` that the hardware sets in the end although nothing is connected. */
struct rf_answer {
    enum rf_kind kind;
    uint16_t off;
    uint32_t command, mask, value;
    uint16_t to;
    uint32_t flags;
};

/* Writing ones to `off` clears the same bits of `to`. */
struct rf_clear {
    enum rf_kind kind;
    uint16_t off, to;
    uint32_t mask;
};

/* `status` of register `to` is 1 while `control` of register `from` is. */
struct rf_follow {
    enum rf_kind kind;
    uint16_t from;
    uint32_t control;
    uint16_t to;
    uint32_t status;
};

struct rf_block {
    const char *name;
    uint32_t base, size;
    int gate;
    enum rf_kind kind;
};

struct regfile;

/* What a block does besides holding its registers: a file and a line of emu/chip/blocks.def each.
 * Accesses come after the rules above; without a model the block is reported as a register file. */
struct rf_model {
    enum rf_kind kind;
    void *(*make)(struct regfile *f);
    void (*reset)(void *self);
    /* What the register at `off` reads as, which holds `held`; no effects. */
    uint32_t (*look)(const void *self, uint32_t off, uint32_t held);
    /* It was read, or written: `written` is in place within the word. */
    void (*read)(void *self, uint32_t off, unsigned size);
    void (*write)(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old);
};
#define BLOCK(name)
#define MODEL(name) extern const struct rf_model name##_model;
#include "emu/chip/blocks.def"
#undef BLOCK
#undef MODEL

/* NULL: it only holds what is written. */
const struct rf_model *rf_model_of(enum rf_kind kind);

/* For models. */
struct machine *rf_machine(const struct regfile *f);
const struct rf_block *rf_block_of(const struct regfile *f);
uint32_t rf_held(const struct regfile *f, uint32_t off);
void rf_change(struct regfile *f, uint32_t off, uint32_t set, uint32_t clear);
/* Something is switched on that the model does not have. */
void rf_missing(const struct regfile *f, uint32_t off, const char *what);
/* The model of the block of that name; NULL: there is none. */
void *rf_model_named(const struct machine *m, const char *name);

extern const struct rf_feature rf_features[];
extern const unsigned rf_feature_count;
extern const struct rf_command rf_commands[];
extern const unsigned rf_command_count;
extern const struct rf_answer rf_answers[];
extern const unsigned rf_answer_count;
extern const struct rf_clear rf_clears[];
extern const unsigned rf_clear_count;
extern const struct rf_follow rf_follows[];
extern const unsigned rf_follow_count;
extern const struct rf_block rf_blocks[];
extern const unsigned rf_block_count;

#endif
