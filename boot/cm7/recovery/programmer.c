/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/programmer.h"

#include <string.h>

#include "boot/cm7/line.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/protect.h"
#include "boot/cm7/recovery/receive.h"
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "port/stm32h7/mpu.h"

/* The line is a client's for so long after its last command; and after a sync byte, which may be a
 * key or noise, until the first command should have come. */
#define ACTIVE_MS 10000u
#define SYNC_MS   2000u

/* What STM32CubeProgrammer reads before anything else, and gives up without: unique id and flash
 * size (RM0399, "Device electronic signature"). */
#define SIGNATURE_BASE 0x1FF1E800u
#define SIGNATURE_SIZE 0x100u

/* SRAM1 and 2: free while the M4 waits in SRAM3. */
#define CM4_COPY_SIZE (MEM_SRAM1_SIZE + MEM_SRAM2_SIZE)

struct copy {
    uint8_t *bytes;
    uint32_t size;
    bool written;
};

static struct {
    struct duo_an3155 server;
    const struct duo_device *device;
    struct copy copy[DUO_CORES];
    uint32_t heard; /* when the last command was accepted, ms */
    bool open;      /* the copies are there */
    bool decided;
} programmer;

/* ---- the copies of the slots ---- */

/* As an erased slot. Whole words first: after power-on the RAM's ECC is random. */
static void blank(const struct copy *c)
{
    volatile uint64_t *word = (volatile uint64_t *)(void *)c->bytes;

    for (uint32_t i = 0; i < c->size / sizeof(*word); i++) {
        word[i] = UINT64_MAX;
    }
}

static void open_copies(void)
{
    struct copy *m7 = &programmer.copy[DUO_CM7];
    struct copy *m4 = &programmer.copy[DUO_CM4];

    mpu_region(6, SIGNATURE_BASE, MPU_SIZE(8) | MPU_READ_ONLY | MPU_NO_EXECUTE | MPU_UNCACHED);
    REG(RCC, AHB2ENR) |= RCC_AHB2ENR_SRAM1EN | RCC_AHB2ENR_SRAM2EN;
    (void)REG(RCC, AHB2ENR);
    m7->bytes = receive_image_buffer(&m7->size);
    m7->written = false;
    *m4 = (struct copy){(uint8_t *)(uintptr_t)MEM_SRAM1_BASE, CM4_COPY_SIZE, false};
    blank(m7);
    blank(m4);
    programmer.open = true;
}

void programmer_open(const struct duo_device *device)
{
    programmer.device = device;
    if (!programmer.open) {
        open_copies();
    }
}

/* The part of a copy that holds `n` bytes from `addr` on; NULL if they are not all in one slot. */
static uint8_t *find(uint32_t addr, uint32_t n, struct copy **copy)
{
    for (unsigned c = 0; programmer.open && c < DUO_CORES; c++) {
        const struct duo_slot *slot = programmer.device->slots[c];
        const uint32_t at = addr - slot->run_base;
        *copy = &programmer.copy[c];
        if (at < slot->size && n <= slot->size - at && slot->size <= (*copy)->size) {
            return (*copy)->bytes + at;
        }
    }
    return NULL;
}

static bool is_blank(const uint8_t *bytes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (bytes[i] != 0xFF) {
            return false;
        }
    }
    return true;
}

static bool in_flash(uint32_t addr, uint32_t n)
{
    return addr - MEM_FLASH_BASE < MEM_FLASH_SIZE && n <= MEM_FLASH_SIZE - (addr - MEM_FLASH_BASE);
}

/* ---- what the protocol asks for ---- */

static void send(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    line->write(bytes, n);
}

/* Outside of the slots the flash looks blank: what lies there is nobody's business. */
bool programmer_read(void *ctx, uint32_t addr, uint8_t *to, uint32_t n)
{
    struct copy *copy;
    const uint8_t *from = find(addr, n, &copy);

    (void)ctx;
    if (programmer.open && addr - SIGNATURE_BASE < SIGNATURE_SIZE &&
        n <= SIGNATURE_SIZE - (addr - SIGNATURE_BASE)) {
        from = (const uint8_t *)(uintptr_t)addr;
    }
    if (!from && !in_flash(addr, n)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        to[i] = from ? from[i] : 0xFFu;
    }
    return true;
}

/* A file with both slots in it fills what lies between them with 0xFF. */
bool programmer_write(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    struct copy *copy;
    uint8_t *to = find(addr, n, &copy);

    (void)ctx;
    if (!to) {
        return in_flash(addr, n) && is_blank(bytes, n);
    }
    memcpy(to, bytes, n);
    copy->written = copy->written || !is_blank(bytes, n);
    return true;
}

static void erase_page(uint32_t page)
{
    struct copy *copy;
    uint8_t *at = find(MEM_FLASH_BASE + page * MEM_SECTOR_SIZE, MEM_SECTOR_SIZE, &copy);

    if (at) {
        memset(at, 0xFF, MEM_SECTOR_SIZE);
        copy->written = copy->written && !is_blank(copy->bytes, copy->size);
    }
}

/* Other pages are left as they are, and the client is told that all is well: it erases whatever its
 * file covers. */
bool programmer_erase(void *ctx, uint32_t pages)
{
    (void)ctx;
    for (uint32_t page = 0; page < DUO_AN3155_PAGES; page++) {
        if (pages >> page & 1u) {
            erase_page(page);
        }
    }
    return true;
}

static enum duo_status verify(enum duo_core core, struct duo_locator *locator)
{
    const struct duo_device *dev = programmer.device;
    struct duo_mem mem = {programmer.copy[core].bytes, programmer.copy[core].size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;

    return duo_slot_verify(&reader, dev->slots[core], dev->trust, &image, locator);
}

enum duo_status programmer_decide(void)
{
    enum duo_status status = options_block_updates() ? DUO_E_PROTECTED : DUO_OK;
    bool any = false;

    for (unsigned c = 0; status == DUO_OK && c < DUO_CORES; c++) {
        struct duo_locator locator;
        if (programmer.copy[c].written) {
            status = verify((enum duo_core)c, &locator);
            any = true;
        }
    }
    return status == DUO_OK && !any ? DUO_E_EMPTY : status;
}

/* Whatever address is named: both cores start together, at their own. */
static bool decide(void *ctx, uint32_t addr)
{
    (void)ctx;
    (void)addr;
    programmer.decided = programmer_decide() == DUO_OK;
    return programmer.decided;
}

static const struct duo_an3155_ops ops = {send, programmer_read, programmer_write, programmer_erase,
                                          decide};

/* ---- for recovery ---- */

bool programmer_calls(const uint8_t *bytes, size_t n)
{
    return n > 0 && bytes[0] == DUO_AN3155_SYNC;
}

void programmer_input(const struct duo_device *device, const uint8_t *bytes, size_t n)
{
    programmer_open(device);
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

bool programmer_active(void)
{
    const uint32_t accepted = duo_an3155_accepted(&programmer.server);

    return programmer.server.ops && duo_an3155_synchronized(&programmer.server) &&
           line->now() - programmer.heard < (accepted > 1u ? ACTIVE_MS : SYNC_MS);
}

static enum duo_status stage(struct duo_session *session, enum duo_core core)
{
    struct duo_locator locator;
    uint8_t *bytes = programmer.copy[core].bytes;
    enum duo_status status = verify(core, &locator);

    if (status != DUO_OK) {
        return status;
    }
    uint32_t size;
    uint8_t *const scratch = receive_queue(&size);
    const uint32_t length = duo_slot_to_file(bytes, &locator, scratch, size);
    status = duo_session_write(session, bytes, length);
    return status == DUO_OK ? duo_session_end_file(session) : status;
}

enum duo_status programmer_stage(struct duo_session *session, struct duo_txn *txn)
{
    uint32_t size;
    uint8_t *const buffer = receive_image_buffer(&size);
    enum duo_status status = duo_session_begin(session, txn);

    /* The M7's first: its copy is in the session's own buffer. */
    for (unsigned c = 0; status == DUO_OK && c < DUO_CORES; c++) {
        if (programmer.copy[c].written) {
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
    programmer.server.ops = NULL;
}
