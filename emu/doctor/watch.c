/* Follows both cores before and after the hand-over. Notes facts; verdict.c says what they mean. */
#include "emu/chip/chip.h"
#include "emu/cli/faults.h"
#include "emu/doctor/doctor.h"

#include <string.h>

#define SAMPLE        VT_MS
#define STALL_LONG    10 /* samples */
#define SYST_CSR      0xE000E010u
#define NVIC_ISER     0xE000E100u
#define SCB_ICSR      0xE000ED04u
#define SCB_VTOR      0xE000ED08u
#define CFSR_IACCVIOL (1u << 0)
#define CFSR_IBUSERR  (1u << 8)
#define CFSR_INVSTATE (1u << 17)
#define CFSR_NOCP     (1u << 19)
#define HSEM_R        0x58026400u
#define HSEM_RLR      0x58026480u
#define FLASH_KEYR1   0x52002004u
#define FLASH_KEYR2   0x52002104u
#define RCC_BASE      0x58024400u

/* ---- before: the way to the branch ---- */

/* Opcode at pc, without the cost of a search for every instruction. */
static uint32_t opcode(struct doctor *d, enum core_id id, uint32_t pc)
{
    static const struct mem *last[CORES];
    const struct mem *mem = last[id];
    uint32_t op;
    if (!mem || pc - mem->base >= mem->size)
        mem = last[id] = bus_find_mem(&d->board.m->bus, pc, id);
    if (!mem || pc - mem->base > mem->size - 4)
        return 0;
    memcpy(&op, mem->host + (pc - mem->base), 4);
    return op;
}

static bool is_msr_msp(uint32_t op)
{
    return (op & 0xFFFFFFF0u) == 0x8808F380u; /* MSR MSP, Rn: halfwords F38n 8808 */
}

/* Loads relative to SP: how far above SP, or -1 for any other instruction. */
static int load_from_sp(uint32_t op)
{
    uint32_t hw1 = op & 0xFFFF;
    if ((hw1 & 0xF800) == 0x9800) /* LDR Rt, [SP, #imm8 * 4] */
        return (int)(hw1 & 0xFF) * 4;
    if (hw1 == 0xF8DD) /* LDR.W Rt, [SP, #imm12] */
        return (int)(op >> 16 & 0xFFF);
    if (hw1 == 0xE9DD) /* LDRD Rt, Rt2, [SP, #imm8 * 4] */
        return (int)(op >> 16 & 0xFF) * 4;
    if ((hw1 & 0xFE00) == 0xBC00 || hw1 == 0xE8BD) /* POP, POP.W */
        return 0;
    return -1;
}

/* What lies at or above the new stack pointer was never pushed there: it is another stack's place.
 */
static void look_for_wrong_stack(struct story *s, struct core *c, uint32_t pc, uint32_t op)
{
    if (s->msp_moved) {
        int up = load_from_sp(op);
        if (up >= 0 && core_reg(c, REG_SP) + (uint32_t)up >= s->new_msp) {
            char place[160];
            finding_add(&s->d->findings, "jump.msp-in-c", s->id, pc,
                        "MSP was set to 0x%08X by %s; this instruction then loads from 0x%08X",
                        (unsigned)s->new_msp,
                        place_of(&s->d->findings, s->id, s->msr_pc, place, sizeof place),
                        (unsigned)(core_reg(c, REG_SP) + (uint32_t)up));
            s->msp_moved = false;
        }
    }
    /* The first one, in start-up code before anything was pushed, is looked at as well: it loads
     * nothing from above. */
    if (is_msr_msp(op) && !(core_reg(c, REG_XPSR) & 0x1FF)) {
        s->msp_moved = true;
        s->new_msp = core_reg(c, op & 0xF);
        s->msr_pc = pc;
    }
}

static void hand_over(struct story *s, uint32_t pc)
{
    s->handed_over = true;
    s->handover_at = machine_now(s->d->board.m);
    s->d->findings.handover[s->id] =
        (struct handover){true, s->handover_at, core_insns(s->d->board.m->core[s->id])};
    s->jump_from = s->steps ? s->history[(s->steps - 1) % HISTORY] : 0;
    s->sp_low = UINT32_MAX;
    handover_inspect(s->d, s, pc);
}

static void on_insn(void *arg, struct core *c, uint32_t pc)
{
    struct story *s = arg;
    if (s->handed_over) {
        if (s->d->capturing)
            s->loop[s->loop_count++ % LOOP] = pc;
        return;
    }
    if (pc >= s->app_lo && pc < s->app_hi) {
        hand_over(s, pc);
        return;
    }
    s->history[s->steps++ % HISTORY] = pc;
    if (s->d->capturing)
        s->loop[s->loop_count++ % LOOP] = pc;
    look_for_wrong_stack(s, c, pc, opcode(s->d, s->id, pc));
}

/* ---- faults ---- */

static void fault_text(struct doctor *d, const struct core *c, uint32_t pc, char *buf, size_t size)
{
    char words[600], place[160];
    struct fault_state f = fault_state(c);
    snprintf(buf, size, "PC %s, SP 0x%08X, LR 0x%08X: %s",
             place_of(&d->findings, (int)core_ident(c), pc, place, sizeof place),
             (unsigned)core_reg(c, REG_SP), (unsigned)core_reg(c, REG_LR),
             fault_words(&f, words, sizeof words));
}

/* The branch itself went wrong: nothing of the application was fetched, or only to find bit 0
 * clear. */
static bool bad_branch(struct story *s, const struct fault_state *f, uint32_t pc)
{
    struct doctor *d = s->d;
    uint32_t from = s->steps ? s->history[(s->steps - 1) % HISTORY] : 0;
    uint32_t word1 = doctor_peek(d, s->id, (uint32_t)d->app[s->id] + 4);
    if (s->steps == 0) /* the core never got anywhere: its own boot address is bad */
        return finding_add(
                   &d->findings, "cores.m4-boot-address", s->id, 0,
                   "the vector table at the boot address 0x%08X begins with 0x%08X 0x%08X",
                   (unsigned)syscfg_boot_addr(d->board.m->syscfg, s->id),
                   (unsigned)doctor_peek(d, s->id, syscfg_boot_addr(d->board.m->syscfg, s->id)),
                   (unsigned)doctor_peek(d, s->id,
                                         syscfg_boot_addr(d->board.m->syscfg, s->id) + 4)) ||
               true;
    if (f->cfsr & CFSR_INVSTATE && pc >= s->app_lo && pc < s->app_hi) {
        finding_add(&d->findings, "jump.entry-even", s->id, from,
                    "branch to 0x%08X; word 1 of the vector table is 0x%08X", (unsigned)(pc & ~1u),
                    (unsigned)word1);
        return true;
    }
    if (!(f->cfsr & (CFSR_IBUSERR | CFSR_IACCVIOL | CFSR_INVSTATE)))
        return false;
    finding_add(&d->findings, "jump.entry-wild", s->id, from,
                "branch to 0x%08X; the vector table at 0x%08X begins with 0x%08X 0x%08X%s",
                (unsigned)pc, (unsigned)d->app[s->id],
                (unsigned)doctor_peek(d, s->id, (uint32_t)d->app[s->id]), (unsigned)word1,
                word1 == UINT32_MAX ? " (blank flash)" : "");
    return true;
}

static bool in_tcm(uint32_t addr)
{
    return addr < 0x00010000u || (addr >= 0x20000000u && addr < 0x20020000u);
}

static const char *fault_kind(const struct story *s, const struct fault_state *f)
{
    struct machine *m = s->d->board.m;
    bool addressed = f->cfsr & 1u << 15; /* BFARVALID */
    if (f->cfsr & CFSR_NOCP)
        return "after.nocp";
    if (addressed && f->bfar - 0x08000000u < 0x200000u &&
        flash_word(m->flash, f->bfar) == FW_DOUBLE)
        return "after.torn-word";
    if (s->id == CM4 && addressed && in_tcm(f->bfar))
        return "cores.m4-unreachable";
    return "after.fault";
}

static void on_fault(void *arg, struct core *c, unsigned number, uint32_t pc)
{
    struct story *s = arg;
    struct fault_state f = fault_state(c);
    char text[480];
    (void)number;
    if (s->id == CM4 && !s->d->m4_expected)
        return; /* no program for it: it fails on blank flash, as the chip is delivered */
    if (!s->handed_over && bad_branch(s, &f, pc))
        return;
    fault_text(s->d, c, pc, text, sizeof text);
    finding_add(&s->d->findings, fault_kind(s, &f), s->id, pc, "%s%s",
                s->handed_over ? "" : "in the bootloader: ", text);
}

/* A core without a program locks up at once; that is harmless, unless the user meant it to run. */
static void on_lockup(void *arg, struct core *c, uint32_t pc)
{
    struct story *s = arg;
    char text[480];
    if (s->id == CM4 && !s->d->m4_expected)
        return;
    if (finding_has(&s->d->findings, "jump.entry-wild", s->id) ||
        finding_has(&s->d->findings, "cores.m4-boot-address", s->id))
        return; /* the story is told */
    fault_text(s->d, c, pc, text, sizeof text);
    finding_add(&s->d->findings, "after.lockup", s->id, pc, "%s", text);
}

/* ---- exceptions and VTOR after the hand-over ---- */

/* A table in RAM is an application's own copy; one in flash must be the application's. */
static bool foreign_table(const struct story *s, uint32_t table)
{
    bool flash = table - 0x08000000u < 0x200000u || table < 0x00010000u;
    return flash && (table < s->app_lo || table >= s->app_hi);
}

static void on_exception(void *arg, struct core *c, unsigned number, uint32_t return_pc,
                         uint32_t vector, uint32_t table)
{
    struct story *s = arg;
    char name[32];
    (void)c;
    if (!s->handed_over)
        return;
    s->exceptions++;
    if (foreign_table(s, table))
        finding_add(&s->d->findings, "after.wrong-table", s->id, return_pc,
                    "%s was taken through the table at 0x%08X, handler 0x%08X; the application's "
                    "table is at 0x%08X",
                    exception_name(number, name, sizeof name), (unsigned)table, (unsigned)vector,
                    (unsigned)s->d->app[s->id]);
}

static void on_data(void *arg, struct core *c, uint32_t addr, unsigned size, uint64_t value,
                    bool write)
{
    struct story *s = arg;
    (void)c;
    dcache_access(s->d, (int)s->id, addr, size, value, write);
}

static void on_ppb(void *arg, struct core *c, uint32_t addr, uint32_t value, bool write)
{
    struct story *s = arg;
    if (write && s->id == CM7)
        dcache_register(s->d, addr, value);
    if (write && addr >= NVIC_ISER && addr < NVIC_ISER + sizeof s->ever_enabled)
        s->ever_enabled[(addr - NVIC_ISER) / 4] |= value;
    if (!write || addr != SCB_VTOR || !s->handed_over)
        return;
    s->vtor_pc = core_reg(c, REG_PC);
    s->vtor_value = value;
    s->vtor_ok = !foreign_table(s, value);
    if (!s->vtor_ok)
        finding_add(&s->d->findings, "after.vtor-moved", s->id, s->vtor_pc,
                    "VTOR = 0x%08X, the application's table is at 0x%08X", (unsigned)value,
                    (unsigned)s->d->app[s->id]);
    else if (s->exceptions == 0)
        finding_drop(&s->d->findings, "jump.vtor-bootloader",
                     s->id); /* set in time: only a habit of the bootloader */
}

/* ---- the bus ---- */

/* Waiting for a user, for the other core or for time to pass is no fault; waiting for a ready flag
 * may be one. */
static bool ready_flags(uint32_t addr)
{
    return (addr >= 0x58024400u && addr < 0x58024C00u) || /* RCC, PWR */
           (addr >= 0x52002000u && addr < 0x52003000u) || /* FLASH */
           (addr >= 0x58000400u && addr < 0x58000800u);   /* SYSCFG */
}

static void keep_poll(struct story *s)
{
    struct poll *least = &s->longest[0];
    for (unsigned i = 1; i < POLLS; i++)
        if (s->longest[i].reads < least->reads)
            least = &s->longest[i];
    if (s->now.reads > least->reads)
        *least = s->now;
}

static void note_poll(struct story *s, uint32_t addr, uint32_t value, uint32_t pc, vtime_t now)
{
    if (!ready_flags(addr))
        return;
    if (s->now.addr == addr && s->now.value == value) {
        s->now.reads++;
        s->now.to = now;
        return;
    }
    if (s->now.reads > 100)
        keep_poll(s);
    s->now =
        (struct poll){.addr = addr, .value = value, .pc = pc, .reads = 1, .from = now, .to = now};
}

static void note_semaphore(struct doctor *d, struct story *s, uint32_t addr, uint32_t value,
                           bool write, uint32_t pc)
{
    if (!write && addr >= HSEM_RLR && addr < HSEM_RLR + 128) {
        struct semaphore *sem = &d->sem[(addr - HSEM_RLR) / 4];
        uint32_t mine = s->id == CM7 ? 3 : 1; /* COREID (RM0399 ch. 10) */
        sem->rlr_reads[s->id]++;
        sem->rlr_pc[s->id] = pc;
        if ((value >> 8 & 0xF) == mine)
            sem->taken_by_rlr[s->id] = true;
    }
    if (write && addr >= HSEM_R && addr < HSEM_R + 128 && !(value & 1u << 31)) {
        struct semaphore *sem = &d->sem[(addr - HSEM_R) / 4];
        sem->taken_by_rlr[s->id] = false;
        sem->rlr_reads[s->id] = 0;
        sem->released = machine_now(d->board.m);
    }
}

/* CFGR, prescalers, PLL set-up: registers that change the clock of both cores. */
static bool clock_register(uint32_t addr)
{
    uint32_t off = addr - RCC_BASE;
    return off == 0x10 || off == 0x18 || (off >= 0x28 && off <= 0x34);
}

static void on_bus(void *arg, const struct bus_access *a, uint32_t addr, uint32_t value, bool write)
{
    struct doctor *d = arg;
    struct story *s = &d->story[a->master];
    uint32_t pc = core_reg(d->board.m->core[a->master], REG_PC);
    note_semaphore(d, s, addr, value, write, pc);
    if (!write) {
        note_poll(s, addr, value, pc, machine_now(d->board.m));
        return;
    }
    if (addr == FLASH_KEYR1 || addr == FLASH_KEYR2)
        d->unlocked_by[addr == FLASH_KEYR2] |= 1u << s->id;
    if (!s->handed_over)
        return;
    if (addr == (s->id == CM7 ? 0x58004800u : 0x58004C00u) && value == 0xAAAA)
        finding_drop(&d->findings, "jump.watchdog",
                     s->id); /* the application knows of it and feeds it */
    if (clock_register(addr)) {
        s->clock_writes++;
        s->clock_pc = pc;
    }
    const struct dev *dev = bus_find_dev(&d->board.m->bus, addr);
    if (dev)
        d->writers[dev - d->board.m->bus.devs] |= 1u << a->master;
}

/* ---- flash, notes, resets, samples ---- */

/* Looked at every millisecond; a word being programmed takes less, an erase a second. */
static void sample_stall(struct doctor *d, struct story *s)
{
    uint32_t pc = core_reg(d->board.m->core[s->id], REG_PC);
    bool stalled = d->board.m->clk[s->id].stalled_until == VT_NEVER;
    s->stalled_samples = stalled ? s->stalled_samples + 1 : 0;
    if (s->stalled_samples < STALL_LONG || (s->id == CM4 && !d->m4_expected))
        return;
    unsigned bank =
        (pc - 0x08000000u) / 0x00100000u; /* not told when it runs from RAM: data read */
    if (bank > 1)
        bank = d->erase[1].addr ? 1 : 0;
    const struct flash_op *op = &d->erase[bank];
    if (op->addr)
        finding_add(&d->findings, "after.erase-under-core", s->id, pc,
                    "the sector at 0x%08X is erased by the %s; this core has waited for the same "
                    "bank for %u ms",
                    (unsigned)op->addr, op->core == CM7 ? "Cortex-M7" : "Cortex-M4",
                    (unsigned)s->stalled_samples);
}

static void on_flash(void *arg, const struct flash_op *op, bool done)
{
    struct doctor *d = arg;
    if (op->erase && op->bank < 2)
        d->erase[op->bank] = done ? (struct flash_op){0} : *op;
}

static void on_note(void *arg, const struct note *n)
{
    struct doctor *d = arg;
    static const struct {
        const char *note, *complaint;
    } map[] = {{"pwr.supply-again", "after.supply"}, {"flash.key", "after.double-unlock"}};
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        if (strcmp(n->id, map[i].note) == 0)
            finding_add(&d->findings, map[i].complaint, n->core, n->pc, "%s", n->text);
}

static void on_reset(void *arg, enum reset_cause cause)
{
    struct doctor *d = arg;
    bool dog = cause >= RESET_IWDG1 && cause <= RESET_WWDG2;
    int core = cause == RESET_IWDG1 || cause == RESET_WWDG1 ? CM7 : CM4;
    if (dog && d->story[core].handed_over)
        finding_add(&d->findings, "after.watchdog-reset", core, 0,
                    "reset by %s, %.3f s after the hand-over", machine_reset_name(cause),
                    (double)(d->board.m->now - d->story[core].handover_at) / 1e12);
    watch_restart(d);
}

static bool masked_and_pending(const struct doctor *d, const struct core *c)
{
    uint32_t icsr = 0;
    core_ppb_peek(c, SCB_ICSR, &icsr);
    (void)d;
    bool masked =
        core_reg(c, REG_PRIMASK) & 1 || core_reg(c, REG_XPSR) & 0x1FF || core_reg(c, REG_BASEPRI);
    return masked && icsr >> 12 & 0x1FF; /* VECTPENDING */
}

static void sample_core(struct doctor *d, struct story *s)
{
    const struct core *c = d->board.m->core[s->id];
    uint32_t sp = core_reg(c, REG_MSP); /* not PSP: an RTOS has its task stacks where it likes */
    sample_stall(d, s);
    if (!s->handed_over)
        return;
    if (s->masked_at_handover && !(core_reg(c, REG_PRIMASK) & 1) &&
        !(core_reg(c, REG_XPSR) & 0x1FF))
        finding_soften(&d->findings, "jump.primask", s->id,
                       "the application cleared it itself later, so it works: this one enables "
                       "interrupts, most do not");
    s->masked_samples = masked_and_pending(d, c) ? s->masked_samples + 1 : 0;
    if (doctor_ram(d, s->id, sp, true)) {
        s->sp_low = sp < s->sp_low ? sp : s->sp_low;
        s->sp_high = sp > s->sp_high ? sp : s->sp_high;
    }
    if (core_power(c) == POWER_RUN || core_wakeable(c))
        s->sleep_since = VT_NEVER;
    else if (s->sleep_since == VT_NEVER)
        s->sleep_since = d->board.m->now;
}

/* Only a core that keeps time by its clock minds: its SysTick runs, and it is not in Stop. */
static void sample_m4_clock(struct doctor *d)
{
    struct story *m4 = &d->story[CM4], *m7 = &d->story[CM7];
    const struct core *c = d->board.m->core[CM4];
    uint64_t hz = d->board.m->clk[CM4].hz;
    bool keeps_time = m4->handed_over && d->m4_expected && core_power(c) != POWER_DEEPSLEEP &&
                      doctor_ppb(d, CM4, SYST_CSR) & 1;
    if (keeps_time && m4->clock_now && hz != m4->clock_now && m7->clock_writes &&
        !m4->clock_writes && !m7->clock_under_m4) {
        m7->clock_under_m4 = true;
        m7->clock_under_pc = m7->clock_pc;
        m7->clock_was = m4->clock_now;
        m7->clock_now = hz;
    }
    m4->clock_now = keeps_time ? hz : 0;
}

static bool both_on_their_way(const struct doctor *d)
{
    for (int i = 0; i < CORES; i++) {
        const struct core *c = d->board.m->core[i];
        if (!d->story[i].handed_over && !core_held(c) && !core_locked_up(c))
            return false;
    }
    return true;
}

static void on_sample(void *arg)
{
    struct doctor *d = arg;
    for (int i = 0; i < CORES; i++)
        sample_core(d, &d->story[i]);
    sample_m4_clock(d);
    if (d->stepping && !d->capturing && both_on_their_way(d))
        watch_step(d, false);
    sched_at(&d->board.m->sched, &d->sample, d->board.m->now + SAMPLE);
}

void watch_restart(struct doctor *d)
{
    static const uint32_t lo[CORES] = {0x08020000u, 0x08120000u},
                          hi[CORES] = {0x08100000u, 0x08200000u};
    for (int i = 0; i < CORES; i++) {
        struct story *s = &d->story[i];
        memset(s, 0, sizeof *s);
        s->d = d;
        s->id = (enum core_id)i;
        s->app_lo = d->app[i] ? (uint32_t)d->app[i] : lo[i];
        s->app_hi = s->app_lo >= lo[i] && s->app_lo < hi[i] ? hi[i] : s->app_lo + 0x00100000u;
        s->sleep_since = VT_NEVER;
    }
    memset(d->sem, 0, sizeof d->sem);
    memset(&d->dcache, 0, sizeof d->dcache); /* off after a reset */
    for (int i = 0; i < CORES; i++)
        core_watch_data(d->board.m->core[i], false);
    memset(d->unlocked_by, 0, sizeof d->unlocked_by);
    memset(d->erase, 0, sizeof d->erase);
    if (!d->stepping)
        watch_step(d, true);
}

void watch_step(struct doctor *d, bool every_instruction)
{
    d->stepping = every_instruction;
    for (int i = 0; i < CORES; i++) {
        struct core_observer o = {.arg = &d->story[i],
                                  .on_insn = every_instruction ? on_insn : NULL,
                                  .insn_hi = UINT32_MAX,
                                  .on_exception = on_exception,
                                  .on_fault = on_fault,
                                  .on_lockup = on_lockup,
                                  .on_ppb = on_ppb,
                                  .on_data = on_data};
        core_unobserve(d->board.m->core[i], &d->story[i]);
        core_observe(d->board.m->core[i], &o);
    }
}

void watch_start(struct doctor *d)
{
    struct machine *m = d->board.m;
    watch_restart(d);
    m->bus.watch = (struct bus_watch){.arg = d, .fn = on_bus};
    flash_observe(m->flash, on_flash, d);
    m->on_note = on_note;
    m->on_note_arg = d;
    m->on_reset = on_reset;
    m->on_reset_arg = d;
    sched_event_init(&d->sample, on_sample, d);
    sched_at(&m->sched, &d->sample, SAMPLE);
}
