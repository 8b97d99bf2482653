/* SPDX-License-Identifier: MIT */
/* Parsing of a command line by the tables of its command. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostlib/cli.h"

enum { ROWS_MAX = 64, LONG_VALUE = 0x1000 }; /* above all letters */

struct parser {
    struct cli *cli;
    struct {
        const struct option_row *row;
        size_t base;
    } known[ROWS_MAX];
    size_t count;
    struct option long_options[ROWS_MAX + 1];
    char letters[3 * ROWS_MAX + 2];
};

/* ---- setters ---- */

const char *option_text(struct cli *cli, void *field, const char *value)
{
    (void)cli;
    *(const char **)field = value;
    return NULL;
}

const char *option_flag(struct cli *cli, void *field, const char *value)
{
    (void)cli;
    (void)value;
    *(bool *)field = true;
    return NULL;
}

const char *option_u32(struct cli *cli, void *field, const char *value)
{
    return cli_number(value, UINT32_MAX, field)
               ? NULL
               : cli_mistake(cli, "--%s is a number below 2^32, not '%s'", cli->row->name, value);
}

const char *option_number(struct cli *cli, void *field, const char *value)
{
    char *end;

    errno = 0;
    unsigned long long n = strtoull(value, &end, 0);
    if (*value < '0' || *value > '9' || errno || *end) {
        return cli_mistake(cli, "--%s takes a number, not '%s'", cli->row->name, value);
    }
    *(unsigned long long *)field = n;
    return NULL;
}

bool cli_number(const char *text, uint32_t max, uint32_t *value)
{
    char *end;

    errno = 0;
    unsigned long long n = strtoull(text, &end, 0);
    if (errno || end == text || *end || *text == '-' || n > max) {
        return false;
    }
    *value = (uint32_t)n;
    return true;
}

static const char *quiet(struct cli *cli, void *field, const char *value)
{
    (void)cli;
    (void)value;
    *(int *)field = -1;
    return NULL;
}

static const char *more(struct cli *cli, void *field, const char *value)
{
    (void)cli;
    (void)value;
    ++*(int *)field;
    return NULL;
}

#define JSON_ROW                                                                                   \
    {                                                                                              \
        "json", 0, NULL, "the result, or the error, as JSON on standard output", option_flag,      \
            offsetof(struct cli, json), FILE_NONE                                                  \
    }

const struct option_row cli_json_rows[] = {JSON_ROW, {0}};

const struct option_row cli_rows[] = {
    JSON_ROW,
    {"quiet", 'q', NULL, "nothing but errors", quiet, offsetof(struct cli, verbosity), FILE_NONE},
    {"verbose", 'v', NULL, "say more", more, offsetof(struct cli, verbosity), FILE_NONE},
    {0},
};

/* ---- parsing ---- */

static void add_row(struct parser *p, const struct option_row *row, size_t base)
{
    int argument = row->argument ? required_argument : no_argument;
    char *letter = p->letters + strlen(p->letters);

    if (p->count == ROWS_MAX) {
        abort(); /* a table of this program is too long */
    }
    p->known[p->count].row = row;
    p->known[p->count].base = base;
    p->long_options[p->count] =
        (struct option){row->name, argument, NULL, LONG_VALUE + (int)p->count};
    p->count++;
    if (row->letter) {
        *letter++ = row->letter;
        *letter++ = row->argument ? ':' : '\0';
        *letter = '\0';
    }
}

static void add_rows(struct parser *p)
{
    p->letters[0] = ':'; /* a missing argument is told apart from an unknown option */
    for (const struct option_group *g = p->cli->command->options; g->rows; g++) {
        for (const struct option_row *row = g->rows; row->name; row++) {
            add_row(p, row, g->base);
        }
    }
}

/* The row that getopt means by this value; the number of rows when there is none. */
static size_t row_of(const struct parser *p, int value)
{
    if (value >= LONG_VALUE) {
        return (size_t)(value - LONG_VALUE);
    }
    for (size_t i = 0; i < p->count; i++) {
        if (value && p->known[i].row->letter == value) {
            return i;
        }
    }
    return p->count;
}

static const char *wrong_option(struct parser *p, int kind, char *const *argv)
{
    size_t i = row_of(p, optopt);
    const struct option_row *row = i < p->count ? p->known[i].row : NULL;

    if (row && kind == ':') {
        return cli_mistake(p->cli, "--%s needs an argument: %s", row->name, row->argument);
    }
    if (row && !row->argument) {
        return cli_mistake(p->cli, "--%s takes no argument", row->name);
    }
    if (optopt && optopt < LONG_VALUE) {
        return cli_mistake(p->cli, "there is no option -%c", optopt);
    }
    return cli_mistake(p->cli, "there is no option %s, or it is short for several",
                       argv[optind - 1]);
}

static const char *take(struct parser *p, size_t i, void *args)
{
    const struct option_row *row = p->known[i].row;
    char *object =
        p->known[i].base == OPTIONS_OF_CLI ? (char *)p->cli : (char *)args + p->known[i].base;

    if (!row) {
        abort(); /* row_of() has found it */
    }
    p->cli->row = row;
    if (row->file != FILE_NONE) {
        files_add(&p->cli->files, row->file, optarg, strlen(optarg));
    }
    return row->set(p->cli, object + row->field, row->argument ? optarg : NULL);
}

static const char *check_files(struct cli *cli)
{
    for (int i = 0; i < cli->operand_count; i++) {
        files_add(&cli->files, FILE_READ, cli->operands[i], strlen(cli->operands[i]));
    }
    bool to_stdout = false;
    for (unsigned i = 0; i < cli->files.count; i++) {
        to_stdout =
            to_stdout ||
            (file_is_standard(cli->files.list[i].path) &&
             (cli->files.list[i].use == FILE_WRITTEN || cli->files.list[i].use == FILE_KEY_MADE));
    }
    if (to_stdout && cli->json) {
        return "an output on standard output and --json would mix: give the output a name";
    }
    cli->would_destroy = !files_check(&cli->files, cli->mistake, sizeof(cli->mistake));
    return cli->would_destroy ? cli->mistake : NULL;
}

const char *cli_parse(struct cli *cli, void *args)
{
    struct parser p = {.cli = cli};
    int value;

    add_rows(&p);
    optind = 1;
    opterr = 0;
    while ((value = getopt_long(cli->argc, cli->argv, p.letters, p.long_options, NULL)) != -1) {
        size_t i = row_of(&p, value);
        const char *mistake = i == p.count ? wrong_option(&p, value, cli->argv) : take(&p, i, args);
        if (mistake) {
            return mistake;
        }
    }
    cli->operands = cli->argv + optind;
    cli->operand_count = cli->argc - optind;
    return check_files(cli);
}
