/* SPDX-License-Identifier: MIT */
/* What fuzz targets share. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The entry that libFuzzer calls with one input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes inputs apart from the front; zeros when nothing is left. */
struct fuzz_input {
    const uint8_t *data;
    size_t left;
};
uint8_t fuzz_byte(struct fuzz_input *in);
uint32_t fuzz_number(struct fuzz_input *in, uint32_t below); /* 0 when below is 0 */

/* A file with this content, in memory; its path is valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* Memory at an address of the chip, for firmware that takes it so. */
void fuzz_map(uint32_t base, uint32_t size);

/* Variables of the firmware as after a reset (tests/fuzz/board/together.h). */
void fuzz_forget(void);

/* The device of targets with a flash of tests/txn. */
#ifdef FUZZ_TWIN
#define FUZZ_MAP   (&twin_map)
#define FUZZ_SLOTS twin_slots
#else
#define FUZZ_MAP   (&small_map)
#define FUZZ_SLOTS small_slots
#endif

/* Ends the run as a finding. */
#define FUZZ_CHECK(what)                                                                           \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

#endif
