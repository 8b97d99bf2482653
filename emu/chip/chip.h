/* SPDX-License-Identifier: MIT */
/*
 * The seams between the models of the chip's blocks: constructors and what one block asks of
 * another. Each block lives in its own file; its registers are nobody else's business.
 */
#ifndef EMU_CHIP_CHIP_H
#define EMU_CHIP_CHIP_H

#include "emu/machine.h"

/* Every constructor registers its devices and memories on m->bus and fills its pointer in the
 * machine. */
bool flash_new(struct machine *m, const char *file, char *err, size_t errlen);
void flash_free(struct flash *f); /* NULL is allowed */
void rcc_new(struct machine *m);
void pwr_new(struct machine *m);
void syscfg_new(struct machine *m);
/* The other blocks: emu/chip/blocks.def. */
#define BLOCK(name) void name##_new(struct machine *m);
#include "emu/chip/blocks.def"
#undef BLOCK
void regfile_new(
    struct machine *m); /* every other peripheral: reset values, reported once per register */

/* ---- RCC: clocks, gates, resets ---- */
enum clk {
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
    CLK_USART1,
    CLK_USART23, /* USART2 and 3, UART4, 5, 7 and 8; CLK_USART1: USART1 and 6 */
    CLK_LPUART1,
    CLK_TIM_APB1,
    CLK_TIM_APB2,
    CLK_RNG,
    CLK_RTC, /* behind RTCEN */
    CLK_FDCAN,
    CLK_COUNT
};
/* Frequency in Hz, 0 when that clock is off. */
uint64_t rcc_hz(const struct rcc *r, enum clk which);
/* Is the bus clock of this gate on (either core's enable bit)? */
bool rcc_gate_on(const struct rcc *r, int gate);
/* Is it on after a reset, before anybody asked? */
bool rcc_gate_after_reset(int gate);
/* Has core `id` enabled it in its own bank? */
bool rcc_gate_by(const struct rcc *r, int gate, enum core_id id);
/* A block that lives on the kernel clock registers here to be told of any clock change. */
void rcc_on_change(struct rcc *r, void (*fn)(void *arg), void *arg);
/* Applies the effects of a reset on RSR flags (called by the machine before the devices reset). */
void rcc_note_reset(struct rcc *r, enum reset_cause cause);
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
/* Reports frequencies beyond the voltage scale or the flash latency in force. */
void rcc_check_limits(struct rcc *r);
/* Does a time-out of WWDG1/WWDG2 reset the whole system (GCR.WWxRSC)? */
bool rcc_wwdg_resets_system(const struct rcc *r, enum core_id id);
/* The IWDG's freeze option asks whether the chip is in Stop. */
bool rcc_in_system_stop(const struct rcc *r);

/* ---- PWR ---- */
bool pwr_backup_writable(const struct pwr *p); /* CR1.DBP */
unsigned pwr_vos(const struct pwr *p);         /* 0..3 = VOS0..VOS3 in force */
bool pwr_supply_done(const struct pwr *p);     /* CR3 was written: not in Run* any more */
/* SYSCFG_PWRCR.ODEN changed. */
void pwr_overdrive_changed(struct pwr *p);
/* System Stop was entered (STOPF of both cores, voltage falls back to VOS3). */
void pwr_system_stop(struct pwr *p);
/* May the D3 domain stop (no RUN_D3 of either core)? */
bool pwr_d3_may_stop(const struct pwr *p);
/* Do both cores ask for Standby of this domain (1..3) instead of Stop? */
bool pwr_standby(const struct pwr *p, unsigned domain);

/* ---- FLASH ---- */
enum { FLASH_BANKS = 2 };
/* A core's or master's access to the flash array (0x08000000-0x081FFFFF as mapped). */
enum bus_status flash_array_read(struct flash *f, const struct bus_access *a, uint32_t addr,
                                 unsigned size, uint32_t *value);
enum bus_status flash_array_write(struct flash *f, const struct bus_access *a, uint32_t addr,
                                  unsigned size, uint32_t value);
/* May [addr, addr+len) be read and fetched straight from the host pointer: bank idle, no ECC error,
 * no protection. */
bool flash_direct(const struct flash *f, uint32_t addr, uint32_t len);
/* When the present operation of the bank at addr ends; VT_NEVER when idle. */
vtime_t flash_busy_until(const struct flash *f, uint32_t addr);
bool flash_bank_busy(const struct flash *f, unsigned bank);
/* An erase runs: *bank becomes the start address of the bank it works on. */
bool flash_erasing(const struct flash *f, uint32_t *bank);
bool flash_unlocked(const struct flash *f, unsigned bank);
/* Debug probe / loader: stores bytes, words touched become valid. No events. */
void flash_poke(struct flash *f, uint32_t addr, const void *buf, uint32_t len);
/* The same for an erase: every flash word touched is erased. */
void flash_poke_erase(struct flash *f, uint32_t addr, uint32_t len);
void flash_peek(const struct flash *f, uint32_t addr, void *buf, uint32_t len);
/* State of one flash word, for reports, the doctor and the torture run. */
enum flash_word_state {
    FW_ERASED,
    FW_VALID,
    FW_SINGLE,
    FW_DOUBLE,
    FW_BLANK_LOOKING /* reads FF, is not erased */
};
enum flash_word_state flash_word(const struct flash *f, uint32_t addr);

/* Option bytes in force and to be loaded. */
struct options {
    uint32_t optsr, boot7, boot4, wpsn[2], prar[2], scar[2];
};
const struct options *flash_options(const struct flash *f);
/* As a debug probe would set them (run --option NAME=VALUE): BCM4, BCM7, SWAP_BANK, RDP,
 * BOOT_CM7_ADD0, IWDG1_SW, ... Takes effect at the next power-on. False: unknown name or bad value.
 */
bool flash_set_option(struct flash *f, const char *name, uint32_t value);
bool flash_swapped(const struct flash *f); /* OPTCR.SWAP_BANK: the swap in force */

/* Power cuts. Outcome of the operation running at the cut, and of queued ones (never begun). */
enum cut_outcome {
    CUT_RANDOM,     /* drawn from the machine's seed */
    CUT_UNTOUCHED,  /* as before the operation */
    CUT_COMPLETE,   /* as after it, but no EOP */
    CUT_DOUBLE,     /* word: double ECC error; erase: every word unreadable */
    CUT_SINGLE,     /* word: single ECC error, corrected data is the new data */
    CUT_BLANK,      /* word or sector reads as erased but is not */
    CUT_TORN_ERASE, /* erase: seeded mix of old, blank-looking, erased and unreadable words */
    CUT_MARGINAL,   /* word: reads old, new, single or double error, another one at each power cycle
                     */
    CUT_FACTORY,    /* option bytes: those of a new part */
};
/* Of an option change: UNTOUCHED the old ones, COMPLETE the new ones, all others as FACTORY. Of a
 * program or an erase FACTORY is as COMPLETE. */
/* Cut the power during flash operation number n (programs and erases of both banks and changes of
 * option bytes, counted from 1 since the machine was made, in the order in which they start). The
 * machine stops with M_POWER_CUT, RAM lost. */
void flash_cut_at_op(struct flash *f, uint64_t n, enum cut_outcome outcome);
/* Where in that operation, in thousandths of its time: 0 as it starts, 1000 just before it counts
 * as done. Default 500. */
void flash_cut_point(struct flash *f, unsigned permille);
uint64_t flash_ops(const struct flash *f); /* operations begun so far */
/* Power goes off now: running operations get their outcome, locks, queues and buffers are lost. */
void flash_power_cut(struct flash *f, enum cut_outcome outcome);
/* Lets operations never end: "erase@ADDRESS" or "program@ADDRESS", on that sector, ",times=N".
 * False: it is none of these. */
bool flash_fault_set(struct flash *f, const char *text);
struct flash_counts {
    uint64_t programs[FLASH_BANKS], erases[FLASH_BANKS];
    vtime_t work[FLASH_BANKS]; /* time that all of them take, had none been cut short */
};
struct flash_counts flash_counts(const struct flash *f);
/* Hash of all persistent state: content, ECC state, options. */
uint64_t flash_state_hash(const struct flash *f);
/* Observer of every operation: op begins (done = false), ends (done = true). */
struct flash_op {
    unsigned bank;
    bool erase, options; /* neither: a program */
    uint32_t addr, len;
    uint64_t number;
    int core; /* who started it */
};
/* Up to four; fn NULL removes all. */
void flash_observe(struct flash *f, void (*fn)(void *arg, const struct flash_op *op, bool done),
                   void *arg);
/* Operations take the data sheet's maximum instead of its typical time. */
void flash_set_max_times(struct flash *f, bool max);
/* For tests: the word's content as a program cut with this outcome would have left it. */
void flash_damage(struct flash *f, uint32_t addr, enum cut_outcome outcome);
/* The word may read differently after the next power cycle. */
bool flash_word_marginal(const struct flash *f, uint32_t addr);
/* A debugger is attached: an intrusion at RDP level 1, also after it went, until the next reset. */
void flash_set_debugger(struct flash *f, bool attached);
/* The state file has everything up to now, also if the host loses power. */
void flash_sync(struct flash *f);
/* Backup domain bytes (BKPxR, backup SRAM) kept in the same file; size as agreed in backup.c. Never
 * NULL. */
#define BACKUP_BYTES (32 * 4 + 4096)
uint8_t *flash_backup_area(struct flash *f);

/* ---- Watchdogs ---- */
bool iwdg_running(const struct machine *m, enum core_id id); /* IWDG1 of the M7, IWDG2 of the M4 */

/* ---- SYSCFG ---- */
uint32_t syscfg_boot_addr(const struct syscfg *s,
                          enum core_id id); /* where the core boots, UR overrides included */
bool syscfg_core_boots(const struct syscfg *s, enum core_id id);  /* BCM7/BCM4 in force */
unsigned syscfg_exti_port(const struct syscfg *s, unsigned line); /* EXTICR: 0 = port A */
bool syscfg_overdrive(const struct syscfg *s);                    /* PWRCR.ODEN */

/* ---- EXTI ---- */
/* Configurable line edge (GPIO, PVD, ...): rising = new level 1. */
void exti_edge(struct exti *e, unsigned line, bool rising);
/* Direct line (HSEM, SEV, USART wake-up): level. */
void exti_direct(struct exti *e, unsigned line, bool level);
/* Can this NVIC request start the stopped clock of a core in CStop? Configurable lines pend only
 * when they are unmasked; direct ones need their IMR bit. */
bool exti_wakes(const struct exti *e, enum core_id id, unsigned irq);
/* A core executed SEV: RXEV of the other core if it unmasked the line, IRQ 64/65 of its NVIC. */
void exti_sev(struct exti *e, enum core_id from);

/* ---- ART: t may be NULL ---- */
/* The CM4 fetches from flash at addr (at least once a page and after each change of the flash). */
void art_fetch(struct art *t, uint32_t addr);
void art_flash_changed(struct art *t, uint32_t addr, uint32_t len);
void art_written_through(struct art *t, uint32_t addr);

/* ---- DMA ---- */
/* Level of a peripheral's request line, by its number in DMAMUX1's table. */
void dma_request(struct machine *m, unsigned request, bool level);

/* ---- HSEM ---- */
int hsem_owner(const struct hsem *h, unsigned n); /* CM7, CM4 or -1 */

/* ---- GPIO ---- */
/* Drives a pin from outside (button): level 0/1, or -1 to let it float. Name like "PC13"; false if
 * unknown. */
bool gpio_drive(struct gpio *g, const char *pin, int level);
/* Alternate function number of a pin in AF mode, -1 in any other mode or for an unknown name. */
int gpio_alternate(const struct gpio *g, const char *pin);
/* Level the pin has now: 0 or 1; -1 for an unknown name. */
int gpio_level(const struct gpio *g, const char *pin);
/* A peripheral behind alternate functions. Any of the functions may be NULL. */
struct pin_user {
    void *arg;
    /* Does it drive that pin with alternate function af? Then *level is how. */
    bool (*level)(void *arg, const char *pin, unsigned af, bool *level);
    /* The pin, which has alternate function af, was changed from outside. */
    void (*edge)(void *arg, const char *pin, unsigned af, bool rising);
};
void gpio_attach(struct gpio *g, const struct pin_user *user);
/* Told of every change of a pin's level: by firmware's output, from outside or by its pull. NULL
 * ends it; one listener. */
void gpio_listen(struct gpio *g, void (*fn)(void *arg, const char *pin, bool level), void *arg);

/* ---- USART: host side ---- */
const char *uart_name(const struct uart *u); /* "USART3", "UART8", "LPUART1" */
/* NULL: there is none of that name (its first len characters). */
struct uart *uart_by_name(struct machine *m, const char *name, size_t len);
/* A byte from outside arrives on the line as soon as the line is free; false when the host-side
 * queue is full (4 KiB). */
bool uart_input(struct uart *u, uint8_t byte);
/* Bytes waiting on the outside of the line that the model has not yet shifted in. */
size_t uart_input_pending(const struct uart *u);
/* Baud rate of the outside. 0, the default: the one the firmware last configured (UE 0 -> 1), kept
 * when a clock changes later. Before the firmware has configured one, bytes of the outside wait. */
void uart_set_partner_baud(struct uart *u, uint64_t baud);
/* Every byte that left the shifter, with the virtual time of its stop bit. Several listeners are
 * possible. */
void uart_listen(struct uart *u, void (*fn)(void *arg, uint8_t byte, vtime_t when), void *arg);
bool uart_busy(const struct uart *u);     /* transmitter or receiver mid-frame */
uint64_t uart_baud(const struct uart *u); /* 0 when disabled or its clock is off */

#endif
