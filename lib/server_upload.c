/* SPDX-License-Identifier: MIT */
/*
 * A set that comes by SMP, or the image of a core, into the update session. The manifest, or the
 * image's header, is collected first: it tells whether the file is wanted at all. An earlier
 * session, before a reset, that was about the same one is gone on with.
 *
 * Sectors are erased when the application says so, which takes longer than a client waits for an
 * answer. So pieces are answered late while that goes on, but before the client gives up: the queue
 * has room for enough of them.
 */
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/bundle.h"
#include "duo/duo.h"
#include "lib/server.h"
#include "lib/service.h"

#define IMAGE_SET 2u

/* smpclient and smpmgr wait 40 s for the answer to a file's first piece and 2 s for others, of
 * which an erase may take most. */
#define PATIENCE_FIRST_MS 30000u
#define PATIENCE_MS       500u

static struct {
    bool known;    /* a file has begun */
    bool open;     /* the session is ours */
    bool resuming; /* the session finds out where to go on */
    bool single;   /* an image without a manifest */
    bool joins;    /* ... for the same set as the one before, which is being written */
    bool has_sha, upgrade;
    enum server_line from; /* which line's client sends it */
    uint32_t image;
    uint32_t length, next; /* of the file: bytes, and what has come or is in `held` */
    uint32_t fill;         /* of the head: the manifest's, or the image's header */
    uint32_t patience_ms;
    const uint8_t *held; /* what of the piece at hand is in no queue yet; in the line's buffer */
    uint32_t held_n;
    enum duo_status failed;
    uint8_t sha[DUO_SMP_HASH];
    uint8_t head[DUO_MANIFEST_SIZE];
} up;

void server_upload_forget(void)
{
    if (up.open) {
        duo_update_abort();
    }
    up.open = up.known = false;
}

bool server_upload_open(void)
{
    return up.open;
}

bool server_upload_is_others(enum server_line line)
{
    return up.open && up.from != line && server_line_active(up.from);
}

static void fail(enum duo_status status)
{
    server_upload_forget();
    up.known = true; /* the same file gets the same answer until it begins once more */
    up.failed = status;
    up.held_n = 0;
}

/* ---- Is it wanted? ---- */

static uint32_t magic_of(const struct duo_smp_piece *piece)
{
    return piece->n >= 4u ? duo_get32(piece->data) : 0;
}

static enum duo_status check_kind(const struct duo_smp_piece *piece)
{
    const uint32_t magic = magic_of(piece);

    if (magic == DUO_IMAGE_MAGIC) {
        return piece->image < DUO_CORES ? DUO_OK : DUO_E_CORE;
    }
    if (magic != DUO_MANIFEST_MAGIC) {
        return DUO_E_MAGIC;
    }
    return piece->image == DUO_CM7 || piece->image == IMAGE_SET ? DUO_OK : DUO_E_CORE;
}

static bool is_newer(const struct duo_version *v)
{
    struct duo_device_status status;
    const uint32_t number = (uint32_t)v->major << 24 | (uint32_t)v->minor << 16 | v->revision;

    duo_get_status(&status);
    const struct duo_handoff_version *now = !up.single            ? &status.set
                                            : up.image == DUO_CM7 ? &status.m7
                                                                  : &status.m4;
    return number != now->number ? number > now->number : v->build > now->build;
}

/* Without its second signature, which goes into the session like the images. By what the manifest
 * says, whoever has signed it: duo_update_work() verifies that, also before anything is erased. */
static enum duo_status check_manifest(void)
{
    struct duo_manifest m;
    const enum duo_status status = duo_manifest_decode(up.head, &m);

    if (status != DUO_OK) {
        return status;
    }
    if (duo_bundle_size(&m) != up.length) {
        return duo_bundle_size(&m) > up.length ? DUO_E_TRUNCATED : DUO_E_TRAILING;
    }
    return up.upgrade && !is_newer(&m.set_version) ? DUO_E_DOWNGRADE : DUO_OK;
}

static enum duo_status check_header(void)
{
    struct duo_image_header h;
    const enum duo_status status = duo_image_header_parse(up.head, &h);

    if (status != DUO_OK) {
        return status;
    }
    if (h.hdr_size + h.payload_size + h.prot_size >= up.length) {
        return DUO_E_TRUNCATED;
    }
    return up.upgrade && !is_newer(&h.version) ? DUO_E_DOWNGRADE : DUO_OK;
}

/* ---- The session ---- */

static uint32_t head_size(void)
{
    return up.single ? DUO_IMAGE_HEADER_SIZE : DUO_MANIFEST_SIZE;
}

/* Into a queue that is empty. An image for the other core than it was sent for is refused before
 * anything is erased. */
static enum duo_status write_head(void)
{
    size_t taken;

    if (up.single) {
        update_expect((enum duo_core)up.image);
    }
    return duo_update_write(up.head, head_size(), &taken);
}

static enum duo_status begin_session(void)
{
    enum duo_status status = duo_update_begin();

    if (status == DUO_OK) {
        up.open = true;
        status = write_head();
    }
    return status;
}

static bool is_resumed(void)
{
    return up.single ? up.has_sha && update_is_of_file((enum duo_core)up.image, up.sha)
                     : update_is_of(up.head);
}

static enum duo_status open_session(void)
{
    enum duo_status status = up.single ? check_header() : check_manifest();

    if (status != DUO_OK || up.joins) {
        return status;
    }
    status = duo_update_resume();
    if (status == DUO_OK && is_resumed()) {
        up.open = up.resuming = true;
        return DUO_OK;
    }
    if (status == DUO_OK) {
        duo_update_abort(); /* that was another set */
    }
    return status == DUO_OK || status == DUO_E_NO_IMAGE ? begin_session() : status;
}

/* When the image before lies in flash. */
static enum duo_status join(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    if (p.phase != DUO_UPDATE_COMPLETE) {
        return DUO_OK; /* a failure is seen by who asks */
    }
    up.joins = false;
    const enum duo_status status = duo_update_next();
    return status == DUO_OK ? write_head() : status;
}

static enum duo_status collect_head(void)
{
    const uint32_t room = head_size() - up.fill;
    const uint32_t n = up.held_n < room ? up.held_n : room;

    memcpy(up.head + up.fill, up.held, n);
    up.fill += n;
    up.held += n;
    up.held_n -= n;
    return up.fill == head_size() ? open_session() : DUO_OK;
}

/* What comes before that place is in flash already. */
static void go_on_where_it_stopped(const struct duo_update_progress *p)
{
    if (p->phase != DUO_UPDATE_WORK) {
        up.resuming = false;
        up.next = p->received;
        up.held_n = 0;
    }
}

static enum duo_status feed(void)
{
    size_t taken = 0;
    enum duo_status status = DUO_OK;

    if (up.fill < head_size()) {
        status = collect_head();
    }
    if (status == DUO_OK && up.joins && up.fill == head_size()) {
        status = join();
    }
    if (status == DUO_OK && up.open && !up.joins && !up.resuming && up.held_n > 0) {
        status = duo_update_write(up.held, up.held_n, &taken);
        up.held += taken;
        up.held_n -= (uint32_t)taken;
    }
    return status;
}

/* ---- The client's pieces ---- */

/* The other core's image, after one that was taken: both become one set. */
static bool joins_session(const struct duo_smp_piece *piece)
{
    return up.open && up.single && up.failed == DUO_OK && update_manifest() &&
           magic_of(piece) == DUO_IMAGE_MAGIC && piece->image < DUO_CORES &&
           !update_brings((enum duo_core)piece->image);
}

static enum duo_status begin_file(const struct duo_smp_piece *piece)
{
    const enum duo_status status = check_kind(piece);
    const bool joins = joins_session(piece);

    if (!joins) {
        server_upload_forget();
    }
    memset(&up, 0, sizeof(up));
    if (status != DUO_OK) {
        return status;
    }
    up.open = up.joins = joins;
    up.single = magic_of(piece) == DUO_IMAGE_MAGIC;
    up.image = piece->image;
    up.from = server_line_at_hand();
    if (!duo_kept()) {
        return DUO_E_STATE;
    }
    up.length = piece->length;
    up.upgrade = piece->upgrade;
    up.has_sha = piece->sha;
    if (up.has_sha) {
        memcpy(up.sha, piece->sha, DUO_SMP_HASH);
    }
    up.known = true;
    return DUO_OK;
}

/* The same file again, by a client that does not know how far it has come. */
static bool is_same_file(const struct duo_smp_piece *piece)
{
    return up.known && up.failed == DUO_OK && piece->image == up.image &&
           piece->length == up.length && up.has_sha && piece->sha &&
           memcmp(piece->sha, up.sha, DUO_SMP_HASH) == 0;
}

static void take(const struct duo_smp_piece *piece)
{
    if (!up.known || up.failed != DUO_OK || up.resuming || piece->offset != up.next) {
        return; /* the answer says what is wanted */
    }
    if (piece->n > up.length - up.next) {
        fail(DUO_E_TRAILING);
        return;
    }
    up.held = piece->data;
    up.held_n = piece->n;
    up.next += piece->n;
    up.patience_ms = piece->offset == 0 ? PATIENCE_FIRST_MS : PATIENCE_MS;
}

static bool is_verified(void)
{
    return update_manifest();
}

static bool is_in_flash(const struct duo_update_progress *p)
{
    return p->phase == DUO_UPDATE_COMPLETE || p->phase == DUO_UPDATE_RELEASED;
}

/* BUSY: to be answered later. */
static enum duo_status answer(const struct duo_update_progress *p, struct duo_smp_taken *taken)
{
    const bool working = p->phase == DUO_UPDATE_WORK || (!up.single && p->total == 0);

    taken->next = up.next;
    if (up.resuming || up.joins || up.held_n > 0) {
        return DUO_E_BUSY;
    }
    if (up.next == up.length) { /* an image is taken when it is verified, and then written */
        taken->whole = up.single ? is_verified() : is_in_flash(p);
        return taken->whole ? DUO_OK : DUO_E_BUSY;
    }
    return working && server_waited() < up.patience_ms ? DUO_E_BUSY : DUO_OK;
}

enum duo_status server_uploaded(void *ctx, struct duo_smp_taken *taken)
{
    struct duo_update_progress p;

    (void)ctx;
    *taken = (struct duo_smp_taken){0};
    if (!up.known) {
        return DUO_OK; /* it has to begin at the beginning */
    }
    enum duo_status status = up.failed != DUO_OK ? up.failed : feed();
    duo_update_look(&p);
    if (status == DUO_OK && up.open && p.phase == DUO_UPDATE_FAILED) {
        status = p.error;
    }
    if (status != DUO_OK) {
        fail(status);
        return status;
    }
    if (!up.open) {
        taken->next = up.next;
        return DUO_OK;
    }
    if (up.resuming) {
        go_on_where_it_stopped(&p);
    }
    return answer(&p, taken);
}

enum duo_status server_upload(void *ctx, const struct duo_smp_piece *piece,
                              struct duo_smp_taken *taken)
{
    if (server_upload_is_others(server_line_at_hand())) {
        return DUO_E_OPEN;
    }
    if (piece->offset == 0 && !is_same_file(piece)) {
        const enum duo_status status = begin_file(piece);
        if (status != DUO_OK) {
            return status;
        }
    }
    take(piece);
    return server_uploaded(ctx, taken);
}
