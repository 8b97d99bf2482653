/* SPDX-License-Identifier: MIT */
#include "layouts/layout.h"

#include "layouts/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTION   "--layout"
#define VARIABLE "DUO_LAYOUT"

#define KNOWN(name) extern const struct duo_layout duo_layout_##name;
DUO_LAYOUTS
#undef KNOWN

static const struct duo_layout *const known[] = {
#define KNOWN(name) &duo_layout_##name,
    DUO_LAYOUTS
#undef KNOWN
};

#define COUNT (sizeof(known) / sizeof(known[0]))

struct duo_layout duo_layout;

const struct duo_layout *duo_layout_known(unsigned i)
{
    return i < COUNT ? known[i] : NULL;
}

const struct duo_layout *duo_layout_numbered(uint8_t number)
{
    for (unsigned i = 0; i < COUNT; i++) {
        if (known[i]->slot[DUO_CM7].layout == number) {
            return known[i];
        }
    }
    return NULL;
}

bool duo_layout_choose(const char *name)
{
    for (unsigned i = 0; i < COUNT; i++) {
        if (strcmp(known[i]->name, name) == 0) {
            duo_layout = *known[i];
            return true;
        }
    }
    return false;
}

/* Before main(). */
__attribute__((constructor)) static void choose_default(void)
{
    (void)duo_layout_choose(DUO_LAYOUT_DEFAULT);
}

static void list_known(void)
{
    for (unsigned i = 0; i < COUNT; i++) {
        fprintf(stderr, "%s%s", i == 0 ? "  there are: " : ", ", known[i]->name);
    }
    fputc('\n', stderr);
}

/* Drops `n` arguments after the program's name. */
static void drop(int *argc, char **argv, int n)
{
    memmove(argv + 1, argv + 1 + n, (size_t)(*argc - n) * sizeof(*argv));
    *argc -= n;
}

static bool choose_or_say(const char *name)
{
    if (duo_layout_choose(name)) {
        return true;
    }
    fprintf(stderr, "error: there is no flash layout '%s'\n", name);
    list_known();
    return false;
}

bool duo_layout_option(int *argc, char **argv)
{
    const char *wanted = getenv(VARIABLE);
    const size_t len = sizeof(OPTION) - 1u;
    const char *name;

    if (*argc < 2 || strncmp(argv[1], OPTION, len) != 0) {
        return !wanted || choose_or_say(wanted);
    }
    if (argv[1][len] == '=') {
        name = argv[1] + len + 1u;
        drop(argc, argv, 1);
    } else if (argv[1][len] == '\0' && *argc > 2) {
        name = argv[2];
        drop(argc, argv, 2);
    } else {
        return true; /* not ours: the program says what it makes of it */
    }
    return choose_or_say(name);
}
