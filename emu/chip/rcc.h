/* SPDX-License-Identifier: MIT */
/*
 * Inside of the RCC model, shared by its files: rcc.c (registers, resets), rcc_clock.c
 * (oscillators, system clock switch), rcc_pll.c, rcc_tree.c (all frequencies) and rcc_gate.c
 * (enables per core, domain clocks, system Stop).
 */
#ifndef EMU_CHIP_RCC_H
#define EMU_CHIP_RCC_H

#include "chip/stm32h7/otg.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

/* The enables and low-power enables: the accessing core's view, and each core's (RM0399). AHB3RSTR
 * begins nine words in the order of enum gate_reg. */
enum rcc_off {
    RCC_BANK = RCC_RSR,
    RCC_BANK_C1 = 0x130,
    RCC_BANK_C2 = 0x190,
    RCC_WORDS = 0xD0 / 4,
};

enum {
    CR_HSION = RCC_CR_HSION,
    CR_HSIKERON = BIT(1),
    CR_HSIRDY = RCC_CR_HSIRDY,
    CR_HSIDIV = 3u << 3,
    CR_HSIDIVF = BIT(5),
    CR_CSION = BIT(7),
    CR_CSIRDY = BIT(8),
    CR_CSIKERON = BIT(9),
    CR_HSI48ON = USB_RCC_CR_HSI48ON,
    CR_HSI48RDY = USB_RCC_CR_HSI48RDY,
    CR_D1CKRDY = RCC_CR_D1CKRDY,
    CR_D2CKRDY = RCC_CR_D2CKRDY,
    CR_HSEON = BIT(16),
    CR_HSERDY = BIT(17),
    CR_HSEBYP = BIT(18),
    CR_HSECSSON = BIT(19),
    CR_PLL1ON = RCC_CR_PLL1ON,
    CR_PLL1RDY = RCC_CR_PLL1RDY,
    CR_PLL2ON = BIT(26),
    CR_PLL2RDY = BIT(27),
    CR_PLL3ON = BIT(28),
    CR_PLL3RDY = BIT(29),
};

enum {
    BDCR_LSEON = BIT(0),
    BDCR_LSERDY = BIT(1),
    BDCR_RTCSEL = 3u << 8,
    BDCR_RTCEN = BIT(15),
    BDCR_BDRST = BIT(16)
};
enum { CSR_LSION = BIT(0), CSR_LSIRDY = BIT(1) };
enum {
    GCR_WW1RSC = RCC_GCR_WW1RSC,
    GCR_WW2RSC = RCC_GCR_WW2RSC,
    GCR_BOOT_C1 = RCC_GCR_BOOT_C1,
    GCR_BOOT_C2 = RCC_GCR_BOOT_C2
};
enum { CIFR_HSECSSF = BIT(10) };

enum osc {
    OSC_HSI,
    OSC_CSI,
    OSC_HSI48,
    OSC_HSE,
    OSC_PLL1,
    OSC_PLL2,
    OSC_PLL3,
    OSC_LSI,
    OSC_LSE,
    OSCS,
    OSC_NONE = OSCS
};

struct rcc_osc {
    struct rcc *r;
    enum osc id;
    bool on, ready;
    struct sched_event started; /* start-up time or PLL lock time is over */
};

#define RCC_LISTENERS 64

struct rcc {
    struct machine *m;
    uint32_t word[RCC_WORDS]; /* registers without a bank; ready flags and SWS are derived */
    unsigned sws;             /* system clock in force */
    bool lsi_forced;
    struct rcc_osc osc[OSCS];
    struct sched_event switched; /* the system clock multiplexer has switched */

    uint64_t hse_hz;
    bool hse_external, lse_present;

    uint64_t pll_hz[3][3]; /* outputs P, Q, R */
    uint64_t hz[CLK_COUNT];
    uint32_t selected[(CCIP_D3 - CCIP_D1) / 4 + 1]; /* kernel clock registers, as told last */

    struct rcc_bank {
        uint32_t rsr, enr[G_REGS], lpenr[G_REGS];
    } bank[CORES];
    uint32_t gates[G_REGS]; /* bus clocks that run now */
    bool in_block_reset;
    bool system_stop, d1_warned;

    struct {
        void (*fn)(void *arg);
        void *arg;
    } listener[RCC_LISTENERS], backup_reset[4];
    unsigned listeners, backup_resets;
};

static inline uint32_t *rcc_word(struct rcc *r, uint32_t off)
{
    return &r->word[off / 4];
}

static inline uint32_t rcc_field(uint32_t word, unsigned lo, unsigned bits)
{
    return word >> lo & ((1u << bits) - 1);
}

/* ---- rcc_clock.c ---- */
uint64_t rcc_osc_hz(const struct rcc *r, enum osc id); /* 0: not ready */
uint64_t rcc_sys_hz(const struct rcc *r, unsigned sw); /* of the clock that SW = sw selects */
void rcc_clock_init(struct rcc *r);
void rcc_clock_reset(struct rcc *r, bool power_on);
uint32_t rcc_cr_read(const struct rcc *r);
void rcc_cr_write(struct rcc *r, uint32_t value);
void rcc_cfgr_write(struct rcc *r, uint32_t value);
void rcc_osc_set(struct rcc *r, enum osc id, bool on);
/* Stop mode: everything but HSI (or CSI) is off, the system runs from that. */
void rcc_clock_stop(struct rcc *r);

/* ---- rcc_pll.c ---- */
enum osc rcc_pll_source(const struct rcc *r);
/* Does PLL i + 1 lock with its settings? A reference or VCO outside the data sheet's range might
 * lock on some part at some temperature; the model takes the worst: never. */
bool rcc_pll_locks(struct rcc *r, unsigned i);
void rcc_compute_plls(struct rcc *r);
/* PLLCKSELR, PLLCFGR, PLLxDIVR, PLLxFRACR: writes that a running PLL refuses. */
void rcc_pll_write(struct rcc *r, uint32_t off, uint32_t value);

/* ---- rcc_tree.c ---- */
/* Works out every frequency again and tells who lives on them. */
void rcc_recompute(struct rcc *r);
void rcc_tell(struct rcc *r);

/* ---- rcc_gate.c ---- */
void rcc_gate_reset(struct rcc *r);
bool rcc_bank_read(struct rcc *r, enum core_id view, uint32_t off, uint32_t *value);
bool rcc_bank_write(struct rcc *r, enum core_id view, uint32_t off, uint32_t value);
void rcc_rstr_write(struct rcc *r, unsigned reg, uint32_t value);
uint32_t rcc_domain_ready(const struct rcc *r); /* CR bits D1CKRDY, D2CKRDY */

#endif
