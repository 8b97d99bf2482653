/* SPDX-License-Identifier: MIT */
/* Clients that speak SMP (duoboot update, smpmgr) send the set over the line. */
#include "updates.h"

#include "duo/duo.h"
#include "line.h"

#define BUDGET_US 2000u

static uint8_t message[2048]; /* one message of a client; the longer, the faster */
static bool serving;

void updates_start(void)
{
    line_start();
    serving = duo_server_start(message, sizeof(message)) == DUO_OK;
    if (!serving) {
        line_say("freertos: not started by duoboot, so no updates\r\n");
    }
}

static void serve(uint32_t now_ms)
{
    uint8_t bytes[64];
    size_t n = line_read(bytes, sizeof(bytes));

    (void)duo_server_input(bytes, n, now_ms); /* nobody else listens on this line */
    duo_server_work(now_ms);
    while ((n = duo_server_output(bytes, sizeof(bytes))) > 0) {
        line_write(bytes, n);
    }
    if (duo_server_wants_reset()) {
        line_flush();
        duo_server_reset();
    }
}

/*
 * Erases whenever it is needed, because all that runs meanwhile on this core lies in RAM: the
 * kernel, the beat, the interrupts. A task in flash that becomes ready in an erase of its bank
 * stops the core until the erase ends, beat and all. If you have such tasks, suspend them here, or
 * wait for a time in which that does no harm.
 */
static void work(void)
{
    struct duo_update_progress progress;

    duo_update_look(&progress);
    if (progress.phase == DUO_UPDATE_DATA) {
        (void)duo_update_poll(BUDGET_US);
    } else if (progress.phase == DUO_UPDATE_WORK) {
        (void)duo_update_work(DUO_UPDATE_ERASE_MS);
    }
}

void updates_run(uint32_t now_ms)
{
    if (serving) {
        serve(now_ms);
        work();
    }
}

bool updates_say(const char *text, uint32_t now_ms)
{
    if (serving && duo_server_active(now_ms)) {
        return false;
    }
    line_say(text);
    return true;
}
