/* SPDX-License-Identifier: MIT */
#include "tool/flashimage.h"

#include <stdlib.h>
#include <string.h>

#include "chip/stm32h7/memory.h"

#define FLASH_SIZE (MEM_FLASH_BANKS * MEM_BANK_SIZE)

/* Offset of `len` bytes at `addr`; false when they are not in the flash. */
static bool locate(uint32_t addr, uint32_t len, uint32_t *offset)
{
    *offset = addr - MEM_FLASH_BASE;
    return *offset < FLASH_SIZE && len <= FLASH_SIZE - *offset;
}

static enum duo_status begin_erase(void *ctx, uint32_t addr)
{
    struct flash_image *f = ctx;
    uint32_t at;

    if (!locate(addr, MEM_SECTOR_SIZE, &at) || at % MEM_SECTOR_SIZE != 0) {
        return DUO_E_ARG;
    }
    memset(f->bytes + at, 0xFF, MEM_SECTOR_SIZE);
    memset(f->programmed + at / DUO_WORD_SIZE, 0, MEM_SECTOR_SIZE / DUO_WORD_SIZE);
    return DUO_OK;
}

/* Twice the same word: a programmer could not do it, so it is an error here. */
static enum duo_status begin_program(void *ctx, uint32_t addr, const uint8_t data[DUO_WORD_SIZE])
{
    struct flash_image *f = ctx;
    uint32_t at;

    if (!locate(addr, DUO_WORD_SIZE, &at) || at % DUO_WORD_SIZE != 0) {
        return DUO_E_ARG;
    }
    if (f->programmed[at / DUO_WORD_SIZE]) {
        return DUO_E_PROGRAM;
    }
    f->programmed[at / DUO_WORD_SIZE] = true;
    memcpy(f->bytes + at, data, DUO_WORD_SIZE);
    return DUO_OK;
}

static enum duo_status poll(void *ctx, uint32_t addr)
{
    (void)ctx;
    (void)addr;
    return DUO_OK;
}

static enum duo_word_state read(void *ctx, uint32_t addr, void *buf, uint32_t len)
{
    const struct flash_image *f = ctx;
    uint32_t at;

    if (!locate(addr, len, &at)) {
        return DUO_WORD_UNREADABLE;
    }
    memcpy(buf, f->bytes + at, len);
    return DUO_WORD_GOOD;
}

bool flash_image_init(struct flash_image *f)
{
    *f = (struct flash_image){.flash = {.begin_erase = begin_erase,
                                        .begin_program = begin_program,
                                        .poll = poll,
                                        .read = read,
                                        .ctx = f},
                              .bytes = malloc(FLASH_SIZE),
                              .programmed = calloc(FLASH_SIZE / DUO_WORD_SIZE, sizeof(bool))};
    if (!f->bytes || !f->programmed) {
        flash_image_free(f);
        return false;
    }
    memset(f->bytes, 0xFF, FLASH_SIZE);
    return true;
}

void flash_image_free(struct flash_image *f)
{
    free(f->bytes);
    free(f->programmed);
    f->bytes = NULL;
    f->programmed = NULL;
}

enum duo_status flash_image_put(struct flash_image *f, uint32_t addr, const uint8_t *data,
                                uint32_t len)
{
    enum duo_status status = DUO_OK;

    for (uint32_t at = 0; at < len && status == DUO_OK; at += DUO_WORD_SIZE) {
        if (!duo_word_is_blank(data + at)) {
            status = begin_program(f, addr + at, data + at);
        }
    }
    return status;
}

void flash_image_hex(const struct flash_image *f, struct hex *h)
{
    for (uint32_t at = 0; at < FLASH_SIZE; at += DUO_WORD_SIZE) {
        if (f->programmed[at / DUO_WORD_SIZE]) {
            hex_put16(h, MEM_FLASH_BASE + at, f->bytes + at);
            hex_put16(h, MEM_FLASH_BASE + at + 16, f->bytes + at + 16);
        }
    }
}
