/* SPDX-License-Identifier: MIT */
/* fwpack: packs sections of a linked firmware, which its reset code unpacks (boot/cm7/start.c). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/elf.h"

#define MAX_FILE (16u * 1024u * 1024u)

static int fail(const char *file, const char *what)
{
    fprintf(stderr, "fwpack: error: %s: %s\n", file, what);
    return 1;
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = file ? malloc(MAX_FILE) : NULL;

    *size = data ? fread(data, 1, MAX_FILE, file) : 0;
    if (!data || ferror(file) || *size == MAX_FILE) {
        (void)fail(path, *size == MAX_FILE ? "larger than 16 MiB; give a linked firmware"
                                           : strerror(errno));
        free(data);
        data = NULL;
    }
    if (file) {
        (void)fclose(file);
    }
    return data;
}

/* Under another name first: a full disk must not leave half a firmware where a whole one is
 * expected. */
static bool write_file(const char *path, const uint8_t *data, size_t size)
{
    char part[4096];

    if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part)) {
        errno = ENAMETOOLONG;
        return false;
    }
    FILE *file = fopen(part, "wb");
    if (!file) {
        return false;
    }
    bool good = fwrite(data, 1, size, file) == size;
    good = fclose(file) == 0 && good;
    return good && rename(part, path) == 0;
}

int main(int argc, char **argv)
{
    struct elf_pack_result result;
    size_t size;
    int status = 0;

    if (argc < 4) {
        fprintf(stderr, "usage: fwpack LINKED.elf PACKED.elf SECTION...\n"
                        "Writes PACKED.elf with the content of the sections packed into the "
                        "section .packed.\n");
        return 2;
    }
    uint8_t *file = read_file(argv[1], &size);
    if (!file) {
        return 1;
    }
    if (!elf_pack(file, size, argv + 3, (unsigned)argc - 3u, &result)) {
        status = fail(argv[1], result.error);
    } else if (!write_file(argv[2], file, size)) {
        status = fail(argv[2], strerror(errno));
    } else {
        printf("%s: %zu bytes packed to %zu, room for %zu\n", argv[2], result.content,
               result.packed, result.room);
    }
    free(file);
    return status;
}
