/* SPDX-License-Identifier: MIT */
/* SMP group 0: the program itself. */
#include <string.h>

#include "proto/smp_parts.h"

enum command { ECHO = 0, ECHO_CONTROL = 1, RESET = 5, PARAMETERS = 6, INFO = 7, BOOT_LOADER = 8 };

#define BOOT_NORMAL   0u
#define BOOT_RECOVERY 1u

/* What toolkits know how to update: a set comes by upload, is tried, and stays when it is
 * confirmed, as with MCUboot's "swap using scratch". */
#define BOOT_LOADER_KIND "MCUboot"
#define BOOT_LOADER_MODE 1u

#define INFO_TEXT 128u

static enum duo_status echo(const struct smp_request *q, struct duo_cbor_out *out)
{
    struct duo_cbor_item text;

    if (!duo_cbor_get(&q->map, "d", DUO_CBOR_TEXT, &text)) {
        return DUO_E_MALFORMED;
    }
    duo_cbor_text(out, "r");
    /* Text and bytes differ in their first byte only. */
    uint8_t *const head = out->at;
    duo_cbor_bytes(out, text.bytes, text.size);
    if (!out->full) {
        *head |= 0x20u;
    }
    return DUO_OK;
}

static enum duo_status reset(struct duo_smp *s, const struct smp_request *q)
{
    struct duo_cbor_item mode = {.number = BOOT_NORMAL};

    if (duo_cbor_find(&q->map, "boot_mode", &mode) &&
        (mode.type != DUO_CBOR_NUMBER || mode.number > BOOT_RECOVERY)) {
        return DUO_E_MALFORMED;
    }
    return s->ops->reset(s->ctx, mode.number == BOOT_RECOVERY);
}

static bool append(char *text, const char *words)
{
    const size_t used = strlen(text);
    const size_t n = strlen(words);
    const size_t gap = used > 0;

    if (used + gap + n >= INFO_TEXT) {
        return false;
    }
    text[used] = ' ';
    memcpy(text + used + gap, words, n + 1u);
    return true;
}

/* A letter of `uname` (Zephyr, group OS, command 7); NULL: there is none such. */
static const char *info_word(const struct duo_smp_about *about, uint8_t letter)
{
    switch (letter) {
    case 's': /* kernel */
    case 'o': /* system */
        return about->name;
    case 'v':
    case 'r':
        return about->version;
    case 'm':
    case 'p':
        return "cortex-m7";
    case 'i':
    case 'n':
        return about->machine;
    case 'b':
        return "unknown"; /* when it was built: two builds of one source are alike */
    default:
        return NULL;
    }
}

static enum duo_status info(const struct duo_smp *s, const struct smp_request *q,
                            struct duo_cbor_out *out)
{
    static const uint8_t all[] = "snrvbmpio";
    struct duo_cbor_item format = {.bytes = (const uint8_t *)"s", .size = 1};
    char text[INFO_TEXT] = "";

    if (duo_cbor_find(&q->map, "format", &format) && format.type != DUO_CBOR_TEXT) {
        return DUO_E_MALFORMED;
    }
    if (format.size == 1 && format.bytes[0] == 'a') {
        format.bytes = all;
        format.size = sizeof(all) - 1u;
    }
    for (uint32_t i = 0; i < format.size; i++) {
        const char *word = info_word(s->about, format.bytes[i]);
        if (!word || !append(text, word)) {
            return DUO_E_MALFORMED;
        }
    }
    duo_cbor_put_text(out, "output", text);
    return DUO_OK;
}

static enum duo_status boot_loader(const struct smp_request *q, struct duo_cbor_out *out)
{
    struct duo_cbor_item query;

    if (!duo_cbor_find(&q->map, "query", &query)) {
        duo_cbor_put_text(out, "bootloader", BOOT_LOADER_KIND);
        return DUO_OK;
    }
    if (query.type != DUO_CBOR_TEXT || query.size != 4 || memcmp(query.bytes, "mode", 4) != 0) {
        return DUO_E_NO_IMAGE; /* "the query yields no answer" */
    }
    duo_cbor_put_number(out, "mode", BOOT_LOADER_MODE);
    return DUO_OK;
}

enum duo_status smp_os(struct duo_smp *s, const struct smp_request *q, struct duo_cbor_out *out)
{
    if (q->id == ECHO) {
        return echo(q, out); /* read or write: clients do both */
    }
    if (q->id == ECHO_CONTROL && q->write) {
        return DUO_OK; /* nothing is echoed in any case */
    }
    if (q->id == RESET && q->write) {
        return reset(s, q);
    }
    if (q->write) {
        return DUO_E_UNSUPPORTED;
    }
    switch (q->id) {
    case PARAMETERS:
        duo_cbor_put_number(out, "buf_size", s->about->buffer);
        duo_cbor_put_number(out, "buf_count", 1);
        return DUO_OK;
    case INFO:
        return info(s, q, out);
    case BOOT_LOADER:
        return boot_loader(q, out);
    default:
        return DUO_E_UNSUPPORTED;
    }
}
