/* SPDX-License-Identifier: MIT */
/* Files by plain DFU: a set, or one core's image, each through an alternate of its own. */
#include <string.h>

#include "boot/cm7/device.h"
#include "boot/cm7/line.h"
#include "boot/cm7/recovery/programmer.h"
#include "boot/cm7/recovery/smp.h"
#include "boot/cm7/recovery/usb_parts.h"
#include "boot/cm7/report.h"
#include "core/base/bytes.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/option.h"

/* From the last request on, so that the host learns what happened to its file, and may send the
 * other core's image: then what is there is installed. */
#define LINGER_MS      1000u
#define OTHER_IMAGE_MS 10000u
/* A block is programmed, and a signature checked, in about this time. */
#define BLOCK_MS     15u
#define SIGNATURE_MS 200u

static struct duo_slot_view view; /* what is being uploaded */
static struct duo_reader slot_reader;
static bool collected; /* the session has an image, and may get the other */

/* ---- download ---- */

/* Is the file of the kind that this alternate takes? */
static enum duo_dfu_status check_kind(uint8_t alternate, const uint8_t *bytes, uint16_t n)
{
    uint32_t magic = n >= 4 ? duo_get32(bytes) : 0;
    bool set = magic == DUO_MANIFEST_MAGIC, image = magic == DUO_IMAGE_MAGIC;

    if (!set && !image) {
        return usb_status_for(DUO_E_MAGIC);
    }
    if (set && alternate != USB_SET) {
        return usb_refuse(DUO_DFU_ERR_ADDRESS, "this is a set", "send it to alternate 0");
    }
    if (image && alternate == USB_SET) {
        return usb_refuse(DUO_DFU_ERR_ADDRESS, "this is one core's image",
                          "send it to alternate 1 (m7) or 2 (m4)");
    }
    return DUO_DFU_OK;
}

static enum duo_dfu_status check_core(uint8_t alternate)
{
    enum duo_core core;

    if (duo_session_core(&usb.recovery->receive.session, &core) &&
        core != (alternate == USB_M7 ? DUO_CM7 : DUO_CM4)) {
        return usb_refuse(DUO_DFU_ERR_ADDRESS, "this is the other core's image",
                          alternate == USB_M7 ? "send it to alternate 2 (m4)"
                                              : "send it to alternate 1 (m7)");
    }
    return DUO_DFU_OK;
}

/* Is it the image that makes a set with the one that is here? Any other file takes its place. */
static bool completes(uint8_t alternate)
{
    const struct duo_session *session = &usb.recovery->receive.session;

    return collected && alternate != USB_SET && duo_session_wants_more(session) &&
           !session->images.have[alternate == USB_M7 ? DUO_CM7 : DUO_CM4];
}

static enum duo_dfu_status begin(uint8_t alternate)
{
    struct recovery *r = usb.recovery;
    uint32_t size;

    if (completes(alternate)) {
        return usb_may_begin();
    }
    const enum duo_dfu_status may = usb_take_line();
    if (may != DUO_DFU_OK) {
        return may;
    }
    programmer_forget();
    enum duo_status status = duo_session_begin(&r->receive.session, r->txn);
    if (status == DUO_OK) {
        uint8_t *buffer = receive_image_buffer(&size);
        duo_session_use_buffer(&r->receive.session, buffer, size);
        usb.open = true;
        collected = false;
    }
    return usb_status_for(status);
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
            status = begin(alternate);
        }
    }
    if (status != DUO_DFU_OK) {
        return status;
    }
    status = usb_status_for(duo_session_write(&usb.recovery->receive.session, bytes, n));
    return status == DUO_DFU_OK && alternate != USB_SET ? check_core(alternate) : status;
}

static enum duo_dfu_status finish(void *ctx, uint8_t alternate)
{
    struct duo_session *session = &usb.recovery->receive.session;
    enum duo_dfu_status status = usb_status_for(duo_session_end_file(session));

    (void)ctx;
    if (status == DUO_DFU_OK) {
        collected = true;
        usb.active_at = line->now();
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
        usb.open = collected = false;
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

    slot_reader = device_slot_reader(slot);
    if (duo_slot_find(&slot_reader, slot, 0, &loc) != DUO_OK) {
        return false;
    }
    duo_slot_view_init(&view, &slot_reader, &loc);
    return true;
}

static enum duo_dfu_status upload(void *ctx, uint8_t alternate, uint32_t offset, uint8_t *bytes,
                                  uint16_t *n)
{
    (void)ctx;
    if (!DUO_UPLOAD || !option_readable()) {
        return usb_refuse(DUO_DFU_ERR_VENDOR, "no upload",
                          DUO_UPLOAD ? "the chip is read-protected" : "not in this build");
    }
    if (alternate == USB_SET) {
        return usb_refuse(DUO_DFU_ERR_VENDOR, "no upload of sets",
                          "take the images: alternate 1 and 2");
    }
    if (offset == 0 && !find_image(alternate == USB_M7 ? DUO_CM7 : DUO_CM4)) {
        return usb_refuse(DUO_DFU_ERR_FILE, "there is no signed image", NULL);
    }
    uint32_t left = duo_slot_view_size(&view) - offset;
    *n = left < *n ? (uint16_t)left : *n;
    struct duo_reader reader = duo_slot_view_reader(&view);
    return usb_status_for(reader.read(reader.ctx, offset, bytes, *n));
}

/* ---- the end ---- */

/* Images alone make a set when it is clear that no other comes. */
static void install(void)
{
    enum duo_status status = duo_session_finish(&usb.recovery->receive.session);

    if (status == DUO_OK) {
        usb_install();
    }
    (void)usb_status_for(status);
    give_up(NULL);
}

static void leave(void *ctx, bool detached)
{
    (void)ctx;
    if (collected) {
        install();
    } else if (detached) {
        usb_end();
    }
}

const struct duo_dfu_ops usb_ops = {.write = write,
                                    .finish = finish,
                                    .abort = give_up,
                                    .wait_ms = wait_ms,
                                    .upload = upload,
                                    .reason = usb_reason_text,
                                    .leave = leave};

/* A pulled plug shows as silence alone: nothing here sees the host's supply. A host that is there
 * asks again after the time it was told, at most a second. */
void usb_quiet(uint32_t ms)
{
    if (usb.dfu.state != DUO_DFU_IDLE) {
        if (usb.open && ms >= USB_HOST_GONE_MS) {
            duo_dfu_reset(&usb.dfu);
        }
        return;
    }
    const bool more = collected && duo_session_wants_more(&usb.recovery->receive.session);
    if (collected && ms >= (more ? OTHER_IMAGE_MS : LINGER_MS)) {
        install();
    }
}
