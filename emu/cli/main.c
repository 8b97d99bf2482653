/* SPDX-License-Identifier: MIT */
#include "emu/cli/cli.h"

#include "duo_build_version.h"

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"run", cmd_run, "run firmware on the emulated board"},
    {"doctor", cmd_doctor, "say why a jump from bootloader to application fails"},
    {"torture", cmd_torture, "cut the power all through an update"},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void usage(FILE *out)
{
    fprintf(out, "duoemu: an STM32H745 (Cortex-M7 + Cortex-M4) that runs your ARM "
                 "binaries\n\nusage: duoemu COMMAND [OPTIONS]\n\n");
    for (unsigned i = 0; i < COMMANDS; i++) {
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
    }
    fprintf(out, "\nduoemu COMMAND --help tells more. Exit codes: 0 end reached or healthy, 1 "
                 "findings, 2 usage, 3 time over,\n"
                 "4 lockup, 5 bad file, 6 nothing left to wait for, 7 ended from outside.\n");
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("duoemu " DUO_BUILD_VERSION);
        return 0;
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    cli_error("no command '%s'; duoemu --help lists them", argv[1]);
    return EXIT_USAGE;
}
