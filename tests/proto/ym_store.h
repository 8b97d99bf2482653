/* SPDX-License-Identifier: MIT */
/* Both ends of a transfer for tests: files to send, and a store that takes and checks what arrives.
 */
#ifndef TESTS_YM_STORE_H
#define TESTS_YM_STORE_H

#include "proto/ymodem_rx.h"
#include "proto/ymodem_tx.h"

enum { YM_FILES_MAX = 4, YM_OUT = 65536 };

struct ym_blob {
    char name[64];
    uint8_t *bytes;
    uint32_t size;
};

/* Bytes waiting to go out on the line. */
struct ym_out {
    uint8_t bytes[YM_OUT];
    size_t n;
    size_t room; /* how many the sender may leave waiting */
};

struct ym_store {
    struct ym_blob files[YM_FILES_MAX]; /* sender: what to send; receiver: what arrived */
    bool complete[YM_FILES_MAX];
    unsigned count; /* files to send, or begun */
    unsigned next;  /* sender: next to announce */
    bool over;
    enum duo_ymodem_result result;
    bool later;        /* receiver: answer everything with LATER */
    int refuse_file;   /* receiver: refuse this file, -1 none */
    bool known;        /* the file arriving has a size */
    uint32_t expected; /* and this is it */
    struct ym_out out;
};

extern const struct duo_ymodem_rx_ops ym_store_rx_ops;
extern const struct duo_ymodem_tx_ops ym_store_tx_ops;

uint32_t ym_random(uint32_t *state);
void ym_store_init(struct ym_store *s);
void ym_store_free(struct ym_store *s);
void ym_store_add(struct ym_store *s, const char *name, uint32_t size, uint32_t seed);
/* Aborts the test when file i of the two differs (XMODEM: `to` may be padded). */
void ym_check_same(const struct ym_store *from, const struct ym_store *to, unsigned i);

#endif
