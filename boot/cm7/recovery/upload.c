/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/upload.h"

#include <string.h>

#include "boot/cm7/device.h"
#include "boot/cm7/line.h"
#include "boot/cm7/recovery/keys.h"
#include "boot/cm7/report.h"
#include "chip/stm32h7/memory.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/watchdog.h"
#include "proto/ymodem_tx.h"

/* A bank's bytes 1024 at a time fill a packet; with less room the pump waits. */
#define ALONE_MS 100u

struct upload {
    struct duo_ymodem_tx tx;
    struct duo_ymodem_file file;
    struct duo_slot_view view;
    struct duo_reader slot;
    uint32_t bank; /* base of the bank; 0: an image */
    uint32_t unreadable;
    enum duo_ymodem_result result;
    bool announced;
    char what; /* the file that upload_read() reads; 0: none */
};

static struct upload upload;

static size_t send(void *ctx, const uint8_t *bytes, size_t n)
{
    size_t room = line->room();

    (void)ctx;
    if (n > room) {
        n = room;
    }
    line->write(bytes, n);
    return n;
}

static bool next_file(void *ctx, struct duo_ymodem_file *file)
{
    (void)ctx;
    *file = upload.file;
    bool first = !upload.announced;
    upload.announced = true;
    return first;
}

/* Word by word, so that a torn one costs 32 bytes and not a block; those are sent as zeros. */
static void read_bank(uint32_t at, uint8_t *bytes, size_t n)
{
    while (n > 0) {
        uint32_t len = n < MEM_FLASH_WORD ? (uint32_t)n : MEM_FLASH_WORD;
        upload.unreadable += flash_read(at, bytes, len) == DUO_WORD_UNREADABLE;
        at += len;
        bytes += len;
        n -= len;
    }
}

static bool read(void *ctx, uint32_t offset, uint8_t *bytes, size_t n)
{
    (void)ctx;
    if (upload.bank != 0) {
        read_bank(upload.bank + offset, bytes, n);
        return true;
    }
    struct duo_reader reader = duo_slot_view_reader(&upload.view);
    return reader.read(reader.ctx, offset, bytes, (uint32_t)n) == DUO_OK;
}

static void done(void *ctx, enum duo_ymodem_result result)
{
    (void)ctx;
    upload.result = result;
}

static const struct duo_ymodem_tx_ops ops = {send, next_file, read, 0, done};

static void serve_once(void)
{
    uint8_t bytes[64];
    size_t n = line->read(bytes, sizeof(bytes));
    uint8_t key = key_input(bytes, n, ALONE_MS);

    watchdog_feed_both();
    if (key == 'a' || key == KEY_CTRL_C) {
        duo_ymodem_tx_abort(&upload.tx);
    }
    duo_ymodem_tx_input(&upload.tx, line->now(), bytes, n);
    if (!duo_ymodem_tx_pump(&upload.tx, line->now()) || line->room() == 0) {
        cpu_wfi();
    }
}

/* `name` is one of ours, shorter than DUO_YM_NAME_MAX. */
static void name_file(const char *name, uint32_t size)
{
    memcpy(upload.file.name, name, strlen(name) + 1);
    upload.file.size = size;
    upload.file.size_known = true;
}

static void transfer(void)
{
    say("sending %s, %u bytes; start to receive (rb), a aborts", upload.file.name,
        (unsigned)upload.file.size);
    line->flush();
    duo_ymodem_tx_start(&upload.tx, &ops, 0, 0, line->now());
    while (!duo_ymodem_tx_over(&upload.tx)) {
        serve_once();
    }
    line->flush();
    print("\r\n");
    if (upload.result == DUO_YM_OK) {
        say("sent %s", upload.file.name);
    } else {
        say("upload failed: %s",
            upload.result == DUO_YM_REFUSED ? "aborted here" : duo_ymodem_text(upload.result));
    }
    if (upload.unreadable != 0) {
        say("%u flash words are unreadable and went as zeros", (unsigned)upload.unreadable);
    }
}

/* Whatever can be found: an image that does not verify is what somebody may want to look at. */
static enum duo_status open_image(const struct duo_device *device, enum duo_core core)
{
    const struct duo_slot *slot = device->slots[core];
    struct duo_image image;
    struct duo_locator loc;

    upload.slot = device_slot_reader(slot);
    if (duo_slot_verify(&upload.slot, slot, device->trust, &image, &loc) != DUO_OK &&
        duo_slot_find(&upload.slot, slot, 0, &loc) != DUO_OK) {
        return DUO_E_NO_IMAGE;
    }
    duo_slot_view_init(&upload.view, &upload.slot, &loc);
    name_file(core == DUO_CM7 ? "m7.img" : "m4.img", duo_slot_view_size(&upload.view));
    return DUO_OK;
}

static void open_bank(unsigned bank)
{
    upload.bank = bank == 1 ? MEM_FLASH_BASE : MEM_BANK2_BASE;
    name_file(bank == 1 ? "bank1.bin" : "bank2.bin", MEM_BANK_SIZE);
}

/* NULL: it may not be read out. */
static const char *refusal(void)
{
    return !DUO_UPLOAD          ? "not in this build"
           : !option_readable() ? "the chip is read-protected"
                                : NULL;
}

static enum duo_status open_file(const struct duo_device *device, char what)
{
    memset(&upload, 0, sizeof(upload));
    switch (what) {
    case '7':
        return open_image(device, DUO_CM7);
    case '4':
        return open_image(device, DUO_CM4);
    case '1':
    case '2':
        open_bank(what == '1' ? 1 : 2);
        return DUO_OK;
    default:
        return DUO_E_ARG;
    }
}

void upload_menu(const struct duo_device *device)
{
    if (refusal()) {
        say("refused: %s", refusal());
        return;
    }
    const uint8_t key = key_ask("7 m7 image, 4 m4 image, 1 bank 1, 2 bank 2, or a:");
    switch (open_file(device, (char)key)) {
    case DUO_OK:
        transfer();
        break;
    case DUO_E_NO_IMAGE:
        say("refused: no signed image at 0x%x",
            (unsigned)device->slots[key == '7' ? DUO_CM7 : DUO_CM4]->run_base);
        break;
    default:
        break;
    }
}

enum duo_status upload_read(const struct duo_device *device, char what, uint32_t offset,
                            uint8_t *bytes, uint32_t *n, uint32_t *size)
{
    if (refusal()) {
        return DUO_E_PROTECTED;
    }
    if (offset == 0 || what != upload.what) { /* an image is looked for once */
        const enum duo_status status = open_file(device, what);
        upload.what = status == DUO_OK ? what : '\0';
        if (status != DUO_OK) {
            return status;
        }
    }
    *size = upload.file.size;
    if (offset > *size) {
        return DUO_E_ARG;
    }
    *n = *n < *size - offset ? *n : *size - offset;
    return *n == 0 || read(NULL, offset, bytes, *n) ? DUO_OK : DUO_E_READ;
}
