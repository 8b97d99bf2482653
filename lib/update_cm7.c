/* SPDX-License-Identifier: MIT */
/* The update session on the M7, which does all the work, whichever core the bytes come from. */
#include <string.h>

#include "core/txn/download.h"
#include "duo/duo.h"
#include "lib/queue.h"
#include "lib/request.h"
#include "lib/service.h"
#include "lib/shared.h"
#include "lib/watch.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"

/* What one flash word, and one record in the journal, may take: programming (data sheet, 32 bytes,
 * the slowest), the comparison, and some 2000 instructions at 64 MHz. */
#define WORD_US   150u
#define RECORD_US 400u

static struct duo_download download;
static uint8_t *image_buffer; /* the application's, for images without a manifest */
static uint32_t image_room;

/* ---- What the applications are shown ---- */

static enum duo_update_phase phase_of_stage(void)
{
    if (SHARED->owner == OWNER_NONE) {
        return DUO_UPDATE_NONE;
    }
    if (duo_download_wants_work(&download)) {
        return DUO_UPDATE_WORK;
    }
    switch (download.stage) {
    case DUO_DOWNLOAD_COMPLETE:
        return DUO_UPDATE_COMPLETE;
    case DUO_DOWNLOAD_RELEASED:
        return DUO_UPDATE_RELEASED;
    case DUO_DOWNLOAD_FAILED:
        return DUO_UPDATE_FAILED;
    default:
        return DUO_UPDATE_DATA;
    }
}

static enum duo_update_file file_at_hand(void)
{
    enum duo_core core;

    return !duo_download_is_image(&download, &core) ? DUO_UPDATE_BUNDLE
           : core == DUO_CM7                        ? DUO_UPDATE_IMAGE_M7
                                                    : DUO_UPDATE_IMAGE_M4;
}

static uint32_t version_number(const struct duo_version *v)
{
    return (uint32_t)v->major << 24 | (uint32_t)v->minor << 16 | v->revision;
}

static void publish(void)
{
    struct shared_progress *to = &SHARED->progress;

    SHARED->round++;
    cpu_dsb();
    to->phase = phase_of_stage();
    to->error = download.failed;
    to->received = download.taken;
    to->total = duo_download_total(&download);
    to->set = version_number(&download.manifest.set_version);
    to->build = download.manifest.set_version.build;
    to->erases = duo_download_erases(&download);
    to->file = file_at_hand();
    cpu_dsb();
    SHARED->round++;
    watch_tell();
}

/* ---- For the server ---- */

const struct duo_manifest *update_manifest(void)
{
    const bool whole =
        download.stage == DUO_DOWNLOAD_COMPLETE || download.stage == DUO_DOWNLOAD_RELEASED;
    const bool accepted =
        download.single && download.stage > DUO_DOWNLOAD_CHECK && download.failed == DUO_OK;

    return SHARED->owner != OWNER_NONE && (whole || accepted) ? &download.manifest : NULL;
}

bool update_brings(enum duo_core core)
{
    return duo_download_brings(&download, core);
}

void update_expect(enum duo_core core)
{
    duo_download_expect(&download, core);
}

bool update_is_of_file(enum duo_core core, const uint8_t hash[DUO_HASH_SIZE])
{
    struct duo_manifest m;

    return download.single && duo_manifest_decode(download.raw, &m) == DUO_OK &&
           memcmp(m.image[core].file_hash, hash, DUO_HASH_SIZE) == 0;
}

bool update_is_of(const uint8_t manifest[DUO_MANIFEST_SIZE])
{
    return memcmp(download.raw, manifest, DUO_MANIFEST_SIZE) == 0;
}

uint8_t *update_buffer(uint32_t *size)
{
    *size = image_room;
    return image_buffer;
}

/* ---- Begin and end ---- */

static enum duo_status open_session(uint32_t owner, bool resume)
{
    struct duo_txn *txn = library_txn();

    if (!txn || !duo_kept()) {
        return DUO_E_STATE;
    }
    if (SHARED->owner != OWNER_NONE) {
        return DUO_E_OPEN;
    }
    const enum duo_status status =
        resume ? duo_download_resume(&download, txn) : duo_download_begin(&download, txn);
    if (status != DUO_OK) {
        return status;
    }
    duo_download_use_buffer(&download, image_buffer, image_room);
    queue_empty();
    SHARED->owner = owner;
    publish();
    return DUO_OK;
}

static void close_session(void)
{
    SHARED->owner = OWNER_NONE;
    publish();
}

static enum duo_status release(uint32_t owner)
{
    struct duo_txn *txn = library_txn();

    if (!txn || SHARED->owner != owner) {
        return DUO_E_STATE;
    }
    if (download.stage == DUO_DOWNLOAD_RELEASED) {
        return DUO_OK;
    }
    if (!library_lock()) {
        return DUO_E_BUSY;
    }
    txn->journal.stays = true;
    const enum duo_status status = duo_download_release(&download);
    txn->journal.stays = false;
    library_unlock();
    publish();
    return status;
}

static enum duo_status next_image(uint32_t owner)
{
    if (!library_txn() || SHARED->owner != owner) {
        return DUO_E_STATE;
    }
    const enum duo_status status = duo_download_next_image(&download);
    if (status == DUO_OK) {
        queue_empty(); /* what followed the image before */
        publish();
    }
    return status;
}

static enum duo_status not_here(void)
{
    return cpu_exception() != 0 ? DUO_E_INTERRUPT : shared_ready() ? DUO_OK : DUO_E_STATE;
}

enum duo_status duo_update_begin(void)
{
    const enum duo_status status = not_here();

    return status == DUO_OK ? open_session(OWNER_CM7, false) : status;
}

enum duo_status duo_update_resume(void)
{
    const enum duo_status status = not_here();

    return status == DUO_OK ? open_session(OWNER_CM7, true) : status;
}

void duo_update_abort(void)
{
    if (not_here() == DUO_OK && SHARED->owner == OWNER_CM7) {
        close_session();
    }
}

enum duo_status duo_update_next(void)
{
    const enum duo_status status = not_here();

    return status == DUO_OK ? next_image(OWNER_CM7) : status;
}

enum duo_status duo_update_buffer(void *buffer, size_t size)
{
    const enum duo_status status = not_here();

    if (status == DUO_OK && SHARED->owner != OWNER_NONE) {
        return DUO_E_OPEN;
    }
    if (status == DUO_OK) {
        image_buffer = buffer;
        image_room = (uint32_t)size;
    }
    return status;
}

enum duo_status duo_update_install(bool now)
{
    enum duo_status status = not_here();

    if (status == DUO_OK) {
        status = release(OWNER_CM7);
    }
    if (status == DUO_OK && now) {
        system_reset();
    }
    return status;
}

/* ---- Work ---- */

static enum duo_status ready_to_work(void)
{
    const enum duo_status status = not_here();

    if (status != DUO_OK) {
        return status;
    }
    if (SHARED->owner == OWNER_NONE) {
        return DUO_E_STATE;
    }
    if (download.failed != DUO_OK) {
        return download.failed;
    }
    return library_lock() ? DUO_OK : DUO_E_BUSY;
}

/* One flash word's worth of the queue. BUSY: there may be more. */
static enum duo_status take_word(uint32_t *spent_us)
{
    const uint32_t journal_then = download.txn->journal.next;
    static uint8_t data[DUO_WORD_SIZE]; /* not on the caller's stack */
    uint32_t used;
    const uint32_t n = queue_peek(data, sizeof(data));
    const enum duo_status status = duo_download_put(&download, data, n, &used);

    queue_drop(used);
    *spent_us += WORD_US + (download.txn->journal.next != journal_then ? RECORD_US : 0);
    return status != DUO_OK                             ? status
           : used > 0 || duo_download_copies(&download) ? DUO_E_BUSY
                                                        : DUO_OK;
}

enum duo_status duo_update_poll(uint32_t budget_us)
{
    enum duo_status status = ready_to_work();
    uint32_t spent_us = 0;

    if (status != DUO_OK) {
        return status;
    }
    download.txn->journal.stays = true;
    do {
        status = take_word(&spent_us);
    } while (status == DUO_E_BUSY && spent_us + WORD_US + RECORD_US <= budget_us);
    download.txn->journal.stays = false;
    library_unlock();
    publish();
    return status;
}

enum duo_status duo_update_work(uint32_t window_ms)
{
    unsigned erases = window_ms / DUO_UPDATE_ERASE_MS;
    enum duo_status status = ready_to_work();

    if (status != DUO_OK) {
        return status;
    }
    status = duo_download_work(&download, &erases);
    library_unlock();
    publish();
    return status;
}

/* ---- What the M4 asks for ---- */

static enum duo_status do_request(uint32_t what)
{
    switch (what) {
    case REQUEST_BEGIN:
        return open_session(OWNER_CM4, false);
    case REQUEST_RESUME:
        return open_session(OWNER_CM4, true);
    case REQUEST_ABORT:
        if (SHARED->owner == OWNER_CM4) {
            close_session();
        }
        return DUO_OK;
    case REQUEST_INSTALL:
        return release(OWNER_CM4);
    case REQUEST_NEXT:
        return next_image(OWNER_CM4);
    default:
        return DUO_E_ARG;
    }
}

void update_serve(void)
{
    const uint32_t request = SHARED->request;

    log_serve();
    if (request == SHARED->answered) {
        return;
    }
    SHARED->answer = do_request(request & REQUEST_KIND);
    cpu_dsb(); /* the answer before the number that announces it */
    SHARED->answered = request;
}
