/* SPDX-License-Identifier: MIT */
#include "core/txn/record.h"

#include <string.h>

#include "core/base/bytes.h"

/* Magic, version, sequence and CRC stay where they are in every later version, so that old code
 * can tell a newer journal from noise. */
enum { R_MAGIC = 0, R_VERSION = 2, R_TYPE = 3, R_SEQUENCE = 4, R_PAYLOAD = 8, R_CRC = 28 };

_Static_assert(R_PAYLOAD + DUO_RECORD_PAYLOAD == R_CRC, "the CRC is last");
_Static_assert(R_CRC + 4 == DUO_WORD_SIZE, "a record is one flash word");

void duo_record_encode(const struct duo_record *r, uint8_t word[DUO_WORD_SIZE])
{
    duo_put16(word + R_MAGIC, DUO_RECORD_MAGIC);
    word[R_VERSION] = DUO_RECORD_VERSION;
    word[R_TYPE] = r->type;
    duo_put32(word + R_SEQUENCE, r->sequence);
    memcpy(word + R_PAYLOAD, r->payload, DUO_RECORD_PAYLOAD);
    duo_put32(word + R_CRC, duo_crc32(word, R_CRC));
}

enum duo_record_kind duo_record_decode(const uint8_t word[DUO_WORD_SIZE], struct duo_record *r)
{
    if (duo_word_is_blank(word)) {
        return DUO_RECORD_BLANK;
    }
    if (duo_get16(word + R_MAGIC) != DUO_RECORD_MAGIC ||
        duo_get32(word + R_CRC) != duo_crc32(word, R_CRC)) {
        return DUO_RECORD_VOID;
    }
    r->type = word[R_TYPE];
    r->sequence = duo_get32(word + R_SEQUENCE);
    memcpy(r->payload, word + R_PAYLOAD, DUO_RECORD_PAYLOAD);
    return word[R_VERSION] == DUO_RECORD_VERSION  ? DUO_RECORD_GOOD
           : word[R_VERSION] > DUO_RECORD_VERSION ? DUO_RECORD_NEWER
                                                  : DUO_RECORD_VOID;
}

enum duo_record_kind duo_record_read(const struct duo_flash *flash, uint32_t addr,
                                     struct duo_record *r)
{
    uint8_t word[DUO_WORD_SIZE];
    const enum duo_word_state state = flash->read(flash->ctx, addr, word, sizeof(word));

    if (state == DUO_WORD_UNREADABLE) {
        return DUO_RECORD_VOID;
    }
    /* all ones after a correction: something has been programmed here */
    if (state == DUO_WORD_CORRECTED && duo_word_is_blank(word)) {
        return DUO_RECORD_VOID;
    }
    return duo_record_decode(word, r);
}
