/* SPDX-License-Identifier: MIT */
/* duoboot sign: one core image from ELF, Intel HEX or BIN. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "layouts/layout.h"
#include "tool/commands.h"
#include "tool/inputs.h"
#include "tool/program.h"
#include "tool/revoke.h"

#define DEFAULT_HEADER DUO_IMAGE_HEADER_SIZE
#define HEADER_MAX     4096u /* leaves half of META for TLVs */

struct args {
    const char *out;
    struct program_job job;
    struct key_args key;
    struct revoke_args revoke;
    struct core_choice core;
    struct version_choice version;
    struct number_choice counter, hardware;
};

static option_setter take_header_size, take_hardware;

static const struct option_row rows[] = {
    {"core", 'c', "m7|m4", "which core; may be left out for ELF and HEX", option_core,
     offsetof(struct args, core), FILE_NONE},
    {"version", 'V', "VERSION", "MAJOR.MINOR.REVISION[+BUILD]", option_version,
     offsetof(struct args, version), FILE_NONE},
    {"out", 'o', "FILE", "the image to write", option_text, offsetof(struct args, out),
     FILE_WRITTEN},
    {"security-counter", 's', "N", "anti-rollback counter of the image", option_given_u32,
     offsetof(struct args, counter), FILE_NONE},
    {"hardware-id", 0, "N|none", "the hardware it is bound to, default 0x745; none: any",
     take_hardware, offsetof(struct args, hardware), FILE_NONE},
    {"header-size", 'H', "N",
     "bytes in front of the payload; default: the room that the program leaves for it, or 32",
     take_header_size, offsetof(struct args, job.spec.hdr_size), FILE_NONE},
    {0},
};

static const struct option_group options[] = {{rows, 0},
                                              {key_rows, offsetof(struct args, key)},
                                              {revoke_rows, offsetof(struct args, revoke)},
                                              {cli_rows, OPTIONS_OF_CLI},
                                              {0}};

static const char *take_hardware(struct cli *cli, void *field, const char *value)
{
    struct number_choice *hardware = field;

    hardware->given = strcmp(value, "none") != 0;
    return hardware->given ? option_u32(cli, &hardware->number, value) : NULL;
}

static const char *take_header_size(struct cli *cli, void *field, const char *value)
{
    uint32_t *size = field;

    (void)cli;
    return cli_number(value, HEADER_MAX, size) && *size >= DEFAULT_HEADER
               ? NULL
               : "--header-size is 32 to 4096 bytes";
}

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    if (cli->operand_count != 1) {
        return "give exactly one file to sign";
    }
    a->job.in = cli->operands[0];
    if (!a->key.path || !a->out || !a->version.given) {
        return "--key, --version and --out are needed";
    }
    a->job.core_given = a->core.given;
    a->job.spec.core = a->core.core;
    a->job.spec.version = a->version.version;
    a->job.spec.has_counter = a->counter.given;
    a->job.spec.counter = a->counter.number;
    a->job.spec.has_hardware = a->hardware.given;
    a->job.spec.hardware_id = a->hardware.number;
    a->job.spec.layout = duo_layout.slot[DUO_CM7].layout;
    return NULL;
}

static int report(const struct cli *cli, const struct args *a, size_t size)
{
    const char *core = duo_core_name(a->job.spec.core);
    char version[24];

    (void)format_version(&a->job.spec.version, version, sizeof(version));
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o, s:s, s:s, s:I}", "file", cli_json_text(a->out),
                                             "core", core, "version", version, "size",
                                             (json_int_t)size));
    }
    cli_note(cli, "%s: %s image, version %s, %zu bytes (payload %u)", a->out, core, version, size,
             a->job.payload_size);
    return EXIT_DONE;
}

static int sign(const struct cli *cli, struct args *a)
{
    struct key *key = NULL;
    struct buffer image = {0};
    int code = program_look(cli, &a->job);

    if (code == EXIT_DONE) {
        code = input_key(cli, &a->key, true, &key);
    }
    if (code == EXIT_DONE) {
        code = revoke_load(cli, &a->revoke, key, &a->job.spec.revokes);
    }
    if (code == EXIT_DONE) {
        code = program_sign(cli, &a->job, key, &image);
    }
    if (code == EXIT_DONE) {
        code = cli_write(cli, a->out, image.data, image.size, 0666);
    }
    if (code == EXIT_DONE) {
        code = report(cli, a, image.size);
    }
    free(image.data);
    key_free(key);
    return code;
}

static int run(struct cli *cli)
{
    struct args a = {.hardware = {.given = true, .number = DUO_HARDWARE_DEFAULT}};
    const char *mistake = parse(cli, &a);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    return sign(cli, &a);
}

const struct command cmd_sign = {
    .name = "sign",
    .summary = "sign the program of one core (ELF, Intel HEX or BIN)",
    .usage = "--core m7|m4 --version 1.2.3[+4] --key KEY.pem --out IMAGE FILE",
    .about =
        "Makes a signed core image in MCUboot's format from a linked program. The program must be "
        "linked to its "
        "slot (M7 0x08020000, M4 0x08120000; with --layout=twin 0x08020000 and 0x080A0000) and "
        "begin with its vector table; this is checked. A program linked to a multiple of 0x400 "
        "after that, as Zephyr's for MCUboot are, gets a header of that size and lies after it.",
    .options = options,
    .example = "duoboot sign --core m7 --version 1.0.0 --key product.pem --out m7.img app_m7.elf\n"
               "duoboot sign --core m4 --version 1.0.0 --key product.pem --out m4.img app_m4.elf",
    .run = run,
};
