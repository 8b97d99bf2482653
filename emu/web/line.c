/* SPDX-License-Identifier: MIT */
/* The terminals of the page. */
#include "emu/web/parts.h"

#include <stdlib.h>
#include <string.h>

bool web_line_type(struct web_line *l, const char *text, size_t len)
{
    if (len > WEB_TYPED - l->typed_len) {
        return false;
    }
    memcpy(l->typed + l->typed_len, text, len);
    l->typed_len += len;
    return true;
}

bool web_line_push(struct web_line *l)
{
    size_t n = 0;

    while (n < l->typed_len && uart_input(l->uart, l->typed[n])) {
        n++;
    }
    memmove(l->typed, l->typed + n, l->typed_len - n);
    l->typed_len -= n;
    return n != 0;
}

/* Each byte becomes the character of its number, so that any byte passes through JSON. The page
 * puts the bytes together again. */
static json_t *bytes_as_text(const struct web_line *l, uint64_t from)
{
    char *text = malloc(2 * (size_t)(l->sent - from) + 1), *to = text;

    if (!text) {
        return NULL;
    }
    for (; from < l->sent; from++) {
        uint8_t byte = l->shown[from % WEB_SHOWN];
        if (byte >= 0x80) {
            *to++ = (char)(0xC0 | byte >> 6);
            byte = 0x80 | (byte & 0x3F);
        }
        *to++ = (char)byte;
    }
    json_t *json = json_stringn(text, (size_t)(to - text));
    free(text);
    return json;
}

json_t *web_line_message(const struct web_line *l, uint64_t *from)
{
    if (*from == l->sent) {
        return NULL;
    }
    if (l->sent - *from > WEB_SHOWN) {
        *from = l->sent - WEB_SHOWN; /* the page was too slow, or has just come */
    }
    json_t *bytes = bytes_as_text(l, *from);

    *from = l->sent;
    return bytes ? json_pack("{s:s, s:s, s:o}", "type", "uart", "name", uart_name(l->uart), "bytes",
                             bytes)
                 : NULL;
}
