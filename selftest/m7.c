/* SPDX-License-Identifier: MIT */
/*
 * The self-test: asks the chip what documents leave open, and says what the emulator expects, one
 * line each (tell.c). It erases sector 7 of both banks, and resets the chip once in between.
 *
 * With the word ASK_OPTIONS in flash (scripts/selftest --options) it goes on with what is not
 * without danger: ask_option.c here, swapped.c while the banks are swapped, and here again.
 */
#include "selftest/ask.h"

uint32_t ask_m4(enum m4_task task)
{
    volatile struct shared *s = SHARED;

    s->task = task;
    for (uint32_t turns = 0; s->done != task; turns++) {
        if (turns == 10000000u) {
            return 0xDEADDEADu; /* it does not answer */
        }
    }
    const uint32_t answer = s->answer;
    if (task != M4_SLEEP && task != M4_COUNT) {
        s->task = M4_NOTHING;
        while (s->done != M4_NOTHING) {
        }
    }
    return answer;
}

/* It starts with us (BCM4 = 1). */
void wait_for_m4(void)
{
    while (SHARED->magic != SHARED_MAGIC) {
    }
}

static void first_part(const struct at_reset *at)
{
    SHARED->asked = SHARED->differ = 0;
    line_start();
    print("\r\nselftest: begins; sector 7 of both banks will be erased\r\n");
    ask_about_reset(at);
    wait_for_m4();
    ask_about_cores();
    ask_about_time();
    ask_about_flash();
    line_flush();
    tear_a_word(); /* resets */
}

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3)
{
    const struct at_reset at = {.vtor = vtor, .csr1 = csr1, .cr3 = cr3};
    const uint32_t stage = SHARED->stage;

    cycles_start();
    SHARED->stage = STAGE_FIRST; /* what is cut begins from the start */
    switch (stage) {
    case STAGE_TORN:
        line_start();
        ask_about_torn_word();
        if (REG_AT(OPTIONS_WORD, 0) == ASK_OPTIONS) {
            ask_about_rom(); /* resets, if it may ask at all */
        }
        break;
    case STAGE_ROM:
        line_start();
        ask_after_rom();
        ask_about_changes(); /* resets */

    case STAGE_BACK:
        line_start();
        ask_after_swap();
        break;
    default:
        first_part(&at);
    }
    print_sum();
    for (;;) {
        __asm volatile("wfi");
    }
}
