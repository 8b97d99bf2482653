#include "core/flash.h"

#include <string.h>

enum duo_status duo_flash_wait(const struct duo_flash *flash, unsigned bank)
{
    enum duo_status status;

    while ((status = flash->poll(flash->ctx, bank)) == DUO_E_BUSY) {
        if (flash->idle)
            flash->idle(flash->ctx);
    }
    return status;
}

enum duo_status duo_flash_erase(const struct duo_flash *flash, unsigned bank, uint32_t addr)
{
    enum duo_status status = flash->begin_erase(flash->ctx, addr);

    return status == DUO_OK ? duo_flash_wait(flash, bank) : status;
}

enum duo_status duo_flash_program(const struct duo_flash *flash, unsigned bank, uint32_t addr,
                                  const uint8_t data[DUO_WORD_SIZE])
{
    uint8_t back[DUO_WORD_SIZE];
    enum duo_status status = flash->begin_program(flash->ctx, addr, data);

    if (status == DUO_OK)
        status = duo_flash_wait(flash, bank);
    if (status != DUO_OK)
        return status;
    if (flash->read(flash->ctx, addr, back, sizeof(back)) != DUO_WORD_GOOD ||
        memcmp(back, data, sizeof(back)) != 0)
        return DUO_E_PROGRAM;
    return DUO_OK;
}

/* By words: every boot asks this of the whole journal. */
bool duo_word_is_blank(const uint8_t data[DUO_WORD_SIZE])
{
    uint32_t words[DUO_WORD_SIZE / 4u];

    memcpy(words, data, sizeof words);
    for (unsigned i = 0; i < DUO_WORD_SIZE / 4u; i++) {
        if (words[i] != 0xFFFFFFFFu)
            return false;
    }
    return true;
}

bool duo_flash_reads_blank(const struct duo_flash *flash, uint32_t addr)
{
    uint8_t word[DUO_WORD_SIZE];

    return flash->read(flash->ctx, addr, word, sizeof(word)) == DUO_WORD_GOOD &&
           duo_word_is_blank(word);
}
