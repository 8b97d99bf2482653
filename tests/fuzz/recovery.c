/* SPDX-License-Identifier: MIT */
/*
 * Recovery whole: the menu's keys and answers, files by YMODEM, SMP and ST's protocol on one line,
 * in any order, as the input says (speech.c). Then there is a reset, and with what the flash holds
 * by now the device comes to rest in a set of its own and takes an update.
 */
#include "tests/fuzz/recovery.h"

#include "tests/fuzz/device.h"
#include "tests/fuzz/speech.h"

static void make_device(void)
{
    device_make(device_pairs);
    for (unsigned i = 0; i < SETS; i++) {
        speech_offer(i, w.sets[i].bundle, w.sets[i].bundle_size);
    }
    for (unsigned i = 0; i < 4; i++) {
        const struct test_image *image = &w.sets[3u * (i / 2u)].image[i % 2u];
        speech_offer(SETS + i, image->file, image->file_size);
    }
}

static void enter(void)
{
    static struct duo_txn txn;
    const struct work_cause cause = {.reason = DUO_REASON_REQUESTED};

    duo_txn_open(&txn, &w.dev);
    if (setjmp(board_reset) == 0) {
        recovery_enter(&txn, &cause);
    }
    fuzz_forget();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_input in;

    if (w.set_count == 0) {
        make_device();
    }
    in = (struct fuzz_input){data, size < 2000 ? size : 2000};
    device_keep();
    board_start(&w.dev, &in);
    enter();
    sim_power_cycle(&w.sim);
    device_ends_well();
    device_return();
    return 0;
}
