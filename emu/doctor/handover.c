/* SPDX-License-Identifier: MIT */
/* The machine at the application's first instruction, against what a reset leaves (docs/jump.md).
 */
#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <string.h>

#define NVIC_WORDS 5 /* 150 lines */

#define WWDG1_CR        WWDG1_BASE
#define WWDG2_CR        WWDG2_BASE
#define SCR_SLEEPONEXIT (1u << 1)
#define SCR_SLEEPDEEP   (1u << 2)
#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_DIV_0_TRP   SCS_CCR_DIV_0_TRP

uint32_t doctor_peek(const struct doctor *d, int core, uint32_t addr)
{
    uint32_t v = 0;

    return bus_peek(&d->board.m->bus, (enum core_id)core, addr, &v, 4) ? v : 0;
}

uint32_t doctor_ppb(const struct doctor *d, int core, uint32_t addr)
{
    uint32_t v = 0;

    return core_ppb_peek(d->board.m->core[core], addr, &v) ? v : 0;
}

bool doctor_ram(const struct doctor *d, int core, uint32_t addr, bool end)
{
    const struct mem *mem =
        bus_find_mem(&d->board.m->bus, end ? addr - 1 : addr, (enum core_id)core);

    return mem && mem->kind == MEM_RAM;
}

static void check_masks(struct doctor *d, struct story *s, const struct core *c)
{
    uint32_t primask = core_reg(c, REG_PRIMASK), basepri = core_reg(c, REG_BASEPRI),
             ipsr = core_reg(c, REG_XPSR) & 0x1FF;

    s->primask_at_handover = primask & 1;
    s->basepri_at_handover = basepri != 0;
    s->ipsr_at_handover = ipsr;
    if (primask & 1) {
        finding_add(&d->findings, FIND_JUMP_PRIMASK, s->id, s->jump_from, "PRIMASK = 1");
    }
    if (core_reg(c, REG_FAULTMASK) & 1) {
        finding_add(&d->findings, FIND_JUMP_FAULTMASK, s->id, s->jump_from, "FAULTMASK = 1");
    }
    if (basepri) {
        finding_add(&d->findings, FIND_JUMP_BASEPRI, s->id, s->jump_from, "BASEPRI = 0x%02X",
                    (unsigned)basepri);
    }
    if (ipsr) {
        finding_add(&d->findings, FIND_JUMP_FROM_HANDLER, s->id, s->jump_from,
                    "IPSR = %u: %s is still active", (unsigned)ipsr,
                    ipsr == 15  ? "SysTick"
                    : ipsr < 16 ? "a system exception"
                                : "an interrupt");
    }
}

static void check_control(struct doctor *d, struct story *s, const struct core *c)
{
    uint32_t control = core_reg(c, REG_CONTROL);

    if (control & 1) {
        finding_add(&d->findings, FIND_JUMP_UNPRIVILEGED, s->id, s->jump_from, "CONTROL = %u",
                    (unsigned)control);
    }
    if (control & 2) {
        finding_add(&d->findings, FIND_JUMP_PSP, s->id, s->jump_from, "CONTROL = %u, PSP = 0x%08X",
                    (unsigned)control, (unsigned)core_reg(c, REG_PSP));
    }
    if (control & 4) {
        finding_add(&d->findings, FIND_JUMP_FPCA, s->id, s->jump_from, "CONTROL = %u",
                    (unsigned)control);
    }
}

static void check_stack(struct doctor *d, struct story *s, const struct core *c)
{
    uint32_t sp = core_reg(c, REG_SP), wanted = doctor_peek(d, s->id, (uint32_t)d->app[s->id]);

    if (!doctor_ram(d, s->id, sp, true)) {
        bool tcm = s->id == CM4 && doctor_ram(d, CM7, sp, true);
        finding_add(&d->findings, FIND_JUMP_SP_NOT_RAM, s->id, s->jump_from, "SP = 0x%08X%s",
                    (unsigned)sp, tcm ? ": that is TCM, which only the Cortex-M7 has" : "");
    } else if (sp & 7) {
        finding_add(&d->findings, FIND_JUMP_SP_MISALIGNED, s->id, s->jump_from, "SP = 0x%08X",
                    (unsigned)sp);
    } else if (sp != wanted && doctor_ram(d, s->id, wanted, true)) {
        finding_add(&d->findings, FIND_JUMP_SP_NOT_VECTOR, s->id, s->jump_from,
                    "SP = 0x%08X, word 0 of the vector table at 0x%08X is 0x%08X", (unsigned)sp,
                    (unsigned)d->app[s->id], (unsigned)wanted);
    }
}

bool handover_own_table(const struct story *s, uint32_t table)
{
    if (in_app(s, table)) {
        return true;
    }
    uint32_t hard_fault = doctor_peek(s->d, s->id, table + 12);
    return doctor_ram(s->d, s->id, table, false) && in_app(s, hard_fault & ~1u);
}

static void check_vtor(struct doctor *d, struct story *s)
{
    uint32_t vtor = doctor_ppb(d, s->id, ADDR(SCS, VTOR));

    if (vtor & 0x3FF) {
        finding_add(&d->findings, FIND_JUMP_VTOR_MISALIGNED, s->id, s->jump_from, "VTOR = 0x%08X",
                    (unsigned)vtor);
    }
    /* Taken back when the application sets it itself before any exception. */
    if (!handover_own_table(s, vtor)) {
        finding_add(&d->findings, FIND_JUMP_VTOR_BOOTLOADER, s->id, s->jump_from,
                    "VTOR = 0x%08X, the application's table is at 0x%08X", (unsigned)vtor,
                    (unsigned)d->app[s->id]);
    }
}

/* First interrupt number set in a bank of NVIC registers, or -1; *count says how many. */
static int first_irq(struct doctor *d, int core, uint32_t base, const uint32_t *mask,
                     unsigned *count)
{
    int first = -1;

    *count = 0;
    for (int w = 0; w < NVIC_WORDS; w++) {
        uint32_t bits =
            doctor_ppb(d, core, base + 4u * (uint32_t)w) & (mask ? mask[w] : UINT32_MAX);
        *count += (unsigned)__builtin_popcount(bits);
        if (bits && first < 0) {
            first = 32 * w + __builtin_ctz(bits);
        }
    }
    return first;
}

static void check_interrupts(struct doctor *d, struct story *s)
{
    unsigned count;
    uint32_t csr = doctor_ppb(d, s->id, ADDR(SCS, SYST_CSR)),
             icsr = doctor_ppb(d, s->id, ADDR(SCS, ICSR));

    if (csr & 1) {
        finding_add(&d->findings, FIND_JUMP_SYSTICK, s->id, s->jump_from, "SysTick CTRL = 0x%X",
                    (unsigned)(csr & 7));
    }
    if (!(csr & 2)) {
        finding_soften(&d->findings, FIND_JUMP_SYSTICK, s->id,
                       "its interrupt is off: it only counts");
    }
    int irq = first_irq(d, s->id, ADDR(SCS, ISER0), NULL, &count);
    if (irq >= 0) {
        finding_add(&d->findings, FIND_JUMP_NVIC_ENABLED, s->id, s->jump_from,
                    "%u enabled, the first is IRQ %d", count, irq);
    }
    /* Requests reach both cores' NVICs: what this core never enabled is the other core's business.
     */
    irq = first_irq(d, s->id, ADDR(SCS, ISPR0), s->ever_enabled, &count);
    if (irq >= 0) {
        finding_add(&d->findings, FIND_JUMP_NVIC_PENDING, s->id, s->jump_from,
                    "%u pending, the first is IRQ %d", count, irq);
    } else if (icsr & (1u << 26 | 1u << 28)) { /* PENDSTSET, PENDSVSET */
        finding_add(&d->findings, FIND_JUMP_NVIC_PENDING, s->id, s->jump_from, "%s pending",
                    icsr & 1u << 26 ? "SysTick" : "PendSV");
    }
}

static void check_memory_system(struct doctor *d, struct story *s)
{
    uint32_t ccr = doctor_ppb(d, s->id, ADDR(SCS, CCR));

    if (s->id == CM7 && ccr & (1u << 16 | 1u << 17)) { /* DC, IC */
        finding_add(&d->findings, FIND_JUMP_CACHES_ON, s->id, s->jump_from, "CCR: %s%s",
                    ccr & 1u << 17 ? "I-cache " : "", ccr & 1u << 16 ? "D-cache" : "");
    }
    if (doctor_ppb(d, s->id, ADDR(SCS, MPU_CTRL)) & 1) {
        finding_add(&d->findings, FIND_JUMP_MPU, s->id, s->jump_from, "MPU CTRL = 0x%X",
                    (unsigned)doctor_ppb(d, s->id, ADDR(SCS, MPU_CTRL)));
    }
}

/* What changes how the application's own code behaves is a warning, the rest a habit. */
static void check_system_control(struct doctor *d, struct story *s)
{
    uint32_t scr = doctor_ppb(d, s->id, ADDR(SCS, SCR)) & 0x16u;
    uint32_t ccr =
        doctor_ppb(d, s->id, ADDR(SCS, CCR)) & (CCR_UNALIGN_TRP | CCR_DIV_0_TRP | 1u << 8);
    uint32_t shcsr = doctor_ppb(d, s->id, ADDR(SCS, SHCSR)) & 7u << 16;
    uint32_t group = doctor_ppb(d, s->id, ADDR(SCS, AIRCR)) >> 8 & 7;

    if (!scr && !ccr && !shcsr && !group) {
        return;
    }
    struct finding *f = finding_add(
        &d->findings, FIND_JUMP_SYSTEM_CONTROL, s->id, s->jump_from, "%s%s%s%s%s%s%sPRIGROUP = %u",
        scr & SCR_SLEEPONEXIT ? "SCR.SLEEPONEXIT, " : "",
        scr & SCR_SLEEPDEEP ? "SCR.SLEEPDEEP, " : "", scr & 16 ? "SCR.SEVONPEND, " : "",
        ccr & CCR_UNALIGN_TRP ? "CCR.UNALIGN_TRP, " : "",
        ccr & CCR_DIV_0_TRP ? "CCR.DIV_0_TRP, " : "", ccr & 1u << 8 ? "CCR.BFHFNMIGN, " : "",
        shcsr ? "faults enabled in SHCSR, " : "", (unsigned)group);
    if (f && !(scr & (SCR_SLEEPONEXIT | SCR_SLEEPDEEP)) && !(ccr & CCR_UNALIGN_TRP)) {
        f->severity = SEV_NOTE;
    }
}

/* Only the M7 can answer for the clock tree: it is common, and a running M7 may have set it up for
 * an M4 on purpose. */
static void check_clocks(struct doctor *d, struct story *s)
{
    static const char *const sources[] = {"HSI", "CSI", "HSE", "PLL1"};
    uint32_t cr = doctor_peek(d, s->id, ADDR(RCC, CR)),
             sws = doctor_peek(d, s->id, ADDR(RCC, CFGR)) >> 3 & 7;

    if (s->id != CM7) {
        return;
    }
    if (sws ||
        cr & (1u << 16 | 1u << 24 | 1u << 26 | 1u << 28)) { /* HSEON, PLL1ON, PLL2ON, PLL3ON */
        finding_add(&d->findings, FIND_JUMP_CLOCK, s->id, s->jump_from, "SYSCLK is %s; on:%s%s%s%s",
                    sws < 4 ? sources[sws] : "?", cr & 1u << 16 ? " HSE" : "",
                    cr & 1u << 24 ? " PLL1" : "", cr & 1u << 26 ? " PLL2" : "",
                    cr & 1u << 28 ? " PLL3" : "");
    }
}

static void append(char *list, size_t size, const char *name)
{
    size_t used = strlen(list);

    if (used + strlen(name) + 2 < size) {
        snprintf(list + used, size - used, "%s%s", used ? " " : "", name);
    }
}

/* What ST's start-up code of either core switches on first of all, for the dual-core handshake. */
static bool usual_clock(int gate)
{
    return gate == GATE(G_AHB4, 25) || gate == GATE(G_AHB1, 14); /* HSEM, ART */
}

/* Their clock alone does no harm: the application uses them as if they came from reset, and they
 * are in domain D3 (GPIO ports, SYSCFG, HSEM, CRC, backup SRAM). */
static bool harmless_clock(int gate)
{
    int bit = gate & 0xFF;

    if (gate >> 8 == G_AHB4) {
        return bit <= 10 || bit == 19 || bit == 25 || bit == 28;
    }
    return gate == GATE(G_APB4, 1) || gate >> 8 == G_AHB3; /* SYSCFG; allocation of memories */
}

/* Every device whose enable bit this core has set. */
static void check_peripherals(struct doctor *d, struct story *s)
{
    char list[256] = "";
    bool serious = false;
    struct machine *m = d->board.m;

    for (unsigned i = 0; i < m->bus.ndevs; i++) {
        const struct dev *dev = &m->bus.devs[i];
        if (dev->gate == GATE_NONE || rcc_gate_after_reset(dev->gate) ||
            !rcc_gate_by(m->rcc, dev->gate, s->id) || dev->gate >> 8 == G_AHB3 ||
            usual_clock(dev->gate)) {
            continue;
        }
        serious |= !harmless_clock(dev->gate);
        if (!strstr(list, dev->name)) {
            append(list, sizeof(list), dev->name);
        }
    }
    for (int n = 0; n < 3 && s->id == CM7; n++) { /* the M4 needs no enable for them */
        if (rcc_gate_by(m->rcc, GATE(G_AHB2, 29 + n), CM7)) {
            static const char *const srams[] = {"SRAM1", "SRAM2", "SRAM3"};
            append(list, sizeof(list), srams[n]);
            serious = true;
        }
    }
    if (!list[0]) {
        return;
    }
    struct finding *f = finding_add(&d->findings, FIND_JUMP_PERIPHERALS, s->id, s->jump_from,
                                    "enabled by this core: %s", list);
    if (f && !serious) {
        f->severity = SEV_NOTE;
    }
}

/* Has this core written to the device before its hand-over? Else it is the other one's. */
static bool wrote_to(const struct doctor *d, const struct story *s, uint32_t addr)
{
    const struct dev *dev = bus_find_dev(&d->board.m->bus, addr);

    return dev && d->boot_writers[dev - d->board.m->bus.devs] & 1u << s->id;
}

/* Enable bits of streams and channels (RM0399, DMA, BDMA, MDMA: SxCR.EN, CCRx.EN, CxCR.EN). */
static void check_dma(struct doctor *d, struct story *s)
{
    static const struct {
        const char *name;
        uint32_t first, step;
        unsigned count;
    } controllers[] = {{"DMA1 stream", DMA1_BASE + 0x10, 0x18, 8},
                       {"DMA2 stream", DMA2_BASE + 0x10, 0x18, 8},
                       {"BDMA channel", BDMA_BASE + 0x08, 0x14, 8},
                       {"MDMA channel", MDMA_BASE + 0x4C, 0x40, 16}};
    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        for (unsigned n = 0; n < controllers[i].count; n++) {
            uint32_t addr = controllers[i].first + controllers[i].step * n;
            if (wrote_to(d, s, addr) && doctor_peek(d, s->id, addr) & 1) {
                finding_add(&d->findings, FIND_JUMP_DMA, s->id, s->jump_from, "%s %u is enabled",
                            controllers[i].name, n);
            }
        }
    }
}

/* The other core, in its bootloader or its application, may be using the flash: then it is not
 * this bootloader's lock. */
static void check_flash(struct doctor *d, struct story *s)
{
    struct machine *m = d->board.m;

    for (unsigned b = 0; b < FLASH_BANKS; b++) {
        if (!(d->unlocked_by[b] & 1u << s->id)) {
            continue;
        }
        if (flash_unlocked(m->flash, b)) {
            finding_add(&d->findings, FIND_JUMP_FLASH_UNLOCKED, s->id, s->jump_from,
                        "FLASH_CR%u.LOCK = 0", b + 1);
        }
        if (flash_bank_busy(m->flash, b)) {
            finding_add(&d->findings, FIND_JUMP_FLASH_BUSY, s->id, s->jump_from, "bank %u is busy",
                        b + 1);
        }
    }
    if (d->unlocked_by[2] & 1u << s->id && !(doctor_peek(d, s->id, ADDR(FLASH, OPTCR)) & 1)) {
        finding_add(&d->findings, FIND_JUMP_FLASH_UNLOCKED, s->id, s->jump_from,
                    "FLASH_OPTCR.OPTLOCK = 0");
    }
}

static void check_shared_blocks(struct doctor *d, struct story *s)
{
    static const uint32_t usarts[] = {USART1_BASE, USART2_BASE, USART3_BASE};
    struct machine *m = d->board.m;

    semaphores_handover(d, s);
    for (unsigned n = 1; n <= 3; n++) {
        if (wrote_to(d, s, usarts[n - 1]) && uart_baud(m->uart[n]) && uart_busy(m->uart[n])) {
            finding_add(&d->findings, FIND_JUMP_USART_BUSY, s->id, s->jump_from, "USART%u", n);
        }
    }
    bool window = doctor_peek(d, s->id, s->id == CM7 ? WWDG1_CR : WWDG2_CR) & WWDG_CR_WDGA;
    if (iwdg_running(m, s->id) || window) {
        finding_add(&d->findings, FIND_JUMP_WATCHDOG, s->id, s->jump_from, "%cWDG%u is running",
                    window ? 'W' : 'I', s->id == CM7 ? 1u : 2u);
    }
}

void handover_inspect(struct doctor *d, struct story *s)
{
    const struct core *c = d->board.m->core[s->id];

    check_masks(d, s, c);
    check_control(d, s, c);
    check_stack(d, s, c);
    check_vtor(d, s);
    check_interrupts(d, s);
    check_memory_system(d, s);
    check_system_control(d, s);
    if (s->id == CM7) {
        dcache_handover(d, s->jump_from);
    }
    if (s->alone) {
        return; /* what else it finds, its own program has left, and not the bootloader */
    }
    check_clocks(d, s);
    check_peripherals(d, s);
    check_dma(d, s);
    check_flash(d, s);
    check_shared_blocks(d, s);
}
