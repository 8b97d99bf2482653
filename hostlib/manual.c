/* SPDX-License-Identifier: MIT */
/* The manual page of a program (man, section 1), from the tables of its commands. */
#include <ctype.h>
#include <string.h>

#include "hostlib/generate.h"
#include "hostlib/help.h"

/* Text for roff, which takes a line that begins with . or ' for a request, and - for a hyphen. */
static void put_text(FILE *out, const char *text, size_t len)
{
    bool line_begins = true;

    for (size_t i = 0; i < len; i++) {
        if (line_begins && (text[i] == '.' || text[i] == '\'')) {
            fputs("\\&", out);
        }
        line_begins = text[i] == '\n';
        if (text[i] == '\\') {
            fputs("\\e", out);
        } else if (text[i] == '-') {
            fputs("\\-", out);
        } else {
            fputc(text[i], out);
        }
    }
}

static void put(FILE *out, const char *text)
{
    put_text(out, text, strlen(text));
}

/* Paragraphs: an empty line in the text begins one. */
static void put_paragraphs(FILE *out, const char *text)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        const size_t len = end ? (size_t)(end - text) : strlen(text);

        fputs(".PP\n", out);
        put_text(out, text, len);
        fputc('\n', out);
        text += len + (end ? 2 : 0);
    }
}

/* Lines as they stand, each after `head`. */
static void put_lines(FILE *out, const char *head, const char *text)
{
    fputs(".PP\n.RS\n.nf\n", out);
    while (*text) {
        const size_t len = strcspn(text, "\n");

        put(out, head);
        put_text(out, text, len);
        fputc('\n', out);
        text += len + (text[len] ? 1 : 0);
    }
    fputs(".fi\n.RE\n", out);
}

static void put_rows(FILE *out, const struct option_row *rows)
{
    for (const struct option_row *row = rows; row->name; row++) {
        fputs(".TP\n", out);
        if (row->letter) {
            fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
        }
        fputs("\\fB\\-\\-", out);
        put(out, row->name);
        fputs("\\fR", out);
        if (row->argument) {
            fputs(" \\fI", out);
            put(out, row->argument);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        put(out, row->help);
        fputc('\n', out);
    }
}

static void put_command(FILE *out, const struct cli_program *program, const struct command *command)
{
    char name[64];

    snprintf(name, sizeof(name), "%s %s ", program->name, command->name);
    fputs(".SS ", out);
    put(out, command->name);
    fputc('\n', out);
    put(out, command->summary);
    fputc('\n', out);
    put_lines(out, name, command->usage);
    put_paragraphs(out, command->about);
    for (const struct option_group *g = command->options; g->rows; g++) {
        put_rows(out, g->rows);
    }
    if (command->notes) {
        put_paragraphs(out, command->notes);
    }
    fputs(".PP\nExample:\n", out);
    put_lines(out, "", command->example);
}

static void put_title(FILE *out, const struct cli_program *program)
{
    fputs(".TH ", out);
    for (const char *c = program->name; *c; c++) {
        fputc(toupper((unsigned char)*c), out);
    }
    fprintf(out, " 1 \"\" \"%s ", program->name);
    put(out, program->version);
    fprintf(out, "\" \"%s\"\n.SH NAME\n%s \\- ", program->name, program->name);
    put(out, program->about);
    fprintf(out,
            "\n.SH SYNOPSIS\n\\fB%s\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIFILE\\fR]...\n",
            program->name);
}

void generate_manual(const struct cli_program *program, FILE *out)
{
    put_title(out, program);
    fputs(".SH DESCRIPTION\n", out);
    put(out, help_on_files);
    fputs("\n.SH OPTIONS\nBefore the command:\n", out);
    put_rows(out, help_front_rows);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; program->commands[i]; i++) {
        put_command(out, program, program->commands[i]);
    }
    fputs(".SH EXIT STATUS\n", out);
    for (const struct exit_code_row *row = program->codes; row->text; row++) {
        fprintf(out, ".TP\n%d\n", (int)row->code);
        put(out, row->text);
        fputc('\n', out);
    }
    fputs(".SH ENVIRONMENT\n.TP\nDUO_LAYOUT\nthe flash layout, when \\-\\-layout is not given\n"
          ".TP\nNO_COLOR\nset to anything: no colour, even on a terminal\n",
          out);
}
