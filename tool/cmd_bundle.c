/* SPDX-License-Identifier: MIT */
/* duoboot bundle: one signed file that updates both cores. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/image/bundle.h"
#include "layouts/layout.h"
#include "tool/inputs.h"

#define DEFAULT_TRIAL_BOOTS 1u

struct args {
    const char *image[DUO_CORES], *unchanged[DUO_CORES];
    const char *out;
    struct key_args key;
    struct duo_manifest m;
    bool has_version, has_counter;
};

struct parts {
    struct key *key;
    struct duo_pubkey pub;
    struct buffer file[DUO_CORES];
};

enum {
    OPT_M7 = 256,
    OPT_M4,
    OPT_M7_UNCHANGED,
    OPT_M4_UNCHANGED,
    OPT_HARDWARE,
    OPT_BOOTS,
    OPT_TIME
};

static const struct option options[] = {
    {"m7", required_argument, NULL, OPT_M7},
    {"m4", required_argument, NULL, OPT_M4},
    {"m7-unchanged", required_argument, NULL, OPT_M7_UNCHANGED},
    {"m4-unchanged", required_argument, NULL, OPT_M4_UNCHANGED},
    {"set-version", required_argument, NULL, 'V'},
    {"out", required_argument, NULL, 'o'},
    {"hardware-id", required_argument, NULL, OPT_HARDWARE},
    {"security-counter", required_argument, NULL, 's'},
    {"trial-boots", required_argument, NULL, OPT_BOOTS},
    {"trial-time", required_argument, NULL, OPT_TIME},
    KEY_OPTIONS,
    CLI_OPTIONS,
};

static const char *take_number_option(struct args *a, int c)
{
    uint32_t n;

    switch (c) {
    case OPT_HARDWARE:
        return cli_number(optarg, UINT32_MAX, &a->m.hardware_id)
                   ? NULL
                   : "--hardware-id is a number below 2^32";
    case 's':
        a->has_counter = cli_number(optarg, UINT32_MAX, &a->m.counter);
        return a->has_counter ? NULL : "--security-counter is a number below 2^32";
    case OPT_BOOTS:
        if (!cli_number(optarg, DUO_TRIAL_BOOTS_MAX, &n) || n == 0) {
            return "--trial-boots is 1 to 15";
        }
        a->m.trial_boots = (uint8_t)n;
        return NULL;
    default:
        if (!cli_number(optarg, DUO_TRIAL_TIME_MAX, &n)) {
            return "--trial-time is 0 (no watchdog) to 32 seconds, the most the chip's watchdog "
                   "can do";
        }
        a->m.trial_time_s = (uint16_t)n;
        return NULL;
    }
}

static const char *take_option(struct cli *cli, void *args, int c)
{
    struct args *a = args;

    switch (c) {
    case OPT_M7:
    case OPT_M4:
        a->image[c == OPT_M7 ? DUO_CM7 : DUO_CM4] = optarg;
        return NULL;
    case OPT_M7_UNCHANGED:
    case OPT_M4_UNCHANGED:
        a->unchanged[c == OPT_M7_UNCHANGED ? DUO_CM7 : DUO_CM4] = optarg;
        return NULL;
    case 'V':
        a->has_version = parse_version(optarg, &a->m.set_version);
        return a->has_version ? NULL : "--set-version is MAJOR.MINOR.REVISION[+BUILD], as 1.4.0+7";
    case 'o':
        a->out = optarg;
        return NULL;
    case OPT_HARDWARE:
    case OPT_BOOTS:
    case OPT_TIME:
    case 's':
        return take_number_option(a, c);
    default:
        return key_option(&a->key, c) || cli_option(cli, c) ? NULL : "";
    }
}

static const char *parse(struct cli *cli, int argc, char **argv, struct args *a)
{
    const char *mistake =
        cli_parse(cli, argc, argv, "V:o:s:" KEY_SHORT CLI_SHORT, options, take_option, a);

    if (mistake) {
        return mistake;
    }
    if (optind != argc) {
        return "images are given with --m7 and --m4";
    }
    if (!a->key.path || !a->out || !a->has_version) {
        return "--key, --set-version and --out are needed";
    }
    for (unsigned i = 0; i < DUO_CORES; i++) {
        if ((a->image[i]) == (a->unchanged[i])) {
            return "give each core an image: --m7 or --m7-unchanged, --m4 or --m4-unchanged";
        }
    }
    if (!a->image[DUO_CM7] && !a->image[DUO_CM4]) {
        return "at least one core must change";
    }
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
    if (a->has_counter) {
        return cli_fail(cli, EXIT_REJECTED, "raise --security-counter, or leave it out",
                        "%s has security counter %u, above the %u given for the set", path,
                        image->counter, a->m.counter);
    }
    a->m.counter = image->counter;
    return EXIT_DONE;
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
        status = duo_image_verify(&reader, mem.size, &p->pub, &image);
    }
    if (status != DUO_OK) {
        return input_refuse(cli, EXIT_REJECTED, path, status);
    }
    if (image.has_hardware && image.hardware_id != a->m.hardware_id) {
        return cli_fail(cli, EXIT_REJECTED, "give the same --hardware-id to sign and bundle",
                        "%s is bound to hardware 0x%08x, the bundle is for 0x%08x", path,
                        image.hardware_id, a->m.hardware_id);
    }
    manifest_take_image(&a->m, core, &image, p->file[core].data, present);
    return take_counter(cli, a, path, &image);
}

static void report(const struct cli *cli, const struct args *a, size_t size)
{
    char version[24];

    (void)format_version(&a->m.set_version, version, sizeof(version));
    if (cli->json) {
        json_t *o = json_pack("{s:s, s:s, s:I, s:b, s:b}", "file", a->out, "set_version", version,
                              "size", (json_int_t)size, "m7", a->m.image[DUO_CM7].present, "m4",
                              a->m.image[DUO_CM4].present);
        (void)json_dumpf(o, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(o);
        return;
    }
    cli_note(cli, "%s: set %s for hardware 0x%08x, %s, %zu bytes", a->out, version,
             a->m.hardware_id,
             !a->m.image[DUO_CM7].present   ? "M4 only"
             : !a->m.image[DUO_CM4].present ? "M7 only"
                                            : "M7 and M4",
             size);
}

static int write_bundle(const struct cli *cli, struct args *a, const struct parts *p)
{
    const uint8_t *const files[DUO_CORES] = {p->file[DUO_CM7].data, p->file[DUO_CM4].data};
    struct buffer bundle;
    int code = EXIT_DONE;

    if (!bundle_build(&a->m, files, p->key, &bundle)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "the manifest could not be signed");
    }
    if (!cli_write_file(a->out, bundle.data, bundle.size, 0666)) {
        code = cli_fail(cli, EXIT_IO, "check the directory and its permissions",
                        "%s: cannot be written: %s", a->out, strerror(errno));
    } else {
        report(cli, a, bundle.size);
    }
    free(bundle.data);
    return code;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct args a = {
        .m = {.hardware_id = DUO_HARDWARE_DEFAULT, .trial_boots = DEFAULT_TRIAL_BOOTS}};
    struct parts p = {0};
    const char *mistake = parse(cli, argc, argv, &a);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = input_key(cli, &a.key, true, &p.key);
    if (code == EXIT_DONE) {
        p.pub = key_public(p.key);
    }
    for (unsigned i = 0; i < DUO_CORES && code == EXIT_DONE; i++) {
        code = take_image(cli, &a, (enum duo_core)i, &p);
    }
    if (code == EXIT_DONE) {
        code = write_bundle(cli, &a, &p);
    }
    free(p.file[DUO_CM7].data);
    free(p.file[DUO_CM4].data);
    key_free(p.key);
    return code;
}

const struct command cmd_bundle = {
    .name = "bundle",
    .summary = "pack the images of both cores into one signed update",
    .usage =
        "usage: duoboot bundle --m7 IMAGE --m4 IMAGE --set-version 1.2.3 --key KEY.pem --out "
        "BUNDLE\n"
        "Packs signed core images into one bundle with a signed manifest. Images of `imgtool` are "
        "taken\n"
        "as well; a trailer of --pad or --confirm is cut off.\n\n"
        "      --m7 IMAGE, --m4 IMAGE  the images to install\n"
        "      --m7-unchanged IMAGE, --m4-unchanged IMAGE\n"
        "                              this core keeps exactly this image, which is not sent\n"
        "  -V, --set-version VERSION   of both together: MAJOR.MINOR.REVISION[+BUILD]\n"
        "  -k, --key FILE              private key, the one the images are signed with\n"
        "  -o, --out FILE              the bundle to write\n"
        "      --hardware-id N         default 0x745; must equal the bootloader's\n"
        "  -s, --security-counter N    default: the highest of the images\n"
        "      --trial-boots N         boots in which both applications must confirm, default 1\n"
        "      --trial-time SECONDS    watchdog time of a trial, up to 32; default 0: no watchdog\n"
        "      --passphrase-file FILE, --passphrase-env NAME\n"
        "                              pass phrase of the key (otherwise the terminal is asked)\n"
        "      --json, -q, -v          as everywhere\n",
    .run = run,
};
