/* SPDX-License-Identifier: MIT */
/* duoboot keygen: makes a key pair, or converts the public half of one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "core/image/manifest.h"
#include "tool/inputs.h"

struct args {
    const char *out, *public_out, *format;
    struct key_args from;
    bool encrypt, force;
};

enum { OPT_FROM = 256, OPT_PUBLIC, OPT_FORMAT, OPT_FORCE };

static const struct option options[] = {
    {"out", required_argument, NULL, 'o'},
    {"from", required_argument, NULL, OPT_FROM},
    {"public", required_argument, NULL, OPT_PUBLIC},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"encrypt", no_argument, NULL, 'e'},
    {"force", no_argument, NULL, OPT_FORCE},
    PASSPHRASE_OPTIONS,
    CLI_OPTIONS,
};

static const char *take_option(struct cli *cli, void *args, int c)
{
    struct args *a = args;

    switch (c) {
    case 'o':
        a->out = optarg;
        return NULL;
    case OPT_FROM:
        a->from.path = optarg;
        return NULL;
    case OPT_PUBLIC:
        a->public_out = optarg;
        return NULL;
    case OPT_FORMAT:
        a->format = optarg;
        return NULL;
    case 'e':
        a->encrypt = true;
        return NULL;
    case OPT_FORCE:
        a->force = true;
        return NULL;
    default:
        return key_option(&a->from, c) || cli_option(cli, c) ? NULL : "";
    }
}

static const char *parse(struct cli *cli, int argc, char **argv, struct args *a)
{
    const char *mistake = cli_parse(cli, argc, argv, "o:e" CLI_SHORT, options, take_option, a);

    if (mistake) {
        return mistake;
    }
    if (optind != argc) {
        return "keygen takes no file without an option";
    }
    if ((a->out) == (a->from.path)) {
        return "give either --out FILE (make a key) or --from FILE (take an existing one)";
    }
    if (a->from.path && !a->public_out) {
        return "--from needs --public FILE: what to write";
    }
    if (strcmp(a->format, "pem") != 0 && strcmp(a->format, "raw") != 0 &&
        strcmp(a->format, "c") != 0) {
        return "--format is pem, raw or c";
    }
    return NULL;
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
    } else if (!cli_write_file(path, text, size, mode)) {
        code = cli_fail(cli, EXIT_IO, "check the directory and its permissions",
                        "%s: cannot be written: %s", path, strerror(errno));
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

    if (!a->force && access(a->out, F_OK) == 0) {
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

static void report(const struct cli *cli, const struct args *a, const struct key *key)
{
    const struct duo_pubkey pub = key_public(key);
    char id[16];

    snprintf(id, sizeof(id), "%08x", duo_key_id(&pub));
    if (cli->json) {
        json_t *o = json_pack("{s:s*, s:s*, s:s}", "private", a->out, "public", a->public_out,
                              "key_id", id);
        (void)json_dumpf(o, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(o);
        return;
    }
    if (a->out) {
        cli_note(cli, "%s: private key %s; keep it secret and keep a copy", a->out, id);
    }
    if (a->public_out) {
        cli_note(cli, "%s: public key %s; build the bootloader with DUO_PUBKEY=%s", a->public_out,
                 id, a->public_out);
    }
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct args a = {.format = "pem"};
    struct key *key = NULL;

    const char *mistake = parse(cli, argc, argv, &a);
    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = a.out ? make_key(cli, &a, &key) : input_key(cli, &a.from, false, &key);
    if (code == EXIT_DONE && a.public_out) {
        code = write_key(cli, key, a.public_out, 0644, print_public, a.format);
    }
    if (code == EXIT_DONE) {
        report(cli, &a, key);
    }
    key_free(key);
    return code;
}

const struct command cmd_keygen = {
    .name = "keygen",
    .summary = "make a signing key, or extract its public half",
    .usage =
        "usage: duoboot keygen --out KEY.pem [--encrypt] [--public FILE [--format pem|raw|c]]\n"
        "       duoboot keygen --from KEY.pem --public FILE [--format pem|raw|c]\n"
        "Makes an ECDSA P-256 key (PEM, PKCS#8), readable by imgtool and OpenSSL as well.\n\n"
        "  -o, --out FILE          write a new private key; an existing file is not replaced\n"
        "      --from FILE         use this key (PKCS#8, SEC1, encrypted or public PEM)\n"
        "      --public FILE       write the public half: this is what DUO_PUBKEY names\n"
        "      --format FORMAT     of the public half: pem (default), raw (64 bytes X || Y), c\n"
        "  -e, --encrypt           protect the private key with a pass phrase\n"
        "      --passphrase-file FILE, --passphrase-env NAME\n"
        "                          where the pass phrase is (otherwise the terminal is asked)\n"
        "      --force             replace an existing private key\n"
        "      --json, -q, -v      as everywhere\n",
    .run = run,
};
