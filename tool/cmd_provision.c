/* SPDX-License-Identifier: MIT */
/* duoboot provision: all that a production line needs for one product, in a folder. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/image/bundle.h"
#include "hostlib/output.h"
#include "layouts/layout.h"
#include "tool/about.h"
#include "tool/commands.h"
#include "tool/inputs.h"
#include "tool/newdevice.h"
#include "tool/program.h"
#include "tool/provision_plan.h"
#include "tool/refuse.h"

struct args {
    const char *program[DUO_CORES], *boot[DUO_CORES], *out;
    struct key_args key;
    struct version_choice version;
    struct number_choice counter;
    bool readable;
};

/* What is being made. */
struct product {
    struct duo_about_record about; /* of the M7 bootloader: which keys, which hardware */
    struct duo_trust trust;
    struct key *key;
    struct duo_manifest m;
    struct buffer image[DUO_CORES], bundle;
};

enum product_file { OUT_HEX, OUT_SET, OUT_OPTIONS, OUT_CUBEPROGRAMMER, OUT_OPENOCD, OUTPUTS };

static const char *const names[OUTPUTS] = {"device.hex", "set.duo", "options.txt",
                                           "cubeprogrammer.sh", "openocd.sh"};

static option_setter take_out;

static const struct option_row rows[] = {
    {"m7", 0, "FILE", "the M7's application: the linked program, or an image that has been signed",
     option_text, offsetof(struct args, program[DUO_CM7]), FILE_READ},
    {"m4", 0, "FILE", "the M4's application", option_text, offsetof(struct args, program[DUO_CM4]),
     FILE_READ},
    {"boot-m7", 0, "FILE", "the M7 bootloader (ELF or HEX) of your build", option_text,
     offsetof(struct args, boot[DUO_CM7]), FILE_READ},
    {"boot-m4", 0, "FILE", "the M4 bootloader", option_text, offsetof(struct args, boot[DUO_CM4]),
     FILE_READ},
    {"set-version", 'V', "VERSION", "of the set, and of the programs that are signed here",
     option_version, offsetof(struct args, version), FILE_NONE},
    {"security-counter", 's', "N", "anti-rollback counter of the set", option_given_u32,
     offsetof(struct args, counter), FILE_NONE},
    {"no-read-protection", 0, NULL, "leave RDP at level 0, for prototypes", option_flag,
     offsetof(struct args, readable), FILE_NONE},
    {"out", 'o', "DIR", "the folder to put the files into; made if it is not there", take_out,
     offsetof(struct args, out), FILE_NONE},
    {0},
};

static const struct option_group options[] = {
    {rows, 0}, {key_rows, offsetof(struct args, key)}, {cli_rows, OPTIONS_OF_CLI}, {0}};

/* The files in the folder are outputs like any other: none of them may be an input. */
static const char *take_out(struct cli *cli, void *field, const char *value)
{
    char path[PATH_MAX];

    if (file_is_standard(value)) {
        return "--out is a folder, not standard output; one of that name is ./-";
    }
    for (unsigned i = 0; i < OUTPUTS; i++) {
        const int len = snprintf(path, sizeof(path), "%s/%s", value, names[i]);
        if (len < 0 || len >= (int)sizeof(path)) {
            return "--out is too long";
        }
        files_add(&cli->files, FILE_WRITTEN, path, (size_t)len);
    }
    return option_text(cli, field, value);
}

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    if (cli->operand_count != 0) {
        return "give the applications by --m7 and --m4";
    }
    if (!a->program[DUO_CM7] || !a->program[DUO_CM4] || !a->boot[DUO_CM7] || !a->boot[DUO_CM4]) {
        return "--m7, --m4, --boot-m7 and --boot-m4 are needed: a new device has nothing to keep";
    }
    return a->key.path && a->version.given && a->out ? NULL
                                                     : "--key, --set-version and --out are needed";
}

/* The bootloader says which keys it trusts and what hardware it is for; so nothing can be made here
 * that it would not start. */
static int ask_bootloader(const struct cli *cli, const struct args *a, struct product *p)
{
    if (!about_find(a->boot[DUO_CM7], &p->about)) {
        return cli_fail(cli, EXIT_REJECTED, "give boot_cm7.elf or boot_cm7.hex of a build",
                        "%s is not an M7 bootloader that describes itself", a->boot[DUO_CM7]);
    }
    p->about.about.layout[sizeof(p->about.about.layout) - 1u] = '\0';
    if (strcmp(p->about.about.layout, duo_layout.name) != 0) {
        return cli_fail(cli, EXIT_REJECTED, "give --layout=NAME before the command",
                        "%s is for flash layout %s, and this is layout %s", a->boot[DUO_CM7],
                        p->about.about.layout, duo_layout.name);
    }
    p->trust.ring = &p->about.ring;
    p->m.hardware_id = p->about.about.hardware_id;
    return EXIT_DONE;
}

static int sign(const struct cli *cli, const struct args *a, struct product *p, enum duo_core core)
{
    struct program_job job = {.in = a->program[core],
                              .core_given = true,
                              .spec = {.core = core,
                                       .version = a->version.version,
                                       .has_hardware = true,
                                       .hardware_id = p->m.hardware_id,
                                       .has_counter = a->counter.given,
                                       .counter = a->counter.number,
                                       .layout = duo_layout.slot[core].layout}};
    const int code = program_look(cli, &job);

    return code == EXIT_DONE ? program_sign(cli, &job, p->key, &p->image[core]) : code;
}

/* The image of one core: as given, or of the program that was given. */
static int take_image(const struct cli *cli, const struct args *a, struct product *p,
                      enum duo_core core)
{
    struct duo_image image;
    const char *path = a->program[core];
    int code = input_read(cli, path, &p->image[core]);

    if (code != EXIT_DONE) {
        return code;
    }
    if (file_kind_of(p->image[core].data, p->image[core].size) != KIND_IMAGE) {
        free(p->image[core].data);
        p->image[core] = (struct buffer){0};
        code = sign(cli, a, p, core);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    struct duo_mem mem = {p->image[core].data, (uint32_t)p->image[core].size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    enum duo_status status = duo_image_verify(&reader, mem.size, &p->trust, &image);
    if (status != DUO_OK) {
        return input_refuse(cli, EXIT_VERIFY, path, status);
    }
    status = duo_slot_admits(&duo_layout.slot[core], &image);
    if (status != DUO_OK) {
        return input_refuse_slot(cli, core, &image, path, status);
    }
    manifest_take_image(&p->m, core, &image, p->image[core].data, true);
    p->m.counter = image.has_counter && image.counter > p->m.counter ? image.counter : p->m.counter;
    return EXIT_DONE;
}

static int make_bundle(const struct cli *cli, struct product *p)
{
    const uint8_t *files[DUO_CORES] = {p->image[DUO_CM7].data, p->image[DUO_CM4].data};
    struct duo_manifest m;

    if (!bundle_build(&p->m, files, NULL, p->key, &p->bundle)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "the manifest could not be signed");
    }
    const enum duo_status status =
        check_bundle(&p->bundle, &p->trust, &p->about.about.hardware_id, &m);
    return status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_VERIFY, "the set", status);
}

static int make_set(const struct cli *cli, const struct args *a, struct product *p)
{
    int code = input_key(cli, &a->key, true, &p->key);

    p->m.set_version = a->version.version;
    p->m.counter = a->counter.number;
    p->m.trial_boots = 1;
    p->m.layout = duo_layout.slot[DUO_CM7].layout;
    for (unsigned c = 0; c < DUO_CORES && code == EXIT_DONE; c++) {
        code = take_image(cli, a, p, (enum duo_core)c);
    }
    return code == EXIT_DONE ? make_bundle(cli, p) : code;
}

/* ---- outputs ---- */

static int write_file(const struct cli *cli, const struct args *a, enum product_file which,
                      const void *data, size_t size)
{
    const bool script = which == OUT_CUBEPROGRAMMER || which == OUT_OPENOCD;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", a->out, names[which]);
    return cli_write(cli, path, data, size, script ? 0777 : 0666);
}

static int write_text(const struct cli *cli, const struct args *a, enum product_file which,
                      void (*print)(FILE *, const struct provision_plan *),
                      const struct provision_plan *plan)
{
    char *text = NULL;
    size_t size = 0;
    FILE *mem = open_memstream(&text, &size);
    int code = EXIT_INTERNAL;

    if (mem) {
        print(mem, plan);
    }
    if (!mem || fclose(mem) != 0) {
        code = cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    } else {
        code = write_file(cli, a, which, text, size);
    }
    free(text);
    return code;
}

static int write_hex(const struct cli *cli, const struct args *a, const struct flash_image *flash)
{
    struct hex h = {0};
    int code = EXIT_DONE;

    flash_image_hex(flash, &h);
    hex_end(&h);
    code = h.failed ? cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory")
                    : write_file(cli, a, OUT_HEX, h.text, h.size);
    free(h.text);
    return code;
}

static int write_texts(const struct cli *cli, const struct args *a)
{
    const struct provision_plan plan = {.write_protection = !duo_layout.map.twin,
                                        .read_protection = !a->readable};
    int code = write_text(cli, a, OUT_OPTIONS, provision_print_options, &plan);

    if (code == EXIT_DONE) {
        code = write_text(cli, a, OUT_CUBEPROGRAMMER, provision_print_cubeprogrammer, &plan);
    }
    return code == EXIT_DONE ? write_text(cli, a, OUT_OPENOCD, provision_print_openocd, &plan)
                             : code;
}

static int write_outputs(const struct cli *cli, const struct args *a, const struct product *p,
                         const struct flash_image *flash)
{
    if (mkdir(a->out, 0777) != 0 && errno != EEXIST) {
        const int error = errno;
        return cli_fail(cli, EXIT_IO, output_hint(error), "%s: the folder cannot be made: %s",
                        a->out, strerror(error));
    }
    int code = write_hex(cli, a, flash);
    if (code == EXIT_DONE) {
        code = write_file(cli, a, OUT_SET, p->bundle.data, p->bundle.size);
    }
    return code == EXIT_DONE ? write_texts(cli, a) : code;
}

static int make_device(const struct cli *cli, const struct args *a, struct product *p)
{
    struct flash_image flash;

    if (!flash_image_init(&flash)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    int code = newdevice_put_set(cli, &flash, "the set", &p->bundle, &p->m, &p->trust);
    for (unsigned c = 0; c < DUO_CORES && code == EXIT_DONE; c++) {
        code = newdevice_put_boot(cli, &flash, (enum duo_core)c, a->boot[c]);
    }
    if (code == EXIT_DONE) {
        code = write_outputs(cli, a, p, &flash);
    }
    flash_image_free(&flash);
    return code;
}

static int report(const struct cli *cli, const struct args *a)
{
    char version[24];

    (void)format_version(&a->version.version, version, sizeof(version));
    if (cli->json) {
        return cli_print_json(cli,
                              json_pack("{s:o, s:s, s:b}", "folder", cli_json_text(a->out),
                                        "set_version", version, "read_protection", !a->readable));
    }
    cli_note(cli,
             "%s: set %s with both bootloaders; options.txt says what a device gets, "
             "cubeprogrammer.sh or openocd.sh gives it to one",
             a->out, version);
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    struct args a = {0};
    struct product p = {0};
    const char *mistake = parse(cli, &a);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = ask_bootloader(cli, &a, &p);
    if (code == EXIT_DONE) {
        code = make_set(cli, &a, &p);
    }
    if (code == EXIT_DONE) {
        code = make_device(cli, &a, &p);
    }
    if (code == EXIT_DONE) {
        code = report(cli, &a);
    }
    for (unsigned c = 0; c < DUO_CORES; c++) {
        free(p.image[c].data);
    }
    free(p.bundle.data);
    key_free(p.key);
    return code;
}

const struct command cmd_provision = {
    .name = "provision",
    .summary = "all that a production line needs: HEX, options, scripts",
    .usage = "--m7 FILE --m4 FILE --boot-m7 FILE --boot-m4 FILE --set-version 1.2.3 --key KEY.pem "
             "--out DIR",
    .about =
        "Signs two applications and makes a folder with device.hex (both bootloaders, both "
        "applications, the journal of a device that has confirmed them), set.duo (the same set as "
        "an update), options.txt (the option bytes in words) and two scripts that set up a new "
        "device by a probe, cubeprogrammer.sh and openocd.sh. They look at the device first, "
        "erase, "
        "write, compare, and then set BCM4, write protection and read protection, each read back.",
    .options = options,
    .notes = "Keys, hardware id and flash layout are those of the M7 bootloader; what it would not "
             "start is refused. The key is a private one that it trusts.",
    .example = "duoboot provision --m7 app_m7.elf --m4 app_m4.elf --boot-m7 boot_cm7.hex --boot-m4 "
               "boot_cm4.hex --set-version 1.0.0 --key product.pem --out line",
    .run = run,
};
