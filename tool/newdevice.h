/* SPDX-License-Identifier: MIT */
/* What a programmer writes into a new device, put into a flash image part by part. Each answers
 * with an exit_code, and has reported what is wrong. */
#ifndef DUO_TOOL_NEWDEVICE_H
#define DUO_TOOL_NEWDEVICE_H

#include "hostlib/cli.h"
#include "tool/flashimage.h"
#include "tool/imagefile.h"

/* An image file of `size` bytes into the slot from which it runs; `path` is for messages. */
int newdevice_put_image(const struct cli *cli, struct flash_image *flash, enum duo_core core,
                        const char *path, const uint8_t *file, uint32_t size);

/* A bundle that has been checked: both images, and the journal of a device that has installed and
 * confirmed it. */
int newdevice_put_set(const struct cli *cli, struct flash_image *flash, const char *path,
                      const struct buffer *file, const struct duo_manifest *m,
                      struct duo_trust *trust);

/* A bootloader (ELF or HEX), which must lie where it belongs. */
int newdevice_put_boot(const struct cli *cli, struct flash_image *flash, enum duo_core core,
                       const char *path);

#endif
