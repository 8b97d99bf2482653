/* SPDX-License-Identifier: MIT */
/* docs/emulator.md lists every note of emu/notes.def with its kind, meaning and section, and no
 * other. */
#include "emu/notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* after the four above */

static const char *const kinds[] = {
    [NOTE_INFO] = "info",     [NOTE_UNMODELLED] = "unmodelled", [NOTE_UNCLOCKED] = "unclocked",
    [NOTE_FEATURE] = "error", [NOTE_FIRMWARE_BUG] = "warning",  [NOTE_FAULT] = "fault",
};

static char *document;

static int read_document(void **state)
{
    FILE *f = fopen(DOCUMENT, "r");
    long size = 0;

    (void)state;
    if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
        return -1;
    }
    document = calloc(1, (size_t)size + 1);
    size_t got = document ? fread(document, 1, (size_t)size, f) : 0;
    fclose(f);
    return got == (size_t)size ? 0 : -1;
}

static int forget_document(void **state)
{
    (void)state;
    free(document);
    return 0;
}

static void row(char *out, size_t size, const struct note_info *info)
{
    snprintf(out, size, "\n| `%s` | %s | %s | %s |\n", info->name, kinds[info->kind], info->meaning,
             info->section);
}

static void every_note_is_documented(void **state)
{
    unsigned missing = 0;

    (void)state;
    for (unsigned i = 0; i < NOTES; i++) {
        char wanted[512];

        row(wanted, sizeof(wanted), note_info((enum note_id)i));
        if (!strstr(document, wanted)) {
            fprintf(stderr, "docs/emulator.md lacks this row:%s", wanted);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

static void no_row_is_left_over(void **state)
{
    unsigned rows = 0;
    const char *at = strstr(document, "\n## Notes\n");

    (void)state;
    assert_non_null(at);
    const char *end = strstr(at + 1, "\n## ");
    while ((at = strstr(at, "\n| `")) && (!end || at < end)) {
        rows++;
        at += 4;
    }
    assert_int_equal(rows, NOTES);
}

static void every_section_exists(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NOTES; i++) {
        char heading[128];

        snprintf(heading, sizeof(heading), "# %s\n", note_info((enum note_id)i)->section);
        if (!strstr(document, heading)) {
            fail_msg("docs/emulator.md has no section '%s'", note_info((enum note_id)i)->section);
        }
    }
}

static void no_name_is_used_twice(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NOTES; i++) {
        for (unsigned k = 0; k < i; k++) {
            assert_string_not_equal(note_info((enum note_id)i)->name,
                                    note_info((enum note_id)k)->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_note_is_documented),
        cmocka_unit_test(no_row_is_left_over),
        cmocka_unit_test(every_section_exists),
        cmocka_unit_test(no_name_is_used_twice),
    };

    return cmocka_run_group_tests(tests, read_document, forget_document);
}
