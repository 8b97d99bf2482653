/* SPDX-License-Identifier: MIT */
/*
 * The whole emulated STM32H745: two cores, the bus and its devices, virtual time, resets.
 *
 * One thread. The core that is behind in virtual time runs next, never further than the next event
 * or one quantum past the other core; events fire when both cores have reached their time. So a run
 * is a function of the firmware and the inputs alone.
 */
#ifndef EMU_MACHINE_H
#define EMU_MACHINE_H

#include "emu/bus.h"
#include "emu/cpu/core.h"
#include "emu/notes.h"
#include "emu/observe.h"
#include "emu/reset.h"
#include "emu/sched.h"

#include <stdarg.h>

struct flash;
struct rcc;
struct pwr;
struct syscfg;
struct exti;
struct hsem;
struct dma;
struct art;
struct gpio;
struct otg;
struct crs;
struct uart;
struct iwdg;
struct dbgmcu;

enum { UARTS = 9, UART_LP = 9 };

enum machine_stop {
    M_TIME,      /* virtual time is over */
    M_LOCKUP,    /* no core can run again without a reset */
    M_IDLE,      /* both cores wait and nothing is left that could wake them */
    M_DEBUG,     /* breakpoint, watchpoint, step: see core_watch_hit() */
    M_USER,      /* machine_stop() */
    M_POWER_CUT, /* the power is off; machine_power_on() goes on */
};

struct machine {
    struct sched sched;
    struct bus bus;
    struct core *core[CORES];

    /* Local time of each core: time of its instruction count `base_insns`, at its present clock. */
    struct core_clock {
        uint64_t hz;
        uint64_t ps, insns; /* of time and of instructions, the least whole numbers at that clock */
        vtime_t base;
        uint64_t base_insns;
        vtime_t stalled_until; /* a bus stall; VT_NEVER until a flash event ends it */
        bool polls;            /* did nothing but poll in its last slice, and no event came since */
        bool waiting;          /* asleep, stalled, held or locked up: its local time just follows */
    } clk[CORES];
    vtime_t now;       /* all events up to here have fired */
    vtime_t slice_end; /* where the running core must stop */
    int running;       /* core in core_run(), or -1 */
    uint64_t quantum;  /* instructions a core may be ahead of the other one */

    struct flash *flash;
    struct rcc *rcc;
    struct pwr *pwr;
    struct syscfg *syscfg;
    struct exti *exti;
    struct hsem *hsem;
    struct dma *dma;
    struct art *art;
    struct gpio *gpio;
    struct otg *otg[2]; /* emu/chip/usb_wire.h */
    struct crs *crs;
    struct dbgmcu *dbgmcu;
    struct iwdg *iwdg[CORES];
    struct uart *uart[UARTS + 1]; /* by number, 1 to 8; UART_LP: LPUART1 */

    bool reset_pending;
    enum reset_cause reset_cause;
    vtime_t reset_time;
    bool no_skip;     /* carry out every turn of loops that only poll; for tests and measurements */
    uint64_t skipped; /* cycles of such turns that were not carried out */
    bool power_cut;   /* machine_run() ended with M_POWER_CUT; machine_power_on() goes on */
    uint64_t random_state;
    bool flash_detached;
    bool stop_requested;
    bool debug_requested;  /* see machine_debug_stop() */
    int debug_core;        /* after M_DEBUG: the core that stopped, -1: machine_debug_stop() */
    bool lockup_stops;     /* both cores dead: end the run */
    bool boot_pin;         /* level of BOOT0 */
    bool ur3_by_manual;    /* halves of SYSCFG_UR3 as in the manual, not as fielded code has them */
    bool speed_warns_only; /* too few wait states: reported, and reads go on */
    bool m7_speculates;    /* an erase of one bank stalls the M7 in the other one, too */
    void *blocks;          /* machine_alloc() */
    struct observer *observers; /* see machine_observe() */
    bool host_can_wake; /* a terminal, socket or debugger may still bring input: waiting forever is
                           right */

    /* What programs print by semihosting (BKPT 0xAB, else a fault) and through the ITM. */
    bool semihosting, itm; /* set before power-on */
    bool program_ended;    /* by SYS_EXIT, with program_status; machine_run() returned M_USER */
    uint32_t program_status;
    /* Called between slices, when set: host input, pacing against the wall clock. */
    void (*on_idle)(void *arg, vtime_t next_event, bool both_waiting);
    void *on_idle_arg;
    bool not_due; /* set by on_idle: the next event's time has not come, whatever else came */
};

struct machine_config {
    const char *flash_file; /* NULL: in memory only */
    bool flash_detached;    /* the file is only the start: it is read and left as it is */
    uint64_t seed;          /* random outcomes: torn words, RNG, UID */
    uint64_t quantum;       /* 0: default */
};

/* NULL with a message in err (size errlen) when a file cannot be used. The machine is powered off.
 */
struct machine *machine_new(const struct machine_config *cfg, char *err, size_t errlen);
void machine_free(struct machine *m);

/* Power-on: RAM gets seeded noise, everything is reset, options are loaded, cores start. */
void machine_power_on(struct machine *m);
/* The same after a power cut: virtual time goes on by the 100 ms that the power was off. */
void machine_power_cycle(struct machine *m);

/* Runs until virtual time `until`, a lockup of both cores (when lockup_stops), a debugger stop or
 * machine_stop(). */
enum machine_stop machine_run(struct machine *m, vtime_t until);
/* Makes machine_run() return M_USER as soon as possible: the present call, or the next one.
 * Callable from callbacks; a signal handler may set stop_requested by itself. */
void machine_stop(struct machine *m);

/* Makes machine_run() return M_DEBUG between two slices (a debugger wants to stop the machine). */
void machine_debug_stop(struct machine *m);

/* A debugger halts a core, or lets it go: it executes nothing, its SysTick stands, and so do the
 * watchdogs that DBGMCU freezes. Only between slices. */
void machine_halt_core(struct machine *m, enum core_id id, bool halted);

/* Present time: of the running core inside its slice, else of the last event. */
vtime_t machine_now(const struct machine *m);
/* Time of one core's next instruction. */
vtime_t machine_core_time(const struct machine *m, enum core_id id);
/* Moves a core's local time to t (it waited, or its clock changes) and restarts counting from
 * there. */
void machine_rebase(struct machine *m, enum core_id id, vtime_t t);
/* From now on an event that is put before all others ends the slice that would run past it, and
 * observers are told of those that are due. */
void machine_follow_events(struct machine *m);

/* Asks for a system reset; it happens before the next instruction of either core. */
void machine_reset(struct machine *m, enum reset_cause cause);
const char *machine_reset_name(enum reset_cause cause);
/* Carries out the pending reset; machine_run() does it by itself. */
void machine_do_reset(struct machine *m);
/* Called by the flash model once a cut operation has its outcome: machine_run() returns
 * M_POWER_CUT. */
void machine_power_cut(struct machine *m);
/* Resets one core and starts it from its boot address; the rest of the chip goes on (core-scope
 * WWDG). The cause is for observers. Only from an event. */
void machine_reset_core(struct machine *m, enum core_id id, enum reset_cause cause);
/* The domain of that core leaves Standby: its blocks and RAM have lost everything, the core starts
 * from its boot address. Only from an event. */
void machine_reset_domain(struct machine *m, enum core_id id);
/* Core clocks changed (RCC): rebases local times, tells the cores. */
void machine_clocks_changed(struct machine *m);
/* BOOT_C1/BOOT_C2 written. */
void machine_release_core(struct machine *m, enum core_id id);
/* A flash operation ended or a bank became free: stalled cores try again. Content: [addr, addr+len)
 * changed. */
void machine_flash_changed(struct machine *m, uint32_t addr, uint32_t len, bool content);
/* SEV executed by `from`. */
void machine_sev(struct machine *m, enum core_id from);
/* A core went to sleep or woke: domain clocks follow (RCC D2CKRDY). */
void machine_power_changed(struct machine *m, enum core_id id);
/* The other core must see this at once: ends the running slice. */
void machine_sync(struct machine *m);

/* Interrupt n of both cores' NVICs (most peripherals reach both), or of one. */
void machine_irq(struct machine *m, unsigned n, bool level);
void machine_irq_core(struct machine *m, enum core_id id, unsigned n, bool level);

/* Tells the observers; fmt describes this case in a sentence. addr: register or memory, or 0. */
void machine_note(struct machine *m, enum note_id id, uint32_t addr, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Zeroed memory of a block's model, which lives as long as the machine; aborts when there is none.
 * machine_free() ends with machine_free_blocks(); tests with a bare machine call it themselves. */
void *machine_alloc(struct machine *m, size_t size);
void machine_free_blocks(struct machine *m);

/* Deterministic random numbers from the machine's seed. */
uint32_t machine_random(struct machine *m);

#endif
