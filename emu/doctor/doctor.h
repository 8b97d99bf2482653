/* SPDX-License-Identifier: MIT */
/*
 * The doctor: runs the user's own firmware and finds out why its jump fails.
 *
 * Observation only. The machine runs as in duoemu run; observers of cores, bus and flash note what
 * happens, and each finding follows from the state of the machine and from what the code does,
 * never from names in the firmware.
 *
 *   before.c      the way to the branch: stacks moved in C, the hand-over itself
 *   checks.c      what it has compared when it does not jump
 *   linked.c      programs at the wrong place, before anything runs
 *   handover.c    the machine at the application's first instruction
 *   exceptions.c  exceptions, faults, VTOR, lockup
 *   flags.c       why a fault came
 *   usage.c       registers polled and written, who uses what
 *   clocks.c      clocks that the other core changes
 *   kernels.c     blocks that have a kernel clock of their own
 *   semaphores.c  hardware semaphores
 *   startup.c     memory that start-up code fills
 *   dcache.c      the M7's data cache and those who see memory only
 *   chip_notes.c  what the chip model says
 *   watch.c       ties them to the machine; resets, and a look once a millisecond
 *   files.c       what the user's files hold, before the run
 *   decode.c      the few instructions that one has to understand
 *   loops.c       what a core does at the end
 *   resets.c      what was known before a reset
 *   lost.c        what a reset takes with the data cache
 *   waits.c       what it waits for, or waited for in vain
 *   d2.c          why domain D2 does not stop
 *   stuck.c       both cores that wait for each other, interrupts that never end
 *   lines.c       interrupt and event lines that the other core closes
 *   supply.c      a supply that was chosen before
 *   conclude.c    what it all means for each core, once the run is over
 *   territory.c   whose memory is whose
 *   overflow.c    a stack that comes to its end
 *   races.c       registers that both read, change and write back
 *   harm.c        what one core does to the other
 *   between.c     and for both together
 */
#ifndef EMU_DOCTOR_DOCTOR_H
#define EMU_DOCTOR_DOCTOR_H

#include "chip/stm32h7/memory.h"
#include "emu/cpu/dcache.h"
#include "emu/doctor/dcache.h"
#include "emu/doctor/files.h"
#include "emu/doctor/findings.h"
#include "emu/doctor/overflow.h"
#include "emu/doctor/shared.h"

#define HISTORY      32   /* instructions remembered before the hand-over */
#define WAITS        4    /* registers that a core waits for at the same time */
#define GIVEN_UP     8    /* longest waits in vain remembered */
#define LOOP         64   /* different instructions looked at to tell a loop */
#define LOOP_REGS    13   /* R0 to R12 */
#define LOOP_READS   8    /* addresses that a loop reads */
#define RECENT_READS 8    /* words of the application that a comparison may be about */
#define DECISIONS    8    /* comparisons of what a bootloader reads elsewhere */
#define CHECK_STEPS  64   /* instructions between a read and the comparison that it is for */
#define FILLS        32   /* blocks of memory filled by start-up code */
#define OPEN_FILLS   8    /* ... at the same time */
#define EXCEPTIONS   166  /* 16 + 150 */
#define REG_USES     1024 /* registers of peripherals written by applications */
#define GPIO_PORTS   11   /* A to K */
#define SEMAPHORES   32
#define SPOILED      16
#define CLAIMS       12
#define LOST_LINES   64
#define GATE_BITS    32
#define SYMBOL_FILES 8

/* A register read again and again with the same value. */
struct wait {
    uint32_t addr, value, pc;
    uint64_t reads;
    vtime_t from, to;
};

/* The stack of the code before the hand-over, and whether it was exchanged under its feet. */
struct stack_view {
    uint32_t top;           /* nothing at or above it was pushed to this stack */
    uint32_t before;        /* SP in front of the instruction being looked at */
    uint32_t look_pc;       /* that instruction sets SP; 0: none does */
    bool sets_sp;           /* ... by a move, as leaving a function may do as well */
    bool switched, process; /* another stack has been chosen; it is the process stack */
    uint64_t switched_at;   /* at this step */
    uint32_t by;            /* by this instruction */
    uint32_t old_sp, old_top;
    uint32_t written; /* bit per word from `top` up: stored since, so good to load */
};

/* A comparison that a program has made. */
struct compared {
    uint32_t pc, left, right;
};

/* The instructions a core goes round in at the end of the run, of one mode: see loops.c. */
struct loop {
    uint32_t pc[LOOP];
    unsigned count; /* different ones; LOOP: too many for a loop */
    uint32_t lo;    /* lowest address of them */
    uint32_t reg[LOOP_REGS];
    unsigned rounds; /* times that `lo` was executed */
    uint32_t read_at[LOOP_READS], read[LOOP_READS], read_pc[LOOP_READS];
    unsigned nreads;
    struct compared compared[LOOP_READS];
    unsigned ncompared;
    bool changes; /* from round to round a register changes, or memory that it reads */
    bool sleeps;  /* WFI or WFE is in it */
};

struct ram_block {
    uint32_t lo, hi;
};

/* Memory that start-up code copies or clears, told by stores to rising addresses. */
struct startup {
    struct ram_block open[OPEN_FILLS], done[FILLS];
    uint64_t used[OPEN_FILLS], stores;
    unsigned count;
};

/* What a bootloader read of the application, the last time, and the comparisons after that. */
struct check {
    uint64_t reads, read_step, compared_reads; /* reads before the comparisons */
    bool fresh;                                /* nothing has been compared since the last read */
    struct compared compared[CHECK_STEPS];
    uint32_t before[CHECK_STEPS]; /* where it compared after the read before */
    unsigned count, nbefore;
    struct read {
        uint32_t addr, pc;
    } recent[RECENT_READS]; /* a ring, by `reads` */
};

/* What was read elsewhere and compared before the hand-over: see decisions.c. */
struct decision {
    uint32_t addr;
    struct compared compared;
};
struct decisions {
    struct read read; /* the last one that may be for a decision; pc 0: none */
    unsigned target;  /* the register it went to */
    uint64_t step;
    struct decision last[DECISIONS]; /* a ring, by `count` */
    unsigned count;
};

/* Exceptions at the end of the run: see stuck.c. */
struct storm {
    unsigned number, count; /* of the same one in a row */
    uint32_t handler;
    uint32_t pc; /* of the program, interrupted by whatever exception */
};

/* The application is back in the bootloader's code, without a reset. */
struct back {
    unsigned samples; /* consecutive looks at which it was */
    vtime_t since;
    uint32_t from; /* where it left: the application's last write to VTOR, or unknown */
    unsigned primask, basepri, ipsr;
};

/* One core, since its last reset. */
struct story {
    struct doctor *d;
    enum core_id id;
    uint32_t app_lo, app_hi; /* where the application may lie */
    bool alone;              /* it begins with a reset of this core alone */

    /* Before the hand-over. */
    uint32_t history[HISTORY]; /* addresses of the last instructions */
    uint64_t steps;
    struct stack_view stack;
    struct check check;
    struct decisions decisions;
    unsigned early_handler; /* exception whose handler is the application's already, 0: none */
    bool beyond;  /* it went where the model cannot follow: nothing is judged from there */
    bool faulted; /* a fault: it will not jump any more, and that story is told */

    bool handed_over;
    vtime_t handover_at;
    uint32_t jump_from; /* instruction that branched to the application */
    bool primask_at_handover, basepri_at_handover;
    unsigned ipsr_at_handover;
    unsigned entry_steps;  /* instructions of the application looked at */
    uint32_t entry_set_sp; /* one that sets SP, 0: none */

    unsigned exceptions, exceptions_at_move; /* taken since the hand-over; when VTOR was moved */
    struct storm storm;
    vtime_t entered[EXCEPTIONS]; /* last entry of each exception */
    uint32_t ever_enabled[5];    /* interrupts this core has enabled in its NVIC since its reset */
    unsigned faults;
    vtime_t fault_at;
    bool own_mpu;      /* the application has set up the MPU itself */
    uint32_t reset_pc; /* instruction that asked for a system reset */

    struct wait waits[WAITS], given_up[GIVEN_UP];
    vtime_t thread_access;       /* last access to a peripheral by other code than a handler */
    vtime_t thread_write;        /* last store to one (feeding a watchdog does not count) */
    struct wait last_read;       /* by the same code */
    uint32_t supply_pc, supply;  /* PWR_CR3 was read there, and nothing was used after that */
    vtime_t masked_itself_since; /* PRIMASK has been 1 in each look since then, 0: it is not */
    unsigned clock_writes, clock_own_changes; /* of the clock tree by the application */
    unsigned clock_changes;                   /* M7: by its bootloader as well */
    uint32_t clock_pc;
    bool clock_under_m4; /* M7 only: the M4's tick ran while its clock was changed */
    uint32_t clock_under_pc;
    uint64_t clock_was, clock_now;

    /* From sample to sample. */
    vtime_t sampled_at;
    uint64_t insns_then;
    unsigned pending_then;   /* exception that was pending */
    uint32_t masked_samples; /* consecutive looks at which the same one was pending and not taken */
    vtime_t masked_since;
    uint32_t sp_low, sp_high; /* extent of the stack seen since the hand-over */
    struct stack_end stack_end;
    vtime_t sleep_since;      /* asleep without being woken, VT_NEVER: awake */
    uint32_t stalled_samples; /* consecutive looks at which it waited for a busy flash bank */

    struct back back;
    uint32_t vtor_pc; /* where the application itself moved VTOR away */
    bool stepping;    /* every instruction is looked at: slow */
    struct startup startup;
    struct loop thread, handler;
};

struct track;
struct fault_state;

/* The watchdogs of a core, since the last reset: the independent one and the window one. */
struct dog {
    uint32_t start_pc, feed_pc; /* 0: not by a program */
    bool by_app;                /* the application has started it */
    enum core_id by;            /* ... of that core: either one can write to both */
    enum core_id fed_by;
    unsigned feeds; /* by the applications */
    vtime_t fed;    /* the last time, by whomever */
};

#define RESET_KINDS (RESET_STANDBY + 1)

/* Resets of one kind, and what was known before the first of them: see resets.c. */
struct reset_story {
    unsigned count;
    vtime_t last, since; /* since the hand-over or the reset before */
    bool by_app;         /* the core ran its application, the last time */
    bool alone;          /* the other core was not reset */
    uint32_t pc;
    struct dog dog;
    vtime_t last_fed_before;
    char text[800];
};

struct doctor {
    struct board_args args;
    struct board board;
    struct findings findings;
    struct files files;
    unsigned long long app[CORES];
    bool app_given[CORES]; /* by the user, not by default */
    vtime_t time;
    bool json;
    const char *html;                       /* where the report as a page goes, NULL: nowhere */
    struct track *track;                    /* with html */
    const char *symbol_files[SYMBOL_FILES]; /* --symbols */
    unsigned nsymbol_files;
    bool m4_expected;     /* there is a program for it, or the M7 has let it go */
    uint32_t released_pc; /* where the M7 did so, 0: not by a program */
    bool direct[CORES];   /* no application for it, but one for the other core: what it boots is
                             taken as the application */
    bool started[CORES];  /* its application was entered, in this or an earlier boot */
    vtime_t reset_at;     /* last one */
    struct reset_story resets[RESET_KINDS];
    struct dog dog[CORES];
    uint32_t spoiled[SPOILED]; /* flash words that the program itself has spoiled */
    unsigned nspoiled;
    bool claimed; /* the claims are known, and stores to them are watched */
    struct claim claims[CLAIMS];
    unsigned nclaims;
    struct cache_line lost[LOST_LINES]; /* dirty when the last reset came */
    unsigned nlost;
    struct gate_off off[G_REGS][GATE_BITS]; /* by enable register and bit */
    uint32_t dma_pc[CORES];                 /* last write to a DMA controller */
    uint32_t opened[CORES][LINE_WORDS];     /* interrupt and event lines, by their own core */
    uint32_t taken[CORES];                  /* semaphores that this core ever had */
    uint32_t bad_boot[CORES];               /* boot address without a program, 0: none */
    struct boot_erased boot_erased[CORES];  /* what the core boots from has been erased */
    uint32_t boot_address_pc[CORES];        /* last write to the boot address in SYSCFG */
    unsigned cut_by_dog;                    /* cores whose watchdog has cut a flash operation */
    bool torn_by_reset;                     /* a reset came while the flash was at work */

    struct clock_write clock_write[CORES]; /* the last one */
    struct clock_write settings;           /* the last one to RCC, PWR or FLASH_ACR ... */
    int settings_by;                       /* ... and whose */
    struct rate rate[RATES];

    struct story story[CORES];
    struct semaphore sem[SEMAPHORES];
    unsigned unlocked_by[3];        /* cores that wrote the keys of bank 1, 2, of the options */
    struct flash_op erase[2];       /* running in each bank; addr 0: none */
    uint32_t erase_pc[2];           /* where it was started */
    unsigned writers[BUS_MAX_DEVS]; /* cores that wrote to it since the reset */
    unsigned boot_writers[BUS_MAX_DEVS]; /* ... before their hand-over */
    struct cache_doubt doubts[CACHE_DOUBTS];
    uint32_t held_at_handover[CORES];
    uint32_t held_before_clear; /* semaphores of the other core, before HSEM_CR is written */
    uint32_t was;               /* content of the register that is about to be written */
    struct reg_use uses[REG_USES];
    struct port_use ports[GPIO_PORTS];
    struct race races[RACES];
    struct sched_event sample;
    bool capturing; /* the last instructions are being collected */
};

/* The application of this core runs, or what is taken as one. */
static inline bool story_runs(const struct story *s)
{
    return s->handed_over || s->d->direct[s->id];
}

static inline bool in_app(const struct story *s, uint32_t addr)
{
    return addr >= s->app_lo && addr < s->app_hi;
}

/* SRAM1-3 have two windows; one of them is used to compare. */
static inline uint32_t ram_canonical(uint32_t addr)
{
    return addr - MEM_SRAM123_ALIAS < MEM_SRAM123_SIZE ? addr - MEM_SRAM123_ALIAS + MEM_SRAM123_BASE
                                                       : addr;
}

static inline bool in_tcm(uint32_t addr)
{
    return addr - MEM_ITCM_BASE < MEM_ITCM_SIZE || addr - MEM_DTCM_BASE < MEM_DTCM_SIZE;
}

/* A register of the chip as that core's debugger sees it; 0 when unreadable. */
uint32_t doctor_peek(const struct doctor *d, int core, uint32_t addr);
uint32_t doctor_ppb(const struct doctor *d, int core, uint32_t addr);
/* RAM that this core has: [addr - 1] must be inside when `end`, addr itself else. */
bool doctor_ram(const struct doctor *d, int core, uint32_t addr, bool end);

/* before.c */
/* Every instruction up to the hand-over, and the first ones after it. */
void before_insn(struct story *s, struct core *c, uint32_t pc);
/* The first instructions of the application: they may load a stack pointer themselves. */
void before_entry(struct story *s, struct core *c, uint32_t pc);

/* checks.c */
/* An instruction before the hand-over. */
void checks_insn(struct story *s, const struct core *c, uint32_t pc, uint32_t op);
/* The finding, if the bootloader has compared something of the application; false: it has not. */
bool checks_conclude(struct doctor *d, struct story *s);

/* decisions.c */
/* An instruction before the hand-over. */
void decisions_insn(struct story *s, const struct core *c, uint32_t pc, uint32_t op);
/* What was compared last before the loop in which the core is, as text; "" if nothing was. */
const char *decision_before_loop(const struct doctor *d, const struct story *s, char *buf,
                                 size_t size);

/* linked.c: programs that lie elsewhere than they were linked for; before the run. */
void linked_check(struct doctor *d);

/* handover.c: inspects core s->id at its application's first instruction. */
void handover_inspect(struct doctor *d, struct story *s);
/* The vector table at `table` is the application's, or a copy of it. */
bool handover_own_table(const struct story *s, uint32_t table);

/* The vector table in force, at its real address. */
uint32_t doctor_table(const struct story *s);

/* exceptions.c: observers of a core; arg is its story. */
void exceptions_taken(void *arg, struct core *c, unsigned number, uint32_t return_pc,
                      uint32_t vector, uint32_t table);
void exceptions_fault(void *arg, struct core *c, unsigned number, uint32_t pc);
void exceptions_lockup(void *arg, struct core *c, uint32_t pc);
void exceptions_ppb(void *arg, struct core *c, uint32_t addr, uint32_t value, bool write);

/* flags.c: the reason of a fault for this case. */
void flags_explain(const struct fault_state *f, struct finding *n);

/* usage.c: observers of the bus; arg is the doctor. */
void usage_access(void *arg, const struct bus_access *a, uint32_t addr, uint32_t value, bool write);
void usage_before_write(void *arg, const struct bus_access *a, uint32_t addr);

/* clocks.c */
void clocks_write(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, uint32_t pc);
/* About every millisecond. */
void clocks_sample(struct doctor *d);
/* Who has changed clocks, voltages or wait states just before, and where; -1: nobody. */
int clocks_cause(const struct doctor *d, uint32_t *pc);
/* At the end, or before a reset. */
void clocks_conclude(struct doctor *d);

/* d2.c: what keeps domain D2 awake, as evidence and as reason of a finding (NULL: of none). */
void d2_explain(const struct doctor *d, struct finding *f);

/* lines.c */
void lines_write(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, uint32_t pc);

/* stuck.c */
/* An exception was entered, from there. */
void stuck_entered(struct story *s, unsigned number, uint32_t return_pc, uint32_t vector);
/* The core comes to nothing but one exception; true: the finding was made. */
bool stuck_storm(struct doctor *d, struct story *s);
/* Both wait for memory that only the other one could change. */
void stuck_conclude(struct doctor *d);

/* semaphores.c */
void semaphores_before_write(struct doctor *d, enum core_id by, uint32_t addr);
void semaphores_access(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, bool write,
                       uint32_t pc);
/* The M4 has taken HSEM's interrupt: it knows of all releases. */
void semaphores_heard(struct doctor *d);
/* Bit per semaphore that this core holds. */
uint32_t semaphores_held(const struct doctor *d, enum core_id id);
/* The hand-over: those that are held still. */
void semaphores_handover(struct doctor *d, const struct story *s);
/* Before a reset or the end: those that were held on purpose. */
void semaphores_settle(struct doctor *d);
void semaphores_conclude(struct doctor *d);

/* resets.c */
/* Right before a reset: puts what is known into words. */
void resets_before(struct doctor *d, enum reset_cause cause);
void resets_conclude(struct doctor *d);
/* A write to a register, perhaps of a watchdog. */
void resets_dog_write(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                      uint32_t pc);
/* The core whose watchdog makes such a reset; -1: it is another kind. */
int resets_watchdog(enum reset_cause cause);
/* The last reset was one that the application asked for, and there is no loop of them. */
bool resets_asked_to_stay(const struct doctor *d);

/* lost.c */
/* Right before a reset: remembers the lines that it empties. */
void lost_before_reset(struct doctor *d);
/* A load or store after it. */
void lost_access(struct story *s, uint32_t addr, unsigned size, bool write);
/* About every millisecond: the start-up is over. */
void lost_settle(struct doctor *d);

/* chip_notes.c: a note of the chip model becomes a finding, or evidence of one. */
void chip_notes_take(void *arg, const struct note *n);

/* harm.c: what one core does to the other. */
void harm_flash(struct doctor *d, const struct flash_op *op);
/* The core found nothing where it boots: because a program has erased it. False: it was not that.
 */
bool harm_boot_erased(struct doctor *d, int core);
/* Sleepers that no release can wake. */
void harm_conclude(struct doctor *d);

/* territory.c */
/* Finds out whose memory is whose once both applications have started; about every millisecond. */
void territory_sample(struct doctor *d);
void territory_restart(struct doctor *d);
/* A store of this core to memory that it does not own, perhaps. */
void territory_store(struct story *s, uint32_t pc, uint32_t addr, uint32_t value);
/* It is a DMA controller. */
bool territory_is_dma(const struct dev *dev);
void territory_dma(struct doctor *d, uint32_t addr, uint32_t value);

/* races.c: what the applications do to registers; at the end. */
void races_read(struct doctor *d, const struct story *s, uint32_t addr, uint32_t pc);
void races_write(struct doctor *d, const struct story *s, uint32_t addr, uint32_t value,
                 uint32_t pc);
void races_conclude(struct doctor *d);

/* supply.c */
/* An access of the program itself, not of its handlers. */
void supply_access(struct story *s, uint32_t addr, uint32_t value, bool write, uint32_t pc);
/* The program has come to its end. */
void supply_stopped(struct doctor *d, const struct story *s);

/* startup.c */
bool startup_active(const struct story *s); /* stores are wanted */
void startup_store(struct story *s, uint32_t addr, unsigned size);
/* Memory that both cores' start-up code fills, or that is one's stack and filled by the other. */
void startup_conclude(struct doctor *d);

/* watch.c */
/* Look at every instruction, or only at what is rare. */
void watch_step(struct doctor *d, enum core_id id, bool every_instruction);
/* Look at loads and stores while the cache is on or an application starts. */
void watch_data(struct doctor *d);
void watch_start(struct doctor *d);

/* loops.c */
/* An instruction at the end of the run, while d->capturing. */
void loops_insn(struct story *s, const struct core *c, uint32_t pc);
/* Some time after the last one: has what the loops read changed? */
void loops_settle(struct doctor *d);
/* A loop that is short enough to say where the core is. */
bool loop_known(const struct loop *l);
/* It looks at memory or at a register all the time, and nothing changes there. */
bool loop_waits(const struct loop *l);
/* Nothing but a branch to itself, or as good as that: the end of a program. */
bool loop_at_end(const struct loop *l);

/* waits.c */
/* A register that the core has been reading for long, and does nothing else; NULL: none. */
const struct wait *wait_now(const struct doctor *d, const struct story *s);
/* The wait that it gave up before it stopped; NULL: none. */
const struct wait *wait_given_up(const struct doctor *d, const struct story *s);
/* Makes the finding that the wait deserves. */
void wait_explain(struct doctor *d, const struct story *s, const struct wait *w, bool over);
/* What the loop in which the core stays reads, as a part of a sentence; "" when it reads nothing.
 */
const char *wait_in_loop(const struct doctor *d, const struct story *s, char *buf, size_t size);
/* Name of a register, or of its block and its offset. */
const char *register_name(const struct doctor *d, uint32_t addr, char *buf, size_t size);

/* conclude.c: findings that need the whole run. */
void conclude_run(struct doctor *d);
/* between.c */
void between_conclude(struct doctor *d);

#endif
