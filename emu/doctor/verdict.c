/* What the whole run means: findings that only its end can tell. */
#include "emu/chip/chip.h"
#include "emu/cli/faults.h"
#include "emu/doctor/doctor.h"

#include <string.h>

#define MASKED_LONG 20 /* samples of 1 ms: no critical section is that long */
#define POLL_TIMEOUT                                                                               \
    10000 /* reads: beyond any start-up time of an oscillator, PLL or regulator                    \
           */
#define POLL_FOREVER   (20 * VT_MS)
#define RCC_CR         0x58024400u
#define RCC_CR_D2CKRDY (1u << 15)
#define HSEM_C2IER     0x58026510u

static const char *register_name(uint32_t addr)
{
    static const struct {
        uint32_t addr;
        const char *name;
    } names[] = {
        {0x58024400, "RCC_CR"},      {0x58024410, "RCC_CFGR"},    {0x58024470, "RCC_BDCR"},
        {0x58024474, "RCC_CSR"},     {0x58024804, "PWR_CSR1"},    {0x5802480C, "PWR_CR3"},
        {0x58024818, "PWR_D3CR"},    {0x52002010, "FLASH_SR1"},   {0x52002110, "FLASH_SR2"},
        {0x5200201C, "FLASH_OPTSR"}, {0x58000420, "SYSCFG_CCCSR"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].addr == addr)
            return names[i].name;
    return "a register";
}

static bool dead(const struct doctor *d, const struct story *s)
{
    const struct core *c = d->board.m->core[s->id];
    return core_held(c) || core_locked_up(c);
}

/* ---- where a core is at the end ---- */

/* The last instructions of the run fit into a few addresses, and none of them is the WFI of an idle
 * loop. */
static bool in_tight_loop(const struct doctor *d, const struct story *s, uint32_t *lo, uint32_t *hi)
{
    unsigned n = s->loop_count < LOOP ? s->loop_count : LOOP;
    (void)d;
    *lo = UINT32_MAX;
    *hi = 0;
    for (unsigned i = 0; i < n; i++) {
        *lo = s->loop[i] < *lo ? s->loop[i] : *lo;
        *hi = s->loop[i] > *hi ? s->loop[i] : *hi;
    }
    return s->loop_count >= LOOP && *hi - *lo <= 64;
}

/* A loop of one branch to itself: Error_Handler, Default_Handler. */
static bool branch_to_itself(uint32_t lo, uint32_t hi)
{
    return lo == hi;
}

static void conclude_never(struct doctor *d, struct story *s, uint32_t lo, uint32_t hi)
{
    char place[160];
    const struct core *c = d->board.m->core[s->id];
    if (s->id == CM4 && !d->m4_expected)
        return;
    if (s->now.reads > POLL_TIMEOUT && d->board.m->now - s->now.from > POLL_FOREVER) {
        finding_add(&d->findings, "after.poll-forever", s->id, s->now.pc,
                    "the bootloader has read %s (0x%08X) %llu times, always 0x%08X",
                    register_name(s->now.addr), (unsigned)s->now.addr,
                    (unsigned long long)s->now.reads, (unsigned)s->now.value);
        return;
    }
    uint32_t pc = lo <= hi ? lo : core_reg(c, REG_PC);
    finding_add(&d->findings, "jump.never", s->id, pc, "at the end of the run it is in %s",
                place_of(&d->findings, s->id, pc, place, sizeof place));
}

/* ---- interrupts that never come ---- */

static void conclude_masked(struct doctor *d, struct story *s, uint32_t lo, uint32_t hi)
{
    char name[32];
    const struct core *c = d->board.m->core[s->id];
    uint32_t icsr = 0, primask = core_reg(c, REG_PRIMASK), active = core_reg(c, REG_XPSR) & 0x1FF;
    core_ppb_peek(c, 0xE000ED04u, &icsr);
    if (branch_to_itself(lo, hi) && active >= 15) {
        finding_add(&d->findings, "after.default-handler", s->id, lo,
                    "%s is active and loops at 0x%08X", exception_name(active, name, sizeof name),
                    (unsigned)lo);
        return;
    }
    if (branch_to_itself(lo, hi) && primask && !s->masked_at_handover)
        return; /* it masked interrupts itself and stopped: see conclude_stopped() */
    if (s->masked_samples < MASKED_LONG)
        return;
    char pending[32];
    finding_add(&d->findings, "after.irq-never", s->id, lo <= hi ? lo : 0,
                "%s has been pending for %u ms; PRIMASK = %u, BASEPRI = 0x%02X%s%s%s",
                exception_name(icsr >> 12 & 0x1FF, pending, sizeof pending),
                (unsigned)s->masked_samples, (unsigned)primask, (unsigned)core_reg(c, REG_BASEPRI),
                active ? ", inside " : "", active ? exception_name(active, name, sizeof name) : "",
                lo <= hi ? "; the core loops meanwhile" : "");
}

/* ---- stopped in an error handler, and why ---- */

static const struct poll *longest_wait(const struct story *s)
{
    const struct poll *best = &s->now;
    for (unsigned i = 0; i < POLLS; i++)
        if (s->longest[i].reads > best->reads)
            best = &s->longest[i];
    return best;
}

/* A modified immediate of Thumb-2 that has one bit (Armv7-M, ThumbExpandImm). */
static uint32_t immediate(uint16_t hw1, uint16_t hw2)
{
    uint32_t imm = (hw1 >> 10 & 1u) << 11 | (hw2 >> 12 & 7u) << 8 | (hw2 & 0xFFu);
    uint32_t value = 0x80u | (imm & 0x7Fu), turn = imm >> 7;
    if (imm >> 10 == 0)
        return imm & 0x300u ? 0 : imm;
    return value >> turn | value << (32 - turn); /* turn is 8 to 31 here */
}

/* Which bits the code behind a load looks at: TST, AND with a constant, or a shift into the sign;
 * 0 when it cannot be told. */
static uint32_t tested_bits(const struct doctor *d, const struct story *s, uint32_t pc)
{
    for (uint32_t at = pc; at < pc + 14; at += 2) {
        uint16_t hw[2];
        if (!bus_peek(&d->board.m->bus, s->id, at, hw, sizeof hw))
            return 0;
        if ((hw[0] & 0xFBE0u) == 0xF000u && !(hw[1] & 0x8000u))
            return immediate(hw[0], hw[1]);
        if (hw[0] < 0x0800u && hw[0] >> 6) /* LSLS Rd, Rm, #n, then BMI or BPL */
            return 1u << (31 - (hw[0] >> 6));
        at += hw[0] >= 0xE800u ? 2 : 0;
    }
    return 0;
}

static void explain_wait(struct doctor *d, struct story *s, const struct poll *p, bool over)
{
    const char *then = over ? ", then gave up" : "";
    uint32_t bits = p->addr == RCC_CR ? tested_bits(d, s, p->pc) : 0;
    bool d2 = p->addr == RCC_CR && s->id == CM7 && p->value & RCC_CR_D2CKRDY &&
              (!bits || bits == RCC_CR_D2CKRDY);
    bool clock = finding_has(&d->findings, "jump.clock", CM7) && p->addr >= RCC_CR &&
                 p->addr < RCC_CR + 0x400;
    finding_add(&d->findings,
                d2      ? "after.d2ckrdy"
                : clock ? "after.clock-timeout"
                        : "after.poll-forever",
                s->id, p->pc, "%s (0x%08X) was read %llu times in %.1f ms, always 0x%08X%s",
                register_name(p->addr), (unsigned)p->addr, (unsigned long long)p->reads,
                (double)(p->to - p->from) / 1e9, (unsigned)p->value, then);
}

static void conclude_stopped(struct doctor *d, struct story *s, uint32_t lo, uint32_t hi)
{
    const struct core *c = d->board.m->core[s->id];
    if (s->now.reads > POLL_TIMEOUT && s->now.to - s->now.from > POLL_FOREVER) {
        explain_wait(d, s, &s->now, false);
        return;
    }
    if (!branch_to_itself(lo, hi) || core_reg(c, REG_XPSR) & 0x1FF)
        return;
    const struct poll *p = longest_wait(s);
    if (p->reads > POLL_TIMEOUT)
        explain_wait(d, s, p, true);
    else if (finding_has(&d->findings, "jump.clock", CM7) && s->clock_writes == 0 &&
             core_reg(c, REG_PRIMASK))
        finding_add(&d->findings, "after.clock-timeout", s->id, lo,
                    "it stopped without changing a clock register: the set-up function refused the "
                    "clock tree it found");
    if (core_reg(c, REG_PRIMASK) && !s->masked_at_handover)
        finding_add(&d->findings, "after.error-handler", s->id, lo,
                    "it has set PRIMASK and loops at 0x%08X", (unsigned)lo);
}

/* ---- between the cores ---- */

static void conclude_m4_start(struct doctor *d)
{
    struct machine *m = d->board.m;
    if (!d->m4_expected)
        return;
    if (core_held(m->core[CM4]))
        finding_add(&d->findings, "cores.m4-never-released", CM4, 0,
                    "SYSCFG_UR1.BCM4 = 0, RCC_GCR.BOOT_C2 = 0 at the end");
    if (flash_swapped(m->flash))
        finding_add(&d->findings, "cores.bank-swap", -1, 0,
                    "OPTCR.SWAP_BANK = 1: 0x08100000 is physical bank 1");
}

static void conclude_semaphores(struct doctor *d)
{
    struct machine *m = d->board.m;
    struct story *m4 = &d->story[CM4];
    uint32_t armed = doctor_peek(d, CM4, HSEM_C2IER);
    for (unsigned n = 0; n < 32; n++) {
        struct semaphore *sem = &d->sem[n];
        for (int i = 0; i < CORES; i++)
            if (sem->taken_by_rlr[i] && sem->rlr_reads[i] >= 3 && hsem_owner(m->hsem, n) == i)
                finding_add(
                    &d->findings, "cores.rlr-taken", i, sem->rlr_pc[i],
                    "HSEM_RLR%u was read %u times by this core, which now holds the semaphore", n,
                    (unsigned)sem->rlr_reads[i]);
        bool asleep = m4->sleep_since != VT_NEVER && d->m4_expected;
        if (asleep && armed >> n & 1 && sem->released && sem->released < m4->sleep_since)
            finding_add(&d->findings, "cores.hsem-missed", CM4, core_reg(m->core[CM4], REG_PC),
                        "semaphore %u was released at %.6f s, the M4 sleeps since %.6f s", n,
                        (double)sem->released / 1e12, (double)m4->sleep_since / 1e12);
    }
}

/* Blocks that are common by design, or where each core has registers or bits of its own. */
static bool meant_for_both(const char *name)
{
    static const char *const both[] = {"RCC", "PWR",    "FLASH", "EXTI", "HSEM",   "SYSCFG", "GPIO",
                                       "RTC", "DBGMCU", "CRC",   "ART",  "backup", "BKP"};
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++)
        if (strncmp(name, both[i], strlen(both[i])) == 0)
            return true;
    return false;
}

static void conclude_peripherals(struct doctor *d)
{
    const struct bus *b = &d->board.m->bus;
    for (unsigned i = 0; i < b->ndevs && i < sizeof d->writers / sizeof d->writers[0]; i++)
        if (d->writers[i] == 3 && !meant_for_both(b->devs[i].name))
            finding_add(&d->findings, "cores.peripheral-both", -1, 0,
                        "%s at 0x%08X is written by both cores", b->devs[i].name,
                        (unsigned)b->devs[i].base);
    struct story *m7 = &d->story[CM7], *m4 = &d->story[CM4];
    if (m7->clock_writes && m4->clock_writes)
        finding_add(&d->findings, "cores.clock-both", -1, m4->clock_pc,
                    "clock registers were written %u times by the M7 and %u times by the M4",
                    (unsigned)m7->clock_writes, (unsigned)m4->clock_writes);
    else if (m7->clock_under_m4)
        finding_add(&d->findings, "cores.clock-under-m4", CM7, m7->clock_under_pc,
                    "the M4's clock went from %llu to %llu Hz while its application ran",
                    (unsigned long long)m7->clock_was, (unsigned long long)m7->clock_now);
}

/* SRAM1-3 have two windows; one of them is used to compare. */
static uint32_t canonical(uint32_t addr)
{
    return addr - 0x10000000u < 0x48000u ? addr + 0x20000000u : addr;
}

static void conclude_stacks(struct doctor *d)
{
    struct story *m7 = &d->story[CM7], *m4 = &d->story[CM4];
    if (!m7->sp_high || !m4->sp_high || !m7->handed_over || !m4->handed_over)
        return;
    uint32_t l7 = canonical(m7->sp_low), h7 = canonical(m7->sp_high), l4 = canonical(m4->sp_low),
             h4 = canonical(m4->sp_high);
    if (l7 < h4 + 64 && l4 < h7 + 64)
        finding_add(&d->findings, "cores.ram-overlap", -1, 0,
                    "the M7's stack is at 0x%08X, the M4's at 0x%08X: the same memory",
                    (unsigned)m7->sp_high, (unsigned)m4->sp_high);
}

/* A buffer that both declare at the same address, without content, is shared on purpose. */
static bool shared_on_purpose(const struct ram_range *a, const struct ram_range *b)
{
    return !a->initialised && !b->initialised && canonical(a->lo) == canonical(b->lo);
}

static void conclude_variables(struct doctor *d)
{
    const struct files *f = &d->files;
    for (unsigned i = 0; i < f->nram; i++)
        for (unsigned k = 0; k < f->nram; k++) {
            const struct ram_range *a = &f->ram[i], *b = &f->ram[k];
            uint32_t la = canonical(a->lo), lb = canonical(b->lo);
            if (a->core != CM7 || b->core != CM4 || !a->app || !b->app || shared_on_purpose(a, b))
                continue;
            if (la < lb + (b->hi - b->lo) && lb < la + (a->hi - a->lo))
                finding_add(&d->findings, "cores.ram-overlap", -1, 0,
                            "the M7 application has variables at 0x%08X..0x%08X, the M4's at "
                            "0x%08X..0x%08X: the same memory",
                            (unsigned)a->lo, (unsigned)(a->hi - 1), (unsigned)b->lo,
                            (unsigned)(b->hi - 1));
        }
}

static void conclude_core(struct doctor *d, struct story *s, enum machine_stop why)
{
    uint32_t lo, hi;
    bool tight = in_tight_loop(d, s, &lo, &hi);
    (void)why;
    if (dead(d, s))
        return;
    if (!tight)
        lo = UINT32_MAX, hi = 0;
    if (!s->handed_over) {
        conclude_never(d, s, lo, hi);
        return;
    }
    conclude_masked(d, s, lo, hi);
    conclude_stopped(d, s, lo, hi);
}

void verdict_conclude(struct doctor *d, enum machine_stop why)
{
    conclude_core(d, &d->story[CM7], why);
    conclude_core(d, &d->story[CM4], why);
    conclude_m4_start(d);
    conclude_semaphores(d);
    conclude_peripherals(d);
    conclude_stacks(d);
    conclude_variables(d);
}
