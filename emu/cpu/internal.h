/* SPDX-License-Identifier: MIT */
/*
 * Inside of a core: shared by the files of emu/cpu only.
 *
 *   core.c       life cycle, what the machine calls
 *   run.c        the run loop
 *   hook.c       what happens before every instruction
 *   insn.c       instructions the engine does not do right by itself
 *   memory.c     what the core sees at an address, with pages.c and code.c
 *   mpu.c        memory attributes and permissions
 *   exception.c  entry, return, faults
 *   priority.c   what is pending, and what may preempt
 *   nvic.c       interrupt lines and their registers
 *   scs.c        the private peripheral bus, with scb.c
 *   systick.c    SysTick and the cycle counter
 *   dcache.c     the M7's data cache, when asked for
 *   poll.c       loops that only poll
 *   semihost.c   what programs print without a serial line
 *   effect.c     what an instruction does besides changing core registers
 *   debug.c      observers, breakpoints, registers by number
 */
#ifndef EMU_CPU_INTERNAL_H
#define EMU_CPU_INTERNAL_H

#include "chip/stm32h7/memory.h"
#include "emu/cpu/armv7m.h"
#include "emu/cpu/core.h"
#include "emu/cpu/dcache.h"
#include "emu/cpu/engine.h"
#include "emu/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SHIFT  12
#define PAGE_SIZE   (1u << PAGE_SHIFT)
#define PAGES       (1u << (32 - PAGE_SHIFT))
#define IRQS        150
#define EXCEPTIONS  (16 + IRQS)
#define EXC_WORDS   6
#define NO_PRIORITY 256 /* execution priority with nothing active and nothing masked */
#define MPU_REGIONS 16
#define PPB_BASE    MEM_PPB_BASE
#define PPB_SIZE    MEM_PPB_SIZE
#define SECTORS     (MEM_FLASH_SIZE / MEM_SECTOR_SIZE)
#define ALIAS_SIZE  MEM_CM4_ALIAS_SIZE /* of the M4's boot memory at 0 */
#define MAX_BREAKS  32
#define MAX_PATCHES 64
#define FETCH_LINES 64 /* pages of code remembered as good to fetch from */
#define STORE_LINES 64 /* pages of RAM remembered as good to store to */
#define MAX_WINDOWS 32
#define POLL_WORDS  32 /* that one turn of a loop may store to */

/* How an access ended. */
enum access {
    ACCESS_OK,
    ACCESS_STALL,
    ACCESS_BUS,       /* bus error */
    ACCESS_MPU,       /* refused by the MPU or the default memory map */
    ACCESS_UNALIGNED, /* UsageFault */
};

/* Why the engine was stopped by us. */
enum halt {
    HALT_NONE,
    HALT_LOOK,    /* something may be pending: go round the run loop */
    HALT_STALL,   /* the instruction has to be repeated later */
    HALT_FAULT,   /* c->fault is to be raised, PC at the instruction */
    HALT_SKIP,    /* the instruction was carried out here: its result goes to Rd, PC after it */
    HALT_CONTEXT, /* a new FP context begins with this instruction */
    HALT_DEBUG,
};

struct fault {
    uint32_t cfsr;
    uint32_t addr; /* for MMFAR or BFAR when the VALID bit is in cfsr */
};

enum sleep { AWAKE, SLEEP_WFI, SLEEP_WFE, SLEEP_ON_EXIT };

struct fetch_line {
    uint32_t base; /* 1: none */
    const uint8_t *host;
};

/* poll.c: watching one turn of what may be a loop that only polls. */
struct poll {
    enum { POLL_OFF, POLL_TURN } state;
    bool whole_slice; /* nothing but polling since the slice began */
    uint32_t anchor, regs[16], xpsr;
    uint64_t first; /* c->insns when the watch began */
    uint64_t began; /* c->insns at the anchor, where the turn began */
    struct {
        uint32_t addr, value;
    } word[POLL_WORDS]; /* RAM that the turn has stored to, as it was before */
    unsigned nwords;
    uint64_t cache; /* dcache_changes() at the anchor */
    uint64_t next;  /* no attempt before */
    uint64_t wait;
};

/* The last store to each RAM (pending.c); size 0: none. */
enum { PENDING_RAMS = 7 };
struct pending_store {
    uint32_t addr, pc;
    unsigned size;
    uint64_t insns;
    uint8_t before[8];
};

/* A page that stores go to without another look. */
struct store_line {
    uint32_t base; /* 1: none */
    uint8_t *host;
};

/* A region of the engine over memory. */
struct window {
    uint32_t base, size;
    bool readable; /* the engine loads by itself */
};

struct patch {
    uint8_t *host;
    uint32_t old;
    unsigned size;
};

struct watch {
    uint32_t addr, len;
    unsigned kind;
};

struct systick {
    uint32_t ctrl, reload;
    uint32_t value; /* at t0 */
    vtime_t t0;     /* a tick edge: value was reached then */
    uint64_t hz;    /* of the counter, 0: it stands */
    bool countflag;
    struct sched_event event;
};

struct core {
    /* Touched by every instruction. */
    uint64_t insns;
    uint64_t stop_at; /* 0: look at once; else the count at which the slice ends */
    const uint8_t *fetch_host;
    uint32_t fetch_base;
    uint32_t fetch_size; /* 0: every instruction is looked at before it is fetched */
    uint32_t pc;         /* of the present (last begun) instruction */
    uint8_t it_now;      /* ITSTATE of the present instruction, 0 outside */
    uint8_t it_next;
    uint32_t it_pc; /* while it_next is not 0: address of the instruction it belongs to */
    uint8_t npatches;
    bool doomed;   /* it faulted; what still runs of its IT block is undone */
    bool fp_watch; /* an FP instruction needs a look: FPU off, lazy state, default FPSCR */

    struct machine *m;
    enum core_id id;
    struct engine *engine;
    bool held, locked, started;
    bool in_run;
    uint64_t limit;
    uint64_t poll_limit; /* up to here turns of a loop that only polls may be skipped */
    struct poll poll;
    enum halt halt;
    struct fault fault;
    bool break_asked;
    bool masks_dirty; /* CPS or MSR ran: read the masks back */
    bool retry_it;    /* engine's IT state must be restored before going on */
    uint32_t boot_addr;
    uint32_t saved_regs[16], saved_sregs[32]; /* snapshot when doomed */
    uint32_t saved_xpsr, saved_fpscr;

    /* Mode: always true, unlike what the engine shows to an unprivileged thread. */
    unsigned ipsr;
    uint32_t control;  /* nPRIV and SPSEL only */
    uint32_t msp, psp; /* valid in an unprivileged thread for the one not in R13 */
    uint32_t primask, basepri, faultmask;
    uint32_t fpca;                            /* CONTROL.FPCA while FPCCR.ASPEN is 0 */
    bool control_written;                     /* masks_dirty by an MSR to CONTROL */
    bool t_clear;                             /* T bit is 0: next instruction is INVSTATE */
    bool monitor;                             /* local exclusive monitor */
    uint32_t exclusive_addr, exclusive_value; /* of the last LDREX */
    unsigned skip_rd;                         /* HALT_SKIP */
    uint32_t skip_value;
    bool event; /* event register */
    enum sleep sleep;
    enum core_power power;

    /* Exceptions. */
    uint32_t pend[EXC_WORDS], en[EXC_WORDS], act[EXC_WORDS], line[EXC_WORDS];
    uint8_t prio[EXCEPTIONS];

    /* System control space. */
    uint32_t vtor, prigroup, scr, ccr, cfsr, hfsr, dfsr, mmfar, bfar, afsr, cpacr, actlr;
    uint32_t shcsr_ena; /* bits 16..18 */
    uint32_t fpccr, fpcar, fpdscr, csselr, demcr;
    uint32_t lost_store; /* for reports: the chip keeps no address of an imprecise error */
    uint32_t itcmcr, dtcmcr, ahbpcr, cacr, ahbscr, abfsr;
    uint32_t dwt_ctrl, itm_tcr, itm_ter, itm_tpr;
    uint64_t cyc_base;
    vtime_t cyc_t0;
    uint64_t cyc_hz;
    struct systick tick;
    bool cache_noted;

    /* MPU. */
    uint32_t mpu_ctrl, mpu_rnr, mpu_rbar[MPU_REGIONS], mpu_rasr[MPU_REGIONS];
    bool pages_dirty; /* direct permissions have to be worked out again */

    /* Memory. */
    uint8_t *perms;     /* per page: what the engine may do by itself now */
    uint8_t *executed;  /* per page: code was run from here */
    uint8_t *code_here; /* per page: a core has run code from this RAM, in whatever window */
    struct window windows[MAX_WINDOWS];
    unsigned nwindows;
    bool flash_trap[SECTORS];
    bool flash_split[SECTORS]; /* has unreadable words: pages are handled one by one */
    uint32_t slow_reads[SECTORS];
    uint8_t *alias_copy; /* M4: content of its boot memory, for the engine to run code from at 0 */
    struct fetch_line fetch_cache[FETCH_LINES];
    struct store_line store_cache[STORE_LINES];
    struct pending_store pending[PENDING_RAMS];
    struct {
        uint64_t insns;
        uint32_t addr, size;
    } whole; /* an unaligned store that was carried out; the engine repeats it byte by byte */
    struct patch patches[MAX_PATCHES];
    uint32_t piece; /* of an unaligned access: the address looked at last, for MMFAR and BFAR */
    void *hole_host;
    size_t hole_len;

    /* Debugger and observers. */
    bool watch_data;       /* all accesses to RAM and flash go through the hooks, for on_data */
    struct dcache *dcache; /* NULL: memory is coherent */
    uint32_t watch_lo, watch_size; /* where observers or breakpoints want every instruction */
    uint32_t breaks[MAX_BREAKS];
    unsigned nbreaks;
    struct watch watches[MAX_BREAKS];
    unsigned nwatches;
    uint32_t watch_hit;
    bool debug_halted; /* by its debugger, while the other core may run */
    bool single_step;
    bool step_over_break; /* the breakpoint at PC was reported: run it now */
};

/* Tells the observers of this core. */
#define core_tell(c, event, ...)                                                                   \
    do {                                                                                           \
        for (const struct observer *o_ = (c)->m->observers; o_; o_ = o_->next) {                   \
            if (o_->event && observer_wants(o_, (c)->id)) {                                        \
                o_->event(o_->arg, c, __VA_ARGS__);                                                \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* core.c */
void core_look(struct core *c); /* before the next instruction: see what is pending */
void core_halt(struct core *c, enum halt why);
static inline bool privileged(const struct core *c)
{
    return c->ipsr || !(c->control & CONTROL_NPRIV);
}
uint32_t core_msp(const struct core *c);
uint32_t core_psp(const struct core *c);
void core_set_power(struct core *c, enum core_power p);
/* Fetches SP and PC; false: the flash they lie in is busy. */
bool core_start(struct core *c);

/* hook.c */
void run_hook(void *uc, uint64_t address, uint32_t size, void *arg);

/* run.c */
void core_sleep(struct core *c, enum sleep kind);
void core_wake(struct core *c);

/* effect.c: what an instruction does besides changing core registers. */
enum effect { EFFECT_OTHER, EFFECT_NONE, EFFECT_STORE };

/* What a store writes: n words of registers, or one piece of `size` bytes. */
struct stored {
    uint32_t addr;
    uint32_t regs; /* bit per register, for words in ascending order; or */
    unsigned rt, size;
};
enum effect insn_effect(struct core *c, uint32_t pc, struct stored *s);

/* poll.c */
void poll_slice(struct core *c);               /* a slice begins */
void poll_insn(struct core *c, uint32_t pc);   /* while watching: before each instruction */
void poll_read(struct core *c, uint32_t addr); /* while watching: a load that comes to the hooks */
void poll_interrupt(struct core *c);           /* the engine has stopped */
void poll_restart(struct core *c); /* an exception: perhaps the loop is another one now */
/* When the hook has to look next for the sake of this, or the slice's end if that is earlier. */
static inline uint64_t poll_look_at(const struct core *c)
{
    return c->poll.state != POLL_OFF || c->poll.next < c->limit ? c->poll.next : c->limit;
}

/* insn.c */
void insn_init(void);
/* One bit per first halfword: insn_special() wants to see it. A bitmap, because it has to stay in
 * the host's first-level cache. */
extern uint32_t insn_bits[65536 / 32];
void insn_special(struct core *c, uint32_t pc, uint16_t op);
uint16_t insn_halfword(struct core *c, uint32_t addr);
void insn_fp_watch(struct core *c); /* works out c->fp_watch */
/* CONTROL.FPCA as the program sees it, and as the engine has to take it. */
uint32_t insn_fpca(const struct core *c);
uint32_t insn_engine_fpca(const struct core *c, bool fpca);
void insn_set_fpccr(struct core *c, uint32_t value);
/* FPSCR gets its defaults from FPDSCR; outside of the engine. */
void insn_new_context(struct core *c);
/* The present instruction does not happen. Inside an IT block the engine runs on to the end of it;
 * registers go back to what they are now. */
void insn_doom(struct core *c);
void insn_read_masks(struct core *c);

/* memory.c, pages.c, code.c */
bool memory_init(struct core *c);
void memory_free(struct core *c);
void memory_boot_alias(struct core *c);
bool memory_read_hook(void *arg, uint32_t addr, unsigned size);
bool memory_write_hook(void *arg, uint32_t addr, unsigned size, uint64_t value);
/* Nothing can be fetched there: says so when that is a limit of the model. */
void memory_note_fetch(struct core *c, uint32_t addr);
/* Enters the page of pc for fetching; NULL: fault or stall noted, the engine is stopped. */
const uint8_t *memory_fetch_page(struct core *c, uint32_t pc);
/* What may be fetched has changed: look again. */
void memory_fetch_flush(struct core *c);
void memory_undo_patches(struct core *c);
/* The core's own accesses (stacking, vectors): aligned words with the given privilege. */
enum access memory_load(struct core *c, uint32_t addr, uint32_t *value, bool priv);
enum access memory_store(struct core *c, uint32_t addr, uint32_t value, bool priv);
enum access memory_load_vector(struct core *c, uint32_t addr, uint32_t *value);
/* A store of an instruction, with its present privilege. */
enum access memory_store_data(struct core *c, uint32_t addr, unsigned size, uint32_t value);
/* What is in memory at addr now, without side effects; 0 outside of memory. */
uint32_t memory_look(const struct core *c, uint32_t addr, unsigned size);
/* Do both cores see it? */
bool memory_shared(const struct core *c, uint32_t addr);
void memory_refresh(struct core *c);

/* mpu.c */
enum mpu_access { MPU_READ, MPU_WRITE, MPU_FETCH };
bool mpu_allows(const struct core *c, uint32_t addr, enum mpu_access kind, bool priv);
bool mpu_device(const struct core *c, uint32_t addr); /* Device or Strongly-ordered */
unsigned mpu_direct(const struct core *c,
                    uint32_t page);                    /* ENGINE_x the whole page allows always */
bool mpu_uniform(const struct core *c, uint32_t page); /* one set of attributes for all of it */
bool mpu_read_reg(struct core *c, uint32_t off, uint32_t *value);
bool mpu_write_reg(struct core *c, uint32_t off, uint32_t value);

/* priority.c, exception.c */
int exc_exec_priority(const struct core *c);
int exc_group_priority(const struct core *c, unsigned n);
/* Highest exception that is pending and enabled, 0: none. */
unsigned exc_best(const struct core *c);
/* The same as ICSR.VECTPENDING shows it: BASEPRI and FAULTMASK hide what they mask. */
unsigned exc_visible(const struct core *c);
bool exc_takable(const struct core *c); /* the best one would preempt now */
bool exc_wakes(const struct core *c);   /* would preempt with PRIMASK = 0 */
/* The same in CStop, where only the EXTI can start the core's clock again. */
bool exc_wakes_from_stop(const struct core *c);
void exc_pend(struct core *c, unsigned n);
enum access exc_take(struct core *c); /* enters the best one; ACCESS_STALL: nothing happened */
void exc_return(struct core *c, uint32_t value);
void exc_raise(struct core *c, unsigned n, uint32_t hfsr); /* synchronous: with escalation */
void exc_fault(struct core *c, const struct fault *f);
void exc_imprecise(struct core *c, uint32_t addr);
void exc_lockup(struct core *c);
enum access exc_stack_fp(struct core *c); /* carries out the lazy store */
unsigned exc_of_cfsr(uint32_t cfsr);

static inline bool bit_get(const uint32_t *w, unsigned n)
{
    return w[n / 32] >> (n % 32) & 1;
}
static inline void bit_set(uint32_t *w, unsigned n)
{
    w[n / 32] |= 1u << (n % 32);
}
static inline void bit_clear(uint32_t *w, unsigned n)
{
    w[n / 32] &= ~(1u << (n % 32));
}

/* nvic.c */
bool nvic_read(struct core *c, uint32_t off, unsigned size, uint32_t *value);
bool nvic_write(struct core *c, uint32_t off, unsigned size, uint32_t value);

/* scs.c */
enum access scs_read(struct core *c, uint32_t addr, unsigned size, uint32_t *value, bool peek);
enum access scs_write(struct core *c, uint32_t addr, unsigned size, uint32_t value);
void scs_reset(struct core *c, bool power_on);

/* dcache.c */
void dcache_free(struct core *c);
void dcache_reset(struct core *c);
void dcache_switch(struct core *c); /* CCR.DC was written */
void dcache_mpu_changed(struct core *c);
/* Whole page of addr may be read or written (ENGINE_READ, ENGINE_WRITE): no need to ask the MPU. */
bool dcache_page_open(const struct core *c, uint32_t addr, unsigned what);
void dcache_register(struct core *c, uint32_t addr, uint32_t value);
/* A load has *value from memory: what the core sees instead, if a line has it. */
void dcache_load(struct core *c, uint32_t addr, unsigned size, uint32_t *value);
/* True: the cache keeps the store, memory must not change. */
bool dcache_store(struct core *c, uint32_t addr, unsigned size, uint32_t value);
/* The byte's present content is in the cache only. */
bool dcache_holds(const struct core *c, uint32_t addr);
/* The word at addr as a line has it; false: it is in no line. */
bool dcache_look(const struct core *c, uint32_t addr, uint32_t *value);
/* Counts lines that come, go, become dirty or clean: equal, and the cache is as it was but for
 * data. */
uint64_t dcache_changes(const struct core *c);

/* semihost.c */
bool semihost_call(struct core *c); /* the BKPT at c->pc was a call, and is done */
void itm_listen(struct core *c);
/* off: of the port from 0xE0000000. */
void itm_stimulus(struct core *c, uint32_t off, unsigned size, uint32_t value);

/* systick.c */
void systick_init(struct core *c);
void systick_reset(struct core *c);
void systick_clock(struct core *c); /* frequency changed, or the core stops or starts its clock */
uint32_t systick_read(struct core *c, uint32_t off, bool peek);
void systick_write(struct core *c, uint32_t off, uint32_t value);
uint32_t cyccnt_read(const struct core *c);
void cyccnt_write(struct core *c, uint32_t value);
void cyccnt_enable(struct core *c, bool on);

/* debug.c */
bool debug_insn(struct core *c, uint32_t pc); /* true: stop before it */
void debug_tell_insn(struct core *c, uint32_t pc);
bool debug_watch(struct core *c, uint32_t addr, unsigned size, unsigned kind);
#define WATCH_TELL 4u /* kind: a store is told to the observers, and nothing stops */
bool debug_watched_page(const struct core *c, uint32_t page, unsigned kind);
void debug_fault(struct core *c, unsigned n, uint32_t pc);

#endif
