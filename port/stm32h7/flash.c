/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/flash.h"

#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/ramfunc.h"

/* Banks are 1 and 2. Registers of bank 2 lie 0x100 above those of bank 1. */
#define BANK(bank, reg) REG_AT(FLASH_BASE + ((bank)-1u) * FLASH_BANK_STRIDE, FLASH_##reg)
#define BY_BANK         (MEM_FLASH_BANKS + 1u) /* entry 0 is not used */

#define ALL_FLAGS                                                                                  \
    (FLASH_SR1_EOP | FLASH_SR1_WRPERR | FLASH_SR1_PGSERR | FLASH_SR1_STRBERR | FLASH_SR1_INCERR |  \
     FLASH_SR1_OPERR | FLASH_SR1_RDPERR | FLASH_SR1_RDSERR | FLASH_SR1_SNECCERR |                  \
     FLASH_SR1_DBECCERR | FLASH_SR1_CRCEND | FLASH_SR1_CRCRDERR)
/* What makes an operation fail; ECC flags belong to reads. */
#define OPERATION_ERRORS                                                                           \
    (FLASH_SR1_WRPERR | FLASH_SR1_PGSERR | FLASH_SR1_STRBERR | FLASH_SR1_INCERR | FLASH_SR1_OPERR)
/* The end of an operation pends the interrupt, which is never taken: it only ends a WFE. */
#define WAKE                                                                                       \
    (FLASH_CR1_EOPIE | FLASH_CR1_WRPERRIE | FLASH_CR1_PGSERRIE | FLASH_CR1_STRBERRIE |             \
     FLASH_CR1_INCERRIE | FLASH_CR1_OPERRIE)
#define WORKING   (FLASH_SR1_BSY | FLASH_SR1_WBNE | FLASH_SR1_QW)
#define PSIZE_X64 FIELD(FLASH_CR1_PSIZE, 3u) /* fastest; needs VDD >= 1.8 V */

/* At x64 an erase takes at most 2 s and a word 200 us (data sheet, flash memory characteristics);
 * aged sectors have been reported to need 10 s. */
#define ERASE_LIMIT_MS   12000u
#define PROGRAM_LIMIT_MS 50u
/* What it takes typically, and how long to wait again for a sector that takes longer. */
#define ERASE_TYPICAL_MS 1000u
#define WORN_MS          100u
/* Polls of the controller: more than an erase takes. */
#define QUIET_LIMIT 50000000u

enum operation { NOTHING, ERASE, PROGRAM, STUCK };

static enum operation running[BY_BANK];

static uint32_t begun[BY_BANK];
/* The last operation of a bank, for repeating it; `settled`: one has ended since the reset. */
static struct last {
    uint32_t addr;
    uint8_t data[DUO_WORD_SIZE];
    bool settled;
} last[BY_BANK];
static uint32_t (*clock_ms)(void);
static bool copies_boot;

static RAMFUNC unsigned bank_of(uint32_t addr)
{
    return addr < MEM_BANK2_BASE ? 1u : 2u;
}

static RAMFUNC bool in_flash(uint32_t addr)
{
    return addr >= MEM_FLASH_BASE && addr < MEM_FLASH_BASE + MEM_FLASH_SIZE;
}

/*
 * Opens CR. Never when it is open already: that would lock it until the next reset. Nothing else of
 * this bank may be accessed between the two keys (RM0399 ch. 4), so interrupts stay out.
 */
static RAMFUNC void unlock(unsigned bank)
{
    uint32_t mask = cpu_irq_save();

    if (BANK(bank, CR1) & FLASH_CR1_LOCK) {
        BANK(bank, KEYR1) = FLASH_KEY1;
        BANK(bank, KEYR1) = FLASH_KEY2;
    }
    cpu_irq_restore(mask);
}

/* CR as after reset: an application that unlocks what is open locks itself out. */
static RAMFUNC void lock(unsigned bank)
{
    if ((BANK(bank, CR1) & FLASH_CR1_LOCK) == 0) {
        BANK(bank, CR1) = PSIZE_X64;
        BANK(bank, CR1) = PSIZE_X64 | FLASH_CR1_LOCK;
    }
}

static RAMFUNC void note_begin(unsigned bank, enum operation op)
{
    running[bank] = op;
    begun[bank] = clock_ms ? clock_ms() : 0;
}

static RAMFUNC bool overdue(unsigned bank)
{
    uint32_t limit = running[bank] == ERASE ? ERASE_LIMIT_MS : PROGRAM_LIMIT_MS;

    return clock_ms && clock_ms() - begun[bank] > limit;
}

static RAMFUNC bool is_stuck(unsigned bank)
{
    if (running[bank] == STUCK && (BANK(bank, SR1) & WORKING) == 0) {
        running[bank] = NOTHING; /* it has ended after all */
    }
    return running[bank] == STUCK;
}

RAMFUNC bool flash_is_stuck(uint32_t addr)
{
    return is_stuck(bank_of(addr));
}

static RAMFUNC enum duo_status ready_for(uint32_t addr, uint32_t align)
{
    if (!in_flash(addr) || addr % align != 0) {
        return DUO_E_ARG;
    }
    /* The bootloaders never write themselves, whoever asks. */
    if (addr % MEM_BANK_SIZE < MEM_SECTOR_SIZE && !(copies_boot && addr >= MEM_BANK2_BASE)) {
        return DUO_E_PROTECTED;
    }
    if (is_stuck(bank_of(addr))) {
        return DUO_E_STUCK;
    }
    if (running[bank_of(addr)] != NOTHING || (BANK(bank_of(addr), SR1) & WORKING) != 0) {
        return DUO_E_BUSY;
    }
    return DUO_OK;
}

static RAMFUNC enum duo_status start_erase(unsigned bank)
{
    uint32_t sector = last[bank].addr % MEM_BANK_SIZE / MEM_SECTOR_SIZE;

    unlock(bank);
    BANK(bank, CCR1) = ALL_FLAGS;
    BANK(bank, CR1) = PSIZE_X64 | WAKE | FLASH_CR1_SER | FIELD(FLASH_CR1_SNB, sector);
    BANK(bank, CR1) |= FLASH_CR1_START;
    cpu_dsb();
    if (BANK(bank, CR1) & FLASH_CR1_LOCK) {
        return DUO_E_ERASE; /* the lock is shut until reset; nothing has started */
    }
    note_begin(bank, ERASE);
    return DUO_OK;
}

static RAMFUNC enum duo_status begin_erase(void *ctx, uint32_t addr)
{
    enum duo_status status = ready_for(addr, MEM_SECTOR_SIZE);

    (void)ctx;
    if (status != DUO_OK) {
        return status;
    }
    last[bank_of(addr)].addr = addr;
    return start_erase(bank_of(addr));
}

/*
 * Eight stores in ascending order fill the write buffer and start the operation. The barriers keep
 * PG, which goes over AHB, before the data, which goes over AXI: else PGSERR.
 */
static RAMFUNC void fill_buffer(const struct last *op)
{
    volatile uint32_t *to = (volatile uint32_t *)(uintptr_t)op->addr;
    const uint8_t *data = op->data;
    uint32_t mask = cpu_irq_save(); /* an interrupt's store into flash would be an INCERR */

    for (uint32_t i = 0; i < DUO_WORD_SIZE; i += 4u) {
        *to++ = (uint32_t)data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 |
                (uint32_t)data[i + 3] << 24;
    }
    cpu_irq_restore(mask);
}

static RAMFUNC enum duo_status start_program(unsigned bank)
{
    unlock(bank);
    BANK(bank, CCR1) = ALL_FLAGS; /* a standing PGSERR or INCERR blocks or fails the next program */
    BANK(bank, CR1) = PSIZE_X64 | WAKE | FLASH_CR1_PG;
    if (BANK(bank, CR1) & FLASH_CR1_LOCK) {
        return DUO_E_PROGRAM; /* the lock is shut until reset; nothing has started */
    }
    cpu_dsb();
    cpu_isb();
    fill_buffer(&last[bank]);
    cpu_dsb();
    cpu_isb();
    note_begin(bank, PROGRAM);
    return DUO_OK;
}

static RAMFUNC enum duo_status begin_program(void *ctx, uint32_t addr,
                                             const uint8_t data[DUO_WORD_SIZE])
{
    enum duo_status status = ready_for(addr, DUO_WORD_SIZE);

    (void)ctx;
    if (status != DUO_OK) {
        return status;
    }
    struct last *op = &last[bank_of(addr)];
    op->addr = addr;
    for (uint32_t i = 0; i < DUO_WORD_SIZE; i++) {
        op->data[i] = data[i];
    }
    return start_program(bank_of(addr));
}

/*
 * A reset during an operation makes the next one of that bank end with OPERR, and it is not carried
 * out (RM0399 FLASH, "OPERR"). So the first one since the reset is done once more: the same bits
 * into the same word are harmless even if it was.
 */
static RAMFUNC bool repeat(unsigned bank, enum operation op, uint32_t sr)
{
    bool first = !last[bank].settled;

    last[bank].settled = true;
    return first && sr & FLASH_SR1_OPERR &&
           (op == ERASE ? start_erase(bank) : start_program(bank)) == DUO_OK;
}

static RAMFUNC enum duo_status result_of(enum operation op, uint32_t sr)
{
    if (sr & FLASH_SR1_WRPERR) {
        return DUO_E_PROTECTED;
    }
    if (sr & OPERATION_ERRORS) {
        return op == ERASE ? DUO_E_ERASE : DUO_E_PROGRAM;
    }
    return DUO_OK;
}

static RAMFUNC enum duo_status poll(void *ctx, uint32_t addr)
{
    const unsigned bank = bank_of(addr);
    enum operation op = running[bank];
    uint32_t sr = BANK(bank, SR1);

    (void)ctx;
    if (op == NOTHING || op == STUCK) {
        return DUO_OK;
    }
    if (sr & WORKING && overdue(bank)) {
        running[bank] = STUCK;
        return DUO_E_STUCK;
    }
    if (sr & FLASH_SR1_WBNE && !(sr & FLASH_SR1_QW)) {
        /* Less than a word arrived in the buffer: it would wait for the rest forever. */
        BANK(bank, CR1) |= FLASH_CR1_FW;
        return DUO_E_BUSY;
    }
    if (sr & WORKING) {
        return DUO_E_BUSY;
    }
    running[bank] = NOTHING;
    BANK(bank, CCR1) = ALL_FLAGS;
    lock(bank);
    nvic_forget(IRQ_FLASH);
    return repeat(bank, op, sr) ? DUO_E_BUSY : result_of(op, sr);
}

uint32_t flash_wait_ms(void)
{
    uint32_t longest = 0;

    for (unsigned bank = 0; bank < MEM_FLASH_BANKS && clock_ms; bank++) {
        if (running[bank] != ERASE && running[bank] != PROGRAM) {
            continue;
        }
        uint32_t typical = running[bank] == ERASE ? ERASE_TYPICAL_MS : 1u;
        uint32_t past = clock_ms() - begun[bank];
        uint32_t left = past < typical ? typical - past : WORN_MS;
        longest = left > longest ? left : longest;
    }
    return longest;
}

/* An operation that runs, and none that has ended unnoticed. */
static RAMFUNC bool nothing_but_waiting(void)
{
    bool any = false;

    for (unsigned bank = 1; bank <= MEM_FLASH_BANKS; bank++) {
        if (running[bank] == NOTHING || running[bank] == STUCK) {
            continue;
        }
        if ((BANK(bank, SR1) & WORKING) == 0) {
            return false;
        }
        any = true;
    }
    return any;
}

RAMFUNC void flash_sleep(void)
{
    uint32_t scr = REG(SCS, SCR);

    /* First this: an operation that ends after the look then leaves an event behind for WFE. */
    REG(SCS, SCR) = scr | SCS_SCR_SEVONPEND;
    cpu_dsb();
    if (nothing_but_waiting()) {
        cpu_wfe();
    }
    REG(SCS, SCR) = scr;
}

static enum duo_word_state read_op(void *ctx, uint32_t addr, void *buf, uint32_t len)
{
    (void)ctx;
    return flash_read(addr, buf, len);
}

void flash_driver(struct duo_flash *flash, void (*idle)(void *ctx), void *ctx)
{
    flash->begin_erase = begin_erase;
    flash->begin_program = begin_program;
    flash->poll = poll;
    flash->read = read_op;
    flash->idle = idle;
    flash->ctx = ctx;
}

void flash_copies_boot(void)
{
    copies_boot = true;
}

void flash_clock(uint32_t (*now_ms)(void))
{
    clock_ms = now_ms;
}

void flash_quiet(void)
{
    for (unsigned bank = 1; bank <= MEM_FLASH_BANKS; bank++) {
        for (uint32_t i = 0; i < QUIET_LIMIT && (BANK(bank, SR1) & FLASH_SR1_QW); i++) {
        }
        running[bank] = NOTHING;
        lock(bank);
        BANK(bank, CCR1) = ALL_FLAGS;
    }
    nvic_forget(IRQ_FLASH);
    if ((REG(FLASH, OPTCR) & FLASH_OPTCR_OPTLOCK) == 0) {
        REG(FLASH, OPTCR) |= FLASH_OPTCR_OPTLOCK;
    }
}
