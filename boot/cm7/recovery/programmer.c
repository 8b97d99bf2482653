/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/programmer.h"

#include "boot/cm7/line.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/protect.h"
#include "boot/cm7/recovery/recovery.h"
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "lib/slot_copy.h"
#include "port/stm32h7/mpu.h"

/* The line is a client's for so long after its last command; and after a sync byte, which may be a
 * key or noise, until the first command should have come. */
#define ACTIVE_MS 10000u
#define SYNC_MS   2000u

/* SRAM1 and 2: free while the M4 waits in SRAM3. */
#define CM4_COPY_SIZE (MEM_SRAM1_SIZE + MEM_SRAM2_SIZE)

static struct {
    struct duo_an3155 server;
    struct recovery *recovery;
    struct slot_copies copies;
    uint32_t heard, came; /* when the last command was accepted, and the last byte came, ms */
    bool open;            /* the copies are there */
    bool decided;
    enum duo_status refusal; /* why the last GO was refused */
} programmer;

/* ---- the copies of the slots ---- */

/* As an erased slot. Whole words first: after power-on the RAM's ECC is random. */
static void blank(const struct slot_copy *c)
{
    volatile uint64_t *word = (volatile uint64_t *)(void *)c->bytes;

    for (uint32_t i = 0; i < c->size / sizeof(*word); i++) {
        word[i] = UINT64_MAX;
    }
}

static void open_copies(void)
{
    struct slot_copy *m7 = &programmer.copies.copy[DUO_CM7];
    struct slot_copy *m4 = &programmer.copies.copy[DUO_CM4];

    mpu_region(6, MEM_UNIQUE_ID_BASE, MPU_SIZE(8) | MPU_READ_ONLY | MPU_NO_EXECUTE | MPU_UNCACHED);
    REG(RCC, AHB2ENR) |= RCC_AHB2ENR_SRAM1EN | RCC_AHB2ENR_SRAM2EN;
    (void)REG(RCC, AHB2ENR);
    m7->bytes = receive_image_buffer(&m7->size);
    m7->written = false;
    *m4 = (struct slot_copy){(uint8_t *)(uintptr_t)MEM_SRAM1_BASE, CM4_COPY_SIZE, false};
    blank(m7);
    blank(m4);
    programmer.copies.slots = programmer.recovery->device->slots;
    programmer.open = true;
}

void programmer_open(struct recovery *r)
{
    programmer.recovery = r;
    if (!programmer.open) {
        open_copies();
    }
}

/* ---- what the protocol asks for ---- */

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    line->write(bytes, n);
}

bool programmer_read(void *ctx, uint32_t addr, uint8_t *to, uint32_t n)
{
    (void)ctx;
    return slot_copies_read(&programmer.copies, addr, to, n);
}

bool programmer_write(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    (void)ctx;
    return slot_copies_write(&programmer.copies, addr, bytes, n);
}

bool programmer_erase(void *ctx, uint32_t pages)
{
    (void)ctx;
    slot_copies_erase(&programmer.copies, pages);
    return true;
}

/* A client hears the answer to GO and nothing after it, so whatever can be known is known then. */
static enum duo_status verify(enum duo_core core, uint32_t counter, struct duo_locator *locator)
{
    const struct duo_device *dev = programmer.recovery->device;
    struct duo_mem mem = {programmer.copies.copy[core].bytes, programmer.copies.copy[core].size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;
    enum duo_status status =
        duo_slot_verify(&reader, dev->slots[core], dev->trust, &image, locator);

    if (status == DUO_OK) {
        status = duo_device_admits(dev, &image);
    }
    return status == DUO_OK && duo_image_counter(&image) < counter ? DUO_E_DOWNGRADE : status;
}

enum duo_status programmer_decide(void)
{
    struct recovery *const r = programmer.recovery;
    const uint32_t counter = duo_txn_counter(r->txn);
    enum duo_status status = options_block_updates() ? DUO_E_PROTECTED : DUO_OK;
    bool any = false;

    for (unsigned c = 0; status == DUO_OK && c < DUO_CORES; c++) {
        struct duo_locator locator;
        if (programmer.copies.copy[c].written) {
            status = verify((enum duo_core)c, counter, &locator);
            any = true;
        }
    }
    if (status == DUO_OK && !any) {
        return DUO_E_EMPTY;
    }
    return status == DUO_OK ? duo_session_begin(&r->receive.session, r->txn) : status;
}

/* Whatever address is named: both cores start together, at their own. */
static bool decide(void *ctx, uint32_t addr)
{
    (void)ctx;
    (void)addr;
    programmer.refusal = programmer_decide();
    programmer.decided = programmer.refusal == DUO_OK;
    return programmer.decided;
}

static const struct duo_an3155_ops ops = {send, programmer_read, programmer_write, programmer_erase,
                                          decide};

/* ---- for recovery ---- */

void programmer_give_way(const uint8_t *bytes, size_t n)
{
    if (n == 0) {
        return;
    }
    if (programmer_active() && line->now() - programmer.came > DUO_AN3155_GAP_MS &&
        !duo_an3155_begins(bytes[0])) {
        duo_an3155_start(&programmer.server, &ops, NULL);
    }
    programmer.came = line->now();
}

bool programmer_calls(const uint8_t *bytes, size_t n)
{
    return n > 0 && bytes[0] == DUO_AN3155_SYNC;
}

void programmer_input(struct recovery *r, const uint8_t *bytes, size_t n)
{
    programmer_open(r);
    if (!programmer_active()) {
        duo_an3155_start(&programmer.server, &ops, NULL);
    }
    const uint32_t before = duo_an3155_accepted(&programmer.server);
    duo_an3155_input(&programmer.server, line->now(), bytes, n);
    if (duo_an3155_accepted(&programmer.server) != before) {
        programmer.heard = line->now();
    }
}

bool programmer_decided(void)
{
    const bool decided = programmer.decided;

    programmer.decided = false;
    return decided;
}

enum duo_status programmer_refusal(void)
{
    const enum duo_status status = programmer.refusal;

    programmer.refusal = DUO_OK;
    return status;
}

bool programmer_active(void)
{
    const uint32_t accepted = duo_an3155_accepted(&programmer.server);

    return programmer.server.ops && duo_an3155_synchronized(&programmer.server) &&
           line->now() - programmer.heard < (accepted > 1u ? ACTIVE_MS : SYNC_MS);
}

static enum duo_status stage(struct duo_session *session, enum duo_core core)
{
    struct duo_locator locator;
    uint8_t *bytes = programmer.copies.copy[core].bytes;
    enum duo_status status = verify(core, 0, &locator);

    if (status != DUO_OK) {
        return status;
    }
    uint32_t size;
    uint8_t *const scratch = receive_queue(session, NULL, 0, &size);
    const uint32_t length = duo_slot_to_file(bytes, &locator, scratch, size);
    status = duo_session_write(session, bytes, length);
    return status == DUO_OK ? duo_session_end_file(session) : status;
}

enum duo_status programmer_stage(void)
{
    struct duo_session *const session = &programmer.recovery->receive.session;
    uint32_t size;
    uint8_t *const buffer = receive_image_buffer(&size);
    enum duo_status status = duo_session_begin(session, programmer.recovery->txn);

    /* The M7's first: its copy is in the session's own buffer. */
    for (unsigned c = 0; status == DUO_OK && c < DUO_CORES; c++) {
        if (programmer.copies.copy[c].written) {
            duo_session_use_buffer(session, buffer, size);
            status = stage(session, (enum duo_core)c);
        }
    }
    if (status == DUO_OK) {
        status = duo_session_finish(session);
    }
    if (status != DUO_OK) {
        duo_session_abort(session);
    }
    programmer_forget();
    return status;
}

void programmer_forget(void)
{
    programmer.open = false;
    programmer.copies.slots = NULL;
    programmer.server.ops = NULL;
}
