/* SPDX-License-Identifier: MIT */
#include "ym_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "ym_store: %s\n", what);
        abort();
    }
}

uint32_t ym_random(uint32_t *state)
{
    uint32_t x = *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

void ym_store_init(struct ym_store *s)
{
    memset(s, 0, sizeof(*s));
    s->refuse_file = -1;
    s->out.room = YM_OUT;
}

void ym_store_free(struct ym_store *s)
{
    for (unsigned i = 0; i < YM_FILES_MAX; i++) {
        free(s->files[i].bytes);
        s->files[i].bytes = NULL;
    }
}

void ym_store_add(struct ym_store *s, const char *name, uint32_t size, uint32_t seed)
{
    struct ym_blob *f = &s->files[s->count++];

    snprintf(f->name, sizeof(f->name), "%s", name);
    f->size = size;
    f->bytes = malloc(size + 1);
    check(f->bytes, "no memory");
    for (uint32_t i = 0; i < size; i++) {
        f->bytes[i] = (uint8_t)(ym_random(&seed) >> 11);
    }
}

void ym_check_same(const struct ym_store *from, const struct ym_store *to, unsigned i)
{
    const struct ym_blob *a = &from->files[i], *b = &to->files[i];

    check(strcmp(a->name, b->name) == 0, "wrong name");
    check(a->size == b->size, "wrong size");
    check(a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0, "wrong content");
}

static void put(struct ym_out *out, const uint8_t *bytes, size_t n)
{
    check(out->n + n <= sizeof(out->bytes), "output buffer full");
    memcpy(out->bytes + out->n, bytes, n);
    out->n += n;
}

/* ---- receiving ---- */

static void rx_send(void *ctx, const uint8_t *bytes, size_t n)
{
    struct ym_store *s = ctx;

    check(n <= DUO_YM_CANCEL_BYTES, "a reply longer than promised");
    put(&s->out, bytes, n);
}

static enum duo_ymodem_answer answer(const struct ym_store *s)
{
    return s->later ? DUO_YM_LATER : DUO_YM_TAKE;
}

static enum duo_ymodem_answer rx_file(void *ctx, const struct duo_ymodem_file *file)
{
    struct ym_store *s = ctx;
    struct ym_blob *f = &s->files[s->count];

    check(!s->over, "a file after the end");
    check(s->count == 0 || s->complete[s->count - 1], "a file inside a file");
    if (s->refuse_file == (int)s->count || s->count == YM_FILES_MAX) {
        return DUO_YM_REFUSE;
    }
    snprintf(f->name, sizeof(f->name), "%s", file->name);
    f->size = 0;
    s->known = file->size_known;
    s->expected = file->size;
    s->count++;
    return answer(s);
}

static enum duo_ymodem_answer rx_data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    struct ym_store *s = ctx;
    struct ym_blob *f = &s->files[s->count - 1];

    check(!s->over && s->count > 0 && !s->complete[s->count - 1], "data outside a file");
    check(offset == f->size, "data out of order");
    check(n > 0 && n <= DUO_YM_LONG_BLOCK, "data of a strange length");
    check(!s->known || f->size + n <= s->expected, "data after the size");
    f->bytes = realloc(f->bytes, f->size + n);
    check(f->bytes, "no memory");
    memcpy(f->bytes + f->size, bytes, n);
    f->size += (uint32_t)n;
    return answer(s);
}

static enum duo_ymodem_answer rx_file_end(void *ctx, uint32_t size)
{
    struct ym_store *s = ctx;

    check(!s->over && s->count > 0 && !s->complete[s->count - 1], "an end without a file");
    check(size == s->files[s->count - 1].size, "an end at the wrong size");
    check(!s->known || size == s->expected, "a short file called complete");
    s->complete[s->count - 1] = true;
    return answer(s);
}

static void done(void *ctx, enum duo_ymodem_result result)
{
    struct ym_store *s = ctx;

    check(!s->over, "done twice");
    s->over = true;
    s->result = result;
}

const struct duo_ymodem_rx_ops ym_store_rx_ops = {rx_send, rx_file, rx_data, rx_file_end, done};

/* ---- sending ---- */

static size_t tx_send(void *ctx, const uint8_t *bytes, size_t n)
{
    struct ym_store *s = ctx;
    size_t room = s->out.n < s->out.room ? s->out.room - s->out.n : 0;

    if (n > room) {
        n = room;
    }
    put(&s->out, bytes, n);
    return n;
}

static bool tx_next(void *ctx, struct duo_ymodem_file *file)
{
    struct ym_store *s = ctx;

    if (s->next == s->count) {
        return false;
    }
    memset(file, 0, sizeof(*file));
    memcpy(file->name, s->files[s->next].name, sizeof(file->name));
    file->size = s->files[s->next].size;
    file->size_known = true;
    s->next++;
    return true;
}

static bool tx_read(void *ctx, uint32_t offset, uint8_t *bytes, size_t n)
{
    struct ym_store *s = ctx;
    struct ym_blob *f = &s->files[s->next - 1];

    check(offset + n <= f->size, "a read after the file");
    memcpy(bytes, f->bytes + offset, n);
    return true;
}

const struct duo_ymodem_tx_ops ym_store_tx_ops = {tx_send, tx_next, tx_read, NULL, done};
