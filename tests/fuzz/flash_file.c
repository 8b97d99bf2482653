/* SPDX-License-Identifier: MIT */
/* A file of the emulated chip's flash with a header in which bytes have changed: the input is where
 * and to what, and by how much the file is longer or shorter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/machine.h"
#include "tests/fuzz/fuzz.h"

#define HEADER_BYTES 512u

static uint8_t good[HEADER_BYTES];
static off_t good_size;

/* What the emulator itself writes. */
static void make_good(void)
{
    char path[] = "/tmp/fuzz-flash-XXXXXX";
    const int fd = mkstemp(path);
    char err[256];

    FUZZ_CHECK(fd >= 0 && unlink(path) == 0);
    const struct machine_config config = {.flash_file = path};
    struct machine *m = machine_new(&config, err, sizeof(err));
    FUZZ_CHECK(m);
    machine_free(m);
    FILE *file = fopen(path, "rb");
    struct stat info;
    FUZZ_CHECK(file && fread(good, 1, sizeof(good), file) == sizeof(good));
    FUZZ_CHECK(fstat(fileno(file), &info) == 0);
    good_size = info.st_size;
    fclose(file);
    close(fd);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    uint8_t header[HEADER_BYTES];
    char err[256] = "";

    if (good_size == 0) {
        make_good();
    }
    memcpy(header, good, sizeof(header));
    const off_t length = good_size + (fuzz_byte(&in) % 8u == 0 ? (int8_t)fuzz_byte(&in) : 0);
    while (in.left >= 2) {
        const uint32_t at = fuzz_number(&in, HEADER_BYTES);
        header[at] = fuzz_byte(&in);
    }
    const char *path = fuzz_file(header, sizeof(header));
    FUZZ_CHECK(truncate(path, length) == 0);
    const struct machine_config config = {.flash_file = path, .flash_detached = true};
    struct machine *m = machine_new(&config, err, sizeof(err));
    FUZZ_CHECK(m || err[0] != '\0');
    if (m) {
        machine_power_on(m);
        machine_free(m);
    }
    return 0;
}
