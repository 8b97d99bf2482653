/* SPDX-License-Identifier: MIT */
/* SMP: any bytes and silences on the line, to a server whose owner answers as the input says. */
#include "proto/smp.h"

#include <string.h>

#include "proto/smp_line.h"
#include "tests/fuzz/fuzz.h"

static struct fuzz_input in;
static uint8_t buffer[600 + DUO_SMP_LINE_EXTRA];

static enum duo_status some_status(void)
{
    const uint8_t byte = fuzz_byte(&in);

    return byte < 200 ? DUO_OK : (enum duo_status)(byte - 200);
}

static unsigned images(void *ctx, struct duo_smp_image *list)
{
    (void)ctx;
    memset(list, 0, DUO_SMP_IMAGES_MAX * sizeof(*list));
    return fuzz_byte(&in) % (DUO_SMP_IMAGES_MAX + 1u);
}

static void read_all(const uint8_t *bytes, size_t n)
{
    volatile uint8_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
}

static enum duo_status select_image(void *ctx, const uint8_t *hash, bool confirm)
{
    (void)ctx;
    (void)confirm;
    if (hash) {
        read_all(hash, DUO_SMP_HASH);
    }
    return some_status();
}

static enum duo_status uploaded(void *ctx, struct duo_smp_taken *taken)
{
    (void)ctx;
    taken->next = fuzz_byte(&in);
    taken->whole = taken->next & 1u;
    return some_status();
}

static enum duo_status upload(void *ctx, const struct duo_smp_piece *piece,
                              struct duo_smp_taken *taken)
{
    FUZZ_CHECK(piece->n <= sizeof(buffer));
    read_all(piece->data, piece->n);
    if (piece->sha) {
        read_all(piece->sha, DUO_SMP_HASH);
    }
    return uploaded(ctx, taken);
}

static enum duo_status erase(void *ctx, uint32_t slot)
{
    (void)ctx;
    (void)slot;
    return some_status();
}

static enum duo_status reset(void *ctx, bool to_recovery)
{
    (void)ctx;
    (void)to_recovery;
    return some_status();
}

static enum duo_status command(void *ctx, uint32_t id, bool write,
                               const struct duo_cbor_item *request, struct duo_cbor_out *answer)
{
    struct duo_cbor_item item;

    (void)ctx;
    (void)write;
    if (duo_cbor_find(request, "x", &item) &&
        (item.type == DUO_CBOR_TEXT || item.type == DUO_CBOR_BYTES)) {
        read_all(item.bytes, item.size);
        duo_cbor_put_bytes(answer, "x", item.bytes, item.size);
    }
    return id > 3 ? DUO_E_ARG : some_status();
}

static const struct duo_smp_ops ops = {images, select_image, upload, uploaded,
                                       erase,  reset,        command};
static const struct duo_smp_slot slots[] = {{0, 0, 1}, {1, 0, 1}};
static const struct duo_smp_about about = {"a", "b", "c", 600, slots, 2};

static struct duo_smp_line line;

static void sent(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    FUZZ_CHECK(n > 0 && n <= 128);
    read_all(bytes, n);
}

static void reply(const uint8_t *answer, uint32_t n)
{
    FUZZ_CHECK(n <= DUO_SMP_ANSWER_MAX);
    if (n > 0) {
        FUZZ_CHECK(n == DUO_SMP_HEADER + (uint32_t)(answer[2] << 8 | answer[3]));
        duo_smp_line_send(&line, answer, n, sent, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct duo_smp server;
    static uint8_t answer[DUO_SMP_ANSWER_MAX];
    uint32_t now = 0;

    in = (struct fuzz_input){data, size};
    duo_smp_line_start(&line, buffer, sizeof(buffer));
    duo_smp_start(&server, &ops, NULL, &about);
    while (in.left > 0) {
        const uint8_t step = fuzz_byte(&in);
        size_t n = step;

        if (step < 8) {
            now += step * 200u;
            reply(answer, duo_smp_again(&server, answer, sizeof(answer)));
            continue;
        }
        for (; n > 0 && in.left > 0; n--) {
            if (duo_smp_line_take(&line, now, fuzz_byte(&in))) {
                FUZZ_CHECK(line.length >= DUO_SMP_HEADER && line.length <= 600);
                reply(answer,
                      duo_smp_serve(&server, line.message, line.length, answer, sizeof(answer)));
            }
        }
        now += 30;
    }
    return 0;
}
