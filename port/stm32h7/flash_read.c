/* SPDX-License-Identifier: MIT */
/*
 * The fault-proof reader of flash. A flash word whose programming or erasing was cut may read with
 * a double ECC error: a bus fault on every load of any byte of it, at every boot, until the sector
 * is erased. So every read of flash that may be torn comes through here.
 */
#include <string.h>

#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/flash.h"

#define ECC_FLAGS (FLASH_SR1_SNECCERR | FLASH_SR1_DBECCERR)
#define BUS_FLAGS (SCS_CFSR_PRECISERR | SCS_CFSR_BFARVALID)
#define CHUNK     1024u /* read in one go: interrupts wait this long */

#define STATUS(bank) REG_AT(FLASH_BASE + ((bank)-1u) * FLASH_BANK_STRIDE, FLASH_SR1)
#define CLEAR(bank)  REG_AT(FLASH_BASE + ((bank)-1u) * FLASH_BANK_STRIDE, FLASH_CCR1)

/* Cached lines may be older than the flash. Flash is never dirty in the cache. */
static void forget_cached(uint32_t addr, uint32_t len)
{
#ifdef CORE_CM7
    if ((REG(SCS, CCR) & SCS_CCR_DC) == 0) {
        return;
    }
    for (uint32_t line = addr & ~31u; line < addr + len; line += 32u) {
        REG(SCS, DCIMVAC) = line;
    }
    cpu_dsb();
#else
    (void)addr;
    (void)len;
#endif
}

/* Plain loads; not memcpy, which may load what was not asked for. */
static void load(uint32_t addr, uint8_t *to, uint32_t len)
{
    if (addr % 4u == 0 && (uintptr_t)to % 4u == 0) {
        const volatile uint32_t *from = (const volatile uint32_t *)(uintptr_t)addr;
        uint32_t *words = (uint32_t *)(void *)to;

        for (; len >= 16u; len -= 16u, from += 4, words += 4) {
            uint32_t a = from[0], b = from[1], c = from[2], d = from[3];
            words[0] = a;
            words[1] = b;
            words[2] = c;
            words[3] = d;
        }
        for (; len >= 4u; len -= 4u) {
            *words++ = *from++;
        }
        addr = (uint32_t)(uintptr_t)from;
        to = (uint8_t *)words;
    }
    const volatile uint8_t *from = (const volatile uint8_t *)(uintptr_t)addr;
    while (len-- > 0) {
        *to++ = *from++;
    }
}

/*
 * At priority -1 (FAULTMASK) with BFHFNMIGN set, a load that faults returns junk and goes on. The
 * flag in the controller tells; the core's own fault record is cleaned, it is nobody's fault.
 */
static uint32_t load_guarded(uint32_t addr, uint8_t *to, uint32_t len)
{
    unsigned bank = addr < MEM_BANK2_BASE ? 1u : 2u;
    uint32_t faultmask = cpu_fault_save();
    uint32_t ccr = REG(SCS, CCR);
    uint32_t before = REG(SCS, CFSR) & BUS_FLAGS;

    REG(SCS, CCR) = ccr | SCS_CCR_BFHFNMIGN;
    CLEAR(bank) = ECC_FLAGS; /* a speculative access may have left one */
    cpu_dsb();
    cpu_isb();
    load(addr, to, len);
    cpu_dsb();
    uint32_t flags = STATUS(bank) & ECC_FLAGS;
    if (flags != 0) {
        CLEAR(bank) = flags;
    }
    uint32_t after = REG(SCS, CFSR) & BUS_FLAGS & ~before;
    if (after != 0) {
        REG(SCS, CFSR) = after;
    }
    REG(SCS, CCR) = ccr;
    cpu_dsb();
    cpu_isb();
    cpu_fault_restore(faultmask);
    if (after != 0) {
        flags |= FLASH_SR1_DBECCERR; /* a bus fault for another reason is as unreadable */
    }
    return flags;
}

static enum duo_word_state state_of(uint32_t flags)
{
    if (flags & FLASH_SR1_DBECCERR) {
        return DUO_WORD_UNREADABLE;
    }
    return flags & FLASH_SR1_SNECCERR ? DUO_WORD_CORRECTED : DUO_WORD_GOOD;
}

/* Word by word, to find which ones are bad. */
static enum duo_word_state read_slowly(uint32_t addr, uint8_t *to, uint32_t len)
{
    enum duo_word_state worst = DUO_WORD_GOOD;

    while (len > 0) {
        uint32_t n = DUO_WORD_SIZE - addr % DUO_WORD_SIZE;
        if (n > len) {
            n = len;
        }
        enum duo_word_state state = state_of(load_guarded(addr, to, n));
        if (state == DUO_WORD_UNREADABLE) {
            memset(to, 0, n);
        }
        if (state > worst) {
            worst = state;
        }
        addr += n;
        to += n;
        len -= n;
    }
    return worst;
}

enum duo_word_state flash_read(uint32_t addr, void *buf, uint32_t len)
{
    enum duo_word_state worst = DUO_WORD_GOOD;
    uint8_t *to = buf;

    if (flash_is_stuck(addr)) {
        memset(buf, 0, len); /* a load would wait without end */
        return DUO_WORD_UNREADABLE;
    }
    forget_cached(addr, len);
    while (len > 0) {
        uint32_t n = len < CHUNK ? len : CHUNK;
        if (load_guarded(addr, to, n) != 0) {
            enum duo_word_state state = read_slowly(addr, to, n);
            if (state > worst) {
                worst = state;
            }
        }
        addr += n;
        to += n;
        len -= n;
    }
    return worst;
}
