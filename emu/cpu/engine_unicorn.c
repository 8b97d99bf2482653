/* SPDX-License-Identifier: MIT */
/*
 * Unicorn 2.0.1 as the instruction engine. What is particular about it:
 * - UC_MODE_MCLASS silently forces a Cortex-M33; Thumb mode plus an explicit model is right.
 * - The PC is exact, and a stop lands on an instruction, only with a CODE hook on everything.
 * - READ_PROT fires on every access only if a MEM_READ hook exists (the fast path is then off);
 * ours never matches an address.
 * - It stops at an address it shall run until, also when firmware branches there by mistake: so
 * there is none, but an empty list of exits.
 * - Never flush all translations and never toggle `count`: the first flush takes seconds.
 * - Room of dropped translations is used again only after a GiB of them. Firmware that rewrites its
 * code all the time would take that much: after so many another instance takes over.
 */
#include "emu/cpu/engine.h"

#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define MAX_REGIONS    64
#define MAX_TRANSLATED 300000 /* instructions and blocks: some 45 MB */

struct region {
    uint32_t base;
    uint64_t size;
    void *host;
    unsigned perms;
};

struct engine {
    uc_engine *uc;
    enum core_id id;
    struct engine_hooks hooks;
    struct region regions[MAX_REGIONS];
    unsigned nregions;
    uint32_t translated; /* by this instance: instructions and blocks */
    bool stop_asked;
    int intr; /* exception number QEMU wanted to deliver, -1: none */
};

/* QEMU's numbers for what it would deliver itself. */
enum { INTR_SVC = 2, INTR_PREFETCH = 3, INTR_BKPT = 7, INTR_EXC_RETURN = 8, INTR_NOCP = 17 };

static void on_intr(uc_engine *uc, uint32_t number, void *arg)
{
    struct engine *e = arg;

    e->intr = (int)number;
    uc_emu_stop(uc);
}

static void on_read_never(uc_engine *uc, uc_mem_type type, uint64_t addr, int size, int64_t value,
                          void *arg)
{
    (void)uc, (void)type, (void)addr, (void)size, (void)value, (void)arg;
}

static bool on_read(uc_engine *uc, uc_mem_type type, uint64_t addr, int size, int64_t value,
                    void *arg)
{
    struct engine *e = arg;

    (void)uc, (void)type, (void)value;
    return e->hooks.read(e->hooks.arg, (uint32_t)addr, (unsigned)size);
}

static bool on_write(uc_engine *uc, uc_mem_type type, uint64_t addr, int size, int64_t value,
                     void *arg)
{
    struct engine *e = arg;

    (void)uc, (void)type;
    return e->hooks.write(e->hooks.arg, (uint32_t)addr, (unsigned)size, (uint64_t)value);
}

static void on_translation(uc_engine *uc, uc_tb *now, uc_tb *before, void *arg)
{
    struct engine *e = arg;

    (void)uc, (void)before;
    e->translated += now->icount + 1u;
}

static bool add_hooks(struct engine *e)
{
    uc_hook h;
    uc_err err = uc_hook_add(e->uc, &h, UC_HOOK_CODE, (void *)e->hooks.code, e->hooks.arg, 1, 0);

    err |= uc_hook_add(e->uc, &h, UC_HOOK_INTR, (void *)on_intr, e, 1, 0);
    err |=
        uc_hook_add(e->uc, &h, UC_HOOK_MEM_READ, (void *)on_read_never, e, 0xfffffff0, 0xfffffff0);
    err |= uc_hook_add(e->uc, &h, UC_HOOK_MEM_READ_PROT | UC_HOOK_MEM_READ_UNMAPPED,
                       (void *)on_read, e, 1, 0);
    err |= uc_hook_add(e->uc, &h, UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_WRITE_UNMAPPED,
                       (void *)on_write, e, 1, 0);
    err |= uc_hook_add(e->uc, &h, UC_HOOK_EDGE_GENERATED, (void *)on_translation, e, 1, 0);
    return err == UC_ERR_OK;
}

static uint32_t uc_perms(unsigned perms)
{
    return (perms & ENGINE_READ ? UC_PROT_READ : 0u) | (perms & ENGINE_WRITE ? UC_PROT_WRITE : 0u) |
           (perms & ENGINE_EXEC ? UC_PROT_EXEC : 0u);
}

/* Mapped writable and then protected: only so does Unicorn drop stores to it by itself. */
static bool map_region(const struct engine *e, const struct region *r)
{
    return uc_mem_map_ptr(e->uc, r->base, r->size, UC_PROT_ALL, r->host) == UC_ERR_OK &&
           uc_mem_protect(e->uc, r->base, r->size, uc_perms(r->perms)) == UC_ERR_OK;
}

static bool map_regions(const struct engine *e)
{
    unsigned i = 0;

    while (i < e->nregions && map_region(e, &e->regions[i])) {
        i++;
    }
    return i == e->nregions;
}

static bool open_instance(struct engine *e)
{
    const int model = e->id == CM7 ? UC_CPU_ARM_CORTEX_M7 : UC_CPU_ARM_CORTEX_M4;

    if (uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &e->uc) != UC_ERR_OK) {
        return false;
    }
    if (uc_ctl_set_cpu_model(e->uc, model) == UC_ERR_OK &&
        uc_ctl_exits_enable(e->uc) == UC_ERR_OK && add_hooks(e) && map_regions(e)) {
        return true;
    }
    uc_close(e->uc);
    return false;
}

struct engine *engine_open(enum core_id id, const struct engine_hooks *hooks)
{
    struct engine *e = calloc(1, sizeof(*e));

    if (!e) {
        return NULL;
    }
    e->id = id;
    e->hooks = *hooks;
    if (!open_instance(e)) {
        free(e);
        return NULL;
    }
    return e;
}

void engine_close(struct engine *e)
{
    uc_close(e->uc);
    free(e);
}

bool engine_map(struct engine *e, uint32_t base, uint64_t size, void *host, unsigned perms)
{
    const struct region r = {base, size, host, perms};

    if (e->nregions == MAX_REGIONS || !map_region(e, &r)) {
        return false;
    }
    e->regions[e->nregions++] = r;
    return true;
}

void engine_protect(struct engine *e, uint32_t base, uint32_t size, unsigned perms)
{
    for (unsigned i = 0; i < e->nregions; i++) {
        if (e->regions[i].base == base) {
            e->regions[i].perms = perms;
        }
    }
    uc_mem_protect(e->uc, base, size, uc_perms(perms));
}

void engine_invalidate(struct engine *e, uint32_t addr, uint32_t len)
{
    uc_ctl_remove_cache(e->uc, (uint64_t)addr, (uint64_t)addr + len);
}

static enum engine_exit exit_of_intr(int number)
{
    switch (number) {
    case INTR_SVC:
        return ENGINE_SVC;
    case INTR_BKPT:
        return ENGINE_BKPT;
    case INTR_EXC_RETURN:
        return ENGINE_EXC_RETURN;
    case INTR_PREFETCH:
        return ENGINE_FETCH;
    case INTR_NOCP:
        return ENGINE_COPROC;
    default:
        return ENGINE_INVALID;
    }
}

static enum engine_exit exit_of_error(const struct engine *e, uc_err err)
{
    switch (err) {
    case UC_ERR_OK:
        return e->stop_asked ? ENGINE_STOPPED : ENGINE_WFI;
    case UC_ERR_READ_PROT:
    case UC_ERR_WRITE_PROT:
    case UC_ERR_READ_UNMAPPED:
    case UC_ERR_WRITE_UNMAPPED:
    case UC_ERR_MAP:
        return ENGINE_ABORT;
    case UC_ERR_FETCH_PROT:
    case UC_ERR_FETCH_UNMAPPED:
        return ENGINE_FETCH;
    default:
        return ENGINE_INVALID;
    }
}

enum engine_exit engine_run(struct engine *e)
{
    uint32_t pc = engine_reg(e, 15);

    e->stop_asked = false;
    e->intr = -1;
    uc_err err = uc_emu_start(e->uc, pc | 1, 0, 0, 0);
    return e->intr >= 0 ? exit_of_intr(e->intr) : exit_of_error(e, err);
}

void engine_stop(struct engine *e)
{
    e->stop_asked = true;
    uc_emu_stop(e->uc);
}

static int reg_id(unsigned n)
{
    switch (n) {
    case 13:
        return UC_ARM_REG_R13;
    case 14:
        return UC_ARM_REG_R14;
    case 15:
        return UC_ARM_REG_R15;
    default:
        return UC_ARM_REG_R0 + (int)n;
    }
}

uint32_t engine_reg(const struct engine *e, unsigned n)
{
    uint32_t v = 0;

    uc_reg_read(e->uc, reg_id(n), &v);
    return v;
}

void engine_set_reg(struct engine *e, unsigned n, uint32_t value)
{
    if (n == 15) {
        value |= 1; /* Unicorn takes the Thumb bit from it */
    }
    uc_reg_write(e->uc, reg_id(n), &value);
}

void engine_regs(const struct engine *e, uint32_t r[16])
{
    for (unsigned i = 0; i < 16; i++) {
        r[i] = engine_reg(e, i);
    }
}

void engine_set_regs(struct engine *e, const uint32_t r[16])
{
    for (unsigned i = 0; i < 16; i++) {
        engine_set_reg(e, i, r[i]);
    }
}

uint32_t engine_xpsr(const struct engine *e)
{
    uint32_t v = 0;

    uc_reg_read(e->uc, UC_ARM_REG_XPSR, &v);
    return v;
}

/* Writing IPSR or XPSR leaves the cached mode flags as they were: a handler entered from an
 * unprivileged thread would silently ignore CPSID. Writing the flags register rebuilds them. */
static void rebuild(struct engine *e)
{
    uint32_t v = 0;

    uc_reg_read(e->uc, UC_ARM_REG_APSR_NZCV, &v);
    uc_reg_write(e->uc, UC_ARM_REG_APSR_NZCV, &v);
}

void engine_set_xpsr(struct engine *e, uint32_t value)
{
    value |= 1u << 24;
    uc_reg_write(e->uc, UC_ARM_REG_XPSR_NZCVQG, &value);
    rebuild(e);
}

static const int special_ids[] = {
    [ENGINE_MSP] = UC_ARM_REG_MSP,
    [ENGINE_PSP] = UC_ARM_REG_PSP,
    [ENGINE_PRIMASK] = UC_ARM_REG_PRIMASK,
    [ENGINE_BASEPRI] = UC_ARM_REG_BASEPRI,
    [ENGINE_FAULTMASK] = UC_ARM_REG_FAULTMASK,
    [ENGINE_CONTROL] = UC_ARM_REG_CONTROL,
    [ENGINE_FPSCR] = UC_ARM_REG_FPSCR,
};

uint32_t engine_special(const struct engine *e, enum engine_special which)
{
    uint32_t v = 0;

    uc_reg_read(e->uc, special_ids[which], &v);
    return v;
}

void engine_set_special(struct engine *e, enum engine_special which, uint32_t value)
{
    uc_reg_write(e->uc, special_ids[which], &value);
}

static void set_ipsr(struct engine *e, uint32_t n)
{
    uc_reg_write(e->uc, UC_ARM_REG_IPSR, &n);
}

void engine_set_mode(struct engine *e, unsigned ipsr, uint32_t control)
{
    set_ipsr(e, 1); /* any handler: privileged, so that CONTROL can be written */
    engine_set_special(e, ENGINE_CONTROL, 0);
    set_ipsr(e, 0); /* SPSEL can be changed only in thread mode */
    if (ipsr == 0) {
        engine_set_special(e, ENGINE_CONTROL, control);
    } else {
        engine_set_special(e, ENGINE_CONTROL, 0);
        set_ipsr(e, ipsr);
        engine_set_special(e, ENGINE_CONTROL, control & ~2u);
    }
    rebuild(e);
}

uint32_t engine_sreg(const struct engine *e, unsigned n)
{
    uint32_t v = 0;

    uc_reg_read(e->uc, UC_ARM_REG_S0 + (int)n, &v);
    return v;
}

void engine_set_sreg(struct engine *e, unsigned n, uint32_t value)
{
    uc_reg_write(e->uc, UC_ARM_REG_S0 + (int)n, &value);
}

/* ---- another instance ---- */

/* What the old one holds of `from`, privileged or not; its mode is lost. A context of Unicorn would
 * carry pointers with it. */
static void take_registers(struct engine *e, struct engine *from)
{
    const uint32_t xpsr = engine_xpsr(from), control = engine_special(from, ENGINE_CONTROL);
    uint32_t r[16];

    engine_regs(from, r);
    engine_set_mode(from, 1, 0);
    engine_set_mode(e, 1, 0);
    for (enum engine_special s = ENGINE_MSP; s <= ENGINE_FAULTMASK; s++) {
        engine_set_special(e, s, engine_special(from, s));
    }
    engine_set_mode(e, xpsr & 0x1ff, control);
    engine_set_regs(e, r);
    for (unsigned i = 0; i < 32; i++) {
        engine_set_sreg(e, i, engine_sreg(from, i));
    }
    engine_set_special(e, ENGINE_FPSCR, engine_special(from, ENGINE_FPSCR));
    engine_set_xpsr(e, xpsr);
}

bool engine_bloated(const struct engine *e)
{
    return e->translated >= MAX_TRANSLATED;
}

void engine_renew(struct engine *e)
{
    struct engine old = *e;

    e->translated = 0;
    if (!open_instance(e)) {
        e->uc = old.uc; /* no room: the old one goes on */
        return;
    }
    take_registers(e, &old);
    uc_close(old.uc);
}
