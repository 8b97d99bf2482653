/* SPDX-License-Identifier: MIT */
/* The M4's part: it does what the M7 asks, from flash of bank 2. */
#include "selftest/shared.h"

#define RCC_C1_APB2ENR       0x150u /* the M7's enables as the M4 sees them */
#define RCC_APB2ENR_USART1EN 0x10u

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3);

static uint32_t carry_out(uint32_t task, uint32_t vtor)
{
    uint32_t value;

    switch (task) {
    case M4_VTOR:
        return vtor;
    case M4_READ_ID:
        return probe(MEM_UNIQUE_ID_BASE, &value);
    case M4_SEV_PENDS:
        value = SCS(SCS_ISPR0 + 8u) & 1u; /* IRQ 64 */
        SCS(SCS_ICPR0 + 8u) = 1u;
        return value;
    case M4_SEND_SEV:
        __asm volatile("dsb\n sev" ::: "memory");
        return 0;
    case M4_HSEM_CLOCK:
        REG(RCC, AHB4ENR) |= RCC_AHB4ENR_HSEMEN;
        return REG(RCC, AHB4ENR) & RCC_AHB4ENR_HSEMEN ? 1 : 0;
    case M4_CYCLES_ASLEEP:
        return cycles_asleep();
    case M4_WATCH_ROM:
        for (unsigned i = 0; i < 10; i++) {
            (void)cycles_asleep(); /* 10 ms */
        }
        SHARED->watched = REG_AT(RCC_BASE, RCC_C1_APB2ENR) & RCC_APB2ENR_USART1EN ? 1 : 0;
        return 0;
    default:
        return 0;
    }
}

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3)
{
    volatile struct shared *s = SHARED;

    (void)csr1, (void)cr3;
    s->task = s->done = M4_NOTHING;
    s->magic = SHARED_MAGIC;
    for (;;) {
        const uint32_t task = s->task;
        if (task == s->done) {
            continue;
        }
        s->answer = carry_out(task, vtor);
        s->done = task;
        if (task == M4_SLEEP) {
            REG(EXTI, C2EMR3) |= 3u << 15; /* lines 79 and 80: SEV of either core */
            __asm volatile("sev\n wfe\n wfe" ::: "memory"); /* the first WFE takes what is old */
        }
        while (task == M4_COUNT && s->task == M4_COUNT) {
            s->counter++;
        }
    }
}
