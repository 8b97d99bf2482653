/* SPDX-License-Identifier: MIT */
/* duoboot bundle: one signed file that updates both cores. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/image/bundle.h"
#include "layouts/layout.h"
#include "tool/bootfile.h"
#include "tool/commands.h"
#include "tool/inputs.h"
#include "tool/refuse.h"
#include "tool/revoke.h"
#include "tool/second.h"

#define DEFAULT_TRIAL_BOOTS 1u

struct args {
    const char *image[DUO_CORES], *unchanged[DUO_CORES], *boot[DUO_CORES];
    const char *out;
    struct key_args key;
    struct revoke_args revoke;
    struct duo_manifest m;
    struct version_choice version;
    struct number_choice counter;
    const char *lms;
    bool mixed;
};

struct parts {
    struct key *key;
    struct duo_keyring ring;
    struct duo_trust trust;
    struct buffer file[DUO_CORES], boot;
    struct duo_image image[DUO_CORES];
};

static option_setter take_boots, take_time, take_start;

static const struct option_row rows[] = {
    {"m7", 0, "IMAGE", "the M7's image to install", option_text,
     offsetof(struct args, image[DUO_CM7]), FILE_READ},
    {"m4", 0, "IMAGE", "the M4's image to install", option_text,
     offsetof(struct args, image[DUO_CM4]), FILE_READ},
    {"m7-unchanged", 0, "IMAGE", "the M7 keeps exactly this image, which is not sent", option_text,
     offsetof(struct args, unchanged[DUO_CM7]), FILE_READ},
    {"m4-unchanged", 0, "IMAGE", "the M4 keeps exactly this image, which is not sent", option_text,
     offsetof(struct args, unchanged[DUO_CM4]), FILE_READ},
    {"boot-m7", 0, "FILE", "a new M7 bootloader (ELF or HEX), for devices that swap their banks",
     option_text, offsetof(struct args, boot[DUO_CM7]), FILE_READ},
    {"boot-m4", 0, "FILE", "a new M4 bootloader; one of the two in a set", option_text,
     offsetof(struct args, boot[DUO_CM4]), FILE_READ},
    {"set-version", 'V', "VERSION", "of both together: MAJOR.MINOR.REVISION[+BUILD]",
     option_version, offsetof(struct args, version), FILE_NONE},
    {"out", 'o', "FILE", "the bundle to write", option_text, offsetof(struct args, out),
     FILE_WRITTEN},
    {"hardware-id", 0, "N", "default 0x745; must equal the bootloader's", option_u32,
     offsetof(struct args, m.hardware_id), FILE_NONE},
    {"security-counter", 's', "N", "default: the highest of the images", option_given_u32,
     offsetof(struct args, counter), FILE_NONE},
    {"trial-boots", 0, "N", "boots in which both applications must confirm, default 1", take_boots,
     offsetof(struct args, m.trial_boots), FILE_NONE},
    {"trial-time", 0, "SECONDS",
     "time to confirm in before a watchdog ends it, up to 32; default 30", take_time,
     offsetof(struct args, m.trial_time_s), FILE_NONE},
    {"m4-start", 0, "bootloader|application",
     "who starts the M4: the bootloader, with the M7 (default), or the M7's application",
     take_start, offsetof(struct args, m.m4_by_m7), FILE_NONE},
    {"lms", 0, "KEY",
     "sign a second time, with this LMS key, for bootloaders that demand it (DUO_LMS); one of its "
     "1024 one-time keys is used up",
     option_text, offsetof(struct args, lms), FILE_KEPT},
    {"mixed", 0, NULL, "bundle images of different major and minor versions on purpose",
     option_flag, offsetof(struct args, mixed), FILE_NONE},
    {0},
};

static const struct option_group options[] = {{rows, 0},
                                              {key_rows, offsetof(struct args, key)},
                                              {revoke_rows, offsetof(struct args, revoke)},
                                              {cli_rows, OPTIONS_OF_CLI},
                                              {0}};

static const char *take_boots(struct cli *cli, void *field, const char *value)
{
    uint32_t n;

    (void)cli;
    if (!cli_number(value, DUO_TRIAL_BOOTS_MAX, &n) || n == 0) {
        return "--trial-boots is 1 to 15";
    }
    *(uint8_t *)field = (uint8_t)n;
    return NULL;
}

static const char *take_time(struct cli *cli, void *field, const char *value)
{
    uint32_t n;

    (void)cli;
    if (!cli_number(value, DUO_TRIAL_TIME_MAX, &n)) {
        return "--trial-time is 0 (the default of 30) to 32 seconds, the most the chip's watchdog "
               "can do";
    }
    *(uint16_t *)field = (uint16_t)n;
    return NULL;
}

static const char *take_start(struct cli *cli, void *field, const char *value)
{
    (void)cli;
    *(bool *)field = strcmp(value, "application") == 0;
    return *(bool *)field || strcmp(value, "bootloader") == 0
               ? NULL
               : "--m4-start is 'bootloader' or 'application'";
}

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    if (cli->operand_count != 0) {
        return "images are given with --m7 and --m4";
    }
    if (!a->key.path || !a->out || !a->version.given) {
        return "--key, --set-version and --out are needed";
    }
    for (unsigned i = 0; i < DUO_CORES; i++) {
        if (!a->image[i] == !a->unchanged[i]) {
            return "give each core an image: --m7 or --m7-unchanged, --m4 or --m4-unchanged";
        }
    }
    if (!a->image[DUO_CM7] && !a->image[DUO_CM4]) {
        return "at least one core must change";
    }
    if (a->boot[DUO_CM7] && a->boot[DUO_CM4]) {
        return "a set can bring one bootloader: each is watched over by the other one, unchanged. "
               "Make two sets, and install one after the other";
    }
    a->m.set_version = a->version.version;
    a->m.counter = a->counter.number;
    a->m.second = a->lms;
    a->m.layout = duo_layout.slot[DUO_CM7].layout;
    return NULL;
}

/* The set's counter is at least that of its images: a device that lets the set in must not find an
 * image it would have to refuse. */
static int take_counter(const struct cli *cli, struct args *a, const char *path,
                        const struct duo_image *image)
{
    if (!image->has_counter || image->counter <= a->m.counter) {
        return EXIT_DONE;
    }
    if (a->counter.given) {
        return cli_fail(cli, EXIT_REJECTED, "raise --security-counter, or leave it out",
                        "%s has security counter %u, above the %u given for the set", path,
                        image->counter, a->m.counter);
    }
    a->m.counter = image->counter;
    return EXIT_DONE;
}

/* A dependency (TLV 0x40): the device would refuse the pair at the end of the transfer. */
static int check_needs(const struct cli *cli, const struct parts *p)
{
    enum duo_core core;

    if (duo_images_agree(p->image, &core) == DUO_OK) {
        return EXIT_DONE;
    }
    const struct duo_version *needs = p->image[core].needs;
    const enum duo_core of =
        duo_version_compare(&p->image[DUO_CM7].header.version, &needs[DUO_CM7]) < 0 ? DUO_CM7
                                                                                    : DUO_CM4;
    char text[24];

    return cli_fail(cli, EXIT_REJECTED, "bundle it with an image that is new enough",
                    "the %s's image demands version %s or newer of the %s's", duo_core_name(core),
                    format_version(&needs[of], text, sizeof(text)), duo_core_name(of));
}

static int take_image(const struct cli *cli, struct args *a, enum duo_core core, struct parts *p)
{
    const bool present = a->image[core];
    const char *path = present ? a->image[core] : a->unchanged[core];
    struct duo_image image;
    int code = input_image(cli, path, &p->file[core], &image);

    if (code != EXIT_DONE) {
        return code;
    }
    struct duo_mem mem = {p->file[core].data, (uint32_t)p->file[core].size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_slot_admits(&duo_layout.slot[core], &image);
    if (status == DUO_OK) {
        status = duo_image_verify(&reader, mem.size, &p->trust, &image);
    }
    if (status != DUO_OK) {
        return input_refuse_slot(cli, core, &image, path, status);
    }
    if (image.has_hardware && image.hardware_id != a->m.hardware_id) {
        return cli_fail(cli, EXIT_REJECTED, "give the same --hardware-id to sign and bundle",
                        "%s is bound to hardware 0x%08x, the bundle is for 0x%08x", path,
                        image.hardware_id, a->m.hardware_id);
    }
    p->image[core] = image;
    manifest_take_image(&a->m, core, &image, p->file[core].data, present);
    return take_counter(cli, a, path, &image);
}

static int take_boot(const struct cli *cli, struct args *a, struct parts *p)
{
    const enum duo_core core = a->boot[DUO_CM7] ? DUO_CM7 : DUO_CM4;
    const char *path = a->boot[core];
    const struct duo_pubkey signer = key_public(p->key);

    if (!path) {
        return EXIT_DONE;
    }
    if (!duo_layout.map.twin) {
        return cli_fail(cli, EXIT_REJECTED,
                        "leave it out; docs/layouts.md says what layout twin is",
                        "layout %s has no place for a second bootloader: only a device of layout "
                        "twin can take %s",
                        duo_layout.name, path);
    }
    if (duo_revocation_any(&a->m.revokes)) {
        return cli_fail(cli, EXIT_REJECTED, "make two sets, and install one after the other",
                        "a set either revokes keys or brings a bootloader");
    }
    int code = bootfile_load(cli, core, path, &p->boot);
    if (code == EXIT_DONE) {
        code = bootfile_check(cli, EXIT_REJECTED, core, path, &p->boot, &a->m, &signer);
    }
    if (code == EXIT_DONE) {
        manifest_take_boot(&a->m, core, p->boot.data, (uint32_t)p->boot.size);
    }
    return code;
}

static const char *boot_text(const struct args *a)
{
    return a->boot[DUO_CM7]   ? ", a new M7 bootloader"
           : a->boot[DUO_CM4] ? ", a new M4 bootloader"
                              : "";
}

static int report(const struct cli *cli, const struct args *a, size_t size)
{
    char version[24];

    (void)format_version(&a->m.set_version, version, sizeof(version));
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o, s:s, s:I, s:b, s:b, s:b, s:b}", "file",
                                             cli_json_text(a->out), "set_version", version, "size",
                                             (json_int_t)size, "m7", a->m.image[DUO_CM7].present,
                                             "m4", a->m.image[DUO_CM4].present, "boot_m7",
                                             a->boot[DUO_CM7] ? 1 : 0, "boot_m4",
                                             a->boot[DUO_CM4] ? 1 : 0));
    }
    cli_note(cli, "%s: set %s for hardware 0x%08x, %s%s, %zu bytes", a->out, version,
             a->m.hardware_id,
             !a->m.image[DUO_CM7].present   ? "M4 only"
             : !a->m.image[DUO_CM4].present ? "M7 only"
                                            : "M7 and M4",
             boot_text(a), size);
    return EXIT_DONE;
}

static int write_bundle(const struct cli *cli, struct args *a, const struct parts *p)
{
    const uint8_t *const files[DUO_CORES] = {p->file[DUO_CM7].data, p->file[DUO_CM4].data};
    struct buffer bundle;
    int code = EXIT_DONE;

    if (!bundle_build(&a->m, files, p->boot.data, p->key, &bundle)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "the manifest could not be signed");
    }
    if (a->lms) {
        code = second_sign(cli, a->lms, &bundle);
    }
    if (code == EXIT_DONE) {
        code = cli_write(cli, a->out, bundle.data, bundle.size, 0666);
    }
    if (code == EXIT_DONE) {
        code = report(cli, a, bundle.size);
    }
    free(bundle.data);
    return code;
}

/* Images of two releases in one set are a slip of the hand more often than a wish. */
static int check_pair(const struct cli *cli, const struct args *a)
{
    const struct duo_version *m7 = &a->m.image[DUO_CM7].version, *m4 = &a->m.image[DUO_CM4].version;
    char text7[24], text4[24];

    if (a->mixed || !a->image[DUO_CM7] || !a->image[DUO_CM4] ||
        (m7->major == m4->major && m7->minor == m4->minor)) {
        return EXIT_DONE;
    }
    return cli_fail(cli, EXIT_REJECTED,
                    "sign both with the version of their release, or bundle them so with --mixed",
                    "the M7's image has version %s and the M4's has %s: do they belong together?",
                    format_version(m7, text7, sizeof(text7)),
                    format_version(m4, text4, sizeof(text4)));
}

static int run(struct cli *cli)
{
    struct args a = {
        .m = {.hardware_id = DUO_HARDWARE_DEFAULT, .trial_boots = DEFAULT_TRIAL_BOOTS}};
    struct parts p = {0};
    const char *mistake = parse(cli, &a);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = input_key(cli, &a.key, true, &p.key);
    if (code == EXIT_DONE) {
        const struct duo_pubkey pub = key_public(p.key);
        p.trust = duo_trust_one(&p.ring, &pub);
        code = revoke_load(cli, &a.revoke, p.key, &a.m.revokes);
    }
    for (unsigned i = 0; i < DUO_CORES && code == EXIT_DONE; i++) {
        code = take_image(cli, &a, (enum duo_core)i, &p);
    }
    if (code == EXIT_DONE) {
        code = check_needs(cli, &p);
    }
    if (code == EXIT_DONE) {
        code = check_pair(cli, &a);
    }
    if (code == EXIT_DONE) {
        code = take_boot(cli, &a, &p);
    }
    if (code == EXIT_DONE) {
        code = write_bundle(cli, &a, &p);
    }
    free(p.file[DUO_CM7].data);
    free(p.file[DUO_CM4].data);
    free(p.boot.data);
    key_free(p.key);
    return code;
}

const struct command cmd_bundle = {
    .name = "bundle",
    .summary = "pack the images of both cores into one signed update",
    .usage = "--m7 IMAGE --m4 IMAGE --set-version 1.2.3 --key KEY.pem --out BUNDLE",
    .about =
        "Packs signed core images into one bundle with a signed manifest. Images of `imgtool` "
        "are taken as well; a "
        "trailer of --pad or --confirm is cut off. The key is the private one that the images "
        "are signed with. In layout twin a set may bring one new bootloader, too, which the other "
        "core's takes back if it does not work.",
    .options = options,
    .example = "duoboot bundle --m7 m7.img --m4 m4.img --set-version 1.0.0 --key product.pem --out "
               "set.duo",
    .run = run,
};
