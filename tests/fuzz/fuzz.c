/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memfd_create() */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

uint8_t fuzz_byte(struct fuzz_input *in)
{
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->data++;
}

uint32_t fuzz_number(struct fuzz_input *in, uint32_t below)
{
    uint32_t n = fuzz_byte(in);

    if (below > 256u) {
        n = n << 8 | fuzz_byte(in);
    }
    if (below > 65536u) {
        n = n << 8 | fuzz_byte(in);
    }
    return below == 0 ? 0 : n % below;
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[32];

    if (fd >= 0) {
        close(fd);
    }
    fd = memfd_create("fuzz", 0);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return path;
}
