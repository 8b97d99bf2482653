/* SPDX-License-Identifier: MIT */
#include "tests/proto/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h> /* after the four above */

static char story[256];

void story_begin(void)
{
    story[0] = '\0';
}

void tell(const char *format, ...)
{
    const size_t at = strlen(story);
    va_list arguments;

    va_start(arguments, format);
    assert_true(vsnprintf(story + at, sizeof(story) - at, format, arguments) <
                (int)(sizeof(story) - at));
    va_end(arguments);
}

void expect(const char *text)
{
    assert_string_equal(story, text);
    story_begin();
}
