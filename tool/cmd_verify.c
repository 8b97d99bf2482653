/* SPDX-License-Identifier: MIT */
/* duoboot verify: the checks a device makes, on an image or a bundle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/bundle.h"
#include "layouts/choose.h"
#include "tool/about.h"
#include "tool/bootfile.h"
#include "tool/commands.h"
#include "tool/inputs.h"
#include "tool/refuse.h"
#include "tool/second.h"

struct args {
    const char *in, *bootloader, *lms;
    struct key_args key;
    struct core_choice core;
    struct number_choice hardware;
};

static const struct option_row rows[] = {
    {"core", 'c', "m7|m4", "for an image: it must be for this core", option_core,
     offsetof(struct args, core), FILE_NONE},
    {"bootloader", 0, "FILE", "the device's M7 bootloader: key and hardware id are taken from it",
     option_text, offsetof(struct args, bootloader), FILE_READ},
    {"lms-key", 0, "FILE",
     "the LMS key (its public half will do): a bundle must have a second signature by it; without "
     "this option none is checked",
     option_text, offsetof(struct args, lms), FILE_READ},
    {"hardware-id", 0, "N", "of the device (DUO_HARDWARE_ID of its bootloader); default 0x745",
     option_given_u32, offsetof(struct args, hardware), FILE_NONE},
    {0},
};

static const struct option_group options[] = {
    {rows, 0}, {key_rows, offsetof(struct args, key)}, {cli_rows, OPTIONS_OF_CLI}, {0}};

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    if (cli->operand_count != 1) {
        return "give exactly one file to verify";
    }
    a->in = cli->operands[0];
    if (a->bootloader && (a->key.path || a->lms || a->hardware.given)) {
        return "--bootloader says keys and hardware id: give it alone";
    }
    return a->key.path || a->bootloader
               ? NULL
               : "--key is needed: the public (or private) key to verify with; or --bootloader";
}

static enum duo_status check_image(const struct duo_trust *trust, enum duo_core core,
                                   const uint8_t *data, uint32_t size, struct duo_image *image)
{
    struct duo_mem mem = {data, size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_image_verify(&reader, size, trust, image);

    return status == DUO_OK ? duo_slot_admits(&duo_layout.slot[core], image) : status;
}

static int verify_image(const struct cli *cli, const struct args *a, const struct duo_trust *trust,
                        const struct buffer *file)
{
    struct duo_mem mem = {file->data, (uint32_t)file->size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;
    enum duo_status status = duo_image_parse(&reader, mem.size, &image);

    if (status != DUO_OK) {
        return input_refuse(cli, EXIT_VERIFY, a->in, status);
    }
    const enum duo_core core = a->core.given ? a->core.core : core_of_image(&image);
    status = check_image(trust, core, file->data, mem.size, &image);
    if (status == DUO_OK && image.has_hardware && image.hardware_id != a->hardware.number) {
        status = DUO_E_HARDWARE;
    }
    return status == DUO_OK ? EXIT_DONE
                            : input_refuse_image(cli, EXIT_VERIFY, core, &image, a->in, status);
}

/* Its bytes have the hash that the manifest names. What is left is what the device would find when
 * they have come, and that the new one takes updates by the same key. */
static int verify_boot(const struct cli *cli, const struct args *a, const struct duo_trust *trust,
                       const struct duo_manifest *m, uint8_t *data)
{
    const enum duo_core core = m->boot.cores == DUO_BOOT_CM4 ? DUO_CM4 : DUO_CM7;
    const struct buffer boot = {data, m->boot.size};
    const unsigned signer = duo_ring_by_id(trust->ring, m->key_id);
    char name[512];

    snprintf(name, sizeof(name), "%s: %s bootloader", a->in, duo_core_name(core));
    return bootfile_check(cli, EXIT_VERIFY, core, name, &boot, m, &trust->ring->keys[signer].pub);
}

static int check_agreement(const struct cli *cli, const struct args *a,
                           const struct duo_image image[DUO_CORES])
{
    enum duo_core core;
    const enum duo_status status = duo_images_agree(image, &core);
    char what[512];

    if (status == DUO_OK) {
        return EXIT_DONE;
    }
    snprintf(what, sizeof(what), "%s: %s image", a->in, duo_core_name(core));
    return input_refuse(cli, EXIT_VERIFY, what, status);
}

static int verify_bundle(const struct cli *cli, const struct args *a, const struct duo_trust *trust,
                         const struct buffer *file)
{
    struct duo_manifest m;
    enum duo_status status = check_bundle(file, trust, &a->hardware.number, &m);
    struct duo_image image[DUO_CORES] = {0};
    uint32_t pos;

    if (status == DUO_OK && m.boot.cores != 0 && !duo_layout.map.twin) {
        status = DUO_E_UNSUPPORTED;
    }
    if (status != DUO_OK) {
        return input_refuse(cli, EXIT_VERIFY, a->in, status);
    }
    pos = duo_manifest_size(file->data);
    for (unsigned i = 0; i < DUO_CORES; i++) {
        image[i].header.version = m.image[i].version; /* of one that the device has */
        if (!m.image[i].present) {
            continue;
        }
        status =
            check_image(trust, (enum duo_core)i, file->data + pos, m.image[i].file_size, &image[i]);
        if (status == DUO_OK) {
            status = duo_manifest_check_image(&m, (enum duo_core)i, &image[i]);
        }
        if (status == DUO_OK && duo_image_counter(&image[i]) > m.counter) {
            status = DUO_E_DOWNGRADE;
        }
        if (status != DUO_OK) {
            char what[512];
            snprintf(what, sizeof(what), "%s: %s image", a->in, duo_core_name((enum duo_core)i));
            return input_refuse_image(cli, EXIT_VERIFY, (enum duo_core)i, &image[i], what, status);
        }
        pos += m.image[i].file_size;
    }
    const int code = check_agreement(cli, a, image);
    return code == EXIT_DONE && m.boot.cores != 0 ? verify_boot(cli, a, trust, &m, file->data + pos)
                                                  : code;
}

static int verify(const struct cli *cli, const struct args *a, const struct duo_trust *trust,
                  const struct buffer *file)
{
    enum file_kind kind = file_kind_of(file->data, file->size);

    if (kind == KIND_IMAGE) {
        return verify_image(cli, a, trust, file);
    }
    if (kind == KIND_BUNDLE) {
        return verify_bundle(cli, a, trust, file);
    }
    return cli_fail(cli, EXIT_REJECTED,
                    "give a file made by `duoboot sign`, `duoboot bundle` or `imgtool sign`",
                    "%s is %s, neither a bundle nor a signed core image", a->in,
                    file_kind_text(kind));
}

/* The keys to verify with, and the hardware and flash layout that they are for. */
static int choose_device(const struct cli *cli, struct args *a, struct duo_keyring *ring,
                         struct duo_lms_ring *lms, struct duo_trust *trust)
{
    struct duo_about_record record;
    struct key *key = NULL;

    if (a->bootloader) {
        if (!about_find(a->bootloader, &record)) {
            return cli_fail(cli, EXIT_REJECTED, "give boot_cm7.elf or boot_cm7.hex of a build",
                            "%s is not an M7 bootloader that describes itself", a->bootloader);
        }
        *ring = record.ring;
        *lms = record.lms;
        trust->lms = record.about.second ? lms : NULL;
        a->hardware.number = record.about.hardware_id;
        record.about.layout[sizeof(record.about.layout) - 1u] = '\0';
        (void)duo_layout_choose(record.about.layout);
        return EXIT_DONE;
    }
    int code = input_key(cli, &a->key, false, &key);
    if (code == EXIT_DONE) {
        const struct duo_pubkey pub = key_public(key);

        *trust = duo_trust_one(ring, &pub);
        trust->passes_second = true;
    }
    key_free(key);
    if (code == EXIT_DONE && a->lms) {
        trust->lms = lms;
        code = second_load(cli, a->lms, &lms->keys[0]);
    }
    return code;
}

static int run(struct cli *cli)
{
    struct args a = {.hardware.number = DUO_HARDWARE_DEFAULT};
    struct duo_keyring ring;
    struct duo_lms_ring lms = {0};
    struct duo_trust trust = {.ring = &ring};
    struct buffer file = {0};
    const char *mistake = parse(cli, &a);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = choose_device(cli, &a, &ring, &lms, &trust);
    if (code == EXIT_DONE) {
        code = input_read(cli, a.in, &file);
    }
    if (code == EXIT_DONE) {
        code = verify(cli, &a, &trust, &file);
    }
    if (code == EXIT_DONE) {
        if (cli->json) {
            code = cli_print_json(cli, json_pack("{s:b}", "verified", 1));
        } else if (cli->verbosity >= 0) {
            printf("%s: verified\n", a.in);
        }
    }
    free(file.data);
    return code;
}

const struct command cmd_verify = {
    .name = "verify",
    .summary = "check an image or a bundle as a device does",
    .usage = "--key KEY.pem [--lms-key FILE] [--core m7|m4] [--hardware-id N] FILE\n--bootloader "
             "FILE [--core "
             "m7|m4] FILE",
    .about =
        "Checks a core image or a bundle: form, hashes, signatures, cores, hardware, sizes, vector "
        "tables. Exit "
        "code 0 only if a device of this hardware that trusts the key would take it; 1 if not.",
    .options = options,
    .example = "duoboot verify --key product.pub.pem set.duo",
    .run = run,
};
