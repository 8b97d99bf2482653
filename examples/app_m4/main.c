/* SPDX-License-Identifier: MIT */
/*
 * Example application of the Cortex-M4: counts heartbeats in SysTick, tells the M7 of each over the
 * mailbox, takes what the M7 sends in the HSEM interrupt. Both interrupts run from RAM: they go on
 * while flash is erased for an update.
 */
#include "duo/duo.h"
#include "examples/common/fpu_check.h"
#include "examples/common/messages.h"
#include "examples/common/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"

#define BEAT_MS 250u

static struct duo_vectors vectors_in_ram;
static volatile uint32_t beats_due, m7_beats, fpu_errors;

DUO_IN_RAM void systick_handler(void)
{
    tick_isr();
    fpu_errors += fpu_check(3.0f, 8);
    if (tick_ms() % BEAT_MS == 0) {
        beats_due++;
    }
}

DUO_IN_RAM void hsem_handler(void)
{
    struct duo_message message;

    if (!duo_mailbox_isr()) {
        return;
    }
    while (duo_mailbox_receive(&message)) {
        if (message.kind == MESSAGE_BEAT) {
            m7_beats = message.word[0];
        }
    }
}

int main(void)
{
    uint32_t beat = 0;

    duo_vectors_to_ram(&vectors_in_ram);
    duo_mailbox_start();
    tick_start(CLOCK_RESET_HZ);
    for (;;) {
        fpu_errors += fpu_check(5.0f, 16);
        duo_feed();
        if (beat != beats_due) {
            struct duo_message message = {MESSAGE_BEAT, {beat + 1u, VERSION, fpu_errors}};
            if (duo_mailbox_send(&message)) {
                beat++; /* else the M7 is not there yet: the same beat goes out later */
            }
        }
        if (m7_beats != 0 && fpu_errors == 0) {
            (void)duo_confirm();
        }
        (void)duo_service();
        cpu_wfi();
    }
}
