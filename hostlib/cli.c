/* SPDX-License-Identifier: MIT */
#include "hostlib/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostlib/generate.h"
#include "hostlib/help.h"
#include "hostlib/output.h"
#include "hostlib/terminal.h"

/* ---- messages ---- */

const char *cli_mistake(struct cli *cli, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(cli->mistake, sizeof(cli->mistake), format, args);
    va_end(args);
    return cli->mistake;
}

/* Length of the UTF-8 character at `text`; 0 when there is none. jansson takes nothing else. */
static size_t utf8_length(const unsigned char *text)
{
    size_t len = text[0] < 0x80 ? 1 : text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : 2;

    if (len > 1) {
        json_t *one = json_stringn((const char *)text, strnlen((const char *)text, len));
        len = one ? len : 0;
        json_decref(one);
    }
    return len;
}

json_t *cli_json_text(const char *text)
{
    static const char unknown[] = "\xEF\xBF\xBD";
    char *clean = malloc(3 * strlen(text) + 1), *to = clean;

    if (!clean) {
        return NULL;
    }
    while (*text) {
        size_t len = utf8_length((const unsigned char *)text);
        memcpy(to, len ? text : unknown, len ? len : 3);
        to += len ? len : 3;
        text += len ? len : 1;
    }
    *to = '\0';
    json_t *string = json_string(clean);
    free(clean);
    return string;
}

bool cli_put_json(json_t *object)
{
    json_t *all = object ? json_pack("{s:i}", "schema", CLI_JSON_SCHEMA) : NULL;
    const bool good =
        all && json_object_update_missing(all, object) == 0 && json_dumpf(all, stdout, 0) == 0;

    if (good) {
        putchar('\n');
    }
    json_decref(all);
    json_decref(object);
    return good;
}

int cli_print_json(const struct cli *cli, json_t *object)
{
    return cli_put_json(object)
               ? EXIT_DONE
               : cli_fail(cli, EXIT_INTERNAL, NULL, "the result cannot be put into JSON");
}

static void fail_json(enum exit_code code, const char *message, const char *hint)
{
    (void)cli_put_json(json_pack("{s:{s:i, s:o, s:o*}}", "error", "code", (int)code, "message",
                                 cli_json_text(message), "hint",
                                 hint ? cli_json_text(hint) : NULL));
}

int cli_fail(const struct cli *cli, enum exit_code code, const char *hint, const char *format, ...)
{
    char message[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    fflush(stdout); /* keeps the order of the two streams on a terminal */
    const bool colour = terminal_colour(STDERR_FILENO);
    fprintf(stderr, "%s %s: %serror:%s %s\n", cli->program->name, cli->command->name,
            colour ? "\033[1;31m" : "", colour ? "\033[0m" : "", message);
    if (hint) {
        fprintf(stderr, "  hint: %s\n", hint);
    }
    if (cli->json) {
        fail_json(code, message, hint);
    }
    return (int)code;
}

int cli_usage(const struct cli *cli, const char *mistake)
{
    char hint[128];

    if (!*mistake) {
        if (cli->json) {
            fail_json(EXIT_USAGE, "a mistake in the command line; standard error says which", NULL);
        }
        return EXIT_USAGE;
    }
    if (cli->would_destroy) {
        return cli_fail(cli, cli->program->file_error, "nothing was written", "%s", mistake);
    }
    snprintf(hint, sizeof(hint), "`%s %s --help` lists the options and shows an example",
             cli->program->name, cli->command->name);
    return cli_fail(cli, EXIT_USAGE, hint, "%s", mistake);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    va_list args;

    if (cli->verbosity < 0 || cli->json) {
        return;
    }
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* ---- outputs ---- */

int cli_write(const struct cli *cli, const char *path, const void *data, size_t size, int mode)
{
    if (output_write(path, data, size, mode)) {
        return EXIT_DONE;
    }
    int error = errno;
    return cli_fail(cli, cli->program->file_error, output_hint(error), "%s: cannot be written: %s",
                    path, strerror(error));
}

/* Output that did not reach its reader (a full disk) must not end with exit code 0. */
static int finish(const struct cli_program *program, int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "%s: error: standard output cannot be written: %s\n", program->name,
                strerror(errno));
        return code == EXIT_DONE ? (int)program->file_error : code;
    }
    return code;
}

/* ---- the front ---- */

static const struct command *find_command(const struct cli_program *program, const char *name)
{
    for (size_t i = 0; program->commands[i]; i++) {
        if (strcmp(program->commands[i]->name, name) == 0) {
            return program->commands[i];
        }
    }
    return NULL;
}

/* Is this word among the options? Mistakes before it must be told in its way. */
static bool has_word(int argc, char **argv, const char *word, const char *letter)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], word) == 0 || (letter && strcmp(argv[i], letter) == 0)) {
            return true;
        }
    }
    return false;
}

static int run_command(const struct cli_program *program, const struct command *command, int argc,
                       char **argv)
{
    struct cli cli = {.program = program, .command = command, .argc = argc, .argv = argv};

    if (has_word(argc, argv, "--help", "-h")) {
        help_command(program, command, stdout);
        return EXIT_DONE;
    }
    cli.json = has_word(argc, argv, "--json", NULL);
    int code = command->run(&cli);
    files_free(&cli.files);
    return code;
}

static int no_command(const struct cli_program *program, int argc, char **argv, const char *name)
{
    fprintf(stderr, "%s: error: no command '%s'\n  hint: `%s --help` lists them\n", program->name,
            name, program->name);
    if (has_word(argc, argv, "--json", NULL)) {
        fail_json(EXIT_USAGE, "no such command", "--help lists them");
    }
    return EXIT_USAGE;
}

int cli_main(const struct cli_program *program, int argc, char **argv)
{
    if (argc < 2) {
        help_program(program, stderr);
        return EXIT_USAGE;
    }
    bool help = strcmp(argv[1], "help") == 0;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (help && argc == 2)) {
        help_program(program, stdout);
        return finish(program, EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s %s (%s)\n", program->name, program->version, program->commit);
        return finish(program, EXIT_DONE);
    }
    if (strcmp(argv[1], "--generate") == 0 && argc == 3) { /* for the build: hostlib/generate.h */
        return finish(program, generate(program, argv[2]));
    }
    const struct command *command = find_command(program, help ? argv[2] : argv[1]);
    if (!command) {
        return finish(program, no_command(program, argc, argv, help ? argv[2] : argv[1]));
    }
    if (help) {
        help_command(program, command, stdout);
        return finish(program, EXIT_DONE);
    }
    return finish(program, run_command(program, command, argc - 1, argv + 1));
}
