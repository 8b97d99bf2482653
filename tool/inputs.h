/* SPDX-License-Identifier: MIT */
/* Files given to commands: what kind they are, and loading them with the right complaint. */
#ifndef DUO_TOOL_INPUTS_H
#define DUO_TOOL_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/image.h"
#include "core/image/slot.h"
#include "hostlib/cli.h"
#include "tool/imagefile.h"
#include "tool/keys.h"

enum file_kind {
    KIND_UNKNOWN,
    KIND_IMAGE, /* MCUboot image */
    KIND_BUNDLE,
    KIND_KEY, /* any PEM */
    KIND_ELF,
    KIND_HEX,
    KIND_ARCHIVE /* zip, gzip, xz, tar... */
};

enum file_kind file_kind_of(const uint8_t *data, size_t size);
/* "a signed core image (MCUboot format)", with its article. */
const char *file_kind_text(enum file_kind kind);

/* Reads a file, reporting failure. EXIT_DONE or EXIT_IO/EXIT_REJECTED (empty). out->data for
 * free(). */
int input_read(const struct cli *cli, const char *path, struct buffer *out);

/* Reads a core image and parses it; a wrong kind of file is named. */
int input_image(const struct cli *cli, const char *path, struct buffer *out,
                struct duo_image *image);

/*
 * Checks a whole bundle with the device's own stream reader: signature, hardware id (its own when
 * `hardware_id` is NULL), sizes, file hashes, and that nothing lies after it. The images
 * themselves are not verified. *m: the manifest, when DUO_OK.
 */
enum duo_status check_bundle(const struct buffer *file, const struct duo_trust *trust,
                             const uint32_t *hardware_id, struct duo_manifest *m);

/* Reads and checks a bundle, for whatever hardware; a wrong kind of file is named. */
int input_bundle(const struct cli *cli, const char *path, const struct duo_trust *trust,
                 struct buffer *out, struct duo_manifest *m);

/* A key on the command line: a command's table has key_rows, or pass_rows when it names its key
 * otherwise, as the group of a struct key_args. */
struct key_args {
    const char *path; /* NULL: not given */
    struct passphrase pass;
};

extern const struct option_row key_rows[];  /* --key, and pass_rows */
extern const struct option_row pass_rows[]; /* --passphrase-file, --passphrase-env */

/* Setters: "m7" or "m4" into a struct core_choice, "1.2.3+4" into a struct version_choice. */
struct core_choice {
    bool given;
    enum duo_core core;
};
struct version_choice {
    bool given;
    struct duo_version version;
};
struct number_choice {
    bool given;
    uint32_t number;
};
option_setter option_core, option_version, option_given_u32;

/* Loads a key, reporting failure; with `need_private` a public one is refused. */
int input_key(const struct cli *cli, const struct key_args *args, bool need_private,
              struct key **key);

/* "1.2.3" or "1.2.3+45"; each part in its range. */
bool parse_version(const char *text, struct duo_version *version);
/* "1.2.3" or "1.2.3+45" into buf, which is returned; 24 bytes suffice. */
char *format_version(const struct duo_version *version, char *buf, size_t size);
/* "m7" or "m4", in any case. */
bool parse_core(const char *text, enum duo_core *core);

#endif
