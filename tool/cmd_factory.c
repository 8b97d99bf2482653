/* SPDX-License-Identifier: MIT */
/* duoboot factory: flash contents as a programmer writes them into a new device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/bundle.h"
#include "layouts/layout.h"
#include "tool/commands.h"
#include "tool/flashimage.h"
#include "tool/inputs.h"
#include "tool/newdevice.h"
#include "tool/refuse.h"

struct args {
    const char *image[DUO_CORES], *boot[DUO_CORES], *bundle, *out;
    struct key_args key;
};

static const struct option_row rows[] = {
    {"bundle", 'b', "BUNDLE", "made by `duoboot bundle`, with the images of both cores",
     option_text, offsetof(struct args, bundle), FILE_READ},
    {"m7", 0, "IMAGE", "made by `duoboot sign` or `imgtool sign`", option_text,
     offsetof(struct args, image[DUO_CM7]), FILE_READ},
    {"m4", 0, "IMAGE", "made by `duoboot sign` or `imgtool sign`", option_text,
     offsetof(struct args, image[DUO_CM4]), FILE_READ},
    {"boot-m7", 0, "FILE", "the M7 bootloader (ELF or HEX), to be in the file, too", option_text,
     offsetof(struct args, boot[DUO_CM7]), FILE_READ},
    {"boot-m4", 0, "FILE", "the M4 bootloader", option_text, offsetof(struct args, boot[DUO_CM4]),
     FILE_READ},
    {"out", 'o', "FILE", "the HEX file to write", option_text, offsetof(struct args, out),
     FILE_WRITTEN},
    {0},
};

static const struct option_group options[] = {
    {rows, 0}, {key_rows, offsetof(struct args, key)}, {cli_rows, OPTIONS_OF_CLI}, {0}};

static const char *check_args(const struct args *a)
{
    const bool m7 = a->image[DUO_CM7], m4 = a->image[DUO_CM4];

    if (a->bundle && (m7 || m4)) {
        return "give a bundle or two images, not both";
    }
    if (!a->bundle && !(m7 && m4)) {
        return "--bundle is needed, or --m7 and --m4: a device starts both cores or none";
    }
    if (a->bundle && !a->key.path) {
        return "--key is needed with --bundle: the public key that the bootloader was built with";
    }
    if (!a->boot[DUO_CM7] != !a->boot[DUO_CM4]) {
        return "give both bootloaders, --boot-m7 and --boot-m4, or none";
    }
    return a->out ? NULL : "--out is needed: the HEX file to write";
}

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    return cli->operand_count != 0 ? "give the files by --bundle, or --m7 and --m4" : check_args(a);
}

static int put_image_file(const struct cli *cli, struct flash_image *flash, enum duo_core core,
                          const char *path)
{
    struct buffer file = {0};
    struct duo_image image;
    int code = input_image(cli, path, &file, &image);

    if (code == EXIT_DONE) {
        enum duo_status status = duo_slot_admits(&duo_layout.slot[core], &image);
        code = status == DUO_OK
                   ? newdevice_put_image(cli, flash, core, path, file.data, image.file_size)
                   : input_refuse_slot(cli, core, &image, path, status);
    }
    free(file.data);
    return code;
}

static int put_bundle(const struct cli *cli, struct flash_image *flash, const struct args *a)
{
    struct key *key = NULL;
    struct buffer file = {0};
    struct duo_manifest m;
    int code = input_key(cli, &a->key, false, &key);

    if (code == EXIT_DONE) {
        const struct duo_pubkey pub = key_public(key);
        struct duo_keyring ring;
        struct duo_trust trust = duo_trust_one(&ring, &pub);
        trust.passes_second = true; /* for the device to verify */
        code = input_bundle(cli, a->bundle, &trust, &file, &m);
        if (code == EXIT_DONE) {
            code = newdevice_put_set(cli, flash, a->bundle, &file, &m, &trust);
        }
    }
    free(file.data);
    key_free(key);
    return code;
}

static int write_hex(const struct cli *cli, const struct args *a, const struct flash_image *flash)
{
    struct hex h = {0};
    int code = EXIT_DONE;

    flash_image_hex(flash, &h);
    hex_end(&h);
    if (h.failed) {
        code = cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    } else {
        code = cli_write(cli, a->out, h.text, h.size, 0644);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(
            cli, json_pack("{s:o, s:b}", "file", cli_json_text(a->out), "journal", !!a->bundle));
    } else if (code == EXIT_DONE) {
        cli_note(cli, "%s: %s%s, for a programmer (and duoemu --load)", a->out,
                 a->boot[DUO_CM7] ? "both bootloaders, " : "",
                 a->bundle ? "both slots and the journal" : "both slots");
    }
    free(h.text);
    return code;
}

static int run(struct cli *cli)
{
    struct args a = {0};
    struct flash_image flash;
    const char *mistake = parse(cli, &a);
    int code = EXIT_DONE;

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    if (!flash_image_init(&flash)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    if (a.bundle) {
        code = put_bundle(cli, &flash, &a);
    }
    for (unsigned c = 0; c < DUO_CORES && !a.bundle && code == EXIT_DONE; c++) {
        code = put_image_file(cli, &flash, (enum duo_core)c, a.image[c]);
    }
    for (unsigned c = 0; c < DUO_CORES && a.boot[c] && code == EXIT_DONE; c++) {
        code = newdevice_put_boot(cli, &flash, (enum duo_core)c, a.boot[c]);
    }
    if (code == EXIT_DONE) {
        code = write_hex(cli, &a, &flash);
    }
    flash_image_free(&flash);
    return code;
}

const struct command cmd_factory = {
    .name = "factory",
    .summary = "flash contents as a HEX file, to program a new device",
    .usage = "--bundle BUNDLE --key KEY.pem --out FILE.hex\n--m7 IMAGE --m4 IMAGE --out FILE.hex",
    .about = "Writes what a debug probe or a production programmer puts into a new device, as "
             "Intel HEX: both images "
             "as they lie in the application slots and, of a bundle, the journal of a device that "
             "has installed and "
             "confirmed it. With --boot-m7 and --boot-m4 both bootloaders are in the file, too: it "
             "is all that a new device needs.",
    .options = options,
    .notes = "The key is the one that the bootloader was built with; its public half suffices. "
             "From a bundle the device "
             "knows its set: its version, its security counter, and one signature to verify at "
             "each start instead of "
             "two.\n\nErase a device that has run before first, the journal's sectors (0x081C0000 "
             "and 0x081E0000; with --layout=twin 0x080E0000 and 0x081E0000) "
             "included: its old journal would count.",
    .example = "duoboot factory --bundle set.duo --key product.pub.pem --out factory.hex",
    .run = run,
};
