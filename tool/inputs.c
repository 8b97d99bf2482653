/* SPDX-License-Identifier: MIT */
#include "tool/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/bytes.h"
#include "core/image/bundle.h"
#include "core/image/manifest.h"
#include "hostlib/loader.h"
#include "layouts/layout.h"
#include "tool/keys.h"
#include "tool/keys_pkcs11.h"
#include "tool/refuse.h"

/* Two slots, header and TLVs, and the padding of `imgtool --pad` with room to spare. */
#define INPUT_MAX ((size_t)16 * 1024 * 1024)

static bool starts(const uint8_t *data, size_t size, const char *magic, size_t len)
{
    return size >= len && memcmp(data, magic, len) == 0;
}

enum file_kind file_kind_of(const uint8_t *data, size_t size)
{
    if (size >= 4 && duo_get32(data) == DUO_IMAGE_MAGIC) {
        return KIND_IMAGE;
    }
    if (size >= 4 && duo_get32(data) == DUO_MANIFEST_MAGIC) {
        return KIND_BUNDLE;
    }
    if (starts(data, size,
               "\x7f"
               "ELF",
               4)) {
        return KIND_ELF;
    }
    if (starts(data, size, "-----BEGIN", 10)) {
        return KIND_KEY;
    }
    if (starts(data, size, "PK\3\4", 4) || starts(data, size, "\x1f\x8b", 2) ||
        starts(data, size,
               "\xfd"
               "7zXZ",
               5) ||
        (size > 262 && memcmp(data + 257, "ustar", 5) == 0)) {
        return KIND_ARCHIVE;
    }
    return starts(data, size, ":", 1) ? KIND_HEX : KIND_UNKNOWN;
}

const char *file_kind_text(enum file_kind kind)
{
    static const char *const texts[] = {
        [KIND_UNKNOWN] = "of no known kind",
        [KIND_IMAGE] = "a signed core image (MCUboot/imgtool format)",
        [KIND_BUNDLE] = "a duoboot bundle",
        [KIND_KEY] = "a key file (PEM)",
        [KIND_ELF] = "an ELF file",
        [KIND_HEX] = "an Intel HEX file",
        [KIND_ARCHIVE] = "an archive",
    };

    return texts[kind];
}

int input_read(const struct cli *cli, const char *path, struct buffer *out)
{
    char err[512];

    if (key_is_pkcs11(path)) {
        key_name_pkcs11(path, err, sizeof(err)); /* a PIN is not shown */
        return cli_fail(cli, EXIT_REJECTED, "`duoboot keygen --from URI --public -` gets its key",
                        "%s is in a token: give a file", err);
    }
    if (load_bytes(path, INPUT_MAX, &out->data, &out->size, err, sizeof(err))) {
        return EXIT_DONE;
    }
    bool content = strstr(err, "empty") || strstr(err, "too large");
    return cli_fail(cli, content ? EXIT_REJECTED : EXIT_IO, NULL, "%s", err);
}

/* What to do with a file of this kind instead. */
static const char *way_to_image(enum file_kind kind)
{
    switch (kind) {
    case KIND_BUNDLE:
        return "give the core image that went into it, or use `duoboot info` on the bundle";
    case KIND_ELF:
    case KIND_HEX:
        return "sign it first: `duoboot sign`";
    case KIND_ARCHIVE:
        return "unpack it first";
    default:
        return "make one with `duoboot sign` or `imgtool sign`";
    }
}

int input_image(const struct cli *cli, const char *path, struct buffer *out,
                struct duo_image *image)
{
    int code = input_read(cli, path, out);

    if (code != EXIT_DONE) {
        return code;
    }
    enum file_kind kind = file_kind_of(out->data, out->size);
    if (kind != KIND_IMAGE) {
        return cli_fail(cli, EXIT_REJECTED, way_to_image(kind), "%s is %s, not a signed core image",
                        path, file_kind_text(kind));
    }
    struct duo_mem mem = {out->data, (uint32_t)out->size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_image_parse(&reader, mem.size, image);
    return status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_REJECTED, path, status);
}

enum duo_status check_bundle(const struct buffer *file, const struct duo_trust *trust,
                             const uint32_t *hardware_id, struct duo_manifest *m)
{
    const struct duo_slot *const slots[DUO_CORES] = {&duo_layout.slot[DUO_CM7],
                                                     &duo_layout.slot[DUO_CM4]};
    struct duo_bundle b;
    enum duo_bundle_event event = DUO_BUNDLE_MORE;
    uint32_t pos = 0, used;

    if (file->size < DUO_MANIFEST_SIZE || duo_manifest_decode(file->data, m) != DUO_OK) {
        m->hardware_id = DUO_HARDWARE_DEFAULT;
    }
    duo_bundle_init(&b, trust, hardware_id ? *hardware_id : m->hardware_id, slots);
    while (event != DUO_BUNDLE_END) {
        enum duo_status status =
            duo_bundle_next(&b, file->data + pos, (uint32_t)file->size - pos, &used, &event);
        if (status != DUO_OK) {
            return status;
        }
        pos += used;
        if (event == DUO_BUNDLE_MANIFEST) {
            *m = b.manifest;
            (void)duo_bundle_accept(&b);
        } else if (event == DUO_BUNDLE_MORE) {
            break;
        }
    }
    enum duo_status status = duo_bundle_finish(&b);
    return status == DUO_OK && pos < file->size ? DUO_E_TRAILING : status;
}

int input_bundle(const struct cli *cli, const char *path, const struct duo_trust *trust,
                 struct buffer *out, struct duo_manifest *m)
{
    int code = input_read(cli, path, out);

    if (code != EXIT_DONE) {
        return code;
    }
    enum file_kind kind = file_kind_of(out->data, out->size);
    if (kind != KIND_BUNDLE) {
        return cli_fail(cli, EXIT_REJECTED, "give a file made by `duoboot bundle`",
                        "%s is %s, not a bundle", path, file_kind_text(kind));
    }
    enum duo_status status = check_bundle(out, trust, NULL, m);
    return status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_VERIFY, path, status);
}

#define PASS_ROWS                                                                                  \
    {"passphrase-file",                                                                            \
     0,                                                                                            \
     "FILE",                                                                                       \
     "the first line of FILE is the pass phrase of the key, or the PIN of the HSM (else "          \
     "the terminal is asked)",                                                                     \
     option_text,                                                                                  \
     offsetof(struct key_args, pass.file),                                                         \
     FILE_READ},                                                                                   \
        {"passphrase-env", 0,                                                                      \
         "NAME",           "the environment variable NAME has it",                                 \
         option_text,      offsetof(struct key_args, pass.env),                                    \
         FILE_NONE},                                                                               \
    {                                                                                              \
        0                                                                                          \
    }

const struct option_row pass_rows[] = {PASS_ROWS};

const struct option_row key_rows[] = {
    {"key", 'k', "FILE",
     "the key, PEM: PKCS#8 or SEC1, encrypted or not, or public where that will do; or the pkcs11: "
     "URI of one in an HSM",
     option_text, offsetof(struct key_args, path), FILE_READ},
    PASS_ROWS,
};

const char *option_core(struct cli *cli, void *field, const char *value)
{
    struct core_choice *choice = field;

    choice->given = parse_core(value, &choice->core);
    return choice->given ? NULL
                         : cli_mistake(cli, "--%s is m7 or m4, not '%s'", cli->row->name, value);
}

const char *option_version(struct cli *cli, void *field, const char *value)
{
    struct version_choice *choice = field;

    choice->given = parse_version(value, &choice->version);
    return choice->given
               ? NULL
               : cli_mistake(cli, "--%s is MAJOR.MINOR.REVISION[+BUILD], as 1.4.0+7, not '%s'",
                             cli->row->name, value);
}

const char *option_given_u32(struct cli *cli, void *field, const char *value)
{
    struct number_choice *choice = field;
    const char *mistake = option_u32(cli, &choice->number, value);

    choice->given = !mistake;
    return mistake;
}

int input_key(const struct cli *cli, const struct key_args *args, bool need_private,
              struct key **key)
{
    char err[1024];
    struct buffer file = {0};

    if (key_is_pkcs11(args->path)) {
        *key = key_open(args->path, &args->pass, err, sizeof(err));
    } else {
        int code = input_read(cli, args->path, &file);
        if (code != EXIT_DONE) {
            return code;
        }
        *key = key_parse(args->path, file.data, file.size, &args->pass, err, sizeof(err));
        if (file.data) {
            explicit_bzero(file.data, file.size);
        }
        free(file.data);
    }
    if (!*key) {
        return cli_fail(cli, EXIT_REJECTED, NULL, "%s", err);
    }
    if (need_private && !key_is_private(*key)) {
        return cli_fail(cli, EXIT_REJECTED, "signing needs the private key that belongs to it",
                        "%s holds only a public key", args->path);
    }
    return EXIT_DONE;
}

/* A decimal number up to max at *text, which moves after it. */
static bool take_number(const char **text, unsigned long max, unsigned long *value)
{
    char *end;

    if (**text < '0' || **text > '9') { /* strtoul would take spaces and signs */
        return false;
    }
    *value = strtoul(*text, &end, 10);
    *text = end;
    return *value <= max;
}

bool parse_version(const char *text, struct duo_version *version)
{
    unsigned long major, minor, revision, build = 0;

    if (!take_number(&text, 255, &major) || *text++ != '.' || !take_number(&text, 255, &minor) ||
        *text++ != '.' || !take_number(&text, 65535, &revision)) {
        return false;
    }
    if (*text == '+') {
        text++;
        if (!take_number(&text, 0xFFFFFFFFul, &build)) {
            return false;
        }
    }
    *version =
        (struct duo_version){(uint8_t)major, (uint8_t)minor, (uint16_t)revision, (uint32_t)build};
    return *text == '\0';
}

char *format_version(const struct duo_version *v, char *buf, size_t size)
{
    if (v->build != 0) {
        snprintf(buf, size, "%u.%u.%u+%u", v->major, v->minor, v->revision, v->build);
    } else {
        snprintf(buf, size, "%u.%u.%u", v->major, v->minor, v->revision);
    }
    return buf;
}

bool parse_core(const char *text, enum duo_core *core)
{
    if (strcasecmp(text, "m7") != 0 && strcasecmp(text, "m4") != 0) {
        return false;
    }
    *core = text[1] == '7' ? DUO_CM7 : DUO_CM4;
    return true;
}
