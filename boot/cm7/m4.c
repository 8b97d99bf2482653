/* SPDX-License-Identifier: MIT */
#include "boot/cm7/m4.h"

#include "boot/cm7/m4_program.h"
#include "chip/stm32h7/regs.h"
#include "layouts/layout.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/hsem.h"
#include "port/stm32h7/option.h"
#include DUO_LAYOUT_HEADER

#define AS_TEXT(number) #number
#define TEXT(macro)     AS_TEXT(macro)
#define BOOT_CM4_PLACE  TEXT(LAYOUT_CM4_BOOT_BASE)

/* Reads of a semaphore: far longer than the M4 needs to copy 1 KiB, at any ratio of the clocks. */
#define WAIT_READS 200000u

/*
 * An SEV of the M7 is a pulse of 512 cycles at the other core's interrupt line (RM0399 ch. 20). The
 * M4 must not clear its pending bit before the pulse is over, so "go" comes later than that.
 */
#define SEV_LOOPS 600u

static bool boots_by_itself(void)
{
    return (REG(FLASH, OPTSR_CUR) & FLASH_OPTSR_CUR_BCM4) != 0;
}

static bool is_parked(void)
{
    return hsem_held_by(DUO_SEM_PARKED, HSEM_CORE_CM4, DUO_GATE_PROCID);
}

static bool wait_parked(bool parked)
{
    for (uint32_t i = 0; i < WAIT_READS; i++) {
        if (is_parked() == parked) {
            return true;
        }
    }
    return false;
}

enum m4_state m4_state(void)
{
    if (!boots_by_itself() && !(REG(RCC, GCR) & RCC_GCR_BOOT_C2)) {
        return M4_HELD;
    }
    hsem_clock(true);
    return wait_parked(true) ? M4_PARKED : M4_SILENT;
}

static void release(void)
{
    if (!boots_by_itself()) {
        REG(RCC, GCR) |= RCC_GCR_BOOT_C2;
    }
}

static void fill_gate(uint32_t vectors, uint32_t stack, uint32_t entry, enum duo_gate_start start)
{
    struct duo_gate *gate = DUO_GATE;

    gate->go = 0; /* before the gate opens: an old "go" would let the M4 run ahead */
    gate->answer = DUO_GATE_SILENT;
    gate->magic = DUO_GATE_MAGIC;
    gate->vectors = vectors;
    gate->stack = stack;
    gate->entry = entry;
    gate->start = start;
    gate->check = duo_gate_check(vectors, stack, entry, start);
    (void)gate->check;
    cpu_dsb();
}

void m4_close(void)
{
    struct duo_gate *gate = DUO_GATE;

    gate->go = 0;
    gate->magic = 0;
    gate->check = 0;
    (void)gate->check; /* one more access writes out the ECC buffer */
}

static void wake(void)
{
    cpu_dsb();
    cpu_sev();
    for (volatile uint32_t i = 0; i < SEV_LOOPS; i++)
        ;
}

static void close_gate(void)
{
    hsem_release(DUO_SEM_GATE, HSEM_CORE_CM7, DUO_GATE_PROCID);
}

/* The M4 frees PARKED when it has accepted, or writes why it has not. */
static enum duo_gate_answer wait_answer(void)
{
    for (uint32_t i = 0; i < WAIT_READS; i++) {
        enum duo_gate_answer answer = (enum duo_gate_answer)DUO_GATE->answer;
        if (answer != DUO_GATE_SILENT && answer != DUO_GATE_ACCEPTED) {
            return answer;
        }
        if (answer == DUO_GATE_ACCEPTED && !is_parked()) {
            return answer;
        }
    }
    return DUO_GATE_SILENT;
}

/* A held M4 finds the gate open when the M7's application lets it go: GATE stays taken. */
static enum duo_gate_answer leave_open(uint32_t vectors, uint32_t stack, uint32_t entry)
{
    fill_gate(vectors, stack, entry, DUO_GATE_BY_M7);
    hsem_clock(true);
    bool taken = hsem_take(DUO_SEM_GATE, HSEM_CORE_CM7, DUO_GATE_PROCID);
    m4_forget();
    return taken ? DUO_GATE_ACCEPTED : DUO_GATE_SILENT;
}

enum duo_gate_answer m4_offer(uint32_t vectors, uint32_t stack, uint32_t entry,
                              enum duo_gate_start start)
{
    if (start == DUO_GATE_BY_M7 && m4_state() == M4_HELD) {
        return leave_open(vectors, stack, entry);
    }
    release();
    hsem_clock(true);
    if (!wait_parked(true)) {
        return DUO_GATE_SILENT;
    }
    fill_gate(vectors, stack, entry, start);
    if (!hsem_take(DUO_SEM_GATE, HSEM_CORE_CM7, DUO_GATE_PROCID)) {
        return DUO_GATE_SILENT;
    }
    wake();
    enum duo_gate_answer answer = wait_answer();
    close_gate();
    if (answer != DUO_GATE_ACCEPTED) {
        wake(); /* lets it see that the gate is closed */
    }
    hsem_clear_flags();
    m4_forget();
    return answer;
}

void m4_forget(void)
{
    hsem_clock(false);
}

/* Where the banks are swapped, both bootloaders lie in one sector, which a programmer erases. */
static const char *silence_text(void)
{
    switch (m4_program_check()) {
    case M4_PROGRAM_MISSING:
        return DUO_SWAPS ? "its bootloader is missing; program both again, as one file"
                         : "its bootloader is missing; program boot_cm4 at " BOOT_CM4_PLACE;
    case M4_PROGRAM_DAMAGED:
        return DUO_SWAPS ? "its bootloader is damaged, or another program; program both again, as "
                           "one file"
                         : "its bootloader is damaged, or another program; program boot_cm4 "
                           "again at " BOOT_CM4_PLACE;
    case M4_PROGRAM_WHOLE:
        break;
    }
    if (option_get(OPTION_BOOT_CM4_ADD0) != duo_layout.boot[DUO_CM4].base >> 16) {
        return "it boots somewhere else; see the wrong option";
    }
    return "its bootloader is in place and does not answer; switch the power off and on";
}

const char *m4_answer_text(enum duo_gate_answer answer)
{
    switch (answer) {
    case DUO_GATE_SILENT:
        return silence_text();
    case DUO_GATE_BAD_BLOCK:
        return "it found the request damaged";
    case DUO_GATE_BAD_BASE:
        return "the two bootloaders do not match";
    case DUO_GATE_BAD_IMAGE:
        return "it reads another image than was verified";
    case DUO_GATE_BAD_STACK:
        return "initial stack pointer is in no RAM of the M4";
    case DUO_GATE_BAD_ENTRY:
        return "entry address is outside of its slot";
    case DUO_GATE_BAD_OPTIONS:
        return DUO_SWAPS ? "it finds option bytes that do not fit it; see the wrong option, or "
                           "program both bootloaders of one layout"
                         : "it finds option bytes that do not fit it; see the wrong option";
    case DUO_GATE_FAULT:
        return "its bootloader took a fault";
    case DUO_GATE_ACCEPTED:
        break;
    }
    return "accepted";
}
