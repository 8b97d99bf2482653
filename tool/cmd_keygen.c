/* SPDX-License-Identifier: MIT */
/* duoboot keygen: makes a key pair, or converts the public half of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "core/image/manifest.h"
#include "tool/commands.h"
#include "tool/inputs.h"
#include "tool/second.h"

struct args {
    const char *out, *public_out, *format;
    struct key_args from;
    bool encrypt, force, lms;
    struct number_choice skip;
};

static option_setter take_force, take_format, take_skip;

static const struct option_row rows[] = {
    {"out", 'o', "FILE", "write a new private key; an existing file is not replaced", option_text,
     offsetof(struct args, out), FILE_KEY_MADE},
    {"from", 0, "FILE", "use this key (PKCS#8, SEC1, encrypted or public PEM; or a pkcs11: URI)",
     option_text, offsetof(struct args, from.path), FILE_READ},
    {"public", 0, "FILE", "write the public half: this is what DUO_PUBKEY names", option_text,
     offsetof(struct args, public_out), FILE_WRITTEN},
    {"format", 0, "pem|raw|c", "of the public half: pem (default), raw is 64 bytes X || Y",
     take_format, offsetof(struct args, format), FILE_NONE},
    {"lms", 0, NULL,
     "an LMS key, for second signatures (DUO_LMS); with --from it may be left without --public",
     option_flag, offsetof(struct args, lms), FILE_NONE},
    {"skip", 0, "N",
     "with --lms and --from: give up the next N one-time keys, because they may have been used by "
     "another copy",
     take_skip, offsetof(struct args, skip), FILE_NONE},
    {"encrypt", 'e', NULL, "protect the private key with a pass phrase", option_flag,
     offsetof(struct args, encrypt), FILE_NONE},
    {"force", 0, NULL, "let --out replace an existing private key, under its own name", take_force,
     offsetof(struct args, force), FILE_NONE},
    {0},
};

static const struct option_group options[] = {
    {rows, 0}, {pass_rows, offsetof(struct args, from)}, {cli_rows, OPTIONS_OF_CLI}, {0}};

static const char *take_force(struct cli *cli, void *field, const char *value)
{
    cli->files.replace_key = true;
    return option_flag(cli, field, value);
}

static const char *take_format(struct cli *cli, void *field, const char *value)
{
    if (strcmp(value, "pem") != 0 && strcmp(value, "raw") != 0 && strcmp(value, "c") != 0) {
        return "--format is pem, raw or c";
    }
    return option_text(cli, field, value);
}

static const char *take_skip(struct cli *cli, void *field, const char *value)
{
    struct number_choice *skip = field;

    (void)cli;
    skip->given = true;
    return cli_number(value, DUO_LMS_LEAVES, &skip->number) && skip->number > 0
               ? NULL
               : "--skip is 1 to 1024: an LMS key has no more one-time keys";
}

/* What makes no sense for an LMS key, or for another one. */
static const char *parse_lms(const struct args *a)
{
    if (!a->lms) {
        return a->skip.given ? "--skip is for LMS keys: give --lms and --from" : NULL;
    }
    if (a->encrypt || a->from.pass.file || a->from.pass.env) {
        return "an LMS key has no pass phrase: keep its file on an encrypted disk";
    }
    if (strcmp(a->format, "pem") != 0) {
        return "the public half of an LMS key has one format: leave --format out";
    }
    return a->skip.given && !a->from.path ? "--skip goes with --from KEY" : NULL;
}

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    if (cli->operand_count != 0) {
        return "keygen takes no file without an option";
    }
    if (!a->out == !a->from.path) {
        return "give either --out FILE (make a key) or --from FILE (take an existing one)";
    }
    if (a->from.path && !a->public_out && !a->lms) {
        return "--from needs --public FILE: what to write";
    }
    return parse_lms(a);
}

/* Renders into memory, so that the file is written as a whole. */
static bool render(bool (*print)(const struct key *, FILE *, const char *), const struct key *key,
                   const char *arg, char **text, size_t *size)
{
    FILE *mem = open_memstream(text, size);
    bool ok = mem && print(key, mem, arg);

    return (!mem || fclose(mem) == 0) && ok;
}

static bool print_c(const struct key *key, FILE *out)
{
    const struct duo_pubkey pub = key_public(key);

    fputs("/* Public key, X || Y, big endian. */\nstatic const unsigned char duo_pubkey[64] = {",
          out);
    for (unsigned i = 0; i < sizeof(pub.xy); i++) {
        fprintf(out, "%s0x%02x,", i % 8 == 0 ? "\n    " : " ", pub.xy[i]);
    }
    return fputs("\n};\n", out) >= 0;
}

static bool print_public(const struct key *key, FILE *out, const char *format)
{
    const struct duo_pubkey pub = key_public(key);

    if (strcmp(format, "raw") == 0) {
        return fwrite(pub.xy, sizeof(pub.xy), 1, out) == 1;
    }
    return strcmp(format, "c") == 0 ? print_c(key, out) : key_write_public_pem(key, out);
}

static int write_key(const struct cli *cli, const struct key *key, const char *path, int mode,
                     bool (*print)(const struct key *, FILE *, const char *), const char *arg)
{
    char *text = NULL;
    size_t size = 0;
    int code = EXIT_DONE;

    if (!render(print, key, arg, &text, &size)) {
        code = cli_fail(cli, EXIT_INTERNAL, NULL, "%s: the key cannot be encoded", path);
    } else {
        code = cli_write(cli, path, text, size, mode);
    }
    if (text) {
        explicit_bzero(text, size);
    }
    free(text);
    return code;
}

static int make_key(const struct cli *cli, const struct args *a, struct key **key)
{
    char err[512];
    char *phrase = NULL;

    if (!a->force && !file_is_standard(a->out) && access(a->out, F_OK) == 0) {
        return cli_fail(cli, EXIT_IO, "choose another name, or --force if you are sure",
                        "%s exists: a lost key cannot be made again", a->out);
    }
    if (a->encrypt || a->from.pass.file || a->from.pass.env) {
        phrase = passphrase_get(&a->from.pass, a->out, true, err, sizeof(err));
        if (!phrase) {
            return cli_fail(cli, EXIT_IO, NULL, "%s", err);
        }
        if (strlen(phrase) < 4) { /* OpenSSL refuses to read back shorter ones */
            free(phrase);
            return cli_fail(cli, EXIT_USAGE, "use at least four characters",
                            "the pass phrase is too short");
        }
    }
    *key = key_generate();
    int code = !*key ? cli_fail(cli, EXIT_INTERNAL, NULL, "OpenSSL could not make a key")
                     : write_key(cli, *key, a->out, 0600, key_write_private, phrase);
    if (phrase) {
        explicit_bzero(phrase, strlen(phrase));
    }
    free(phrase);
    return code;
}

static int report(const struct cli *cli, const struct args *a, const struct key *key)
{
    const struct duo_pubkey pub = key_public(key);
    char id[16];

    snprintf(id, sizeof(id), "%08x", duo_key_id(&pub));
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o*, s:o*, s:s}", "private",
                                             a->out ? cli_json_text(a->out) : NULL, "public",
                                             a->public_out ? cli_json_text(a->public_out) : NULL,
                                             "key_id", id));
    }
    if (a->out) {
        cli_note(cli, "%s: private key %s; keep it secret and keep a copy", a->out, id);
    }
    if (a->public_out) {
        cli_note(cli, "%s: public key %s; build the bootloader with DUO_PUBKEY=%s", a->public_out,
                 id, a->public_out);
    }
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    struct args a = {.format = "pem"};
    struct key *key = NULL;

    const char *mistake = parse(cli, &a);
    if (mistake) {
        return cli_usage(cli, mistake);
    }
    if (a.lms) {
        const struct second_keygen lms = {.out = a.out,
                                          .from = a.from.path,
                                          .public_out = a.public_out,
                                          .skip = a.skip.number,
                                          .force = a.force};
        return second_keygen(cli, &lms);
    }
    int code = a.out ? make_key(cli, &a, &key) : input_key(cli, &a.from, false, &key);
    if (code == EXIT_DONE && a.public_out) {
        code = write_key(cli, key, a.public_out, 0644, print_public, a.format);
    }
    if (code == EXIT_DONE) {
        code = report(cli, &a, key);
    }
    key_free(key);
    return code;
}

const struct command cmd_keygen = {
    .name = "keygen",
    .summary = "make a signing key, or extract its public half",
    .usage = "--out KEY.pem [--encrypt] [--public FILE [--format pem|raw|c]]\n"
             "--from KEY.pem --public FILE [--format pem|raw|c]\n"
             "--lms --out KEY.lms [--public FILE]\n"
             "--lms --from KEY.lms [--public FILE] [--skip N]",
    .about =
        "Makes an ECDSA P-256 key (PEM, PKCS#8), readable by imgtool and OpenSSL as well. With "
        "--lms: a key for second signatures that a quantum computer cannot forge (RFC 8554, "
        "LMS_SHA256_M32_H10 with LMOTS_SHA256_N32_W4), good for 1024 bundles. Which of its "
        "one-time keys are used is kept in its file and, on this machine, in "
        "$XDG_STATE_HOME/duoboot/lms (~/.local/state): none is used twice, an older copy is "
        "refused.",
    .options = options,
    .example = "duoboot keygen --out product.pem --public product.pub.pem",
    .run = run,
};
