/*
 * The doctor: runs the user's own firmware and finds out why its jump fails.
 *
 * Observation only. The machine runs as in duoemu run; observers of cores, bus and flash note what
 * happens, and each finding follows from the state of the machine and from what the code does,
 * never from names in the firmware.
 *
 *   handover.c  the machine at the application's first instruction
 *   watch.c     exceptions, faults, VTOR, registers polled and written, resets
 *   dcache.c    the M7's data cache: dirty and stale lines
 *   files.c     what the user's files hold, before the run
 *   verdict.c   what it all means, once the run is over
 */
#ifndef EMU_DOCTOR_DOCTOR_H
#define EMU_DOCTOR_DOCTOR_H

#include "emu/doctor/dcache.h"
#include "emu/doctor/files.h"
#include "emu/doctor/findings.h"

#define HISTORY 32 /* instructions remembered before the hand-over */
#define POLLS   8  /* longest waits remembered */
#define LOOP    64 /* instructions looked at to tell a loop */

/* A register read again and again with the same value. */
struct poll {
    uint32_t addr, value, pc;
    uint64_t reads;
    vtime_t from, to;
};

/* One core, since its last reset. */
struct story {
    struct doctor *d;
    enum core_id id;
    uint32_t app_lo, app_hi; /* where the application may lie */

    uint32_t history[HISTORY]; /* addresses of the last instructions before the hand-over */
    unsigned steps;
    bool handed_over;
    vtime_t handover_at;
    uint32_t jump_from; /* instruction that branched to the application */
    bool masked_at_handover;

    /* MSP written in Thread mode: loads from above the new stack pointer are from the wrong stack.
     */
    bool msp_moved;
    uint32_t new_msp, msr_pc;

    bool vtor_ok; /* the application has set VTOR to its own table */
    uint32_t vtor_pc, vtor_value;
    unsigned exceptions;      /* taken since the hand-over */
    uint32_t ever_enabled[5]; /* interrupts this core has enabled in its NVIC since its reset */
    struct poll now, longest[POLLS];
    uint32_t clock_writes, clock_pc; /* changes of the clock tree since the hand-over */
    bool clock_under_m4;             /* M7 only: the M4's tick ran while its clock was changed */
    uint32_t clock_under_pc;
    uint64_t clock_was, clock_now;
    uint32_t masked_samples;  /* consecutive looks at which a pending interrupt was masked */
    uint32_t sp_low, sp_high; /* extent of the stack seen since the hand-over */
    vtime_t sleep_since;      /* asleep without being woken, VT_NEVER: awake */
    uint32_t stalled_samples; /* consecutive looks at which it waited for a busy flash bank */
    uint32_t loop[LOOP];      /* last instructions of the run */
    unsigned loop_count;
};

/* One hardware semaphore, as the bus saw it. */
struct semaphore {
    uint32_t rlr_reads[CORES];
    uint32_t rlr_pc[CORES];
    bool taken_by_rlr[CORES];
    vtime_t released; /* last release, 0: never */
};

struct doctor {
    struct board_args args;
    struct board board;
    struct findings findings;
    struct files files;
    struct dcache dcache;
    unsigned long long app[CORES];
    vtime_t time;
    bool json;
    bool m4_expected; /* the user gave an M4 program */
    struct story story[CORES];
    struct semaphore sem[32];
    unsigned unlocked_by[2];  /* cores that wrote a bank's keys, since the reset */
    struct flash_op erase[2]; /* running in each bank; addr 0: none */
    uint32_t writers[160];    /* per bus device: bit CM7, CM4 wrote to it since its hand-over */
    struct sched_event sample;
    bool capturing; /* the last instructions are being collected */
    bool stepping;  /* every instruction is looked at: slow */
};

/* A register of the chip as that core's debugger sees it; 0 when unreadable. */
uint32_t doctor_peek(const struct doctor *d, int core, uint32_t addr);
uint32_t doctor_ppb(const struct doctor *d, int core, uint32_t addr);
/* RAM that this core has: [addr - 1] must be inside when `end`, addr itself else. */
bool doctor_ram(const struct doctor *d, int core, uint32_t addr, bool end);

/* handover.c: inspects core s->id at its application's first instruction `pc`. */
void handover_inspect(struct doctor *d, struct story *s, uint32_t pc);

/* watch.c */
/* Look at every instruction, or only at what is rare. */
void watch_step(struct doctor *d, bool every_instruction);
void watch_start(struct doctor *d);
void watch_restart(struct doctor *d); /* after a reset */

/* verdict.c: findings that need the whole run. */
void verdict_conclude(struct doctor *d, enum machine_stop why);

#endif
