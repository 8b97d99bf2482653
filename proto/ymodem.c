/* SPDX-License-Identifier: MIT */
#include "proto/ymodem.h"

#include <string.h>

const uint8_t duo_ymodem_cancel[DUO_YM_CANCEL_BYTES] = {
    DUO_YM_CAN, DUO_YM_CAN, DUO_YM_CAN, DUO_YM_CAN, DUO_YM_CAN, DUO_YM_CAN, DUO_YM_CAN, DUO_YM_CAN,
    DUO_YM_BS,  DUO_YM_BS,  DUO_YM_BS,  DUO_YM_BS,  DUO_YM_BS,  DUO_YM_BS,  DUO_YM_BS,  DUO_YM_BS,
};

const char *duo_ymodem_text(enum duo_ymodem_result result)
{
    switch (result) {
    case DUO_YM_OK:
        return "complete";
    case DUO_YM_CANCELLED:
        return "cancelled by the other side";
    case DUO_YM_REFUSED:
        return "refused";
    case DUO_YM_TIMEOUT:
        return "the other side is silent";
    case DUO_YM_LINE_ERRORS:
        return "too many line errors";
    case DUO_YM_SEQUENCE:
        return "a block is missing";
    case DUO_YM_CUT_SHORT:
        return "the file ended before its announced size";
    case DUO_YM_TOO_LONG:
        return "the file is longer than its announced size";
    case DUO_YM_BAD_HEADER:
        return "the file header has no valid size";
    case DUO_YM_OVERRUN:
        return "data came too fast (YMODEM-G has no flow control)";
    }
    return "unknown";
}

static bool parse_size(struct duo_ymodem_file *file, const uint8_t *text, size_t n)
{
    uint32_t size = 0;
    size_t i = 0;

    while (i < n && text[i] != '\0' && text[i] != ' ') {
        uint32_t digit = (uint32_t)text[i] - '0';

        if (digit > 9 || size > (UINT32_MAX - digit) / 10) {
            return false;
        }
        size = size * 10 + digit;
        i++;
    }
    file->size = size;
    file->size_known = i > 0;
    return true;
}

bool duo_ymodem_parse_header(struct duo_ymodem_file *file, const uint8_t *block, size_t n)
{
    size_t i = 0;

    memset(file, 0, sizeof(*file));
    while (i < n && block[i] != '\0') {
        if (i < DUO_YM_NAME_MAX) {
            /* The name goes to a terminal: an escape sequence in it must not. */
            file->name[i] = '?';
            if (block[i] >= ' ' && block[i] < 0x7f) {
                file->name[i] = (char)block[i];
            }
        }
        i++;
    }
    return i == n || parse_size(file, block + i + 1, n - i - 1);
}

static size_t put_decimal(uint8_t *to, uint32_t value)
{
    uint8_t digits[10];
    size_t n = 0;

    do {
        digits[n++] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++) {
        to[i] = digits[n - 1 - i];
    }
    return n;
}

void duo_ymodem_build_header(uint8_t *block, const struct duo_ymodem_file *file)
{
    size_t at = 0;

    memset(block, 0, DUO_YM_SHORT_BLOCK);
    if (!file) {
        return;
    }
    while (at < DUO_YM_NAME_MAX && file->name[at] != '\0') {
        block[at] = (uint8_t)file->name[at];
        at++;
    }
    if (file->size_known) {
        put_decimal(block + at + 1, file->size);
    }
}

uint8_t duo_ymodem_checksum(const uint8_t *bytes, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += bytes[i];
    }
    return (uint8_t)sum;
}
