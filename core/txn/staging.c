/* SPDX-License-Identifier: MIT */
#include "core/txn/staging.h"

#include <string.h>

void duo_staging_begin(struct duo_staging *st, const struct duo_device *dev, enum duo_core core,
                       uint32_t file_size, struct duo_clearing *clearing)
{
    st->clearing = clearing;
    st->dev = dev;
    st->core = core;
    st->fill = st->word_at = st->refused = 0;
    duo_slot_stream_init(&st->stream, dev->slots[core], st->meta, file_size);
}

static enum duo_status write_word(struct duo_staging *st)
{
    const uint32_t addr = st->dev->map->staging[st->core] + st->word_at;
    enum duo_status status = duo_clearing_reach(st->clearing, st->core, st->word_at);

    st->refused = st->clearing->refused;
    if (status == DUO_OK && !duo_word_is_blank(st->word)) {
        status = duo_flash_program(st->dev->flash, addr, st->word);
        st->refused = status == DUO_OK ? 0 : addr;
    }
    st->word_at += DUO_WORD_SIZE;
    st->fill = 0;
    return status;
}

static enum duo_status flush(struct duo_staging *st)
{
    if (st->fill == 0) {
        return DUO_OK;
    }
    memset(st->word + st->fill, 0xFF, DUO_WORD_SIZE - st->fill);
    return write_word(st);
}

/* Bytes in order, the first one at st->word_at + st->fill. */
static enum duo_status put(struct duo_staging *st, const uint8_t *data, uint32_t len)
{
    enum duo_status status = DUO_OK;

    while (len > 0 && status == DUO_OK) {
        const uint32_t room = DUO_WORD_SIZE - st->fill;
        const uint32_t n = len < room ? len : room;

        memcpy(st->word + st->fill, data, n);
        st->fill += n;
        data += n;
        len -= n;
        if (st->fill == DUO_WORD_SIZE) {
            status = write_word(st);
        }
    }
    return status;
}

enum duo_status duo_staging_write(struct duo_staging *st, const uint8_t *data, uint32_t len)
{
    enum duo_status status = DUO_OK;

    while (len > 0 && status == DUO_OK) {
        struct duo_slot_run run;
        uint32_t used;

        status = duo_slot_stream_push(&st->stream, data, len, &used, &run);
        if (status == DUO_OK) {
            status = put(st, run.data, run.len);
        }
        data += used;
        len -= used;
    }
    return status;
}

enum duo_status duo_staging_end(struct duo_staging *st)
{
    uint32_t offset;
    uint32_t len;
    enum duo_status status = flush(st);

    if (status == DUO_OK) {
        status = duo_slot_stream_finish(&st->stream, &offset, &len);
    }
    if (status == DUO_OK) {
        st->word_at = offset + DUO_WORD_SIZE;
        status = put(st, st->meta + DUO_WORD_SIZE, len - DUO_WORD_SIZE);
    }
    if (status == DUO_OK) {
        st->word_at = offset;
        status = put(st, st->meta, DUO_WORD_SIZE);
    }
    if (status == DUO_OK) {
        status = duo_clearing_finish(st->clearing, st->core);
        st->refused = st->clearing->refused;
    }
    return status;
}
