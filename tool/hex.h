/* SPDX-License-Identifier: MIT */
/* Intel HEX, as text that grows. */
#ifndef DUO_TOOL_HEX_H
#define DUO_TOOL_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed before its first use; `text` is for free(). */
struct hex {
    char *text;
    size_t size, room;
    uint32_t upper; /* address bits 31:16 of the last data record */
    bool failed;    /* out of memory: the text is not complete */
};

/* 16 bytes at an address that is a multiple of 16. */
void hex_put16(struct hex *h, uint32_t addr, const uint8_t data[16]);
void hex_end(struct hex *h);

#endif
