/* SPDX-License-Identifier: MIT */
#include "hostlib/generate.h"

#include <string.h>

int generate(const struct cli_program *program, const char *kind)
{
    static const struct {
        const char *kind;
        void (*make)(const struct cli_program *program, FILE *out);
    } makers[] = {{"man", generate_manual},
                  {"bash", generate_bash},
                  {"zsh", generate_zsh},
                  {"fish", generate_fish}};

    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
        if (strcmp(makers[i].kind, kind) == 0) {
            makers[i].make(program, stdout);
            return EXIT_DONE;
        }
    }
    fprintf(stderr, "%s: error: --generate makes man, bash, zsh or fish, not '%s'\n", program->name,
            kind);
    return EXIT_USAGE;
}
