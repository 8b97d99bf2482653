/* SPDX-License-Identifier: MIT */
/* What an SMP client learns of the running device, and may do with it. */
#include <string.h>

#include "core/image/slot.h"
#include "core/txn/set.h"
#include "duo/duo.h"
#include "lib/server.h"
#include "lib/service.h"
#include "lib/shared.h"
#include "lib/smp_report.h"
#include "port/stm32h7/backup.h"

/* A client waits two seconds for its answer. */
#define CONFIRM_MS 1500u

static struct {
    struct duo_smp_image current[DUO_CORES]; /* what runs; does not change while it does */
    bool present[DUO_CORES];
    enum server_reset reset;
    enum server_line from; /* who has asked for it */
    bool install;          /* asked for, to be done when all is in flash */
} device;

static struct duo_report report; /* too large for the caller's stack */
static struct duo_smp_slot slots[SMP_SLOTS];
static char version[SMP_VERSION_TEXT]; /* of this application */
static struct duo_smp_about about;

/* ---- The images ---- */

/* The bootloader has verified it in this power cycle; what is wanted is its name. */
static bool look_at_current(const struct duo_device *dev, unsigned core)
{
    static struct duo_image image;
    struct duo_placement place;
    struct duo_slot_view view;
    struct duo_locator loc;

    duo_placement_app(&place, dev, (enum duo_core)core);
    const struct duo_reader slot = duo_placement_reader(&place);
    if (duo_slot_find(&slot, dev->slots[core], DUO_SLOT_ALIGN, &loc) != DUO_OK) {
        return false;
    }
    duo_slot_view_init(&view, &slot, &loc);
    const struct duo_reader file = duo_slot_view_reader(&view);
    if (duo_image_parse(&file, duo_slot_view_size(&view), &image) != DUO_OK) {
        return false;
    }
    smp_name_image(&device.current[core], core, 0, &image.header.version, image.hash);
    device.current[core].active = true;
    return true;
}

static bool rollback_is_asked(void)
{
    return backup_read(DUO_REQUEST_REGISTER) == DUO_REQUEST_ROLLBACK;
}

/* What an earlier update has left, or one that is staged. */
static bool name_other(unsigned core, struct duo_smp_image *image)
{
    static uint8_t bytes[DUO_MANIFEST_SIZE]; /* the images' names stand in its head */
    const struct duo_txn *txn = library_txn();
    struct duo_other_set other;
    struct duo_manifest m;

    if (!txn || !duo_txn_other_set(txn, &other) ||
        duo_txn_read_manifest(txn, DUO_STANDING_OTHER, bytes, &m) != DUO_OK ||
        !smp_name_other(image, core, &other, &m)) {
        return false;
    }
    if (rollback_is_asked()) {
        image->pending = image->permanent = true;
    }
    return true;
}

static bool find_in_slot(unsigned core, unsigned slot, struct duo_smp_image *image)
{
    const struct duo_manifest *fresh = update_manifest();

    if (slot == 0) {
        *image = device.current[core];
        image->confirmed = duo_kept();
        return device.present[core];
    }
    if (!fresh || !server_upload_open()) {
        return name_other(core, image);
    }
    if (!update_brings((enum duo_core)core)) {
        return false; /* the new set goes on with the one that runs */
    }
    struct duo_update_progress p;
    duo_update_look(&p);
    smp_name_image(image, core, 1, &fresh->image[core].version, fresh->image[core].image_hash);
    image->pending = device.install || p.phase == DUO_UPDATE_RELEASED;
    return true;
}

static unsigned images(void *ctx, struct duo_smp_image *list)
{
    (void)ctx;
    return smp_list_images(find_in_slot, list);
}

/* ---- What a client may do ---- */

/* For both cores. The record waits for the M4's signs of life, as always; so the answer does. */
static enum duo_status confirm(void)
{
    if (duo_kept()) {
        return DUO_OK;
    }
    for (unsigned c = 0; c < DUO_CORES; c++) {
        SHARED->confirm[c] = 1; /* each core writes nothing else there, and the M7 only reads */
    }
    return server_waited() < CONFIRM_MS ? DUO_E_BUSY : DUO_E_TIMEOUT;
}

/* Leaves word for the bootloader, which verifies the set: whichever reset comes next does it. */
static enum duo_status roll_back(void)
{
    const struct duo_txn *txn = library_txn();

    if (!txn) {
        return DUO_E_STATE;
    }
    duo_txn_report(txn, &report);
    if (!report.can_roll_back) {
        return !report.other.present                   ? DUO_E_NO_IMAGE
               : report.other.counter < report.counter ? DUO_E_DOWNGRADE
                                                       : DUO_E_STATE;
    }
    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_ROLLBACK);
    return DUO_OK;
}

/* At once, or when an image that was taken has been written: a client waits two seconds. */
static enum duo_status install(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    if (p.phase == DUO_UPDATE_DATA || p.phase == DUO_UPDATE_WORK) {
        device.install = true;
        return DUO_OK;
    }
    device.install = false;
    return duo_update_install(false);
}

void server_device_work(void)
{
    if (device.install && install() == DUO_E_BUSY) {
        device.install = true; /* somebody else has the flash */
    }
}

static enum duo_status select(void *ctx, const uint8_t *hash, bool confirmed)
{
    struct duo_smp_image image = {.slot = 0};

    (void)ctx;
    if (hash && !smp_find_image(find_in_slot, hash, &image)) {
        return DUO_E_NO_IMAGE;
    }
    if (image.slot == 0) { /* what runs cannot be tried, and need not be */
        return confirmed ? confirm() : DUO_OK;
    }
    if (confirmed) {
        return DUO_E_CANCELLED; /* nothing stays that has not run: every set is tried */
    }
    if (image.pending) {
        return DUO_OK;
    }
    return update_manifest() && server_upload_open() ? install() : roll_back();
}

static enum duo_status erase(void *ctx, uint32_t slot)
{
    (void)ctx;
    if (slot != 1 && slot != 3) {
        return DUO_E_ARG;
    }
    if (server_upload_is_others(server_line_at_hand())) {
        return DUO_E_OPEN;
    }
    server_upload_forget();
    return DUO_OK;
}

/* Some clients send a set and reset: that is their wish to have it installed. */
static enum duo_status reset(void *ctx, bool to_recovery)
{
    const enum duo_status status = update_manifest() && server_upload_open() ? install() : DUO_OK;

    (void)ctx;
    if (status == DUO_OK) {
        device.reset = to_recovery ? SERVER_RECOVERY : SERVER_RESET;
        device.from = server_line_at_hand();
    }
    return status;
}

void server_reset_ask(enum server_line from)
{
    device.reset = SERVER_RESET;
    device.from = from;
}

enum server_reset server_reset_wanted(enum server_line from)
{
    return device.install || device.from != from ? SERVER_NO_RESET : device.reset;
}

/* ---- Our own commands ---- */

static struct duo_version version_of(const struct duo_handoff_version *v)
{
    return (struct duo_version){(uint8_t)(v->number >> 24), (uint8_t)(v->number >> 16),
                                (uint16_t)v->number, v->build};
}

static void put_update(struct duo_cbor_out *out)
{
    static const char *const phases[] = {"none", "data", "work", "complete", "released", "failed"};
    struct duo_update_progress p;

    duo_update_look(&p);
    duo_cbor_text(out, "update");
    duo_cbor_map(out);
    duo_cbor_put_text(out, "phase", phases[p.phase]);
    duo_cbor_put_number(out, "received", p.received);
    duo_cbor_put_number(out, "total", p.total);
    duo_cbor_end(out);
}

/* What nobody has signed leaves nothing in the journal, and who sent it may have gone before it was
 * verified (stm32flash): it is told until the next session or reset. */
static void add_refusal(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    if (p.error != DUO_OK) {
        report.reason = DUO_REASON_REJECTED;
        report.reason_code = p.error;
    }
}

static enum duo_status put_status(struct duo_cbor_out *out)
{
    const struct duo_txn *txn = library_txn();
    struct duo_device_status status;
    char text[SMP_VERSION_TEXT];

    if (!txn) {
        return DUO_E_STATE;
    }
    duo_get_status(&status);
    duo_txn_report(txn, &report);
    add_refusal();
    const struct duo_version boot = version_of(&status.bootloader);
    smp_version_text(&boot, text);
    duo_cbor_put_text(out, "bootloader", text);
    duo_cbor_put_bool(out, "recovery", false);
    duo_cbor_put_number(out, "hardware", status.hardware_id);
    smp_put_report(&report, out);
    put_update(out);
    return DUO_OK;
}

static enum duo_status command(void *ctx, uint32_t id, bool write,
                               const struct duo_cbor_item *request, struct duo_cbor_out *answer)
{
    (void)ctx;
    (void)request;
    if (id == DUO_SMP_STATUS && !write) {
        return put_status(answer);
    }
    if (id == DUO_SMP_LOG && !write && library_txn()) {
        smp_put_log(&library_txn()->journal, answer);
        return DUO_OK;
    }
    if (id == DUO_SMP_CONFIRM && write) {
        return confirm();
    }
    return id == DUO_SMP_ROLL_BACK && write ? roll_back() : DUO_E_ARG;
}

/* ---- Begin ---- */

void server_device_buffer(uint32_t bytes)
{
    about.buffer = bytes;
}

const struct duo_smp_about *server_device_open(void)
{
    const struct duo_txn *txn = library_txn();
    struct duo_device_status status;

    memset(&device, 0, sizeof(device));
    duo_get_status(&status);
    const struct duo_version own = version_of(&status.m7);
    smp_version_text(&own, version);
    for (unsigned c = 0; txn && c < DUO_CORES; c++) {
        device.present[c] = look_at_current(txn->dev, c);
    }
    smp_fill_slots(slots);
    about = (struct duo_smp_about){"duoboot", version, "stm32h745", 0, slots, SMP_SLOTS};
    return &about;
}

const struct duo_smp_ops server_ops = {
    .images = images,
    .select = select,
    .upload = server_upload,
    .uploaded = server_uploaded,
    .erase = erase,
    .reset = reset,
    .command = command,
};
