/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/smp_device.h"

#include "boot/cm7/fault.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/recovery.h"
#include "boot/cm7/recovery/smp_commands.h"
#include "boot/cm7/recovery/smp_upload.h"
#include "core/txn/set.h"
#include "duo/duo.h"
#include "duo_build_version.h"
#include "lib/smp_report.h"
#include "port/stm32h7/backup.h"

static struct duo_smp_slot slots[SMP_SLOTS];

static struct {
    struct recovery *recovery;
    struct duo_smp_image seen[DUO_CORES][2]; /* of each core the slots 0 and 1 */
    bool present[DUO_CORES][2];
    struct duo_version version[DUO_CORES]; /* of what runs */
    bool busy;
    bool form, reset; /* asked for, to be done when the flash is idle */
} device;

/* ---- The images ---- */

/* What runs, as it lies in flash. What does not verify is named as the journal names it. */
static bool look_at_current(unsigned core, const struct duo_set_verdict *verdict,
                            enum duo_phase phase)
{
    struct duo_smp_image *image = &device.seen[core][0];
    struct duo_manifest m;

    if (verdict->status == DUO_OK) {
        smp_name_image(image, core, 0, &verdict->image[core].header.version,
                       verdict->image[core].hash);
        image->active = true;
        device.version[core] = verdict->image[core].header.version;
        image->confirmed = phase != DUO_PHASE_TRIAL;
        return true;
    }
    if (duo_set_manifest(device.recovery->txn, DUO_STANDING_CURRENT, &m) != DUO_OK) {
        return false;
    }
    smp_name_image(image, core, 0, &m.image[core].version, m.image[core].image_hash);
    image->bootable = false;
    return true;
}

static bool look_at_other(unsigned core)
{
    const struct duo_txn *txn = device.recovery->txn;
    struct duo_other_set other;
    struct duo_manifest m;

    return duo_txn_other_set(txn, &other) && other.differs[core] &&
           duo_set_manifest(txn, DUO_STANDING_OTHER, &m) == DUO_OK &&
           smp_name_other(&device.seen[core][1], core, &other, &m);
}

void smp_device_refresh(void)
{
    const struct duo_txn *txn = device.recovery->txn;
    struct duo_set_verdict verdict = {.status = DUO_E_NO_IMAGE};
    struct duo_report report;

    duo_txn_report(txn, &report);
    if (!device.recovery->distrust) {
        duo_set_verify(txn, DUO_STANDING_CURRENT, &verdict);
    }
    for (unsigned c = 0; c < DUO_CORES; c++) {
        device.present[c][0] = look_at_current(c, &verdict, report.phase);
        device.present[c][1] = look_at_other(c);
    }
}

bool smp_device_version(enum duo_core core, struct duo_version *version)
{
    *version = device.version[core];
    return device.present[core][0] && device.seen[core][0].active;
}

/* Reads no flash: a bank at work must not be read. */
static bool find_in_slot(unsigned core, unsigned slot, struct duo_smp_image *image)
{
    const struct duo_image *fresh = smp_upload_image((enum duo_core)core);

    if (slot == 1 && smp_upload_unformed()) { /* what was there before is given up */
        if (fresh) {
            smp_name_image(image, core, 1, &fresh->header.version, fresh->hash);
            image->pending = device.form;
        }
        return fresh;
    }
    *image = device.seen[core][slot];
    return device.present[core][slot];
}

static unsigned images(void *ctx, struct duo_smp_image *list)
{
    (void)ctx;
    return smp_list_images(find_in_slot, list);
}

/* ---- What a client may do ---- */

enum duo_status smp_confirm(void)
{
    struct duo_txn *txn = device.recovery->txn;
    struct duo_report report;
    enum duo_status status = DUO_OK;

    duo_txn_report(txn, &report);
    if (report.phase == DUO_PHASE_EXCHANGE) {
        return DUO_E_STATE;
    }
    for (unsigned c = 0; report.phase == DUO_PHASE_TRIAL && status == DUO_OK && c < DUO_CORES;
         c++) {
        status = duo_txn_confirm(txn, (enum duo_core)c);
    }
    smp_device_refresh();
    return status;
}

enum duo_status smp_roll_back(void)
{
    if (options_block_updates()) {
        return DUO_E_PROTECTED;
    }
    const enum duo_status status = duo_txn_rollback(device.recovery->txn);
    smp_device_refresh();
    return status;
}

/* At once, or when the flash is idle: a client waits two seconds, and a large image is written
 * longer. */
static enum duo_status form(void)
{
    if (device.busy) {
        device.form = true;
        return DUO_OK;
    }
    const enum duo_status status = smp_upload_form();
    smp_device_refresh();
    return status;
}

static enum duo_status select(void *ctx, const uint8_t *hash, bool confirm)
{
    struct duo_smp_image image = {.slot = 0};

    (void)ctx;
    if (hash && !smp_find_image(find_in_slot, hash, &image)) {
        return DUO_E_NO_IMAGE;
    }
    if (image.slot == 0) { /* what runs cannot be tried, and need not be */
        return !confirm ? DUO_OK : device.busy ? DUO_E_STATE : smp_confirm();
    }
    if (confirm) {
        return DUO_E_CANCELLED; /* nothing stays that has not run: every set is tried */
    }
    if (image.pending) {
        return DUO_OK;
    }
    return smp_upload_unformed() ? form() : device.busy ? DUO_E_STATE : smp_roll_back();
}

/* Only what has not become a set: that one is replaced by what is authenticated, not erased for who
 * asks. */
static enum duo_status erase(void *ctx, uint32_t slot)
{
    (void)ctx;
    if (slot != 1 && slot != 3) {
        return DUO_E_ARG;
    }
    smp_upload_forget();
    smp_device_refresh();
    return DUO_OK;
}

/* Some clients send an image and reset: that is their wish to have it installed. */
static enum duo_status reset(void *ctx, bool to_recovery)
{
    const enum duo_status status = smp_upload_unformed() ? form() : DUO_OK;

    (void)ctx;
    if (status != DUO_OK) {
        return status;
    }
    if (to_recovery) {
        backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_RECOVERY);
    }
    device.reset = true;
    return DUO_OK;
}

void smp_device_finish(void)
{
    if (device.form) {
        device.form = false;
        (void)smp_upload_form(); /* if it fails the list says so, and what runs is untouched */
        smp_device_refresh();
    }
    if (device.reset) {
        fault_forget();
        work_end();
    }
}

void smp_device_busy(bool busy)
{
    device.busy = busy;
}

void smp_device_open(struct recovery *r)
{
    smp_fill_slots(slots);
    device.recovery = r;
    device.form = device.reset = false;
    smp_upload_open(&r->receive.session, r->txn);
}

static enum duo_status command(void *ctx, uint32_t id, bool write,
                               const struct duo_cbor_item *request, struct duo_cbor_out *answer)
{
    (void)ctx;
    return smp_command(device.recovery, id, write, request, answer);
}

const struct duo_smp_about smp_about = {
    .name = "duoboot",
    .version = DUO_BUILD_VERSION,
    .machine = "stm32h745",
    .buffer = DUO_SMP_BUFFER,
    .slots = slots,
    .slot_count = SMP_SLOTS,
};

const struct duo_smp_ops smp_ops = {
    .images = images,
    .select = select,
    .upload = smp_upload,
    .uploaded = smp_uploaded,
    .erase = erase,
    .reset = reset,
    .command = command,
};
