/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/smp.h"

#include <string.h>

#include "boot/cm7/line.h"
#include "boot/cm7/recovery/recovery.h"
#include "boot/cm7/recovery/smp_device.h"
#include "boot/cm7/recovery/smp_upload.h"
#include "proto/smp_line.h"

/* After a client's last message nothing unasked is said for so long. */
#define ACTIVE_MS 10000u

__attribute__((section(".bss.work_ram"),
               aligned(8))) static uint8_t buffer[DUO_SMP_BUFFER + DUO_SMP_LINE_EXTRA];
static uint8_t answer[DUO_SMP_ANSWER_MAX];

static struct {
    struct duo_smp server;
    struct duo_smp_line line;
    uint32_t heard; /* when the last message was complete, ms */
    bool any;       /* there has been one */
    bool pending;   /* a message waits in the buffer until the flash is idle */
    bool working;   /* on a file that has come by SMP */
    bool stale;     /* a file has settled, and nobody has looked at the images since */
} smp;

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    line->write(bytes, n);
}

static void reply(uint32_t n)
{
    if (n > 0) {
        duo_smp_line_send(&smp.line, answer, n, send, NULL);
        smp.heard = line->now();
    }
}

/* Verifies what runs, which takes long: not before the answer to a file, nor while the next one
 * arrives. */
static void refresh(void)
{
    smp.stale = false;
    smp_device_refresh();
}

static void serve(void)
{
    smp.pending = false;
    if (smp.stale && !smp.working && !duo_smp_is_piece(smp.line.message, smp.line.length)) {
        refresh();
    }
    reply(duo_smp_serve(&smp.server, smp.line.message, smp.line.length, answer, sizeof(answer)));
}

static void ask_again(void)
{
    if (duo_smp_waiting(&smp.server)) {
        reply(duo_smp_again(&smp.server, answer, sizeof(answer)));
    }
}

/* The first message after a while finds the device as it is now. */
static void look_around(void)
{
    if (!smp_active()) {
        refresh();
    }
    smp.any = true;
    smp.heard = line->now();
}

/* The buffer must stay as it is while a message in it has not been served to its end. */
bool smp_takes_bytes(void)
{
    return !smp.pending && !duo_smp_waiting(&smp.server);
}

/* What follows a message that waits is lost: a client waits, too. */
bool smp_input(const uint8_t *bytes, size_t n, bool elsewhere)
{
    bool (*const take)(struct duo_smp_line *l, uint32_t now_ms, uint8_t byte) =
        elsewhere ? duo_smp_line_overhear : duo_smp_line_take;
    bool heard = !elsewhere && smp_holds_line();

    for (size_t i = 0; i < n && smp_takes_bytes(); i++) {
        if (take(&smp.line, line->now(), bytes[i])) {
            heard = true;
            look_around();
            serve();
        }
    }
    return heard || (!elsewhere && smp_holds_line());
}

/* ---- While the flash works ---- */

/* The rest waits until it is idle. */
static bool needs_no_flash(void)
{
    const uint8_t *message = smp.line.message;
    const uint32_t group = (uint32_t)message[4] << 8 | message[5];

    if (duo_smp_is_piece(message, smp.line.length)) {
        return smp_upload_goes_on();
    }
    return group == DUO_SMP_GROUP_OS || (group == DUO_SMP_GROUP_IMAGE && message[7] == 0);
}

void smp_listen(void)
{
    uint8_t byte;

    if (!smp.working) {
        return;
    }
    smp_device_busy(true);
    ask_again();
    while (smp_takes_bytes() && line->read(&byte, 1) == 1) {
        if (!duo_smp_line_take(&smp.line, line->now(), byte)) {
            continue;
        }
        smp.heard = line->now();
        smp.pending = !needs_no_flash();
        if (!smp.pending) {
            serve();
        }
    }
    smp_device_busy(false);
}

/* ---- For recovery ---- */

bool smp_work(void)
{
    smp.working = true;
    bool worked = smp_upload_work();
    smp.working = false;
    smp.stale = smp_upload_settled() || smp.stale;
    ask_again();
    if (smp.pending) {
        serve();
        worked = true;
    }
    if (!worked) {
        smp_device_finish();
    }
    return worked;
}

bool smp_holds_line(void)
{
    return smp.pending || duo_smp_waiting(&smp.server) || duo_smp_line_busy(&smp.line, line->now());
}

bool smp_may_begin(void)
{
    return duo_smp_line_raw_begins(&smp.line, line->now());
}

bool smp_active(void)
{
    return smp.any && line->now() - smp.heard < ACTIVE_MS;
}

void smp_forget(void)
{
    smp_upload_forget();
}

void smp_start(struct recovery *r)
{
    memset(buffer, 0, sizeof(buffer)); /* after power-on the RAM's ECC is random */
    duo_smp_line_start(&smp.line, buffer, sizeof(buffer));
    duo_smp_start(&smp.server, &smp_ops, NULL, &smp_about);
    smp_device_open(r);
}
