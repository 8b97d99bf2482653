/* SPDX-License-Identifier: MIT */
/*
 * The command line of duoboot and duoemu: commands, options, help, messages. A command is one
 * struct; an option is one row of its table, from which parsing, help and messages come. Files that
 * options name are noted, and no command can overwrite one of them (files.h).
 */
#ifndef DUO_HOSTLIB_CLI_H
#define DUO_HOSTLIB_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "hostlib/exit_code.h"
#include "hostlib/files.h"

struct cli;

/* Takes the value of an option (NULL when it has no argument) into `field`. NULL: taken. Else what
 * is wrong with it, in words (cli_mistake() makes them), or "" when that has been said. */
typedef const char *option_setter(struct cli *cli, void *field, const char *value);

struct option_row {
    const char *name;     /* "out" is --out */
    char letter;          /* 'o' is -o; 0: none */
    const char *argument; /* as the help shows it, "FILE"; NULL: none */
    const char *help;     /* one sentence; the help text breaks its lines */
    option_setter *set;
    size_t field;       /* offsetof() in the group's struct */
    enum file_use file; /* what happens to the file that the value names */
};

/* Rows that belong to one struct: `base` is where it lies in what the command gives to cli_parse(),
 * or OPTIONS_OF_CLI. Rows end with one without a name, groups with one without rows. */
struct option_group {
    const struct option_row *rows;
    size_t base;
};
#define OPTIONS_OF_CLI SIZE_MAX

extern const struct option_row cli_rows[];      /* --json, -q, -v */
extern const struct option_row cli_json_rows[]; /* --json */

/* Setters for plain fields. */
option_setter option_text;   /* const char * */
option_setter option_flag;   /* bool */
option_setter option_u32;    /* uint32_t */
option_setter option_number; /* unsigned long long */

struct command {
    const char *name;
    const char *summary; /* one line of the program's --help */
    const char *usage;   /* what follows the name; one form a line */
    const char *about;   /* a paragraph */
    const struct option_group *options;
    const char *notes;   /* below the options; NULL: none */
    const char *example; /* lines that work as they stand; a test runs them */
    int (*run)(struct cli *cli);
};

struct cli_program {
    const char *name, *version, *about;
    const char *commit;                    /* of which it was built, in words */
    const struct command *const *commands; /* ends with NULL */
    const struct exit_code_row *codes;
    enum exit_code file_error; /* an output that would destroy something */
};

/* One call of a command. */
struct cli {
    const struct cli_program *program;
    const struct command *command;
    int argc;
    char **argv;
    bool json;
    int verbosity;   /* -1 with -q, 1 and more with -v */
    char **operands; /* after cli_parse(): the arguments that are no options */
    int operand_count;
    struct files_named files;
    const struct option_row *row; /* being taken */
    bool would_destroy;           /* the mistake is an output that must not be written */
    char mistake[1024];
};

/* Runs the command that the command line names; the exit code. */
int cli_main(const struct cli_program *program, int argc, char **argv);

/*
 * Takes all options into `args`. Ends at the first mistake and returns it; "" when it has been
 * said. NULL: all are taken, the rest is in cli->operands (input files, "-" for standard input),
 * and no output would destroy an input, another output or a private key.
 */
const char *cli_parse(struct cli *cli, void *args);

/* What is wrong with an option, as its setter returns it. */
const char *cli_mistake(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What went wrong (format), then what to do about it (hint, may be NULL). On stderr; under --json
 * also as an object on stdout. Returns `code`, so that a command can end with `return
 * cli_fail(...)`. */
int cli_fail(const struct cli *cli, enum exit_code code, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Ends a command whose command line has this mistake, as cli_parse() words it. */
int cli_usage(const struct cli *cli, const char *mistake);

/* A line of progress on stderr; not with -q or --json. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What programs of others read of an object changes with this number only. */
#define CLI_JSON_SCHEMA 1

/* Prints an object on stdout, and frees it: one line, the version of its form first, so that a
 * program can read objects as they come. False: it cannot be put into JSON (NULL), or not written.
 */
bool cli_put_json(json_t *object);

/* The same for the command's data; an exit_code. */
int cli_print_json(const struct cli *cli, json_t *object);

/* A JSON string of any text; bytes that are no UTF-8 (a file name may have them) become U+FFFD. */
json_t *cli_json_text(const char *text);

/* Writes an output as a whole or not at all ("-": standard output). An exit_code, reported. */
int cli_write(const struct cli *cli, const char *path, const void *data, size_t size, int mode);

/* A number (decimal, 0x hex, 0 octal) up to max. False when it is not one. */
bool cli_number(const char *text, uint32_t max, uint32_t *value);

#endif
