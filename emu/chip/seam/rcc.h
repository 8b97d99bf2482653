/* SPDX-License-Identifier: MIT */
/* RCC: clocks, gates, resets. */
#ifndef EMU_CHIP_SEAM_RCC_H
#define EMU_CHIP_SEAM_RCC_H

#include "emu/machine.h"

enum clk {
    CLK_NONE, /* always 0 Hz */
    CLK_CPU1,
    CLK_CPU2,
    CLK_HCLK,
    CLK_PCLK1,
    CLK_PCLK2,
    CLK_PCLK3,
    CLK_PCLK4,
    CLK_SYS,
    CLK_HSI,
    CLK_CSI,
    CLK_HSE,
    CLK_LSI,
    CLK_LSE,
    CLK_HSI48,
    CLK_PLL1Q,
    CLK_PLL2P,
    CLK_PLL2Q,
    CLK_PLL2R,
    CLK_PLL3P,
    CLK_PLL3Q,
    CLK_PLL3R,
    CLK_PER,      /* of D1CCIPR.CKPERSEL */
    CLK_TIM_APB1, /* the timers on that bus */
    CLK_TIM_APB2,
    CLK_RTC, /* after RTCEN */
    CLK_COUNT
};
/* Frequency in Hz, 0 when that clock is off. */
uint64_t rcc_hz(const struct rcc *r, enum clk which);
/* The kernel clock that a block has besides its bus clock: the clocks that a field of a kernel
 * clock register selects from, by its value. */
/* D1CCIPR, D2CCIP1R, D2CCIP2R, D3CCIPR. */
enum { CCIP_D1 = 0x4C, CCIP_D2_1 = 0x50, CCIP_D2_2 = 0x54, CCIP_D3 = 0x58 };
struct kernel_clock {
    uint8_t reg, lo, bits;
    enum clk from[8];
};
uint64_t rcc_kernel_hz(const struct rcc *r, const struct kernel_clock *k);
/* Those that are not a block's alone: kernel_clocks.c. */
extern const struct kernel_clock kernel_spi123, kernel_spi45, kernel_spi6, kernel_i2c123,
    kernel_i2c4, kernel_lptim1, kernel_lptim2, kernel_lptim345, kernel_fdcan, kernel_adc,
    kernel_rng, kernel_usb, kernel_sdmmc, kernel_quadspi;
/* Is it one that a block can have in Stop: HSI, CSI, LSE, LSI? */
bool rcc_kernel_wakes(const struct rcc *r, const struct kernel_clock *k);
/* Is the bus clock of this gate on (either core's enable bit)? */
bool rcc_gate_on(const struct rcc *r, int gate);
/* Has any core enabled it, sleeping or not? */
bool rcc_gate_asked(const struct rcc *r, int gate);
/* Is it on after a reset, before anybody asked? */
bool rcc_gate_after_reset(int gate);
/* Has core `id` enabled it in its own bank? */
bool rcc_gate_by(const struct rcc *r, int gate, enum core_id id);
/* A block that lives on a clock registers here to be told of any change of clocks, the choice of
 * kernel clocks included. */
void rcc_on_change(struct rcc *r, void (*fn)(void *arg), void *arg);
/* Applies the effects of a reset on RSR flags (called by the machine before the devices reset). */
void rcc_note_reset(struct rcc *r, enum reset_cause cause);
/* A domain has left Standby: flags only. */
void rcc_note_domain_reset(struct rcc *r, enum core_id id);
/* Core-scope WWDG reset of one core: flags only. */
void rcc_note_core_reset(struct rcc *r, enum core_id id, bool wwdg1);
/* A core fell asleep, woke, was held or released: domain clocks and system Stop follow. */
void rcc_power_changed(struct rcc *r);
/* A running watchdog keeps LSI on whatever CSR.LSION says. Cleared by every system reset. */
void rcc_force_lsi(struct rcc *r);
/* Inside dev_ops.reset(): this is a pulse of the block's RCC_xxxRSTR bit, not a system reset. */
bool rcc_block_reset(const struct rcc *r);
/* BDCR.BDRST was set: the owner of the RTC and of the backup registers clears them. */
void rcc_on_backup_reset(struct rcc *r, void (*fn)(void *arg), void *arg);
/* The board: HSE frequency (0: none), whether it is an external clock (HSEBYP) or a crystal; LSE
 * present. Default: Nucleo-H745ZI-Q, 8 MHz external clock, LSE crystal. */
void rcc_set_board(struct rcc *r, uint64_t hse_hz, bool hse_external, bool lse_present);
/* The external clock fails: clock security acts (NMI, SYSCLK falls back to HSI). */
void rcc_hse_fail(struct rcc *r);
/* Reports frequencies beyond the voltage scale in force. */
void rcc_check_limits(struct rcc *r);
/* Does a time-out of WWDG1/WWDG2 reset the whole system (GCR.WWxRSC)? */
bool rcc_wwdg_resets_system(const struct rcc *r, enum core_id id);
/* The IWDG's freeze option asks whether the chip is in Stop. */
bool rcc_in_system_stop(const struct rcc *r);

#endif
