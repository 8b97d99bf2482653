/* SPDX-License-Identifier: MIT */
#include "lib/aside.h"

#include "duo/mailbox.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/hsem.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/ramfunc.h"

/* Times that an interrupt wakes this core without a sign of the M7 in between: 20 s of a 1 kHz
 * tick. An M7 that has crashed gives no sign, and this core does not wait for it. */
#define LOOKS 20000u

/* The M7 frees DUO_SEM_TO_M4 when it has done. That ends WFE even if the interrupt is not enabled.
 */
static RAMFUNC void sleep(uint32_t wish)
{
    const uint32_t scr = REG(SCS, SCR);

    REG(SCS, SCR) = scr | SCS_SCR_SEVONPEND;
    cpu_dsb();
    if (SHARED->aside_wish == wish) {
        cpu_wfe();
    }
    REG(SCS, SCR) = scr;
}

static RAMFUNC void wait_in_ram(void)
{
    uint32_t sign = SHARED->aside_sign;
    uint32_t looks = 0;

    for (uint32_t wish; (wish = SHARED->aside_wish) != 0 && looks < LOOKS; looks++) {
        SHARED->aside = wish;
        sleep(wish);
        if (SHARED->aside_sign != sign) {
            sign = SHARED->aside_sign;
            looks = 0;
        }
    }
}

void aside_follow(void)
{
    if (SHARED->aside_wish == 0) {
        return;
    }
    hsem_clock(true);
    const uint32_t enabled = REG(HSEM, C2IER);
    REG(HSEM, C2IER) = enabled | 1u << DUO_SEM_TO_M4;
    wait_in_ram();
    if ((enabled & 1u << DUO_SEM_TO_M4) == 0) { /* the mailbox has not been started */
        REG(HSEM, C2IER) = enabled;
        REG(HSEM, C2ICR) = 1u << DUO_SEM_TO_M4;
        nvic_forget(IRQ_HSEM_CM4);
    }
}
