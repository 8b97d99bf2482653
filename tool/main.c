/* SPDX-License-Identifier: MIT */
/* duoboot: signs, packs, shows, checks and transfers updates. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "duo_build_version.h"
#include "tool/cli.h"

/* Commands in the order of --help. A new one adds its line here and to cli.h. */
static const struct command *const commands[] = {
    &cmd_keygen, &cmd_sign, &cmd_bundle, &cmd_info, &cmd_verify, &cmd_update, &cmd_factory,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
    fputs("usage: duoboot COMMAND [OPTION]... [FILE]...\n"
          "Updates of dual-core STM32H7 devices: keys, images, bundles, transfer.\n\n"
          "commands:\n",
          to);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("\n`duoboot COMMAND --help` explains one command.\n"
          "Every command: --json (data for programs on stdout), -q (no progress), -v (more).\n\n"
          "exit codes:\n"
          "  0  done\n"
          "  1  verification failed: signature, hash or content\n"
          "  2  usage\n"
          "  3  a file or device could not be opened, read or written\n"
          "  4  the device did not answer in time\n"
          "  5  rejected: wrong kind of file, does not fit, or the device refused\n"
          "  6  internal error\n",
          to);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

/* Output that did not reach its reader (a full disk) must not end with exit code 0. */
static int finish(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "duoboot: error: standard output cannot be written: %s\n", strerror(errno));
        return code == EXIT_DONE ? EXIT_IO : code;
    }
    return code;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct cli cli = {.command = command->name};
    char name[64]; /* what getopt calls itself in its messages */

    snprintf(name, sizeof(name), "duoboot %s", command->name);
    argv[0] = name;
    if (wants_help(argc, argv)) {
        fputs(command->usage, stdout);
        return finish(EXIT_DONE);
    }
    return finish(command->run(&cli, argc, argv));
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_help(stdout);
        return finish(EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("duoboot " DUO_BUILD_VERSION);
        return finish(EXIT_DONE);
    }
    const char *name = strcmp(argv[1], "help") == 0 ? argv[2] : argv[1];
    const struct command *command = find_command(name);
    if (!command) {
        fprintf(stderr, "duoboot: error: no command '%s'\n  hint: `duoboot --help` lists them\n",
                name);
        return EXIT_USAGE;
    }
    if (name == argv[2]) {
        fputs(command->usage, stdout);
        return finish(EXIT_DONE);
    }
    return run_command(command, argc - 1, argv + 1);
}
