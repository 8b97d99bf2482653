/* SPDX-License-Identifier: MIT */
/*
 * The code that begins a flash operation lies in one of the banks. When that bank is at work, the
 * next instruction fetched from it would stop the core until the operation ends, and keep out
 * interrupts that lie in RAM. So all of the wait is in RAM.
 */
#include "lib/flash_cm7.h"

#include "chip/stm32h7/memory.h"
#include "duo/duo.h"
#include "layouts/layout.h"
#include "lib/aside.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/cycles.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/ramfunc.h"

static struct duo_flash driver;
static enum duo_status result[MEM_FLASH_BANKS + 1]; /* of each bank's last operation, for poll() */
static unsigned guarded;                            /* bit 0: bank 1, bit 1: bank 2 */
static uint32_t (*clock_ms)(void);                  /* the application's */

enum duo_status duo_flash_guard(unsigned banks)
{
    if (banks >= 1u << MEM_FLASH_BANKS) {
        return DUO_E_ARG;
    }
    guarded = banks;
    return DUO_OK;
}

enum duo_status duo_clock(uint32_t (*now_ms)(void))
{
    if ((uint32_t)(uintptr_t)now_ms - MEM_FLASH_BASE < MEM_FLASH_SIZE) {
        return DUO_E_ARG; /* it could not be asked while its bank is at work */
    }
    clock_ms = now_ms;
    return DUO_OK;
}

RAMFUNC uint32_t library_ms(void)
{
    return clock_ms ? clock_ms() : cycles_ms();
}

/* Number, 1 or 2, of the bank in which an address lies. */
static RAMFUNC unsigned bank_of(uint32_t addr)
{
    return addr < MEM_BANK2_BASE ? 1u : 2u;
}

/* This core's prefetch may reach into the busy bank, and then the core waits for it. */
static RAMFUNC void guard(unsigned bank, bool on)
{
    if ((guarded & 1u << (bank - 1u)) == 0) {
        return;
    }
    const uint32_t mask = cpu_irq_save(); /* a kernel's interrupt may select a region, too */
    const uint32_t selected = REG(SCS, MPU_RNR);

    REG(SCS, MPU_RNR) = DUO_GUARD_MPU_REGION;
    REG(SCS, MPU_RASR) = 0;
    if (on) {
        REG(SCS, MPU_RBAR) = MEM_FLASH_BASE + (bank - 1u) * MEM_BANK_SIZE;
        REG(SCS, MPU_RASR) = MPU_NO_ACCESS | MPU_SIZE(20) | SCS_MPU_RASR_ENABLE;
    }
    REG(SCS, MPU_RNR) = selected;
    cpu_dsb();
    cpu_isb();
    cpu_irq_restore(mask);
}

/* Does this program lie in the bank of that address? */
static RAMFUNC bool runs_from_bank_of(uint32_t addr)
{
    const uint32_t here = (uint32_t)(uintptr_t)duo_flash_guard;

    return here - MEM_FLASH_BASE < MEM_FLASH_SIZE && bank_of(here) == bank_of(addr);
}

static RAMFUNC void wait_for_end(uint32_t addr)
{
    enum duo_status status;

    while ((status = driver.poll(driver.ctx, addr)) == DUO_E_BUSY) {
        aside_still();
        if (clock_ms) {
            flash_sleep(); /* the clock's interrupt ends it, and the operation's end */
        }
    }
    if (status == DUO_E_STUCK && runs_from_bank_of(addr)) {
        system_reset();
    }
    result[bank_of(addr)] = status;
}

static RAMFUNC enum duo_status erase(uint32_t addr)
{
    guard(bank_of(addr), true);
    const enum duo_status status = driver.begin_erase(driver.ctx, addr);
    if (status == DUO_OK) {
        wait_for_end(addr);
    }
    guard(bank_of(addr), false);
    return status;
}

static enum duo_status begin_erase(void *ctx, uint32_t addr)
{
    (void)ctx;
    if (bank_of(addr) == bank_of(duo_layout.map.app[DUO_CM4])) {
        aside_ask();
    }
    const enum duo_status status = erase(addr);
    aside_end();
    return status;
}

static RAMFUNC enum duo_status begin_program(void *ctx, uint32_t addr,
                                             const uint8_t data[DUO_WORD_SIZE])
{
    const enum duo_status status = driver.begin_program(driver.ctx, addr, data);

    (void)ctx;
    if (status == DUO_OK) {
        wait_for_end(addr);
    }
    return status;
}

static enum duo_status poll(void *ctx, uint32_t addr)
{
    const enum duo_status status = result[bank_of(addr)];

    (void)ctx;
    result[bank_of(addr)] = DUO_OK;
    return status;
}

void library_flash(struct duo_flash *flash)
{
    cycles_start();
    flash_driver(&driver, NULL, NULL);
    flash_clock(library_ms);
    *flash = driver;
    flash->begin_erase = begin_erase;
    flash->begin_program = begin_program;
    flash->poll = poll;
}
