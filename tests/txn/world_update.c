/* SPDX-License-Identifier: MIT */
/* Updates of a device in a simulated world: bundles and images sent, and what must come of them. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/txn/world.h"

static struct duo_session *begin_session(struct world *w, struct duo_txn *txn, bool recovery)
{
    const struct duo_boot_request request = {.recovery = true};
    struct duo_boot boot;

    w->stable = RUNS_NOTHING;
    duo_txn_open(txn, &w->dev);
    if (recovery) {
        duo_txn_boot(txn, &request, &boot);
    }
    w->session = malloc(sizeof(struct duo_session));
    if (!w->session) {
        abort();
    }
    return w->session;
}

static void end_session(struct world *w)
{
    free(w->session);
    w->session = NULL;
    world_check_misuse(w);
}

static enum duo_status feed(struct duo_session *session, const uint8_t *data, uint32_t size,
                            uint32_t piece)
{
    enum duo_status status = DUO_OK;

    for (uint32_t at = 0; at < size && status == DUO_OK; at += piece) {
        const uint32_t n = size - at < piece ? size - at : piece;
        status = duo_session_write(session, data + at, n);
    }
    return status;
}

enum duo_status world_download(struct world *w, const uint8_t *bundle, uint32_t size,
                               uint32_t piece, bool recovery)
{
    struct duo_txn txn;
    struct duo_session *session = begin_session(w, &txn, recovery);
    enum duo_status status = duo_session_begin(session, &txn);

    if (status == DUO_OK) {
        status = feed(session, bundle, size, piece);
    }
    if (status == DUO_OK) {
        status = duo_session_finish(session);
    }
    end_session(w);
    return status;
}

enum duo_status world_send_images(struct world *w, unsigned set, const bool send[DUO_CORES],
                                  uint32_t piece)
{
    struct duo_txn txn;
    struct duo_session *session = begin_session(w, &txn, false);
    enum duo_status status = duo_session_begin(session, &txn);
    static uint8_t buffer[8u * SMALL_SECTOR];

    duo_session_use_buffer(session, buffer, sizeof(buffer));
    for (unsigned c = 0; c < DUO_CORES && status == DUO_OK; c++) {
        const struct test_image *im = &w->sets[set].image[c];
        if (send[c]) {
            status = feed(session, im->file, im->file_size, piece);
            status = status == DUO_OK ? duo_session_end_file(session) : status;
        }
    }
    if (status == DUO_OK) {
        status = duo_session_finish(session);
    }
    end_session(w);
    return status;
}

/* Where words flicker, the record of an exchange that was never begun can be read just now, so that
 * a download is refused; the way out is the one that the device names: reset, and send it again. */
static enum duo_status download_at_last(struct world *w, const struct test_set *s, bool recovery)
{
    enum duo_status status = world_download(w, s->bundle, s->bundle_size, 777, recovery);

    for (unsigned i = 0; i < RESETS_MAX && sim_flickers(&w->sim) && status == DUO_E_STATE; i++) {
        world_settle(w);
        status = world_download(w, s->bundle, s->bundle_size, 777, recovery);
    }
    return status;
}

bool world_update(struct world *w, unsigned set, bool recovery)
{
    const unsigned before = w->allowed;
    const bool confirms = w->confirms;
    char text[96];

    w->confirms = true;
    w->allowed = before | 1u << set;
    const enum duo_status status = download_at_last(w, &w->sets[set], recovery);
    if (status != DUO_OK) {
        snprintf(text, sizeof(text), "an update was refused: %s", duo_status_text(status));
        world_fail(w, text);
    }
    w->allowed = 1u << set;
    w->recovery_allowed = false;
    const int runs = world_settle(w);
    if (runs != (int)set && runs != RUNS_KNOWN) {
        world_fail(w, "an update did not complete");
    }
    w->confirms = confirms;
    return runs != RUNS_KNOWN;
}
