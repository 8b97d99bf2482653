/* SPDX-License-Identifier: MIT */
/* What the doctor notes of things that both cores share: semaphores, registers, pins, clocks,
 * memory. */
#ifndef EMU_DOCTOR_SHARED_H
#define EMU_DOCTOR_SHARED_H

#include "emu/doctor/kernels.h"
#include "emu/machine.h"

/* One hardware semaphore, as the bus saw it. */
struct semaphore {
    bool taken_by_rlr[CORES];
    uint32_t looks[CORES]; /* reads of RLR by the core that has it already */
    uint32_t rlr_pc[CORES];
    bool released[CORES];    /* by this core, at any time */
    uint32_t refused[CORES]; /* reads of RLR by which it did not get it */
    uint32_t refused_pc[CORES];
    bool looked[CORES], wanted[CORES]; /* read at Rn; tried to take while the other core had it */
    vtime_t unheard;                   /* last release that the M4 did not notice yet, 0: none */
};

/* A register of a peripheral, as the applications wrote it. */
struct reg_use {
    uint32_t addr;
    uint32_t ones[CORES]; /* bits written as 1 */
    uint32_t guards;      /* semaphores held at every write of either core */
    unsigned by;          /* bit CM7, CM4 */
    struct touch {
        uint32_t pc;
        vtime_t at;
    } last[CORES];
};

/* Pins of a GPIO port whose configuration was changed, and whose level was set. */
struct port_use {
    uint16_t config[CORES], level[CORES];
    struct pin_use {
        struct touch config, level; /* the last one */
        uint8_t mode;               /* MODER, as that core has left it */
    } pin[CORES][16];
};

/* A register that both applications may change: see races.c. */
#define RACES 256

struct race {
    uint32_t addr;
    uint32_t guards[CORES]; /* semaphores held at every write of that core */
    struct racer {
        uint32_t read, read_pc; /* content at its last read, if it has not written since */
        vtime_t read_at;
        uint32_t foreign;     /* bits that the other core has changed since then */
        uint32_t touched, pc; /* bits that it has changed, and where, the last time */
        unsigned again;       /* changes of bits that it had changed before */
        unsigned backs;       /* changes that wrote back what was read */
    } by[CORES];
};

/* A write that changes the clock tree. */
struct clock_write {
    uint32_t addr, was, value, pc;
    vtime_t at;
};

/* A rate that a core counts on: of a UART (by number), of the M7's tick, of the timers of a bus, of
 * a kernel clock. */
enum { RATE_TICK = UARTS + 1, RATE_TIM1, RATE_TIM2, RATE_KERNEL, RATES = RATE_KERNEL + KERNELS };
struct rate {
    int user;
    bool set_up;         /* UARTs, kernel clocks: it has been */
    uint64_t first, now; /* as its user has set it up, 0: not known yet; as it is */
    int by;              /* who has changed it, if known */
    bool known;
    struct clock_write cause;
};

/* Lines 0 to 95 of EXTI, and notifications of HSEM: see lines.c. */
#define LINE_WORDS 4

/* Who has erased the memory from which a core boots; pc 0: nobody. */
struct boot_erased {
    int by;
    uint32_t pc, lo, hi;
};

/* Where a program has cleared an enable bit of RCC; pc 0: it has not. */
struct gate_off {
    enum core_id by;
    uint32_t pc;
};

/* Memory that is one core's alone: see territory.c. */
enum claim_kind { CLAIM_VARIABLES, CLAIM_STACK, CLAIM_TABLE };

struct claim {
    int owner;
    enum claim_kind kind;
    uint32_t lo, hi;
};

#endif
