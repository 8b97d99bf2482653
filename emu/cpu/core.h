/* SPDX-License-Identifier: MIT */
/*
 * One Cortex-M core of the chip as the machine sees it: it runs instructions, takes interrupts,
 * sleeps, faults. Everything architectural (NVIC, SCB, SysTick, MPU, FPU, exceptions, private
 * peripheral bus) is inside; the instruction engine is hidden one layer deeper (engine.h), so
 * another can take its place.
 */
#ifndef EMU_CPU_CORE_H
#define EMU_CPU_CORE_H

#include "emu/bus.h"
#include "emu/sched.h"

#include <stdbool.h>
#include <stdint.h>

struct core;

enum core_stop {
    STOP_LIMIT,  /* ran the instructions it was given */
    STOP_BREAK,  /* core_break() ended the slice early (a cross-core effect, an earlier event, a
                    reset) */
    STOP_SLEEP,  /* WFI/WFE: wake by interrupt or event */
    STOP_STALL,  /* the bus made it wait (busy flash): retry when the machine says so */
    STOP_LOCKUP, /* locked up; only a reset helps */
    STOP_DEBUG,  /* breakpoint, watchpoint or single step of the debugger; or an armed instruction
                    count */
    STOP_HELD,   /* held in reset (BCM4 = 0 before BOOT_C2) */
    STOP_HALTED, /* by its debugger */
};

enum core_power { POWER_RUN, POWER_SLEEP, POWER_DEEPSLEEP /* CStop */ };

/* Opens the engine and maps the bus's memories of this core's view. The bus must be sealed. */
struct core *core_new(struct machine *m, enum core_id id);
void core_free(struct core *c);

/* System reset. The core is then held if `held`; else it starts from boot_addr at its next
 * core_run(). */
void core_reset(struct core *c, uint32_t boot_addr, bool held, bool power_on);
/* BOOT_C1/BOOT_C2: releases a held core; SP and PC are fetched now, from boot_addr. */
void core_release(struct core *c, uint32_t boot_addr);

/* Runs for max_insns cycles (exceptions taken as they come due; the last of them may take it past
 * the end). A loop that only polls may go on up to max_polled, in whole turns. */
enum core_stop core_run(struct core *c, uint64_t max_insns, uint64_t max_polled);
/* All that the core did in its last slice was to poll: without an event or the other core's doing
 * it will never do anything else. */
bool core_polls(const struct core *c);
/* Ends a running slice before the next instruction; callable from any device callback. */
void core_break(struct core *c);

/* Cycles of the core since it was made: one for each instruction, 12 for each exception entry (6
 * when it is tail-chained). Exact also inside a device callback. */
uint64_t core_insns(const struct core *c);
enum core_id core_ident(const struct core *c);
bool core_held(const struct core *c);
bool core_locked_up(const struct core *c);
enum core_power core_power(const struct core *c);
/* After STOP_SLEEP: something to wake for has arrived. */
bool core_wakeable(const struct core *c);

/* Interrupt line n (0..149) of this core: level sensitive as in the NVIC. */
void core_set_irq(struct core *c, unsigned n, bool level);
/* A one-cycle pulse: pends, no level stays. */
void core_pulse_irq(struct core *c, unsigned n);
void core_set_nmi(struct core *c);
/* RXEV: sets the event register, ends WFE. */
void core_event(struct core *c);

/* The core clock has changed or the core clock was stopped and runs again: SysTick and CYCCNT
 * rebase. */
void core_clock_changed(struct core *c);

/* Flash content or its readability changed (programmed, erased, torn, busy, idle): drop stale
 * translations and set what may be read directly; see flash_direct(). */
void core_flash_changed(struct core *c, uint32_t addr, uint32_t len, bool content);
/* A system reset comes: a narrow store that waits in a RAM's write buffer is lost, and reported. */
void core_lose_pending(struct core *c);
/* RAM changed behind the core's back (other core, DMA, loader): drop stale translations. */
void core_ram_changed(struct core *c, uint32_t addr, uint32_t len);

/* Registers by number: 0..12, 13 SP (current), 14 LR, 15 PC, 16 xPSR, 17 MSP, 18 PSP, 19 CONTROL,
 * 20 PRIMASK, 21 BASEPRI, 22 FAULTMASK, 23 FPSCR, 32..63 S0..S31. Always the true value whatever
 * the privilege. */
enum core_reg {
    REG_SP = 13,
    REG_LR = 14,
    REG_PC = 15,
    REG_XPSR = 16,
    REG_MSP = 17,
    REG_PSP = 18,
    REG_CONTROL = 19,
    REG_PRIMASK = 20,
    REG_BASEPRI = 21,
    REG_FAULTMASK = 22,
    REG_FPSCR = 23,
    REG_S0 = 32,
    REG_COUNT = 64,
};
uint32_t core_reg(const struct core *c, unsigned reg);
void core_set_reg(struct core *c, unsigned reg, uint32_t value);

/* Reads or writes a register of the private peripheral bus without side effects (debugger, doctor,
 * tests). */
bool core_ppb_peek(const struct core *c, uint32_t addr, uint32_t *value);
bool core_ppb_poke(struct core *c, uint32_t addr, uint32_t value);

/* Where the last store went that ended in an imprecise bus error. The chip does not tell; reports
 * and the doctor do. */
uint32_t core_lost_store(const struct core *c);

/* Debugger support. Addresses of breakpoints are even. Watchpoints: write, read, access = 1, 2, 3.
 */
bool core_add_breakpoint(struct core *c, uint32_t addr);
void core_del_breakpoint(struct core *c, uint32_t addr);
bool core_add_watchpoint(struct core *c, uint32_t addr, uint32_t len, unsigned kind);
void core_del_watchpoint(struct core *c, uint32_t addr, uint32_t len, unsigned kind);
uint32_t core_watch_hit(const struct core *c); /* address after STOP_DEBUG, 0 if none */
void core_set_single_step(struct core *c, bool on);
/* A halted core executes nothing, also after a reset, until it is let go; the rest of the chip goes
 * on. */
void core_set_halted(struct core *c, bool halted);
bool core_halted(const struct core *c);

/* What may be wrong with the use of the M7's data cache, if it is modelled (dcache.h). */
enum cache_event {
    CACHE_STALE_READ, /* the M7 reads a line whose memory was changed behind it */
    CACHE_LOST,       /* a dirty line is invalidated without being cleaned */
};

/* Every load and store comes to on_data, but for those of turns that are skipped because nothing
 * changes in them (poll.c): several times slower. Legal in callbacks. */
void core_watch_data(struct core *c, bool on);
/* Stores of this core to [addr, addr + len) come to on_data, at the cost of those pages only. TCM
 * excepted. False: too many. */
bool core_watch_stores(struct core *c, uint32_t addr, uint32_t len);
/* Forgets all of them. */
void core_unwatch_stores(struct core *c);
/* What the default memory map and the MPU say about caching at addr. Shareable memory is not cached
 * by the Cortex-M7. */
enum cache_policy { CACHE_NONE, CACHE_WRITE_THROUGH, CACHE_WRITE_BACK };
/* Does the MPU keep the core itself, privileged, from reading at addr? */
bool core_mpu_forbids(const struct core *c, uint32_t addr);
enum cache_policy core_cache_policy(const struct core *c, uint32_t addr);
/* Who observes the machine (emu/observe.h) has changed. */
void core_observed(struct core *c);

#endif
