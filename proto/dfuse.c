/* SPDX-License-Identifier: MIT */
#include "proto/dfuse.h"

#include <string.h>

#include "core/base/bytes.h"

/* First byte of block 0; an address follows. */
enum { GET = 0x00, SET_ADDRESS = 0x21, ERASE = 0x41 };
enum { COMMAND_BLOCK = 0, FIRST_DATA_BLOCK = 2, ADDRESSED_SIZE = 5 };

static const uint8_t commands[] = {GET, SET_ADDRESS, ERASE};

static enum duo_dfu_status found(bool there)
{
    return there ? DUO_DFU_OK : DUO_DFU_ERR_ADDRESS;
}

static enum duo_dfu_status command(struct duo_dfuse *s, const uint8_t *bytes, uint16_t n)
{
    if (n == ADDRESSED_SIZE && bytes[0] == SET_ADDRESS) {
        s->pointer = duo_get32(bytes + 1);
        return DUO_DFU_OK;
    }
    if (n == ADDRESSED_SIZE && bytes[0] == ERASE) {
        return found(s->ops->erase(s->ctx, duo_get32(bytes + 1)));
    }
    if (n == 1 && bytes[0] == ERASE) {
        s->ops->erase_all(s->ctx);
        return DUO_DFU_OK;
    }
    return DUO_DFU_ERR_VENDOR;
}

static uint32_t address_of(const struct duo_dfuse *s, uint16_t number)
{
    return s->pointer + (uint32_t)(number - FIRST_DATA_BLOCK) * DUO_DFU_BLOCK;
}

enum duo_dfu_status duo_dfuse_block(struct duo_dfuse *s, uint16_t number, const uint8_t *bytes,
                                    uint16_t n)
{
    if (number == COMMAND_BLOCK) {
        return command(s, bytes, n);
    }
    if (number < FIRST_DATA_BLOCK) {
        return DUO_DFU_ERR_VENDOR;
    }
    return found(s->ops->write(s->ctx, address_of(s, number), bytes, n));
}

enum duo_dfu_status duo_dfuse_upload(struct duo_dfuse *s, uint16_t number, uint8_t *bytes,
                                     uint16_t *n)
{
    if (number == COMMAND_BLOCK) {
        *n = *n < sizeof(commands) ? *n : sizeof(commands);
        memcpy(bytes, commands, *n);
        return DUO_DFU_OK;
    }
    if (number < FIRST_DATA_BLOCK) {
        return DUO_DFU_ERR_VENDOR;
    }
    return found(s->ops->read(s->ctx, address_of(s, number), bytes, *n));
}
