/* SPDX-License-Identifier: MIT */
/* Vector table and reset code, for either core. */
#include "selftest/shared.h"

extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];
void reset_handler(void);
void start(uint32_t vtor, uint32_t csr1, uint32_t cr3);
void tick_handler(void);

static void stop_here(void)
{
    for (;;) {
    }
}

void tick_handler(void)
{
    SCS(SCS_SYST_CSR) = 0; /* it has woken the core; that is all */
}

typedef void (*vector)(void);
__attribute__((section(".vectors"), used)) static const vector table[16] = {
    (vector)(uintptr_t)stack_top,
    reset_handler,
    stop_here,
    stop_here,
    stop_here,
    stop_here,
    stop_here,
    0,
    0,
    0,
    0,
    stop_here,
    stop_here,
    0,
    stop_here,
    tick_handler};

void reset_handler(void)
{
    /* Before anything is written; RAM may be used when the supply is ready (RM0399 ch. 7). */
    const uint32_t vtor = SCS(0xD08u), csr1 = REG(PWR, CSR1), cr3 = REG(PWR, CR3);

#ifdef CORE_CM7
    if (!(csr1 & PWR_CSR1_ACTVOSRDY)) {
        REG(PWR, CR3) = (cr3 & ~(PWR_CR3_LDOEN | PWR_CR3_BYPASS)) | PWR_CR3_SDEN; /* the Nucleo's */
    }
#endif
    while (!(REG(PWR, CSR1) & PWR_CSR1_ACTVOSRDY)) {
    }
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    SCS(0xD08u) = (uint32_t)(uintptr_t)table;
    start(vtor, csr1, cr3);
    stop_here();
}
