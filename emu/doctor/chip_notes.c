/* SPDX-License-Identifier: MIT */
/* What the chip model says of the firmware, as findings: the doctor knows all that the chip knows.
 */
#include "emu/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

/* A note that is not listed and says that firmware cannot have meant it becomes chip.ignored. */
static const struct {
    enum note_id note;
    enum finding_id finding;
    enum severity severity;
} known[] = {
    {N_PWR_SUPPLY_AGAIN, FIND_AFTER_SUPPLY, SEV_ERROR},
    {N_FLASH_KEY, FIND_AFTER_DOUBLE_UNLOCK, SEV_ERROR},
    {N_BUS_UNCLOCKED, FIND_CHIP_UNCLOCKED, SEV_ERROR},
    {N_FLASH_PG_NOT_SET, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_PGSERR_SET, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_INCERR_SET, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_INCONSISTENT, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_INCOMPLETE, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_LOCKED, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_START, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_WRITE_PROTECTED, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_OPTION_ERROR, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_CM7_ONLY, FIND_CHIP_FLASH_STORE, SEV_ERROR},
    {N_FLASH_NOT_ERASED, FIND_CHIP_FLASH_SPOILED, SEV_ERROR},
    {N_FLASH_SPOILED, FIND_CHIP_FLASH_SPOILED, SEV_ERROR},
    {N_FLASH_RESET_DURING_OPERATION, FIND_CHIP_FLASH_SPOILED, SEV_ERROR},
    {N_FLASH_LATENCY, FIND_CHIP_FLASH_SPEED, SEV_ERROR},
    {N_FLASH_WRHIGHFREQ, FIND_CHIP_FLASH_SPEED, SEV_ERROR},
    {N_FLASH_OVERCLOCK, FIND_CHIP_FLASH_SPEED, SEV_WARNING},
    {N_RCC_PLL_REFERENCE, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_PLL_VCO, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_PLL_RUNNING, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_HSEBYP, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_HSIDIV, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_NO_HSE, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_CLOCK_LOST, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_TOO_FAST, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RNG_CLOCK, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_FDCAN_NO_CLOCK, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_ADC_NO_CLOCK, FIND_CHIP_CLOCK, SEV_ERROR},
    {N_RCC_HSE_MODE, FIND_CHIP_CLOCK, SEV_WARNING},
    {N_RCC_SW_NOT_READY, FIND_CHIP_CLOCK, SEV_WARNING},
    {N_RCC_OFF_REFUSED, FIND_CHIP_CLOCK, SEV_WARNING},
    {N_RCC_BDCR_LOCKED, FIND_CHIP_BACKUP, SEV_ERROR},
    {N_RCC_RTCSEL, FIND_CHIP_BACKUP, SEV_ERROR},
    {N_RTC_NOT_INIT, FIND_CHIP_BACKUP, SEV_ERROR},
    {N_RTC_LOCKED, FIND_CHIP_BACKUP, SEV_ERROR},
    {N_BACKUP_DBP, FIND_CHIP_BACKUP, SEV_ERROR},
    {N_UART_LOCKED_FIELD, FIND_CHIP_SERIAL, SEV_ERROR},
    {N_UART_BRR, FIND_CHIP_SERIAL, SEV_ERROR},
    {N_UART_TX_OFF, FIND_CHIP_SERIAL, SEV_ERROR},
    {N_UART_TX_FULL, FIND_CHIP_SERIAL, SEV_ERROR},
    {N_UART_TX_PIN, FIND_CHIP_SERIAL, SEV_ERROR},
    {N_UART_RX_PIN, FIND_CHIP_SERIAL, SEV_WARNING},
    {N_UART_CUT_FRAME, FIND_CHIP_SERIAL, SEV_WARNING},
    {N_UART_CLOCK_CHANGE, FIND_CHIP_SERIAL, SEV_WARNING},
    {N_UART_BAUD_DRIFT, FIND_CHIP_SERIAL, SEV_ERROR},
    {N_DMA_FLAGS_SET, FIND_CHIP_DMA, SEV_ERROR},
    {N_DMA_RUNNING, FIND_CHIP_DMA, SEV_WARNING},
    {N_DMA_M2M_CIRCULAR, FIND_CHIP_DMA, SEV_ERROR},
    {N_DMA_BUS_ERROR, FIND_CHIP_DMA, SEV_ERROR},
    {N_PWR_D1_STOPPED, FIND_CHIP_POWER, SEV_ERROR},
    {N_PWR_RUN_STAR, FIND_CHIP_POWER, SEV_WARNING},
    {N_PWR_SUPPLY_ILLEGAL, FIND_CHIP_POWER, SEV_ERROR},
    {N_PWR_OVERVOLTAGE, FIND_CHIP_POWER, SEV_ERROR},
    {N_CPU_EXCLUSIVE_LOST, FIND_CHIP_MEMORY, SEV_ERROR},
    {N_RAM_PENDING_LOST, FIND_CHIP_MEMORY, SEV_WARNING},
    {N_ART_STALE, FIND_CHIP_MEMORY, SEV_WARNING},
    {N_SYSCFG_READ_ONLY, FIND_CHIP_IGNORED, SEV_WARNING},
    {N_IWDG_UPDATING, FIND_CHIP_IGNORED, SEV_WARNING},
};

/* The cache's notes are only suspicions; dcache.c waits to see what comes of them. The watchdog's
 * is told with its reset. */
static bool judged_elsewhere(enum note_id note)
{
    return note == N_DCACHE_STALE || note == N_DCACHE_LOST || note == N_WWDG_CORE_SCOPE;
}

/* A peripheral that had its clock: who took it away. */
static void explain_unclocked(const struct doctor *d, const struct note *n, struct finding *f)
{
    const struct dev *dev = bus_find_dev(&d->board.m->bus, n->addr);
    char place[160], text[240];

    if (!dev || dev->gate == GATE_NONE) {
        return;
    }
    const struct gate_off *off = &d->off[(uint32_t)dev->gate >> 8][dev->gate & 31];
    if (!off->pc) {
        return;
    }
    snprintf(text, sizeof(text), "its clock was switched off by the %s in %s",
             off->by == CM7 ? "M7" : "M4",
             place_of(&d->findings, off->by, off->pc, place, sizeof(place)));
    finding_evidence(f, text);
    finding_explain(f, NULL,
                    "Set the block's enable bit in the RCC registers of the core that uses it: it "
                    "then stays on whatever the other core does with its own bit.");
}

/* Clocks that the other core has set up, and which are too fast now. */
static void explain_settings(const struct doctor *d, int by, struct finding *f)
{
    char place[160], text[240];
    const struct clock_write *w = by < 0 ? NULL : &d->clock_write[!by];

    if (w && w->pc) {
        snprintf(text, sizeof(text), "the %s has set up the clock, in %s, and counts on it",
                 by == CM7 ? "M4" : "M7", place_of(&d->findings, !by, w->pc, place, sizeof(place)));
        finding_evidence(f, text);
    }
}

/* Who has asked for the reset in which the note was made, or whose watchdog has made it; -1: no
 * program. */
static int who_reset(const struct doctor *d, bool *by_dog)
{
    int dog = resets_watchdog(d->board.m->reset_cause);

    *by_dog = dog >= 0;
    return *by_dog ? dog : d->story[CM7].reset_pc ? CM7 : d->story[CM4].reset_pc ? CM4 : -1;
}

/* Of the ways to spoil the flash this one; the watchdog may have a finding of its own. */
static void explain_cut(bool asked, struct finding *f)
{
    finding_explain(f,
                    "A reset cut an operation of the flash. What was programmed or erased reads as "
                    "an error, a bus fault at worst, until its sector is erased.",
                    asked ? "Wait for QW = 0 in FLASH_SR1 and FLASH_SR2 before the reset."
                          : "Keep resets away from the operation, or do it again after one: "
                            "feed the watchdogs meanwhile, or give them more time than an "
                            "erase takes.");
}

/* The chip notices some time after a write to RCC or PWR: a PLL locks, a switch is made. */
static bool follows_settings(enum note_id note, enum finding_id id)
{
    return note == N_UART_CLOCK_CHANGE || note == N_UART_BAUD_DRIFT || id == FIND_CHIP_CLOCK ||
           id == FIND_CHIP_POWER || id == FIND_CHIP_FLASH_SPEED;
}

static void found(struct doctor *d, const struct note *n, enum finding_id id, enum severity worst)
{
    bool at_reset = n->id == N_FLASH_RESET_DURING_OPERATION, by_dog = false;
    int core = at_reset ? who_reset(d, &by_dog) : n->core;
    bool asked = at_reset && core >= 0 && !by_dog;
    uint32_t pc = asked ? d->story[core].reset_pc : n->pc;

    if (core < 0 && follows_settings(n->id, id)) {
        core = clocks_cause(d, &pc);
    }
    struct finding *f = finding_add(&d->findings, id, core, pc, "%s", n->text);

    if (f) {
        f->severity = worst;
        if (core >= 0 && d->story[core].faulted &&
            finding_has(&d->findings, FIND_JUMP_ENTRY_WILD, core)) {
            f->cause = FIND_JUMP_ENTRY_WILD; /* it runs, or stacks, where no program is */
        }
        if (n->id == N_BUS_UNCLOCKED) {
            explain_unclocked(d, n, f);
        }
        if (n->id == N_RCC_TOO_FAST || n->id == N_FLASH_LATENCY || n->id == N_FLASH_WRHIGHFREQ) {
            explain_settings(d, core, f);
        }
        if (at_reset) {
            explain_cut(asked, f);
            d->cut_by_dog |= by_dog ? 1u << core : 0;
        }
        return;
    }
    f = finding_get(&d->findings, id, core);
    if (f) {
        f->severity = worst > f->severity ? worst : f->severity;
        finding_evidence(f, n->text);
    }
}

/* The M4 is let go by the program that runs: so it is meant to run, whatever files there are. */
static void released(struct doctor *d, const struct note *n)
{
    if (n->core == CM7) {
        d->released_pc = n->pc;
        d->m4_expected = true;
    }
}

void chip_notes_take(void *arg, const struct note *n)
{
    struct doctor *d = arg;

    if (n->id == N_RESET) {
        resets_before(d, d->board.m->reset_cause);
        lost_before_reset(d);
    }
    if ((n->id == N_FLASH_NOT_ERASED || n->id == N_FLASH_SPOILED) && d->nspoiled < SPOILED) {
        d->spoiled[d->nspoiled++] = n->addr;
    }
    d->torn_by_reset |= n->id == N_FLASH_RESET_DURING_OPERATION;
    if (n->id == N_CORE_RELEASE) {
        released(d, n);
    }
    if (n->id == N_QSPI_EXECUTE && n->core >= 0) {
        d->story[n->core].beyond = true;
    }
    if (n->kind == NOTE_FEATURE) {
        findings_limit(&d->findings, n->text);
    }
    if (n->id == N_PWR_D1_STOPPED && !d->m4_expected) {
        return; /* an M4 without a program loses nothing */
    }
    if ((n->kind != NOTE_FIRMWARE_BUG && n->kind != NOTE_UNCLOCKED) || judged_elsewhere(n->id)) {
        return;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].note == n->id) {
            found(d, n, known[i].finding, known[i].severity);
            return;
        }
    }
    found(d, n, FIND_CHIP_IGNORED, SEV_ERROR);
}
