/* SPDX-License-Identifier: MIT */
#include "lib/aside.h"

#include <stdbool.h>

#include "duo/mailbox.h"
#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/hsem.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/ramfunc.h"

/* Times that an interrupt wakes this core without a sign of the M7 in between: 20 s of a 1 kHz
 * tick. An M7 that has crashed gives no sign, and this core does not wait for it. */
#define LOOKS 20000u

#define PROCID 0x41u

/* WFE ends when an interrupt becomes pending, enabled or not. One that pends already, because the
 * application has masked it, would end none: it is forgotten, and told again afterwards. */
static RAMFUNC bool forget_pending(void)
{
    const uint32_t at = 4u * (IRQ_HSEM_CM4 / 32u);

    if ((REG_AT(SCS_BASE, SCS_ISPR0 + at) & 1u << IRQ_HSEM_CM4 % 32u) == 0) {
        return false;
    }
    REG(HSEM, C2ICR) = 1u << DUO_SEM_TO_M4;
    (void)REG(HSEM, C2MISR); /* the line must be low before */
    nvic_forget(IRQ_HSEM_CM4);
    return true;
}

static void tell_again(void)
{
    if (hsem_take(DUO_SEM_TO_M4, HSEM_CORE_SELF, PROCID)) { /* else the M7 is about to free it */
        hsem_release(DUO_SEM_TO_M4, HSEM_CORE_SELF, PROCID);
    }
}

/* The M7 frees DUO_SEM_TO_M4 when it has done. That ends WFE even if the interrupt is not enabled.
 */
static RAMFUNC bool sleep(uint32_t wish)
{
    const uint32_t scr = REG(SCS, SCR);
    const bool forgot = forget_pending();

    REG(SCS, SCR) = scr | SCS_SCR_SEVONPEND;
    cpu_dsb();
    if (SHARED->aside_wish == wish) {
        cpu_wfe();
    }
    REG(SCS, SCR) = scr;
    return forgot;
}

/* True: an interrupt that pended has been forgotten. */
static RAMFUNC bool wait_in_ram(void)
{
    uint32_t sign = SHARED->aside_sign;
    uint32_t looks = 0;
    bool forgot = false;

    for (uint32_t wish; (wish = SHARED->aside_wish) != 0 && looks < LOOKS; looks++) {
        SHARED->aside = wish;
        forgot = sleep(wish) || forgot;
        if (SHARED->aside_sign != sign) {
            sign = SHARED->aside_sign;
            looks = 0;
        }
    }
    return forgot;
}

void aside_follow(void)
{
    if (SHARED->aside_wish == 0) {
        return;
    }
    hsem_clock(true);
    const uint32_t enabled = REG(HSEM, C2IER);
    REG(HSEM, C2IER) = enabled | 1u << DUO_SEM_TO_M4;
    const bool forgot = wait_in_ram();
    if ((enabled & 1u << DUO_SEM_TO_M4) == 0) { /* the mailbox has not been started */
        REG(HSEM, C2IER) = enabled;
        REG(HSEM, C2ICR) = 1u << DUO_SEM_TO_M4;
        nvic_forget(IRQ_HSEM_CM4);
    } else if (forgot) {
        tell_again();
    }
}
