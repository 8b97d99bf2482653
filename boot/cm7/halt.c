/* SPDX-License-Identifier: MIT */
#include "boot/cm7/halt.h"

#include "boot/cm7/fault.h"
#include "boot/cm7/work.h"
#include "chip/stm32h7/regs.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/usart.h"
#include "port/stm32h7/watchdog.h"

/* Recovery is tried this often, the last times without a look at the images. */
#define FAULTS_TO_HALT 6u

static const char words[] =
    "\r\nduoboot: halted: the bootloader took 6 faults in a row; b begins again. If it comes back, "
    "program boot_cm7.hex again\r\n";

void halt_if_hopeless(uint32_t reset_flags)
{
    const struct fault_record *fault = fault_last();

    if (!fault || fault->count < FAULTS_TO_HALT) {
        return;
    }
    if ((reset_flags & RCC_RSR_SFT1RSTF) == 0) {
        fault_forget(); /* somebody has pulled the reset pin */
        return;
    }
    forget_reset_flags();
    usart_panic(DUO_UART_BAUD, words);
    for (;;) {
        int key = usart_panic_key();

        watchdog_feed_both();
        if (key == 'b') {
            fault_forget();
            system_reset();
        }
        if (key >= 0) {
            usart_panic(DUO_UART_BAUD, words);
        }
    }
}
