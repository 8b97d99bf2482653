/* SPDX-License-Identifier: MIT */
/* The loader on good and bad files. With arguments it loads a file and prints what it found, for
 * test_elf.sh, which builds real ARM programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <elf.h>

#include "hostlib/loader.h"
#include "hostlib/symbols.h"

struct memory {
    uint8_t bytes[4096];
    uint32_t base;
    size_t chunks, total;
};

static bool store(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    struct memory *m = ctx;

    if (m->chunks++ == 0) {
        m->base = addr;
    }
    assert_true(addr - m->base + len <= sizeof(m->bytes));
    memcpy(m->bytes + (addr - m->base), data, len);
    m->total += len;
    return true;
}

static char path[] = "/tmp/duo-loader-XXXXXX";
static char err[256];
static struct memory mem;
static struct load_result result;

static bool load(const void *data, size_t size, const uint32_t *addr)
{
    const struct load_sink sink = {store, &mem};
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
    mem = (struct memory){0};
    strcpy(err, "?");
    return load_file(path, addr, &sink, &result, err, sizeof(err));
}

static void refuse(const void *data, size_t size, const char *why)
{
    assert_false(load(data, size, NULL));
    assert_int_equal(mem.chunks, 0); /* nothing of a bad file is delivered */
    if (!strstr(err, why)) {
        fail_msg("expected \"%s\" in \"%s\"", why, err);
    }
    assert_non_null(strstr(err, path));
}

static void refuse_text(const char *text, const char *why)
{
    refuse(text, strlen(text), why);
}

static const char good_hex[] = ":020000040802F0\r\n"
                               ":0400000001020304F2\r\n"
                               ":0400040005060708DE\r\n"
                               ":02001000AABB89\r\n"
                               ":0400000508020199"
                               "53\r\n"
                               ":00000001FF\r\n";

static void hex_loads(void **state)
{
    (void)state;
    assert_true(load(good_hex, strlen(good_hex), NULL));
    assert_int_equal(result.kind, LOAD_HEX);
    assert_int_equal(result.low, 0x08020000);
    assert_int_equal(result.high, 0x08020012);
    assert_true(result.has_entry);
    assert_int_equal(result.entry, 0x08020199);
    assert_int_equal(mem.total, 10);
    assert_memory_equal(mem.bytes, "\1\2\3\4\5\6\7\10", 8);
    assert_memory_equal(mem.bytes + 16, "\xAA\xBB", 2);
}

static void hex_is_delivered_in_order_of_address(void **state)
{
    (void)state;
    const char *text = ":02001000AABB89\n:0400000001020304F2\n:00000001FF\n";
    assert_true(load(text, strlen(text), NULL));
    assert_int_equal(mem.base, 0);
}

static void bad_hex_is_refused(void **state)
{
    (void)state;
    refuse_text(":0400000001020304F3\n:00000001FF\n", "checksum");
    refuse_text(":0400000001020304F2\n", "no end record");
    refuse_text(":04000000010203", "truncated");
    refuse_text(":04000000010203ZZF2\n:00000001FF\n", "not a hexadecimal digit");
    refuse_text(":0400000001020304F2\n:0400020001020304F0\n:00000001FF\n", "overlap");
    refuse_text(":0400000001020304F2\nhello\n", "begins with ':'");
    refuse_text(":00000001FF\n", "no data");
    refuse_text(":00000009F7\n:00000001FF\n", "record type");
}

/* Cut at every length: never accepted as long as the end record is not complete. */
static void truncated_hex_is_refused(void **state)
{
    (void)state;
    for (size_t len = 1; len < strlen(good_hex) - 2; len++) {
        assert_false(load(good_hex, len, NULL));
        assert_int_equal(mem.chunks, 0);
    }
}

static void flipped_hex_is_refused(void **state)
{
    char text[sizeof(good_hex)];

    (void)state;
    for (size_t i = 0; i < strlen(good_hex) - 2; i++) {
        memcpy(text, good_hex, sizeof(text));
        text[i] ^= 1;
        if (text[i] == '\r' || good_hex[i] == '\r' || good_hex[i] == '\n') {
            continue;
        }
        uint32_t addr = 0; /* a flipped ':' makes it a BIN file, which is what it then is */
        bool ok = load(text, strlen(text), &addr);
        assert_true(!ok || result.kind == LOAD_BIN);
    }
}

static void bin_needs_an_address(void **state)
{
    uint32_t addr = 0x08120000;

    (void)state;
    refuse("\1\2\3", 3, "no address");
    assert_true(load("\1\2\3", 3, &addr));
    assert_int_equal(result.kind, LOAD_BIN);
    assert_int_equal(result.low, addr);
    assert_int_equal(result.high, addr + 3);
    addr = 0xFFFFFFFE;
    assert_false(load("\1\2\3", 3, &addr));
}

static void other_files_are_named(void **state)
{
    const struct load_sink sink = {store, &mem};

    (void)state;
    refuse("", 0, "empty");
    refuse_text("S00600004844521B\n", "S-record");
    assert_false(load_file("/nonexistent/x.elf", NULL, &sink, &result, err, sizeof(err)));
    assert_non_null(strstr(err, "No such file"));
    assert_false(load_file("/tmp", NULL, &sink, &result, err, sizeof(err)));
    assert_non_null(strstr(err, "directory"));
}

struct tiny_elf {
    Elf32_Ehdr eh;
    Elf32_Phdr ph[2];
    uint8_t code[64];
};

static void make_elf(struct tiny_elf *e)
{
    memset(e, 0, sizeof(*e));
    memcpy(e->eh.e_ident, ELFMAG, SELFMAG);
    e->eh.e_ident[EI_CLASS] = ELFCLASS32;
    e->eh.e_ident[EI_DATA] = ELFDATA2LSB;
    e->eh.e_ident[EI_VERSION] = EV_CURRENT;
    e->eh.e_type = ET_EXEC;
    e->eh.e_machine = EM_ARM;
    e->eh.e_version = EV_CURRENT;
    e->eh.e_entry = 0x08020009;
    e->eh.e_phoff = offsetof(struct tiny_elf, ph);
    e->eh.e_ehsize = sizeof(e->eh);
    e->eh.e_phentsize = sizeof(e->ph[0]);
    e->eh.e_phnum = 2;
    e->ph[0] = (Elf32_Phdr){.p_type = PT_LOAD,
                            .p_offset = offsetof(struct tiny_elf, code),
                            .p_vaddr = 0x08020000,
                            .p_paddr = 0x08020000,
                            .p_filesz = 48,
                            .p_memsz = 48};
    /* .data: runs in RAM, is loaded after the code */
    e->ph[1] = (Elf32_Phdr){.p_type = PT_LOAD,
                            .p_offset = offsetof(struct tiny_elf, code) + 48,
                            .p_vaddr = 0x20000000,
                            .p_paddr = 0x08020030,
                            .p_filesz = 16,
                            .p_memsz = 400};
    for (size_t i = 0; i < sizeof(e->code); i++) {
        e->code[i] = (uint8_t)i;
    }
}

static void elf_without_sections_loads(void **state)
{
    struct tiny_elf e;

    (void)state;
    make_elf(&e);
    assert_true(load(&e, sizeof(e), NULL));
    assert_int_equal(result.kind, LOAD_ELF);
    assert_int_equal(result.low, 0x08020000);
    assert_int_equal(result.high, 0x08020040);
    assert_int_equal(result.entry, 0x08020009);
    assert_memory_equal(mem.bytes, e.code, sizeof(e.code));
}

static void bad_elf_is_refused(void **state)
{
    struct tiny_elf e;

    (void)state;
    for (size_t len = 1; len < sizeof(e); len++) {
        make_elf(&e);
        assert_false(load(&e, len, NULL));
        assert_int_equal(mem.chunks, 0);
    }
    make_elf(&e);
    e.eh.e_machine = EM_386;
    refuse(&e, sizeof(e), "not for ARM");
    make_elf(&e);
    e.eh.e_ident[EI_CLASS] = ELFCLASS64;
    refuse(&e, sizeof(e), "32-bit");
    make_elf(&e);
    e.eh.e_type = ET_REL;
    refuse(&e, sizeof(e), "not been linked");
    make_elf(&e);
    e.ph[1].p_paddr = 0x08020010;
    refuse(&e, sizeof(e), "overlap");
    make_elf(&e);
    e.ph[1].p_paddr = 0xFFFFFFF8;
    refuse(&e, sizeof(e), "address space");
    make_elf(&e);
    e.eh.e_phnum = 0;
    refuse(&e, sizeof(e), "program headers");
    make_elf(&e);
    e.ph[1].p_offset = 0xFFFFFFF0;
    refuse(&e, sizeof(e), "truncated");
}

static bool discard(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    volatile uint8_t last =
        len > 0 ? data[len - 1] : 0; /* touch it: the sanitizer checks the range */

    (void)ctx;
    (void)addr;
    (void)last;
    return true;
}

/* No byte of the headers, whatever its value, makes the loader crash (sanitizers watch). */
static void noisy_elf_never_crashes(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    struct tiny_elf e;

    (void)state;
    for (size_t i = 4; i < offsetof(struct tiny_elf, code); i++) {
        for (size_t v = 0; v < sizeof(values); v++) {
            const struct load_sink sink = {discard, NULL};
            make_elf(&e);
            ((uint8_t *)&e)[i] = values[v];
            FILE *f = fopen(path, "wb");
            assert_non_null(f);
            assert_int_equal(fwrite(&e, 1, sizeof(e), f), sizeof(e));
            assert_int_equal(fclose(f), 0);
            struct symbols *s = symbols_new();
            (void)symbols_add(s, path, err, sizeof(err));
            symbols_free(s);
            (void)load_file(path, NULL, &sink, &result, err, sizeof(err));
        }
    }
}

static bool print_chunk(void *ctx, uint32_t addr, const uint8_t *data, uint32_t len)
{
    (void)ctx;
    (void)data;
    printf("chunk 0x%08x %u\n", addr, len);
    return true;
}

static int describe(const char *file, const char *address)
{
    const struct load_sink sink = {print_chunk, NULL};
    uint32_t offset = 0, at = (uint32_t)strtoul(address, NULL, 16);
    char text[64];

    if (!load_file(file, NULL, &sink, &result, err, sizeof(err))) {
        fprintf(stderr, "%s\n", err);
        return 1;
    }
    struct symbols *s = symbols_new();
    if (!s || !symbols_add(s, file, err, sizeof(err))) {
        fprintf(stderr, "%s\n", err);
        return 1;
    }
    uint32_t found = 0;
    (void)symbols_name(s, at, &offset);
    printf("low 0x%08x high 0x%08x entry 0x%08x\n", result.low, result.high, result.entry);
    printf("name %s\n", symbols_format(s, at, text, sizeof(text)));
    printf("helper 0x%08x\n", symbols_find(s, "helper", &found) ? found : 0);
    symbols_free(s);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        return describe(argv[1], argv[2]);
    }
    int fd = mkstemp(path);
    if (fd < 0) {
        perror("mkstemp");
        return 1;
    }
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_loads),
        cmocka_unit_test(hex_is_delivered_in_order_of_address),
        cmocka_unit_test(bad_hex_is_refused),
        cmocka_unit_test(truncated_hex_is_refused),
        cmocka_unit_test(flipped_hex_is_refused),
        cmocka_unit_test(bin_needs_an_address),
        cmocka_unit_test(other_files_are_named),
        cmocka_unit_test(elf_without_sections_loads),
        cmocka_unit_test(bad_elf_is_refused),
        cmocka_unit_test(noisy_elf_never_crashes),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return rc;
}
