/* SPDX-License-Identifier: MIT */
#include "hostlib/help.h"

#include <string.h>

enum { WIDTH = 80, COLUMN = 30 }; /* of a line; where the text of an option begins */

const struct option_row help_front_rows[] = {
    {"layout", 0, "NAME", "the flash layout; else the one that DUO_LAYOUT names, else exchange",
     NULL, 0, FILE_NONE},
    {"help", 'h', NULL, "this list; after a command, that command explained", NULL, 0, FILE_NONE},
    {"version", 0, NULL, "the version, and the commit of which it was built", NULL, 0, FILE_NONE},
    {0},
};

const char help_on_files[] =
    "The file name \"-\" is standard input or output. No command overwrites a file that it reads, "
    "or a private key.";

/* Words from `column` on, broken at WIDTH; a line break in the text stays one. The cursor is at
 * `at`. */
static void wrap(FILE *out, const char *text, int column, int at)
{
    while (*text) {
        int word = (int)strcspn(text, " \n");
        if (at > column && at + 1 + word > WIDTH) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", word, text);
        at += word;
        text += word;
        if (*text == '\n') {
            fprintf(out, "\n%*s", column, "");
            at = column;
        }
        text += *text ? 1 : 0;
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const struct option_row *row)
{
    char letter[4] = "   ";

    if (row->letter) {
        snprintf(letter, sizeof(letter), "-%c,", row->letter);
    }
    int at = fprintf(out, "  %s --%s%s%s", letter, row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "");

    if (at >= COLUMN) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", COLUMN - at, "");
    wrap(out, row->help, COLUMN, COLUMN);
}

/* Each line of `text` after a head; the head of those that follow is blank. */
static void print_lines(FILE *out, const char *head, const char *command, const char *text)
{
    int width = (int)strlen(head);

    for (bool first = true; *text; first = false) {
        int len = (int)strcspn(text, "\n");
        fprintf(out, "%*s%s%.*s\n", width, first ? head : "", command, len, text);
        text += len + (text[len] ? 1 : 0);
    }
}

void help_command(const struct cli_program *program, const struct command *command, FILE *out)
{
    char name[64];

    snprintf(name, sizeof(name), "%s %s ", program->name, command->name);
    print_lines(out, "usage: ", name, command->usage);
    wrap(out, command->about, 0, 0);
    fputc('\n', out);
    for (const struct option_group *g = command->options; g->rows; g++) {
        for (const struct option_row *row = g->rows; row->name; row++) {
            print_row(out, row);
        }
    }
    if (command->notes) {
        fputc('\n', out);
        wrap(out, command->notes, 0, 0);
    }
    fputc('\n', out);
    print_lines(out, "example: ", "", command->example);
}

void help_program(const struct cli_program *program, FILE *out)
{
    fprintf(out, "usage: %s COMMAND [OPTION]... [FILE]...\n%s\n\ncommands:\n", program->name,
            program->about);
    for (size_t i = 0; program->commands[i]; i++) {
        fprintf(out, "  %-10s %s\n", program->commands[i]->name, program->commands[i]->summary);
    }
    fputs("\nbefore the command:\n", out);
    for (const struct option_row *row = help_front_rows; row->name; row++) {
        print_row(out, row);
    }
    fprintf(out, "\n`%s COMMAND --help` explains one command and shows an example.\n",
            program->name);
    wrap(out, help_on_files, 0, 0);
    fputs("\nexit codes:\n", out);
    for (const struct exit_code_row *row = program->codes; row->text; row++) {
        fprintf(out, "  %d  %s\n", (int)row->code, row->text);
    }
}
