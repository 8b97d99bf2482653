/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/smp_upload.h"

#include <string.h>

#include "boot/cm7/options.h"
#include "boot/cm7/recovery/programmer.h"
#include "boot/cm7/recovery/receive.h"
#include "boot/cm7/recovery/smp_device.h"

#define PIECE 1024u /* given to the session at once */

static struct {
    struct duo_session *session;
    struct duo_txn *txn;
    struct ring ring;
    struct duo_sha256 hash;
    struct duo_smp_piece held; /* has no room in the ring yet, and stays where it is */
    bool holds;
    bool open;       /* the session is ours */
    bool known_file; /* a file has begun */
    bool ended;      /* the session has its end */
    bool settled;    /* ... or has failed, and nobody has been told yet */
    uint32_t image, length;
    uint32_t taken, given; /* bytes that came, and that the session has got */
    bool has_sha, upgrade;
    uint8_t sha[DUO_SMP_HASH];
    enum duo_status failed;
} up;

/* ---- What is known of the file ---- */

/* From here on it can only be refused for what comes at its end. */
static bool is_wanted(void)
{
    const struct duo_session *s = up.session;

    return s->single ? s->images.core_known && up.given > 0 : duo_session_has_begun(s);
}

static bool is_complete(void)
{
    return up.taken == up.length;
}

/* An image is good when it is verified; a set when it is staged. */
static bool is_good(void)
{
    return up.ended || (is_complete() && up.given == up.length && duo_session_accepted(up.session));
}

static enum duo_status check_purpose(void)
{
    const struct duo_session *s = up.session;

    if (up.image > SMP_IMAGE_SET || (!s->single && up.image == DUO_CM4) ||
        (s->single && up.image == SMP_IMAGE_SET)) {
        return DUO_E_CORE;
    }
    return s->single && s->images.core_known && s->images.core != up.image ? DUO_E_CORE : DUO_OK;
}

/* The client has asked that only a newer version be taken. What runs without a set of known version
 * is older than any. */
static enum duo_status check_upgrade(void)
{
    const struct duo_session *s = up.session;
    struct duo_image_header header;
    struct duo_version now;
    struct duo_report report;

    if (s->single) {
        if (duo_image_header_parse(s->images.buffer, &header) != DUO_OK) {
            return DUO_E_MALFORMED;
        }
        return smp_device_version(s->images.core, &now) &&
                       duo_version_compare(&header.version, &now) <= 0
                   ? DUO_E_DOWNGRADE
                   : DUO_OK;
    }
    duo_txn_report(up.txn, &report);
    return report.current.present && duo_version_compare(&s->bundle.manifest.set_version,
                                                         &report.current.set_version) <= 0
               ? DUO_E_DOWNGRADE
               : DUO_OK;
}

/* ---- Taking ---- */

static void fail(enum duo_status status)
{
    up.failed = status;
    up.settled = true;
    up.ring.out = up.ring.in;
    up.holds = false;
}

static enum duo_status begin_session(void)
{
    uint32_t size;
    uint8_t *const buffer = receive_image_buffer(&size);

    if (up.open && duo_session_next_image(up.session)) {
        duo_session_use_buffer(up.session, buffer, size);
        return DUO_OK;
    }
    programmer_forget();
    duo_session_abort(up.session);
    const enum duo_status status = duo_session_begin(up.session, up.txn);
    duo_session_use_buffer(up.session, buffer, size);
    up.open = status == DUO_OK;
    return status;
}

static enum duo_status begin_file(const struct duo_smp_piece *piece)
{
    up.known_file = up.ended = up.holds = false;
    if (piece->length == 0) {
        return DUO_E_EMPTY;
    }
    if (options_block_updates()) {
        return DUO_E_PROTECTED;
    }
    const enum duo_status status = begin_session();
    if (status != DUO_OK) {
        return status;
    }
    up.ring.bytes = receive_queue(up.session, piece->data, piece->n, &up.ring.size);
    up.ring.in = up.ring.out = 0;
    up.image = piece->image;
    up.length = piece->length;
    up.upgrade = piece->upgrade;
    up.taken = up.given = 0;
    up.has_sha = piece->sha;
    if (up.has_sha) {
        memcpy(up.sha, piece->sha, DUO_SMP_HASH);
    }
    up.failed = DUO_OK;
    up.known_file = true;
    duo_sha256_init(&up.hash);
    return DUO_OK;
}

/* The same file again, by a client that does not know how far it has come. */
static bool is_same_file(const struct duo_smp_piece *piece)
{
    return up.known_file && up.failed == DUO_OK && piece->image == up.image &&
           piece->length == up.length && up.has_sha && piece->sha &&
           memcmp(piece->sha, up.sha, DUO_SMP_HASH) == 0;
}

static void put_held(void)
{
    if (up.holds && ring_room(&up.ring) >= up.held.n) {
        ring_put(&up.ring, up.held.data, up.held.n);
        up.taken += up.held.n;
        up.holds = false;
    }
}

static enum duo_status take(const struct duo_smp_piece *piece)
{
    if (!up.known_file || piece->offset != up.taken || up.failed != DUO_OK) {
        return DUO_OK; /* the answer says what is wanted */
    }
    if (up.ended) {
        return piece->n > 0 ? DUO_E_TRAILING : DUO_OK;
    }
    if (piece->n > up.length - up.taken) {
        duo_session_abort(up.session);
        fail(DUO_E_TRAILING);
        return DUO_OK;
    }
    up.held = *piece;
    up.holds = true;
    put_held();
    return DUO_OK;
}

enum duo_status smp_uploaded(void *ctx, struct duo_smp_taken *taken)
{
    (void)ctx;
    taken->next = up.known_file ? up.taken : 0;
    taken->whole = false;
    if (!up.known_file) {
        return DUO_OK; /* it has to begin at the beginning */
    }
    if (up.failed != DUO_OK) {
        return up.failed;
    }
    put_held();
    taken->next = up.taken;
    if (up.holds || (!is_wanted() && !ring_empty(&up.ring)) || (is_complete() && !is_good())) {
        return DUO_E_BUSY;
    }
    taken->whole = is_complete();
    return DUO_OK;
}

enum duo_status smp_upload(void *ctx, const struct duo_smp_piece *piece,
                           struct duo_smp_taken *taken)
{
    if (piece->offset == 0 && !is_same_file(piece)) {
        const enum duo_status status = begin_file(piece);
        if (status != DUO_OK) {
            return status;
        }
    }
    const enum duo_status status = take(piece);
    return status == DUO_OK ? smp_uploaded(ctx, taken) : status;
}

bool smp_upload_goes_on(void)
{
    return up.known_file && up.failed == DUO_OK && !is_complete();
}

/* ---- Working ---- */

static enum duo_status give(void)
{
    const bool before = is_wanted();
    uint32_t n;
    const uint8_t *bytes = ring_front(&up.ring, PIECE, &n);
    enum duo_status status;

    duo_sha256_update(&up.hash, bytes, n);
    up.given += n;
    /* What it is for is known before a set's manifest is looked at. */
    if (bytes[0] != (DUO_IMAGE_MAGIC & 0xFFu) && up.given == n && up.image == DUO_CM4) {
        status = DUO_E_CORE;
    } else {
        status = duo_session_write(up.session, bytes, n);
    }
    ring_drop(&up.ring, n); /* not before: the session reads it to the end */
    if (status == DUO_OK) {
        status = check_purpose();
    }
    if (status == DUO_OK && up.upgrade && !before && is_wanted()) {
        status = check_upgrade();
    }
    return status;
}

static enum duo_status end_file(void)
{
    uint8_t hash[DUO_SMP_HASH];

    duo_sha256_final(&up.hash, hash);
    if (up.has_sha && memcmp(hash, up.sha, sizeof(hash)) != 0) {
        return DUO_E_HASH;
    }
    return duo_session_end_file(up.session);
}

bool smp_upload_work(void)
{
    enum duo_status status;

    if (!up.known_file || up.failed != DUO_OK || up.ended) {
        return false;
    }
    if (!ring_empty(&up.ring)) {
        status = give();
    } else if (up.given == up.length) {
        status = end_file();
        up.ended = up.settled = status == DUO_OK;
    } else {
        return false;
    }
    if (status != DUO_OK) {
        fail(status);
        duo_session_abort(up.session);
    }
    return true;
}

bool smp_upload_settled(void)
{
    const bool settled = up.settled;

    up.settled = false;
    return settled;
}

/* ---- Images without a set ---- */

bool smp_upload_unformed(void)
{
    return up.open && up.session->single && !duo_session_staged(up.session) &&
           (smp_upload_image(DUO_CM7) || smp_upload_image(DUO_CM4));
}

const struct duo_image *smp_upload_image(enum duo_core core)
{
    const struct duo_session *s = up.session;
    const bool here = up.open && s->single &&
                      (s->images.have[core] ||
                       (duo_session_accepted(s) && s->images.core == core && s->failed == DUO_OK));

    return here ? &s->images.formed.image[core] : NULL;
}

enum duo_status smp_upload_form(void)
{
    if (up.failed != DUO_OK || !up.ended) {
        (void)duo_session_next_image(up.session); /* the one that has come goes without it */
        up.known_file = false;
    }
    return duo_session_finish(up.session);
}

void smp_upload_forget(void)
{
    if (up.session && up.open) {
        duo_session_abort(up.session);
    }
    up.open = up.known_file = up.holds = up.ended = false;
}

void smp_upload_open(struct duo_session *session, struct duo_txn *txn)
{
    up.session = session;
    up.txn = txn;
}
