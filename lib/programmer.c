/* SPDX-License-Identifier: MIT */
/*
 * M7: ST's boot loader protocol for a running application (docs/protocols.md). A client writes
 * slots by address; what it erases, writes and reads is a copy in the RAM that the application has
 * given by duo_update_buffer(), for both cores together. At GO all is verified but the signatures;
 * then each image goes into the update session from where it lies, and is written when the session
 * has verified those, too.
 */
#include <string.h>

#include "core/txn/set.h"
#include "duo/duo.h"
#include "lib/server.h"
#include "lib/server_far.h"
#include "lib/server_link.h"
#include "lib/service.h"
#include "lib/slot_copy.h"
#include "port/stm32h7/cpu.h"
#include "proto/an3155.h"

/* The line is a client's for so long after its last command; and after a sync byte, which may be a
 * key or noise, until the first command should have come. As in recovery. */
#define SYNC_MS 2000u

#define META_ROOM 512u /* header and TLVs of an image with one signature: less than 300 bytes */

static struct {
    struct duo_an3155 server;
    struct slot_copies copies;
    struct duo_locator locator[DUO_CORES]; /* of what was verified */
    enum server_line from;
    uint32_t now, heard; /* ms */
    bool giving;         /* GO was taken: images go into the session */
    unsigned core;       /* whose is at hand */
    uint32_t given, size;
    uint8_t meta[META_ROOM];
} programmer;

/* ---- Room for the copies ---- */

static struct slot_copy *copy_of(unsigned core)
{
    return &programmer.copies.copy[core];
}

static void forget_copies(void)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        *copy_of(c) = (struct slot_copy){NULL, 0, false};
    }
}

static uint32_t end_of(const struct slot_copy *c)
{
    uint32_t end = c->size;

    while (end > 0 && c->bytes[end - 1u] == 0xFF) {
        end--;
    }
    return (end + DUO_SLOT_ALIGN - 1u) & ~(DUO_SLOT_ALIGN - 1u);
}

/* All of it; or, beside the other core's image, which keeps what it has, before it or after it. */
static void make_room(unsigned core)
{
    uint32_t room;
    uint8_t *const buffer = update_buffer(&room);
    struct slot_copy *const other = copy_of(1u - core);
    struct slot_copy *const c = copy_of(core);

    *c = (struct slot_copy){buffer, room, false};
    if (other->written) {
        const uint32_t used = end_of(other);
        const uint32_t before = (uint32_t)(other->bytes - buffer);
        const uint32_t after = room - before - used;

        other->size = used < other->size ? used : other->size;
        c->size = before > after ? before : after;
        c->bytes = before > after ? buffer : buffer + before + used;
    }
    c->size &= ~(uint32_t)(DUO_SLOT_ALIGN - 1u);
    memset(c->bytes, 0xFF, c->size);
}

/* The session has the buffer, or there is none. */
static bool buffer_is_free(void)
{
    struct duo_update_progress p;
    uint32_t room;

    duo_update_look(&p);
    return p.phase == DUO_UPDATE_NONE && update_buffer(&room) && !programmer.giving;
}

/* The client of SMP that has begun a file on this line has gone; on another one it may go on. */
static void end_upload(void)
{
    if (server_upload_open() && !server_upload_is_others(programmer.from)) {
        server_upload_forget();
    }
}

/* ---- What the protocol asks for ---- */

static void say(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    if (programmer.from == SERVER_OWN) {
        server_link_put(bytes, (uint32_t)n);
    } else {
        server_far_put(bytes, (uint32_t)n);
    }
}

static bool read(void *ctx, uint32_t addr, uint8_t *to, uint32_t n)
{
    (void)ctx;
    return slot_copies_read(&programmer.copies, addr, to, n);
}

static bool write(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    unsigned core;

    (void)ctx;
    end_upload();
    if (!buffer_is_free()) {
        return false;
    }
    if (!slot_is_blank(bytes, n) && slot_copies_core(&programmer.copies, addr, n, &core) &&
        !copy_of(core)->written) {
        make_room(core);
    }
    return slot_copies_write(&programmer.copies, addr, bytes, n);
}

static bool erase(void *ctx, uint32_t pages)
{
    (void)ctx;
    end_upload();
    if (!buffer_is_free()) {
        return false;
    }
    slot_copies_erase(&programmer.copies, pages);
    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (!copy_of(c)->written) {
            *copy_of(c) = (struct slot_copy){NULL, 0, false};
        }
    }
    return true;
}

/* What the journal says. A device without one would have to verify its images; the session does. */
static uint32_t counter(void)
{
    static struct duo_report report;

    duo_txn_report(library_txn(), &report);
    return report.counter;
}

/* Everything but the signature, which takes longer than a client waits; the session does that
 * before it touches the flash. */
static enum duo_status verify(unsigned core, struct duo_locator *locator)
{
    static struct duo_image image;
    const struct duo_device *dev = library_txn()->dev;
    struct duo_mem mem = {copy_of(core)->bytes, copy_of(core)->size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_slot_verify(&reader, dev->slots[core], NULL, &image, locator);

    if (status == DUO_OK) {
        status = duo_device_admits(dev, &image);
    }
    if (status == DUO_OK && image.has_keyhash) {
        status = duo_trust_permits(dev->trust, duo_ring_by_hash(dev->trust->ring, image.keyhash),
                                   duo_image_counter(&image));
    }
    return status == DUO_OK && duo_image_counter(&image) < counter() ? DUO_E_DOWNGRADE : status;
}

static enum duo_status verify_all(void)
{
    enum duo_status status = library_txn() ? DUO_E_EMPTY : DUO_E_STATE;

    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (copy_of(c)->written && (status == DUO_OK || status == DUO_E_EMPTY)) {
            status = verify(c, &programmer.locator[c]);
        }
    }
    return status;
}

/* ---- Into the session ---- */

/* The one that lies first in the buffer: a session collects at the buffer's beginning, and so
 * copies each byte onto itself. */
static bool next_copy(unsigned *core)
{
    const struct slot_copy *m7 = copy_of(DUO_CM7);
    const struct slot_copy *m4 = copy_of(DUO_CM4);

    *core = m4->written && (!m7->written || m4->bytes < m7->bytes) ? DUO_CM4 : DUO_CM7;
    return copy_of(*core)->written;
}

static enum duo_status begin_image(void)
{
    struct slot_copy *const c = copy_of(programmer.core);
    uint32_t room;
    uint8_t *const buffer = update_buffer(&room);
    const struct duo_locator *const locator = &programmer.locator[programmer.core];

    memmove(buffer, c->bytes, duo_slot_used(locator));
    c->written = false;
    programmer.given = 0;
    programmer.size = duo_slot_to_file(buffer, locator, programmer.meta, META_ROOM);
    update_expect((enum duo_core)programmer.core);
    return programmer.size > 0 ? DUO_OK : DUO_E_TOO_LARGE;
}

/* The client's GO: whatever address it names, both cores start together, at their own. */
static bool go(void *ctx, uint32_t addr)
{
    (void)ctx;
    (void)addr;
    if (!buffer_is_free() || !duo_kept() || verify_all() != DUO_OK ||
        duo_update_begin() != DUO_OK) {
        return false;
    }
    (void)next_copy(&programmer.core);
    programmer.giving = begin_image() == DUO_OK;
    if (!programmer.giving) {
        duo_update_abort();
    }
    return programmer.giving;
}

static enum duo_status after_image(void)
{
    enum duo_status status;

    if (next_copy(&programmer.core)) {
        status = duo_update_next();
        return status == DUO_OK ? begin_image() : status;
    }
    status = duo_update_install(false);
    if (status == DUO_OK) {
        programmer.giving = false;
        server_reset_ask(programmer.from);
    }
    return status;
}

static enum duo_status give(void)
{
    uint32_t room;
    size_t taken = 0;
    struct duo_update_progress p;

    duo_update_look(&p);
    if (p.phase == DUO_UPDATE_COMPLETE) {
        return after_image();
    }
    const enum duo_status status = duo_update_write(update_buffer(&room) + programmer.given,
                                                    programmer.size - programmer.given, &taken);
    programmer.given += (uint32_t)taken;
    return status;
}

/* Why it was refused says the status until the next session; the client has gone long ago. */
static void work(void)
{
    if (!programmer.giving) {
        return;
    }
    const enum duo_status status = give();
    if (status != DUO_OK && status != DUO_E_BUSY) {
        duo_update_abort();
        programmer.giving = false;
        forget_copies();
    }
}

/* ---- The line ---- */

static const struct duo_an3155_ops ops = {say, read, write, erase, go};

static bool is_active(void)
{
    const uint32_t accepted = duo_an3155_accepted(&programmer.server);

    return programmer.server.ops && duo_an3155_synchronized(&programmer.server) &&
           programmer.now - programmer.heard < (accepted > 1u ? SERVER_ACTIVE_MS : SYNC_MS);
}

static void input(enum server_line from, uint32_t now_ms, const uint8_t *bytes, size_t n)
{
    programmer.now = now_ms;
    if (!is_active()) {
        duo_an3155_start(&programmer.server, &ops, NULL);
        programmer.from = from;
    }
    if (programmer.from != from) {
        return; /* it has a client */
    }
    const uint32_t before = duo_an3155_accepted(&programmer.server);
    duo_an3155_input(&programmer.server, now_ms, bytes, n);
    if (duo_an3155_accepted(&programmer.server) != before) {
        programmer.heard = now_ms;
    }
}

static const struct server_programmer server = {input, work};

enum duo_status duo_server_by_address(void)
{
    const struct duo_txn *txn;

    if (cpu_exception() != 0) {
        return DUO_E_INTERRUPT;
    }
    txn = library_txn();
    if (!txn) {
        return DUO_E_STATE;
    }
    forget_copies();
    programmer.copies.slots = txn->dev->slots;
    server_use_programmer(&server);
    return DUO_OK;
}
