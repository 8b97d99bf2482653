/* SPDX-License-Identifier: MIT */
/* The YMODEM receiver: any bytes, silence and answers of its owner, told by the input. */
#include "proto/ymodem_rx.h"

#include "tests/fuzz/fuzz.h"

static struct fuzz_input in;
static uint32_t expected, dones;
static bool opened;

static void sent(void *ctx, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    FUZZ_CHECK(bytes && n > 0 && n <= DUO_YM_CANCEL_BYTES);
}

static enum duo_ymodem_answer answer(void)
{
    const uint8_t n = fuzz_byte(&in);

    return n < 200 ? DUO_YM_TAKE : n < 250 ? DUO_YM_LATER : DUO_YM_REFUSE;
}

static enum duo_ymodem_answer on_file(void *ctx, const struct duo_ymodem_file *file)
{
    (void)ctx;
    for (unsigned i = 0; i < sizeof(file->name) && file->name[i] != '\0'; i++) {
        FUZZ_CHECK(file->name[i] >= ' ');
    }
    expected = 0;
    opened = true;
    return answer();
}

static enum duo_ymodem_answer on_data(void *ctx, uint32_t offset, const uint8_t *bytes, size_t n)
{
    (void)ctx;
    FUZZ_CHECK(opened && bytes && n > 0 && offset == expected);
    const enum duo_ymodem_answer said = answer();
    expected += said == DUO_YM_REFUSE ? 0 : (uint32_t)n;
    return said;
}

static enum duo_ymodem_answer on_end(void *ctx, uint32_t size)
{
    (void)ctx;
    FUZZ_CHECK(opened && size == expected);
    return answer();
}

static void on_done(void *ctx, enum duo_ymodem_result result)
{
    (void)ctx;
    (void)result;
    dones++;
}

static const struct duo_ymodem_rx_ops ops = {sent, on_file, on_data, on_end, on_done};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct duo_ymodem_rx rx;
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;
    uint32_t now = 0;

    in = (struct fuzz_input){data, size};
    expected = dones = 0;
    opened = false;
    config.streaming = fuzz_byte(&in) & 1u;
    config.start_polls = 20;
    duo_ymodem_rx_start(&rx, &ops, NULL, &config, now);
    while (in.left > 0) {
        const uint8_t step = fuzz_byte(&in);
        if (step < 16) {
            now += step * 700u;
            duo_ymodem_rx_tick(&rx, now);
        } else if (step < 24) {
            duo_ymodem_rx_ready(&rx);
        } else if (step == 24) {
            duo_ymodem_rx_abort(&rx);
        } else {
            const size_t want = step < 200 ? step - 24u : 1029u;
            const size_t n = want < in.left ? want : in.left;
            const uint8_t *bytes = in.data;
            in.data += n;
            in.left -= n;
            now += 5;
            duo_ymodem_rx_input(&rx, now, bytes, n);
        }
    }
    for (unsigned i = 0; i < 400 && !duo_ymodem_rx_over(&rx); i++) { /* silence ends everything */
        duo_ymodem_rx_ready(&rx);
        now += 1000;
        duo_ymodem_rx_tick(&rx, now);
    }
    FUZZ_CHECK(duo_ymodem_rx_over(&rx) && dones == 1);
    return 0;
}
