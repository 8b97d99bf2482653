/* SPDX-License-Identifier: MIT */
/*
 * DfuSe, ST's extension of DFU (AN3156), as dfu-util -s, STM32CubeProgrammer and others speak it:
 * block 0 is a command, and the blocks from 2 on lie at the address that a command has set. It
 * stands on proto/dfu.h, whose block() and upload() it serves.
 */
#ifndef DUO_PROTO_DFUSE_H
#define DUO_PROTO_DFUSE_H

#include "proto/dfu.h"

struct duo_dfuse_ops {
    /* Each says whether the address can be read, written or erased. */
    bool (*read)(void *ctx, uint32_t addr, uint8_t *to, uint32_t n);
    bool (*write)(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n);
    bool (*erase)(void *ctx, uint32_t addr); /* the sector in which it lies */
    void (*erase_all)(void *ctx);
};

struct duo_dfuse {
    const struct duo_dfuse_ops *ops;
    void *ctx;
    uint32_t pointer; /* at first what the owner thinks of */
};

/* VENDOR: no such command (to lift a read protection is none of this). ADDRESS: not there. */
enum duo_dfu_status duo_dfuse_block(struct duo_dfuse *s, uint16_t number, const uint8_t *bytes,
                                    uint16_t n);

/* Block 0: the commands. *n is room and length. */
enum duo_dfu_status duo_dfuse_upload(struct duo_dfuse *s, uint16_t number, uint8_t *bytes,
                                     uint16_t *n);

#endif
