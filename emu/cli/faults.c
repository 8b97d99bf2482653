/* SPDX-License-Identifier: MIT */
#include "emu/cli/faults.h"
#include "chip/stm32h7/regs.h"

#include "emu/cpu/core.h"

#include <stdio.h>
#include <string.h>

/* CFSR and HFSR bits (PM0253, fault status registers). */
static const struct {
    uint32_t bit;
    const char *words;
} cfsr_bits[] = {
    {1u << 0, "MemManage IACCVIOL: instruction fetch from a place that must not execute"},
    {1u << 1, "MemManage DACCVIOL: data access that the MPU forbids"},
    {1u << 3, "MemManage MUNSTKERR: MPU violation while leaving an exception"},
    {1u << 4, "MemManage MSTKERR: MPU violation while stacking for an exception"},
    {1u << 5, "MemManage MLSPERR: MPU violation while saving FPU registers"},
    {1u << 8, "BusFault IBUSERR: instruction fetch failed on the bus (no memory there, or a torn "
              "flash word)"},
    {1u << 9, "BusFault PRECISERR: data access failed on the bus"},
    {1u << 10, "BusFault IMPRECISERR: an earlier store failed on the bus"},
    {1u << 11, "BusFault UNSTKERR: stack not readable while leaving an exception"},
    {1u << 12, "BusFault STKERR: stack not writable while entering an exception"},
    {1u << 13, "BusFault LSPERR: stack not writable while saving FPU registers"},
    {1u << 16, "UsageFault UNDEFINSTR: undefined instruction"},
    {1u << 17, "UsageFault INVSTATE: branch to an address or vector with bit 0 clear"},
    {1u << 18, "UsageFault INVPC: bad EXC_RETURN"},
    {1u << 19, "UsageFault NOCP: FPU instruction while CPACR keeps the FPU off"},
    {1u << 24, "UsageFault UNALIGNED: unaligned access"},
    {1u << 25, "UsageFault DIVBYZERO: division by zero"},
};

static const struct {
    uint32_t bit;
    const char *words;
} hfsr_bits[] = {
    {1u << 1, "HardFault VECTTBL: vector not readable"},
    {1u << 30, "HardFault FORCED: escalated from the fault above"},
    {1u << 31, "HardFault DEBUGEVT: breakpoint instruction without a debugger"},
};

static uint32_t ppb(const struct core *c, uint32_t addr)
{
    uint32_t v = 0;

    core_ppb_peek(c, addr, &v);
    return v;
}

struct fault_state fault_state(const struct core *c)
{
    struct fault_state f = {.cfsr = ppb(c, ADDR(SCS, CFSR)),
                            .hfsr = ppb(c, ADDR(SCS, HFSR)),
                            .mmfar = ppb(c, ADDR(SCS, MMFAR)),
                            .bfar = ppb(c, ADDR(SCS, BFAR))};

    return f;
}

static void add(char *buf, size_t size, const char *words)
{
    size_t used = strlen(buf);

    snprintf(buf + used, size - used, "%s%s", used ? "; " : "", words);
}

static void add_address(char *buf, size_t size, const char *what, uint32_t addr)
{
    char text[48];

    snprintf(text, sizeof(text), "%s 0x%08X", what, (unsigned)addr);
    add(buf, size, text);
}

const char *fault_words(const struct fault_state *f, char *buf, size_t size)
{
    buf[0] = '\0';
    for (size_t i = 0; i < sizeof(cfsr_bits) / sizeof(cfsr_bits[0]); i++) {
        if (f->cfsr & cfsr_bits[i].bit) {
            add(buf, size, cfsr_bits[i].words);
        }
    }
    if (f->cfsr & 1u << 7) { /* MMARVALID */
        add_address(buf, size, "address", f->mmfar);
    }
    if (f->cfsr & 1u << 15) { /* BFARVALID */
        add_address(buf, size, "address", f->bfar);
    }
    for (size_t i = 0; i < sizeof(hfsr_bits) / sizeof(hfsr_bits[0]); i++) {
        if (f->hfsr & hfsr_bits[i].bit) {
            add(buf, size, hfsr_bits[i].words);
        }
    }
    if (!buf[0]) {
        add(buf, size, "no fault flag is set");
    }
    return buf;
}

const char *exception_name(unsigned number, char *buf, size_t size)
{
    static const char *const names[16] = {
        [1] = "Reset",    [2] = "NMI",        [3] = "HardFault", [4] = "MemManage",
        [5] = "BusFault", [6] = "UsageFault", [11] = "SVCall",   [12] = "DebugMonitor",
        [14] = "PendSV",  [15] = "SysTick"};

    if (number < 16 && names[number]) {
        return names[number];
    }
    snprintf(buf, size, number < 16 ? "exception %u" : "IRQ %u",
             number < 16 ? number : number - 16);
    return buf;
}
