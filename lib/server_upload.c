/* SPDX-License-Identifier: MIT */
/*
 * A set that comes by SMP, into the update session. The manifest is collected first: it tells
 * whether the set is wanted at all, and whether an earlier session, before a reset, was about the
 * same one and can be gone on with.
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
    bool has_sha, upgrade;
    uint32_t length, next; /* of the file: bytes, and what has come or is in `held` */
    uint32_t fill;         /* of the manifest's head */
    uint32_t patience_ms;
    const uint8_t *held; /* what of the piece at hand is in no queue yet; in the line's buffer */
    uint32_t held_n;
    enum duo_status failed;
    uint8_t sha[DUO_SMP_HASH];
    uint8_t manifest[DUO_MANIFEST_SIZE];
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

static void fail(enum duo_status status)
{
    server_upload_forget();
    up.known = true; /* the same file gets the same answer until it begins once more */
    up.failed = status;
    up.held_n = 0;
}

/* ---- Is it wanted? ---- */

static enum duo_status check_kind(const struct duo_smp_piece *piece)
{
    const uint32_t magic = piece->n >= 4u ? duo_get32(piece->data) : 0;

    if (magic != DUO_MANIFEST_MAGIC) {
        return DUO_E_MAGIC; /* one core's image alone is for recovery */
    }
    return piece->image == DUO_CM7 || piece->image == IMAGE_SET ? DUO_OK : DUO_E_CORE;
}

static bool is_newer(const struct duo_version *v)
{
    struct duo_device_status now;
    const uint32_t number = (uint32_t)v->major << 24 | (uint32_t)v->minor << 16 | v->revision;

    duo_get_status(&now);
    return number != now.set.number ? number > now.set.number : v->build > now.set.build;
}

/* Without its second signature, which goes into the session like the images. By what the manifest
 * says, whoever has signed it: duo_update_work() verifies that, also before anything is erased. */
static enum duo_status check_manifest(void)
{
    struct duo_manifest m;
    const enum duo_status status = duo_manifest_decode(up.manifest, &m);

    if (status != DUO_OK) {
        return status;
    }
    if (duo_bundle_size(&m) != up.length) {
        return duo_bundle_size(&m) > up.length ? DUO_E_TRUNCATED : DUO_E_TRAILING;
    }
    return up.upgrade && !is_newer(&m.set_version) ? DUO_E_DOWNGRADE : DUO_OK;
}

/* ---- The session ---- */

static enum duo_status begin_session(void)
{
    size_t taken;
    enum duo_status status = duo_update_begin();

    if (status == DUO_OK) {
        up.open = true;
        status = duo_update_write(up.manifest, sizeof(up.manifest), &taken); /* it is empty */
    }
    return status;
}

static enum duo_status open_session(void)
{
    enum duo_status status = check_manifest();

    if (status == DUO_OK) {
        status = duo_update_resume();
    }
    if (status == DUO_OK && update_is_of(up.manifest)) {
        up.open = up.resuming = true;
        return DUO_OK;
    }
    if (status == DUO_OK) {
        duo_update_abort(); /* that was another set */
    }
    return status == DUO_OK || status == DUO_E_NO_IMAGE ? begin_session() : status;
}

static enum duo_status collect_manifest(void)
{
    const uint32_t room = DUO_MANIFEST_SIZE - up.fill;
    const uint32_t n = up.held_n < room ? up.held_n : room;

    memcpy(up.manifest + up.fill, up.held, n);
    up.fill += n;
    up.held += n;
    up.held_n -= n;
    return up.fill == DUO_MANIFEST_SIZE ? open_session() : DUO_OK;
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

    if (up.fill < DUO_MANIFEST_SIZE) {
        status = collect_manifest();
    }
    if (status == DUO_OK && up.open && !up.resuming && up.held_n > 0) {
        status = duo_update_write(up.held, up.held_n, &taken);
        up.held += taken;
        up.held_n -= (uint32_t)taken;
    }
    return status;
}

/* ---- The client's pieces ---- */

static enum duo_status begin_file(const struct duo_smp_piece *piece)
{
    const enum duo_status status = check_kind(piece);

    server_upload_forget();
    memset(&up, 0, sizeof(up));
    if (status != DUO_OK) {
        return status;
    }
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
    return up.known && up.failed == DUO_OK && piece->length == up.length && up.has_sha &&
           piece->sha && memcmp(piece->sha, up.sha, DUO_SMP_HASH) == 0;
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

/* BUSY: to be answered later. */
static enum duo_status answer(const struct duo_update_progress *p, struct duo_smp_taken *taken)
{
    const bool working = p->phase == DUO_UPDATE_WORK || p->total == 0;

    taken->next = up.next;
    if (up.resuming || up.held_n > 0) {
        return DUO_E_BUSY;
    }
    if (up.next == up.length) {
        taken->whole = p->phase == DUO_UPDATE_COMPLETE || p->phase == DUO_UPDATE_RELEASED;
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
    if (piece->offset == 0 && !is_same_file(piece)) {
        const enum duo_status status = begin_file(piece);
        if (status != DUO_OK) {
            return status;
        }
    }
    take(piece);
    return server_uploaded(ctx, taken);
}
