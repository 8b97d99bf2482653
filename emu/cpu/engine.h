/* SPDX-License-Identifier: MIT */
/*
 * The instruction engine behind a core: executes Thumb instructions, nothing else. Exceptions, the
 * private peripheral bus, faults and sleeping are the core's business (core.c and friends); the
 * engine only reports what it met. Another engine can take the place of Unicorn by implementing
 * this header.
 */
#ifndef EMU_CPU_ENGINE_H
#define EMU_CPU_ENGINE_H

#include "emu/bus.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;

enum engine_exit {
    ENGINE_STOPPED, /* engine_stop(): before the instruction whose hook asked for it */
    ENGINE_SVC,     /* PC after the instruction */
    ENGINE_BKPT,    /* PC at the instruction */
    ENGINE_WFI,     /* PC after */
    ENGINE_INVALID, /* undefined instruction (PC at), or a hint (WFE, YIELD: PC after), or T = 0 */
    ENGINE_COPROC,  /* coprocessor instruction without coprocessor */
    ENGINE_EXC_RETURN, /* branch to an EXC_RETURN value; R15 & ~1 is its value & ~1 */
    ENGINE_FETCH,      /* no instruction can be fetched at PC */
    ENGINE_ABORT,      /* the read or write hook refused an access; PC at, no register changed */
};

enum { ENGINE_READ = 1, ENGINE_WRITE = 2, ENGINE_EXEC = 4 };

struct engine_hooks {
    void *arg;
    /* Before every instruction. */
    void (*code)(void *uc, uint64_t pc, uint32_t size, void *arg);
    /* An access to memory that lacks the permission, before it happens. False: abort the
     * instruction. True: it goes on with the backing memory, where the hook has put the value to
     * read; a store is dropped, the hook has carried it out. Unaligned and 8-byte accesses come as
     * they are; an unaligned store comes once more byte by byte. */
    bool (*read)(void *arg, uint32_t addr, unsigned size);
    bool (*write)(void *arg, uint32_t addr, unsigned size, uint64_t value);
};

/* NULL when Unicorn cannot be opened. */
struct engine *engine_open(enum core_id id, const struct engine_hooks *hooks);
void engine_close(struct engine *e);

/* Multiples of 4 KiB. The host memory stays the caller's and is shared, not copied. */
bool engine_map(struct engine *e, uint32_t base, uint64_t size, void *host, unsigned perms);
/* Of a whole region as it was mapped. Legal in hooks. */
void engine_protect(struct engine *e, uint32_t base, uint32_t size, unsigned perms);
/* Code in [addr, addr+len) may have changed. Legal in hooks; takes effect at the next block. */
void engine_invalidate(struct engine *e, uint32_t addr, uint32_t len);

/* It has made so many translations that their room should be given back: not in hooks, not inside
 * an IT block, and not between LDREX and STREX, which the renewed one does not remember. */
bool engine_bloated(const struct engine *e);
void engine_renew(struct engine *e);

/* Runs from the present PC until a hook stops it or something surfaces. */
enum engine_exit engine_run(struct engine *e);
/* From the code hook: stop before this instruction (inside an IT block: after the block). */
void engine_stop(struct engine *e);

/* Core registers 0..15, exact in hooks too. */
uint32_t engine_reg(const struct engine *e, unsigned n);
void engine_set_reg(struct engine *e, unsigned n, uint32_t value);
/* All sixteen at once. */
void engine_regs(const struct engine *e, uint32_t r[16]);
void engine_set_regs(struct engine *e, const uint32_t r[16]);

/* Whole xPSR; writing it rebuilds the engine's idea of mode and privilege. */
uint32_t engine_xpsr(const struct engine *e);
void engine_set_xpsr(struct engine *e, uint32_t value);

enum engine_special {
    ENGINE_MSP,
    ENGINE_PSP,
    ENGINE_PRIMASK,
    ENGINE_BASEPRI,
    ENGINE_FAULTMASK,
    ENGINE_CONTROL,
    ENGINE_FPSCR
};
/* These obey the guest's privilege: from an unprivileged thread all but CONTROL and FPSCR read 0
 * and writes are ignored. */
uint32_t engine_special(const struct engine *e, enum engine_special which);
void engine_set_special(struct engine *e, enum engine_special which, uint32_t value);

/* Mode switch without touching flags: IPSR = number, then CONTROL's nPRIV and SPSEL as given. Works
 * from any privilege; MSP and PSP keep their values, R13 becomes the selected one. FPCA is bit 2.
 */
void engine_set_mode(struct engine *e, unsigned ipsr, uint32_t control);

uint32_t engine_sreg(const struct engine *e, unsigned n); /* S0..S31 */
void engine_set_sreg(struct engine *e, unsigned n, uint32_t value);

#endif
