/* SPDX-License-Identifier: MIT */
/*
 * Watching the machine: a struct observer names what it wants to be told of, and machine_observe()
 * adds it. This is the one way for all who look on (report, trace, doctor, torture, the web page,
 * tests). Observers change nothing, but may stop the machine.
 */
#ifndef EMU_OBSERVE_H
#define EMU_OBSERVE_H

#include "emu/bus.h"
#include "emu/cpu/core.h"
#include "emu/notes.h"
#include "emu/reset.h"
#include "emu/sched.h"

struct cache_line;
struct flash_op;

/* One note, as observers get it. */
struct note {
    enum note_id id;
    enum note_kind kind; /* of the table, as name */
    const char *name;
    int core; /* CM7, CM4 or -1 */
    uint32_t pc;
    uint32_t addr; /* register or memory concerned, 0 if none */
    const char *text;
    vtime_t when;
};

/* Each function may be NULL, and gets arg first. */
struct observer {
    void *arg;
    unsigned cores; /* bit CM7, bit CM4: whose instructions, exceptions and data; 0: both */

    /* ---- a core ---- */
    /* Before each instruction in [insn_lo, insn_hi). Costs speed there. */
    void (*on_insn)(void *arg, struct core *c, uint32_t pc);
    uint32_t insn_lo, insn_hi;
    void (*on_exception)(void *arg, struct core *c, unsigned number, uint32_t return_pc,
                         uint32_t vector, uint32_t table);
    void (*on_exception_return)(void *arg, struct core *c, unsigned number, uint32_t to_pc);
    /* A fault was raised, before its handler. */
    void (*on_fault)(void *arg, struct core *c, unsigned number, uint32_t pc);
    void (*on_lockup)(void *arg, struct core *c, uint32_t pc);
    /* The core's private peripheral bus. */
    void (*on_ppb)(void *arg, struct core *c, uint32_t addr, uint32_t value, bool write);
    /* Data accesses by instructions to RAM (TCM excepted), only while core_watch_data()
     * is on; a write is told before the memory changes. Stacking by exceptions is not told. */
    void (*on_data)(void *arg, struct core *c, uint32_t addr, unsigned size, uint64_t value,
                    bool write);
    /* addr is the byte concerned. */
    void (*on_cache)(void *arg, struct core *c, enum cache_event e, const struct cache_line *l,
                     uint32_t addr);

    /* ---- bus and flash ---- */
    /* A core is about to write to a device. */
    void (*before_write)(void *arg, const struct bus_access *a, uint32_t addr);
    /* A core's access to a device was carried out. */
    void (*on_access)(void *arg, const struct bus_access *a, uint32_t addr, uint32_t value,
                      bool write);
    /* A DMA controller's access to memory, a write before the memory changes. */
    void (*on_dma)(void *arg, uint32_t addr, unsigned size, uint32_t value, bool write);
    /* A flash operation begins (done = false) or has ended (emu/chip/seam/flash.h). */
    void (*on_flash)(void *arg, const struct flash_op *op, bool done);

    /* ---- pins and lines ---- */
    /* A pin's level has changed: by firmware's output, from outside or by its pull; by a
     * peripheral, too, if it is watched (gpio_watch()). */
    void (*on_pin)(void *arg, const char *pin, bool level);
    /* A serial port (its number in machine.uart) has sent a byte, whose stop bit ended at `when`.
     */
    void (*on_uart)(void *arg, unsigned uart, uint8_t byte, vtime_t when);
    /* What a program prints by semihosting or through the ITM. */
    void (*on_text)(void *arg, enum core_id from, uint8_t byte);

    /* ---- the machine ---- */
    void (*on_note)(void *arg, const struct note *n);
    void (*on_reset)(void *arg, enum reset_cause cause); /* after the machine was reset */
    /* One core alone is about to be reset: by its window watchdog, or with its domain. */
    void (*on_core_reset)(void *arg, enum core_id core, enum reset_cause cause);
    /* An event of the chip or of what is connected to it is due; name as in sched_event_init(). */
    void (*on_event)(void *arg, const char *name);

    /* machine_observe()'s own. */
    struct observer *next;
    bool gone;
};

struct machine;

/* Adds a copy of *o. All observers are told, in an order that is the same in each run. Both
 * functions are legal in the functions of an observer. */
void machine_observe(struct machine *m, const struct observer *o);
/* Removes those with this arg. */
void machine_unobserve(struct machine *m, const void *arg);

static inline bool observer_wants(const struct observer *o, enum core_id core)
{
    return !o->cores || o->cores >> core & 1;
}

/* For the parts of the machine: tells all observers that have the function `event`. */
#define machine_tell(m, event, ...)                                                                \
    do {                                                                                           \
        for (const struct observer *o_ = (m)->observers; o_; o_ = o_->next) {                      \
            if (o_->event) {                                                                       \
                o_->event(o_->arg, __VA_ARGS__);                                                   \
            }                                                                                      \
        }                                                                                          \
    } while (0)

#endif
