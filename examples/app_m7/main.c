/* SPDX-License-Identifier: MIT */
/*
 * Example application of the Cortex-M7: prints both versions and a heartbeat of both cores on
 * USART3, once a second. SysTick, USART3 and HSEM work by interrupt, from RAM: they go on while
 * flash is erased for an update.
 *
 * Keys: u = take an update (go on with one that was cut), n = take one from its first byte, o =
 * back to the set before, r = reset into the bootloader's recovery, b = reset. Programs that speak
 * SMP (smpmgr, duoboot update) and ST's protocol (stm32flash) are served on the same line. Built
 * with EXAMPLE_USB it takes updates by USB, too.
 */
#include "duo/duo.h"
#include "examples/app_m7/beats.h"
#include "examples/app_m7/client.h"
#include "examples/app_m7/print.h"
#include "examples/app_m7/update.h"
#include "examples/app_m7/usb/link.h"
#include "examples/common/fpu_check.h"
#include "examples/common/messages.h"
#include "examples/common/start.h"
#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"

#define BEAT_MS 1000u

static struct duo_vectors vectors_in_ram;
static volatile uint32_t beats_due, fpu_errors;
static volatile uint32_t m4_beats, m4_version, m4_fpu_errors;
static uint32_t beat;

DUO_IN_RAM void systick_handler(void)
{
    tick_isr();
    fpu_errors += fpu_check(3.0f, 8);
    if (tick_ms() % BEAT_MS == 0) {
        beats_due++;
    }
}

DUO_IN_RAM void usart3_handler(void)
{
    usart_isr();
}

DUO_IN_RAM void hsem_handler(void)
{
    struct duo_message message;

    if (!duo_mailbox_isr()) {
        return;
    }
    while (duo_mailbox_receive(&message)) {
        if (message.kind == MESSAGE_BEAT) {
            m4_beats = message.word[0];
            m4_version = message.word[1];
            m4_fpu_errors = message.word[2];
        }
    }
}

void fault_handler(void)
{
    usart_panic(DUO_UART_BAUD, "app m7: fault\r\n");
    for (;;) {
        cpu_wfi();
    }
}

static void greet(void)
{
    struct duo_handoff handoff;

    print("\r\napp m7 %u.0.0: ", VERSION);
    if (!duo_handoff_get(&handoff)) {
        print("not started by duoboot\r\n");
        return;
    }
    print("set %u.%u.%u, state %s, reset flags 0x%x\r\n", (unsigned)(handoff.set.number >> 24),
          (unsigned)(handoff.set.number >> 16) & 0xFFu, (unsigned)handoff.set.number & 0xFFFFu,
          handoff.state == DUO_SET_TRIAL       ? "trial"
          : handoff.state == DUO_SET_CONFIRMED ? "confirmed"
                                               : "unmanaged",
          (unsigned)handoff.reset_flags);
    if (handoff.reason != DUO_REASON_NONE) {
        const bool detail = handoff.reason_code != DUO_OK;

        print("app m7: last failure: %s%s%s%s\r\n", duo_reason_text(handoff.reason),
              detail ? " (" : "", detail ? duo_status_text(handoff.reason_code) : "",
              detail ? ")" : "");
    }
}

void beats_print(void)
{
    if (m4_version == 0) {
        print("app: m7 %u.0.0 beat %u, m4 silent\r\n", VERSION, (unsigned)beat);
        return;
    }
    print("app: m7 %u.0.0 beat %u, m4 %u.0.0 beat %u, fpu %s\r\n", VERSION, (unsigned)beat,
          (unsigned)m4_version, (unsigned)m4_beats,
          fpu_errors == 0 && m4_fpu_errors == 0 ? "ok" : "BAD");
}

/* Neither an update nor a client's talk is on it. */
static bool line_is_free(void)
{
    return !update_active() && !client_active(tick_ms());
}

/* The set is good when both cores beat and their FPUs agree with themselves. */
static void confirm_when_healthy(void)
{
    static bool told;

    if (m4_beats == 0 || fpu_errors != 0 || m4_fpu_errors != 0) {
        return;
    }
    (void)duo_confirm(); /* an application that was not started by duoboot has nothing to confirm */
    if (duo_kept() && !told && line_is_free()) {
        print("app m7: confirm: done\r\n");
        told = true;
    }
}

/* Life sign, watchdog, and the record of both confirmations. */
static void serve(void)
{
    const enum duo_status status = duo_service();

    if (status != DUO_OK && status != DUO_E_BUSY) {
        print("app m7: the confirmation could not be recorded: %s\r\n", duo_status_text(status));
    }
}

static void take_key(uint8_t key)
{
    if (key == 'u' || key == 'n') {
        update_start(key == 'n');
    }
    if (key == 'r') {
        print("app m7: resetting into recovery\r\n");
        usart_flush();
        duo_enter_recovery();
    }
    if (key == 'o') {
        print("app m7: going back\r\n");
        usart_flush();
        duo_rollback();
    }
    if (key == 'b') {
        print("app m7: resetting\r\n");
        usart_flush();
        duo_restart();
    }
}

/* Keys, a client that speaks SMP, or an update by YMODEM: all on the same line. */
static void take_line(void)
{
    uint8_t bytes[64];

    if (update_active()) {
        update_run(bytes, usart_read(bytes, sizeof(bytes)), tick_ms());
        return;
    }
    update_work();
    client_serve(tick_ms());
    while (!update_active() && usart_read(bytes, 1) > 0) {
        if (!client_takes(bytes[0], tick_ms())) {
            take_key(bytes[0]);
        }
    }
}

int main(void)
{
    duo_vectors_to_ram(&vectors_in_ram);
    usart_start(DUO_UART_BAUD);
    duo_mailbox_start();
    tick_start(CLOCK_RESET_HZ);
    (void)duo_clock(tick_ms);
    greet();
    if (EXAMPLE_USB) {
        link_start();
    }
    client_start();
    for (;;) {
        fpu_errors += fpu_check(5.0f, 16);
        take_line();
        if (EXAMPLE_USB) {
            link_run();
        }
        serve();
        if (beat != beats_due) {
            struct duo_message message = {MESSAGE_BEAT, {++beat, VERSION, fpu_errors}};
            (void)duo_mailbox_send(&message); /* a beat the M4 does not take is not worth a wait */
            if (line_is_free()) {
                beats_print();
            }
            confirm_when_healthy();
        }
        cpu_wfi();
    }
}
