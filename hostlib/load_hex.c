/* SPDX-License-Identifier: MIT */
/* Intel HEX: ":LLAAAATT<data>CC" lines; types 0 data, 1 end, 2 and 4 address bases, 3 and 5 entry.
 */
#include "hostlib/chunks.h"

struct hex {
    const char *path;
    const uint8_t *text;
    size_t size, pos;
    unsigned line;
    uint32_t base;
    bool ended;
    uint8_t *bytes; /* decoded data, one record after the other */
    size_t used;
    const struct load_error *err;
};

struct record {
    uint8_t len, type;
    uint16_t addr;
    uint8_t *data;
};

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool next_byte(struct hex *h, uint8_t *byte, uint8_t *sum)
{
    if (h->size - h->pos < 2) {
        return load_fail(h->err, "%s:%u: the line ends early; the file is truncated", h->path,
                         h->line);
    }
    int high = digit(h->text[h->pos]), low = digit(h->text[h->pos + 1]);
    if (high < 0 || low < 0) {
        return load_fail(h->err,
                         "%s:%u: not a hexadecimal digit, or the line is too short; "
                         "the file is damaged",
                         h->path, h->line);
    }
    h->pos += 2;
    *byte = (uint8_t)(high << 4 | low);
    *sum = (uint8_t)(*sum + *byte);
    return true;
}

static bool next_record(struct hex *h, struct record *r)
{
    uint8_t sum = 0, high, low, check;

    if (h->text[h->pos++] != ':') {
        return load_fail(h->err, "%s:%u: a line of Intel HEX begins with ':'; the file is damaged",
                         h->path, h->line);
    }
    if (!next_byte(h, &r->len, &sum) || !next_byte(h, &high, &sum) || !next_byte(h, &low, &sum) ||
        !next_byte(h, &r->type, &sum)) {
        return false;
    }
    r->addr = (uint16_t)(high << 8 | low);
    r->data = h->bytes + h->used;
    for (unsigned i = 0; i < r->len; i++) {
        if (!next_byte(h, &r->data[i], &sum)) {
            return false;
        }
    }
    if (!next_byte(h, &check, &sum)) {
        return false;
    }
    if (sum != 0) {
        return load_fail(h->err, "%s:%u: bad checksum; the file is damaged, build it again",
                         h->path, h->line);
    }
    return true;
}

static uint32_t be(const struct record *r)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < r->len; i++) {
        v = v << 8 | r->data[i];
    }
    return v;
}

static bool take_data(struct hex *h, const struct record *r, struct chunks *chunks)
{
    uint32_t addr = h->base + r->addr;

    if (addr < h->base || (uint64_t)addr + r->len > 0x100000000u) {
        return load_fail(h->err, "%s:%u: data beyond the address space", h->path, h->line);
    }
    h->used += r->len;
    return chunks_add(chunks, addr, r->data, r->len) ||
           load_fail(h->err, "%s: out of memory", h->path);
}

static bool take(struct hex *h, const struct record *r, struct chunks *chunks,
                 struct load_result *result)
{
    static const uint8_t lengths[] = {[1] = 0, [2] = 2, [3] = 4, [4] = 2, [5] = 4};

    if (r->type == 0) {
        return take_data(h, r, chunks);
    }
    if (r->type > 5 || r->len != lengths[r->type]) {
        return load_fail(h->err, "%s:%u: unknown record type %u", h->path, h->line, r->type);
    }
    if (r->type == 1) {
        h->ended = true;
    } else if (r->type == 2) {
        h->base = be(r) << 4;
    } else if (r->type == 4) {
        h->base = be(r) << 16;
    } else if (r->type == 5) {
        result->has_entry = true;
        result->entry = be(r);
    } /* type 3 is the entry of a 16-bit x86 program: no meaning here */
    return true;
}

static void skip_line_end(struct hex *h)
{
    while (h->pos < h->size && (h->text[h->pos] == '\r' || h->text[h->pos] == '\n' ||
                                h->text[h->pos] == ' ' || h->text[h->pos] == '\t')) {
        h->line += h->text[h->pos] == '\n';
        h->pos++;
    }
}

bool load_hex(const char *path, const uint8_t *text, size_t size, uint8_t *bytes,
              struct chunks *chunks, struct load_result *result, const struct load_error *err)
{
    struct hex h = {
        .path = path, .text = text, .size = size, .line = 1, .bytes = bytes, .err = err};
    struct record r;

    while (h.pos < size && !h.ended) {
        if (!next_record(&h, &r) || !take(&h, &r, chunks, result)) {
            return false;
        }
        skip_line_end(&h);
    }
    if (!h.ended) {
        return load_fail(err, "%s: no end record; the file is truncated, build it again", path);
    }
    return true;
}
