/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/usb.h"

#include <string.h>

#include "boot/cm7/device.h"
#include "boot/cm7/fault.h"
#include "boot/cm7/line.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/programmer.h"
#include "boot/cm7/recovery/smp.h"
#include "boot/cm7/report.h"
#include "core/base/bytes.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/otg.h"

/* From the last request on, so that the host learns what became of its file, and may send the other
 * core's image: then what is there is installed. */
#define LINGER_MS      1000u
#define OTHER_IMAGE_MS 10000u
#define HOST_GONE_MS   10000u
/* A block is programmed, and a signature checked, in about this time. */
#define BLOCK_MS     15u
#define SIGNATURE_MS 200u

/* Of the MPU: main.c has the first, recovery_load.c and programmer.c one each. */
#define SERIAL_REGION 7u

static struct {
    struct recovery *recovery;
    struct duo_usb usb;
    struct duo_dfu dfu;
    struct duo_slot_view view; /* what is being uploaded */
    struct duo_reader slot;
    bool open;                     /* the update session is ours */
    bool collected;                /* it has an image, and may get the other */
    uint32_t active_at, polled_at; /* ms */
} usb;

__attribute__((section(".bss.work_ram"), aligned(8))) static uint8_t block[DUO_DFU_BLOCK];

static void activity(void)
{
    usb.active_at = line->now();
}

/* ---- refusals ---- */

static enum duo_dfu_status status_of(enum duo_status status)
{
    switch (status) {
    case DUO_OK:
        return DUO_DFU_OK;
    case DUO_E_CORE:
    case DUO_E_HARDWARE:
    case DUO_E_LAYOUT:
        return DUO_DFU_ERR_TARGET;
    case DUO_E_TRUNCATED:
    case DUO_E_EMPTY:
        return DUO_DFU_ERR_NOTDONE;
    case DUO_E_PROGRAM:
        return DUO_DFU_ERR_PROG;
    case DUO_E_ERASE:
    case DUO_E_STUCK:
        return DUO_DFU_ERR_ERASE;
    case DUO_E_PROTECTED:
        return DUO_DFU_ERR_WRITE;
    case DUO_E_READ:
        return DUO_DFU_ERR_VERIFY;
    case DUO_E_STATE:
    case DUO_E_JOURNAL:
    case DUO_E_NO_IMAGE:
        return DUO_DFU_ERR_VENDOR;
    default:
        return DUO_DFU_ERR_FILE;
    }
}

static enum duo_dfu_status refuse(enum duo_dfu_status status, const char *what, const char *advice)
{
    usb_set_reason(what, advice);
    say("usb refused: %s", usb_reason());
    return status;
}

static enum duo_dfu_status verdict(enum duo_status status)
{
    if (status == DUO_OK) {
        return DUO_DFU_OK;
    }
    return refuse(status_of(status), duo_status_text(status),
                  recovery_advice(usb.recovery, status));
}

/* ---- download ---- */

/* Is the file of the kind that this alternate takes? */
static enum duo_dfu_status check_kind(uint8_t alternate, const uint8_t *bytes, uint16_t n)
{
    uint32_t magic = n >= 4 ? duo_get32(bytes) : 0;
    bool set = magic == DUO_MANIFEST_MAGIC, image = magic == DUO_IMAGE_MAGIC;

    if (!set && !image) {
        return verdict(DUO_E_MAGIC);
    }
    if (set && alternate != USB_SET) {
        return refuse(DUO_DFU_ERR_ADDRESS, "this is a set", "send it to alternate 0");
    }
    if (image && alternate == USB_SET) {
        return refuse(DUO_DFU_ERR_ADDRESS, "this is one core's image",
                      "send it to alternate 1 (m7) or 2 (m4)");
    }
    return DUO_DFU_OK;
}

static enum duo_dfu_status check_core(uint8_t alternate)
{
    enum duo_core core;

    if (duo_session_core(&usb.recovery->receive.session, &core) &&
        core != (alternate == USB_M7 ? DUO_CM7 : DUO_CM4)) {
        return refuse(DUO_DFU_ERR_ADDRESS, "this is the other core's image",
                      alternate == USB_M7 ? "send it to alternate 2 (m4)"
                                          : "send it to alternate 1 (m7)");
    }
    return DUO_DFU_OK;
}

static enum duo_dfu_status begin(void)
{
    struct recovery *r = usb.recovery;
    uint32_t size;

    if ((r->offering && receive_started(&r->receive)) || programmer_active() || smp_active()) {
        return refuse(DUO_DFU_ERR_VENDOR, "the serial line sends an update", "try again later");
    }
    if (options_block_updates()) {
        return verdict(DUO_E_PROTECTED);
    }
    if (usb.collected && duo_session_wants_more(&r->receive.session)) {
        return DUO_DFU_OK;
    }
    r->offering = false;
    programmer_forget();
    smp_forget();
    enum duo_status status = duo_session_begin(&r->receive.session, r->txn);
    if (status == DUO_OK) {
        uint8_t *buffer = receive_image_buffer(&size);
        duo_session_use_buffer(&r->receive.session, buffer, size);
        usb.open = true;
        usb.collected = false;
    }
    return verdict(status);
}

static enum duo_dfu_status write(void *ctx, uint8_t alternate, bool first, const uint8_t *bytes,
                                 uint16_t n)
{
    enum duo_dfu_status status = DUO_DFU_OK;

    (void)ctx;
    if (first) {
        usb_set_reason("", NULL);
        status = check_kind(alternate, bytes, n);
        if (status == DUO_DFU_OK) {
            status = begin();
        }
    }
    if (status != DUO_DFU_OK) {
        return status;
    }
    status = verdict(duo_session_write(&usb.recovery->receive.session, bytes, n));
    return status == DUO_DFU_OK && alternate != USB_SET ? check_core(alternate) : status;
}

static enum duo_dfu_status finish(void *ctx, uint8_t alternate)
{
    struct duo_session *session = &usb.recovery->receive.session;
    enum duo_dfu_status status = verdict(duo_session_end_file(session));

    (void)ctx;
    if (status == DUO_DFU_OK) {
        usb.collected = true;
        activity();
        say("usb: %s received", alternate == USB_SET  ? "set"
                                : alternate == USB_M7 ? "m7 image"
                                                      : "m4 image");
    }
    return status;
}

static void give_up(void *ctx)
{
    (void)ctx;
    if (usb.open) {
        usb.open = usb.collected = false;
        duo_session_abort(&usb.recovery->receive.session);
        offer(usb.recovery, 0, false);
    }
}

static uint32_t wait_ms(void *ctx)
{
    uint32_t flash = flash_wait_ms();

    (void)ctx;
    if (flash > BLOCK_MS) {
        return flash;
    }
    return usb.dfu.job == DUO_DFU_FINISH ? SIGNATURE_MS : BLOCK_MS;
}

/* ---- upload ---- */

static bool find_image(enum duo_core core)
{
    const struct duo_slot *slot = usb.recovery->device->slots[core];
    struct duo_locator loc;

    usb.slot = device_slot_reader(slot);
    if (duo_slot_find(&usb.slot, slot, 0, &loc) != DUO_OK) {
        return false;
    }
    duo_slot_view_init(&usb.view, &usb.slot, &loc);
    return true;
}

static enum duo_dfu_status upload(void *ctx, uint8_t alternate, uint32_t offset, uint8_t *bytes,
                                  uint16_t *n)
{
    (void)ctx;
    if (!DUO_UPLOAD || !option_readable()) {
        return refuse(DUO_DFU_ERR_VENDOR, "no upload",
                      DUO_UPLOAD ? "the chip is read-protected" : "not in this build");
    }
    if (alternate == USB_SET) {
        return refuse(DUO_DFU_ERR_VENDOR, "no upload of sets",
                      "take the images: alternate 1 and 2");
    }
    if (offset == 0 && !find_image(alternate == USB_M7 ? DUO_CM7 : DUO_CM4)) {
        return refuse(DUO_DFU_ERR_FILE, "there is no signed image", NULL);
    }
    uint32_t left = duo_slot_view_size(&usb.view) - offset;
    *n = left < *n ? (uint16_t)left : *n;
    struct duo_reader reader = duo_slot_view_reader(&usb.view);
    return verdict(reader.read(reader.ctx, offset, bytes, *n));
}

/* ---- the end ---- */

static _Noreturn void reset_to_install(void)
{
    fault_forget();
    report_set(usb.recovery->txn);
    say("resetting to install it");
    otg_stop();
    work_end();
}

/* Images alone make a set when it is clear that no other comes. */
static void install(void)
{
    enum duo_status status = duo_session_finish(&usb.recovery->receive.session);

    if (status == DUO_OK) {
        reset_to_install();
    }
    (void)verdict(status);
    give_up(NULL);
}

static void leave(void *ctx, bool detached)
{
    (void)ctx;
    if (usb.collected) {
        install();
    } else if (detached) {
        say("usb: detached, resetting");
        otg_stop();
        work_end();
    }
}

static const char *reason(void *ctx)
{
    (void)ctx;
    return usb_reason();
}

static const struct duo_dfu_ops ops = {write, finish, give_up, wait_ms, upload, reason, leave};

static void install_when_quiet(void)
{
    if (!usb.collected || usb.dfu.state != DUO_DFU_IDLE) {
        return;
    }
    bool more = duo_session_wants_more(&usb.recovery->receive.session);
    if (line->now() - usb.active_at >= (more ? OTHER_IMAGE_MS : LINGER_MS)) {
        install();
    }
}

/* A pulled plug shows as silence alone: nothing here sees the host's supply. A host that is there
 * asks again after the time it was told, at most a second. */
static void end_with_host(void)
{
    if (usb.open && usb.dfu.state != DUO_DFU_IDLE && line->now() - usb.active_at >= HOST_GONE_MS) {
        duo_dfu_reset(&usb.dfu);
    }
}

void usb_start(struct recovery *r)
{
    if (!DUO_USB) {
        return;
    }
    memset(block, 0, sizeof(block)); /* a first narrow write would read a word's random ECC */
    memset(&usb, 0, sizeof(usb));
    usb.recovery = r;
    mpu_region(SERIAL_REGION, OTG_SERIAL_BASE,
               MPU_SIZE(5) | MPU_READ_ONLY | MPU_NO_EXECUTE | MPU_UNCACHED);
    duo_dfu_start(&usb.dfu, &ops, NULL, block);
    if (!otg_start(&usb.usb, usb_function(activity), &usb.dfu)) {
        say("usb does not start: no clock or supply");
    }
}

void usb_poll(void)
{
    const uint32_t now = line->now();

    /* Until a host sends a file, once a millisecond: the line's bytes come ten times as often. */
    if (DUO_USB && (usb.open || now != usb.polled_at)) {
        usb.polled_at = now;
        otg_poll();
    }
}

bool usb_work(void)
{
    if (!DUO_USB) {
        return false;
    }
    bool did = duo_dfu_work(&usb.dfu);
    install_when_quiet();
    end_with_host();
    if (usb.open && !did) {
        cpu_wfe(); /* USB wakes it, and SysTick */
    }
    return usb.open;
}
