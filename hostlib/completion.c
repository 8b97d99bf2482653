/* SPDX-License-Identifier: MIT */
/* Completion of a program's commands and options for bash, zsh and fish. */
#include <string.h>

#include "hostlib/generate.h"
#include "hostlib/help.h"

enum value { VALUE_NONE, VALUE_PATH, VALUE_CHOICE, VALUE_OTHER };

/* What a shell can offer as the argument of an option: paths (of files and serial ports), the words
 * of "m7|m4", or nothing. */
static enum value value_of(const struct option_row *row)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789|";

    if (!row->argument) {
        return VALUE_NONE;
    }
    if (row->file != FILE_NONE || strcmp(row->argument, "DEV") == 0 ||
        strcmp(row->argument, "DIR") == 0 || strncmp(row->argument, "FILE", 4) == 0) {
        return VALUE_PATH;
    }
    const bool words = row->argument[strspn(row->argument, letters)] == '\0';
    return words && strchr(row->argument, '|') ? VALUE_CHOICE : VALUE_OTHER;
}

/* `text` with each character of `special` after a backslash, and ' as both shells want it inside of
 * '...'; a line break is a space. */
static void put_quoted(FILE *out, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
            continue;
        }
        if (strchr(special, *text)) {
            fputc('\\', out);
        }
        fputc(*text == '\n' ? ' ' : *text, out);
    }
}

/* "m7|m4" with spaces. */
static void put_choices(FILE *out, const char *choices)
{
    for (; *choices; choices++) {
        fputc(*choices == '|' ? ' ' : *choices, out);
    }
}

/* ---- bash ---- */

static void bash_words(FILE *out, const struct option_row *rows)
{
    for (const struct option_row *row = rows; row->name; row++) {
        fprintf(out, " --%s", row->name);
        if (row->letter) {
            fprintf(out, " -%c", row->letter);
        }
    }
}

/* A branch for each option with an argument, by the command and the word in front. */
static void bash_values(FILE *out, const char *command, const struct option_row *rows)
{
    for (const struct option_row *row = rows; row->name; row++) {
        const enum value value = value_of(row);

        if (value == VALUE_NONE) {
            continue;
        }
        fprintf(out, "    %s:--%s", command, row->name);
        if (row->letter) {
            fprintf(out, " | %s:-%c", command, row->letter);
        }
        fputs(") ", out);
        if (value == VALUE_CHOICE) {
            fputs("words='", out);
            put_choices(out, row->argument);
            fputs("' ;;\n", out);
        } else {
            fputs(value == VALUE_PATH ? "return ;;\n" : "compopt +o default; return ;;\n", out);
        }
    }
}

static void bash_command(FILE *out, const struct command *command)
{
    fprintf(out, "    %s) words='--help", command->name);
    for (const struct option_group *g = command->options; g->rows; g++) {
        bash_words(out, g->rows);
    }
    fputs("' ;;\n", out);
}

void generate_bash(const struct cli_program *program, FILE *out)
{
    const char *name = program->name;

    fprintf(
        out,
        "# Completion of %s for bash, made by `%s --generate bash`.\n_%s()\n{\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) command= words= i\n\n"
        "    COMPREPLY=()\n"
        "    # bash takes --option=value for three words\n"
        "    if [ \"$word\" = '=' ]; then word=; elif [ \"${COMP_WORDS[at]}\" = '=' ]; then "
        "at=$((at - 1)); fi\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n        case ${COMP_WORDS[i]} in\n        ",
        name, name, name);
    for (size_t i = 0; program->commands[i]; i++) {
        fprintf(out, "%s%s", i ? " | " : "", program->commands[i]->name);
    }
    fputs(") command=${COMP_WORDS[i]} && break ;;\n        esac\n    done\n"
          "    case $command:${COMP_WORDS[at]} in\n",
          out);
    bash_values(out, "", help_front_rows);
    for (size_t i = 0; program->commands[i]; i++) {
        for (const struct option_group *g = program->commands[i]->options; g->rows; g++) {
            bash_values(out, program->commands[i]->name, g->rows);
        }
    }
    fputs("    esac\n    if [ -z \"$words\" ] && [[ -z $command || $word == -* ]]; then\n"
          "    case $command in\n    '') words='",
          out);
    for (size_t i = 0; program->commands[i]; i++) {
        fprintf(out, "%s ", program->commands[i]->name);
    }
    fputs("help", out);
    bash_words(out, help_front_rows);
    fputs("' ;;\n", out);
    for (size_t i = 0; program->commands[i]; i++) {
        bash_command(out, program->commands[i]);
    }
    fprintf(
        out,
        "    esac\n    fi\n"
        "    [ -z \"$words\" ] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
        "}\ncomplete -o default -F _%s %s\n",
        name, name);
}

/* ---- zsh ---- */

/* As _arguments wants a row: '*'{-o+,--out=}'[help]:FILE:_files'. */
static void zsh_row(FILE *out, const struct option_row *row)
{
    const enum value value = value_of(row);
    const char *sign = value == VALUE_NONE ? "" : "=";

    fputs(" \\\n            '*'", out);
    if (row->letter) {
        fprintf(out, "{-%c%s,--%s%s}", row->letter, value == VALUE_NONE ? "" : "+", row->name,
                sign);
    } else {
        fprintf(out, "--%s%s", row->name, sign);
    }
    fputs("'[", out);
    put_quoted(out, row->help, "[]\\");
    fputc(']', out);
    if (value != VALUE_NONE) {
        fputc(':', out);
        put_quoted(out, row->argument, ":\\");
        fputc(':', out);
    }
    if (value == VALUE_PATH) {
        fputs("_files", out);
    } else if (value == VALUE_CHOICE) {
        fputc('(', out);
        put_choices(out, row->argument);
        fputc(')', out);
    }
    fputc('\'', out);
}

void generate_zsh(const struct cli_program *program, FILE *out)
{
    fprintf(out,
            "#compdef %s\n# Completion of %s for zsh, made by `%s --generate zsh`.\n"
            "local context state state_descr line\ntypeset -A opt_args\nlocal -a commands\n"
            "commands=(\n",
            program->name, program->name, program->name);
    for (size_t i = 0; program->commands[i]; i++) {
        fprintf(out, "    '%s:", program->commands[i]->name);
        put_quoted(out, program->commands[i]->summary, ":\\");
        fputs("'\n", out);
    }
    fputs(")\n_arguments -C", out);
    for (const struct option_row *row = help_front_rows; row->name; row++) {
        zsh_row(out, row);
    }
    fputs(" \\\n            '1:command:->command' '*::argument:->argument'\ncase $state in\n"
          "command) _describe -t commands command commands ;;\n"
          "argument)\n    case $words[1] in\n",
          out);
    for (size_t i = 0; program->commands[i]; i++) {
        fprintf(out, "    %s)\n        _arguments -s", program->commands[i]->name);
        for (const struct option_group *g = program->commands[i]->options; g->rows; g++) {
            for (const struct option_row *row = g->rows; row->name; row++) {
                zsh_row(out, row);
            }
        }
        fputs(" \\\n            '--help[explain the command]' '*:file:_files'\n        ;;\n", out);
    }
    fputs("    esac\n    ;;\nesac\n", out);
}

/* ---- fish ---- */

static void fish_row(FILE *out, const char *program, const char *when, const char *command,
                     const struct option_row *row)
{
    const enum value value = value_of(row);

    fprintf(out, "complete -c %s -n '%s%s' -l %s", program, when, command, row->name);
    if (row->letter) {
        fprintf(out, " -s %c", row->letter);
    }
    if (value == VALUE_PATH) {
        fputs(" -r -F", out);
    } else if (value != VALUE_NONE) {
        fputs(" -x", out);
    }
    if (value == VALUE_CHOICE) {
        fputs(" -a '", out);
        put_choices(out, row->argument);
        fputc('\'', out);
    }
    fputs(" -d '", out);
    put_quoted(out, row->help, "\\");
    fputs("'\n", out);
}

void generate_fish(const struct cli_program *program, FILE *out)
{
    static const char first[] = "__fish_use_subcommand", seen[] = "__fish_seen_subcommand_from ";
    const char *name = program->name;

    fprintf(out, "# Completion of %s for fish, made by `%s --generate fish`.\n", name, name);
    fprintf(out, "complete -c %s -n %s -f\n", name, first);
    for (const struct option_row *row = help_front_rows; row->name; row++) {
        fish_row(out, name, first, "", row);
    }
    for (size_t i = 0; program->commands[i]; i++) {
        const struct command *command = program->commands[i];

        fprintf(out, "complete -c %s -n %s -a %s -d '", name, first, command->name);
        put_quoted(out, command->summary, "\\");
        fputs("'\n", out);
        for (const struct option_group *g = command->options; g->rows; g++) {
            for (const struct option_row *row = g->rows; row->name; row++) {
                fish_row(out, name, seen, command->name, row);
            }
        }
        fprintf(out, "complete -c %s -n '%s%s' -l help -d 'explain the command'\n", name, seen,
                command->name);
    }
}
