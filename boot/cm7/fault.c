/* SPDX-License-Identifier: MIT */
#include "boot/cm7/fault.h"

#include "boot/cm7/report.h"
#include "chip/stm32h7/memory.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/usart.h"

#define MAGIC 0x4641554Cu

__attribute__((section(".noinit"))) static struct fault_record record;

static uint32_t check_of(const struct fault_record *r)
{
    return r->magic ^ r->count ^ r->exception ^ r->pc ^ r->lr ^ r->cfsr ^ r->hfsr ^ r->address ^
           0x5A5AA5A5u;
}

const struct fault_record *fault_last(void)
{
    return record.magic == MAGIC && record.check == check_of(&record) ? &record : 0;
}

void fault_forget(void)
{
    record.magic = 0;
    cpu_dsb();
}

static bool frame_ok(const uint32_t *frame)
{
    uint32_t at = (uint32_t)(uintptr_t)frame;

    return at % 4u == 0 && at >= MEM_DTCM_BASE && at <= MEM_DTCM_BASE + MEM_DTCM_SIZE - 32u;
}

/* The access that failed. Neither register means anything without its flag (ARM DDI 0403, CFSR). */
static uint32_t failed_address(uint32_t cfsr)
{
    if (cfsr & SCS_CFSR_MMARVALID) {
        return REG(SCS, MMFAR);
    }
    return cfsr & SCS_CFSR_BFARVALID ? REG(SCS, BFAR) : 0;
}

static void remember(const uint32_t *frame, uint32_t exception)
{
    uint32_t count = fault_last() ? record.count + 1u : 1u;

    record.magic = MAGIC;
    record.count = count;
    record.exception = exception;
    record.pc = frame_ok(frame) ? frame[6] : 0;
    record.lr = frame_ok(frame) ? frame[5] : 0;
    record.cfsr = REG(SCS, CFSR);
    record.hfsr = REG(SCS, HFSR);
    record.address = failed_address(record.cfsr);
    record.check = check_of(&record);
    (void)*(volatile uint32_t *)&record.check; /* one more access writes out the ECC buffer */
    cpu_dsb();
}

void fault_report(const uint32_t *frame, uint32_t exception);

__attribute__((used)) void fault_report(const uint32_t *frame, uint32_t exception)
{
    remember(frame, exception);
    usart_panic(DUO_UART_BAUD, "\r\nduoboot: fault in the bootloader, resetting\r\n");
    system_reset();
}

/* The stack may be what failed, so it starts again at its top. */
__attribute__((naked)) void fault_entry(void)
{
    __asm volatile("mrs r0, msp\n"
                   "mrs r1, ipsr\n"
                   "ldr r2, =__stack_top\n"
                   "msr msp, r2\n"
                   "ldr r2, =fault_report\n"
                   "bx r2\n"
                   ".ltorg\n");
}
