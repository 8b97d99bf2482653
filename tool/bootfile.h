/* SPDX-License-Identifier: MIT */
/* A bootloader file (ELF or HEX), as it lies in flash. */
#ifndef DUO_TOOL_BOOTFILE_H
#define DUO_TOOL_BOOTFILE_H

#include "hostlib/cli.h"
#include "tool/imagefile.h"

/* From where it must begin, with 0xFF where nothing lies, in whole flash words. An exit_code; what
 * is wrong has been reported. */
int bootfile_load(const struct cli *cli, enum duo_core core, const char *path, struct buffer *out);

/* Can a set of this manifest bring it: core, flash layout, reset vector; of the M7's, hardware, and
 * does it trust the key that signs the set? Of the M4's, is it whole? `name` is for messages,
 * `code` what a refusal is. */
int bootfile_check(const struct cli *cli, enum exit_code code, enum duo_core core, const char *name,
                   const struct buffer *file, const struct duo_manifest *m,
                   const struct duo_pubkey *signer);

#endif
