/* SPDX-License-Identifier: MIT */
/* The YMODEM sender: any answers, silence, and a line that takes what it likes. */
#include "proto/ymodem_tx.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define FILE_SIZE 2500u

static struct fuzz_input in;
static uint32_t dones, files;

static size_t send_some(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    FUZZ_CHECK(bytes && n > 0);
    const uint8_t take = fuzz_byte(&in);
    return in.left == 0 || take > 200 || take > n ? n : take;
}

static bool next_file(void *ctx, struct duo_ymodem_file *file)
{
    (void)ctx;
    if (files == 2) {
        return false;
    }
    files++;
    memset(file, 0, sizeof(*file));
    memcpy(file->name, "set.duo", 8);
    file->size = FILE_SIZE;
    file->size_known = true;
    return true;
}

static bool read_file(void *ctx, uint32_t offset, uint8_t *bytes, size_t n)
{
    (void)ctx;
    FUZZ_CHECK(offset <= FILE_SIZE && n <= FILE_SIZE - offset);
    memset(bytes, (int)(offset & 0xFFu), n);
    return true;
}

static void progress(void *ctx, uint32_t offset)
{
    (void)ctx;
    FUZZ_CHECK(offset <= FILE_SIZE);
}

static void on_done(void *ctx, enum duo_ymodem_result result)
{
    (void)ctx;
    (void)result;
    dones++;
}

static const struct duo_ymodem_tx_ops ops = {send_some, next_file, read_file, progress, on_done};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct duo_ymodem_tx tx;
    uint32_t now = 0;

    in = (struct fuzz_input){data, size};
    dones = files = 0;
    duo_ymodem_tx_start(&tx, &ops, NULL, NULL, now);
    while (in.left > 0) {
        const uint8_t step = fuzz_byte(&in);
        if (step < 32) {
            now += step * 500u;
        } else if (step == 32) {
            duo_ymodem_tx_abort(&tx);
        } else {
            const uint8_t byte = fuzz_byte(&in);
            duo_ymodem_tx_input(&tx, now, &byte, 1);
        }
        (void)duo_ymodem_tx_pump(&tx, now);
    }
    for (unsigned i = 0; i < 400 && !duo_ymodem_tx_over(&tx); i++) { /* silence ends everything */
        now += 1000;
        (void)duo_ymodem_tx_pump(&tx, now);
    }
    FUZZ_CHECK(duo_ymodem_tx_over(&tx) && dones == 1);
    return 0;
}
