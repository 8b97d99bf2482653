/* SPDX-License-Identifier: MIT */
#include "core/txn/flash.h"

#include "core/base/bytes.h"

enum duo_status duo_flash_wait(const struct duo_flash *flash, uint32_t addr)
{
    enum duo_status status;

    while ((status = flash->poll(flash->ctx, addr)) == DUO_E_BUSY) {
        if (flash->idle) {
            flash->idle(flash->ctx);
        }
    }
    return status;
}

enum duo_status duo_flash_erase(const struct duo_flash *flash, uint32_t addr)
{
    enum duo_status status = flash->begin_erase(flash->ctx, addr);

    return status == DUO_OK ? duo_flash_wait(flash, addr) : duo_flash_refusal(status);
}

enum duo_status duo_flash_program(const struct duo_flash *flash, uint32_t addr,
                                  const uint8_t data[DUO_WORD_SIZE])
{
    uint8_t back[DUO_WORD_SIZE];
    enum duo_status status = flash->begin_program(flash->ctx, addr, data);

    if (status == DUO_OK) {
        status = duo_flash_wait(flash, addr);
    }
    if (status != DUO_OK) {
        return duo_flash_refusal(status);
    }
    if (flash->read(flash->ctx, addr, back, sizeof(back)) != DUO_WORD_GOOD ||
        !duo_word_equal(back, data)) {
        return DUO_E_PROGRAM;
    }
    return DUO_OK;
}

/* Four bytes at a time, as numbers, which compilers make one load of: an exchange asks these two of
 * each word, and a boot of the whole journal, and a C library made small compares byte by byte. */
bool duo_word_is_blank(const uint8_t data[DUO_WORD_SIZE])
{
    for (unsigned i = 0; i < DUO_WORD_SIZE; i += 4u) {
        if (duo_get32(data + i) != 0xFFFFFFFFu) {
            return false;
        }
    }
    return true;
}

bool duo_word_equal(const uint8_t a[DUO_WORD_SIZE], const uint8_t b[DUO_WORD_SIZE])
{
    for (unsigned i = 0; i < DUO_WORD_SIZE; i += 4u) {
        if (duo_get32(a + i) != duo_get32(b + i)) {
            return false;
        }
    }
    return true;
}

bool duo_flash_reads_blank(const struct duo_flash *flash, uint32_t addr)
{
    uint8_t word[DUO_WORD_SIZE];

    return flash->read(flash->ctx, addr, word, sizeof(word)) == DUO_WORD_GOOD &&
           duo_word_is_blank(word);
}

/* Applications confirm with half a KiB of stack. */
#define RUN_PIECE 64u
_Static_assert(DUO_BLANK_RUN % RUN_PIECE == 0, "a run is read in whole pieces");

static bool piece_blank(const struct duo_flash *flash, uint32_t addr)
{
    uint32_t run[RUN_PIECE / 4u];

    if (flash->read(flash->ctx, addr, run, sizeof(run)) != DUO_WORD_GOOD) {
        return false;
    }
    for (uint32_t i = 0; i < RUN_PIECE / 4u; i++) {
        if (run[i] != 0xFFFFFFFFu) {
            return false;
        }
    }
    return true;
}

bool duo_flash_area_blank(const struct duo_flash *flash, uint32_t addr, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += RUN_PIECE) {
        if (!piece_blank(flash, addr + at)) {
            return false;
        }
    }
    return true;
}
