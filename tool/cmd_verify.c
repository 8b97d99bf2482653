/* SPDX-License-Identifier: MIT */
/* duoboot verify: the checks a device makes, on an image or a bundle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/bundle.h"
#include "layouts/layout.h"
#include "tool/inputs.h"

struct args {
    const char *in;
    struct key_args key;
    bool has_core, has_hardware;
    enum duo_core core;
    uint32_t hardware_id;
};

enum { OPT_HARDWARE = 256 };

static const struct option options[] = {
    {"core", required_argument, NULL, 'c'},
    {"hardware-id", required_argument, NULL, OPT_HARDWARE},
    KEY_OPTIONS,
    CLI_OPTIONS,
};

static const char *take_option(struct cli *cli, void *args, int c)
{
    struct args *a = args;

    switch (c) {
    case 'c':
        a->has_core = parse_core(optarg, &a->core);
        return a->has_core ? NULL : "--core is m7 or m4";
    case OPT_HARDWARE:
        a->has_hardware = cli_number(optarg, UINT32_MAX, &a->hardware_id);
        return a->has_hardware ? NULL : "--hardware-id is a number below 2^32";
    default:
        return key_option(&a->key, c) || cli_option(cli, c) ? NULL : "";
    }
}

static const char *parse(struct cli *cli, int argc, char **argv, struct args *a)
{
    const char *mistake =
        cli_parse(cli, argc, argv, "c:" KEY_SHORT CLI_SHORT, options, take_option, a);

    if (mistake) {
        return mistake;
    }
    if (optind + 1 != argc) {
        return "give exactly one file to verify";
    }
    a->in = argv[optind];
    return a->key.path ? NULL : "--key is needed: the public (or private) key to verify with";
}

static enum duo_status check_image(const struct duo_pubkey *pub, enum duo_core core,
                                   const uint8_t *data, uint32_t size, struct duo_image *image)
{
    struct duo_mem mem = {data, size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_image_verify(&reader, size, pub, image);

    return status == DUO_OK ? duo_slot_admits(&duo_layout.slot[core], image) : status;
}

/* An image says itself which core it is for: by its TLV, else by where its reset vector points. */
static enum duo_core core_of(const struct duo_image *image)
{
    const struct duo_slot *m4 = &duo_layout.slot[DUO_CM4];

    if (image->has_core) {
        return image->core;
    }
    return image->entry - m4->run_base < m4->size ? DUO_CM4 : DUO_CM7;
}

static int verify_image(const struct cli *cli, const struct args *a, const struct duo_pubkey *pub,
                        const struct buffer *file)
{
    struct duo_mem mem = {file->data, (uint32_t)file->size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;
    enum duo_status status = duo_image_parse(&reader, mem.size, &image);

    if (status == DUO_OK) {
        status =
            check_image(pub, a->has_core ? a->core : core_of(&image), file->data, mem.size, &image);
    }
    if (status == DUO_OK && a->has_hardware && image.has_hardware &&
        image.hardware_id != a->hardware_id) {
        status = DUO_E_HARDWARE;
    }
    return status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_VERIFY, a->in, status);
}

static int verify_bundle(const struct cli *cli, const struct args *a, const struct duo_pubkey *pub,
                         const struct buffer *file)
{
    struct duo_manifest m;
    enum duo_status status = check_bundle(file, pub, a->has_hardware ? &a->hardware_id : NULL, &m);
    uint32_t pos = DUO_MANIFEST_SIZE;

    if (status != DUO_OK) {
        return input_refuse(cli, EXIT_VERIFY, a->in, status);
    }
    for (unsigned i = 0; i < DUO_CORES; i++) {
        struct duo_image image;
        if (!m.image[i].present) {
            continue;
        }
        status = check_image(pub, (enum duo_core)i, file->data + pos, m.image[i].file_size, &image);
        if (status == DUO_OK) {
            status = duo_manifest_check_image(&m, (enum duo_core)i, &image);
        }
        if (status != DUO_OK) {
            char what[512];
            snprintf(what, sizeof(what), "%s: %s image", a->in, duo_core_name((enum duo_core)i));
            return input_refuse(cli, EXIT_VERIFY, what, status);
        }
        pos += m.image[i].file_size;
    }
    return EXIT_DONE;
}

static int verify(const struct cli *cli, const struct args *a, const struct duo_pubkey *pub,
                  const struct buffer *file)
{
    enum file_kind kind = file_kind_of(file->data, file->size);

    if (kind == KIND_IMAGE) {
        return verify_image(cli, a, pub, file);
    }
    if (kind == KIND_BUNDLE) {
        return verify_bundle(cli, a, pub, file);
    }
    return cli_fail(cli, EXIT_REJECTED,
                    "give a file made by `duoboot sign`, `duoboot bundle` or `imgtool sign`",
                    "%s is %s, neither a bundle nor a signed core image", a->in,
                    file_kind_text(kind));
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct args a = {0};
    struct key *key = NULL;
    struct buffer file = {0};
    const char *mistake = parse(cli, argc, argv, &a);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = input_key(cli, &a.key, false, &key);
    if (code == EXIT_DONE) {
        code = input_read(cli, a.in, &file);
    }
    if (code == EXIT_DONE) {
        const struct duo_pubkey pub = key_public(key);
        code = verify(cli, &a, &pub, &file);
    }
    if (code == EXIT_DONE) {
        if (cli->json) {
            puts("{\"verified\": true}");
        } else if (cli->verbosity >= 0) {
            printf("%s: verified\n", a.in);
        }
    }
    free(file.data);
    key_free(key);
    return code;
}

const struct command cmd_verify = {
    .name = "verify",
    .summary = "check an image or a bundle as a device does",
    .usage =
        "usage: duoboot verify --key KEY.pem [--core m7|m4] [--hardware-id N] FILE\n"
        "Checks a core image or a bundle: form, hashes, signatures, cores, sizes, vector tables.\n"
        "Exit code 0 only if a device that trusts KEY would take it; 1 if not.\n\n"
        "  -k, --key FILE          public or private key, PEM\n"
        "  -c, --core m7|m4        for an image: it must be for this core\n"
        "      --hardware-id N     it must be for this hardware\n"
        "      --passphrase-file FILE, --passphrase-env NAME\n"
        "                          pass phrase of the key (otherwise the terminal is asked)\n"
        "      --json, -q, -v      as everywhere\n",
    .run = run,
};
