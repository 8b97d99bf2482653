/* SPDX-License-Identifier: MIT */
#include "boot/cm7/m4_program.h"

#include <stdbool.h>
#include <string.h>

#include "core/image/boot_mark.h"
#include "core/image/crypto.h"
#include "core/image/m4_record.h"
#include "layouts/layout.h"
#include "port/stm32h7/flash.h"

#define PIECE 256u

static bool read(uint32_t offset, void *to, uint32_t len)
{
    return flash_read(duo_layout.boot[DUO_CM4].base + offset, to, len) != DUO_WORD_UNREADABLE;
}

static bool hash_of(uint32_t size, uint8_t hash[DUO_HASH_SIZE])
{
    uint8_t piece[PIECE];
    struct duo_sha256 sha;

    duo_sha256_init(&sha);
    for (uint32_t at = 0; at < size; at += PIECE) {
        uint32_t n = size - at < PIECE ? size - at : PIECE;

        if (!read(at, piece, n)) {
            return false;
        }
        duo_sha256_update(&sha, piece, n);
    }
    duo_sha256_final(&sha, hash);
    return true;
}

static bool is_whole(void)
{
    uint8_t hash[DUO_HASH_SIZE], stored[DUO_HASH_SIZE];
    struct m4_record record;

    return read(M4_RECORD_OFFSET, &record, sizeof(record)) && record.magic == M4_RECORD_MAGIC &&
           record.size <= duo_layout.boot[DUO_CM4].size - DUO_HASH_SIZE &&
           hash_of(record.size, hash) && read(record.size, stored, sizeof(stored)) &&
           memcmp(hash, stored, sizeof(hash)) == 0;
}

static bool is_blank(void)
{
    uint8_t word[DUO_WORD_SIZE];

    return read(0, word, sizeof(word)) && duo_word_is_blank(word);
}

enum m4_program m4_program_check(void)
{
    if (is_whole()) {
        return M4_PROGRAM_WHOLE;
    }
    return is_blank() ? M4_PROGRAM_MISSING : M4_PROGRAM_DAMAGED;
}

uint32_t m4_program_mark(void)
{
    uint32_t mark;

    return is_whole() && read(DUO_BOOT_MARK_OFFSET, &mark, sizeof(mark)) ? mark : 0;
}
