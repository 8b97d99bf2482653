/* SPDX-License-Identifier: MIT */
/* Why a file, or the image in it, is not acceptable, and what to do about it. */
#ifndef DUO_TOOL_REFUSE_H
#define DUO_TOOL_REFUSE_H

#include "core/image/image.h"
#include "core/image/slot.h"
#include "hostlib/cli.h"

/* Reports why `what` (a file, or "FILE: M7 image") is not acceptable, with the next step. */
int input_refuse(const struct cli *cli, enum exit_code code, const char *what,
                 enum duo_status status);

/* An image says itself which core it is for: by its TLV, else by where its reset vector points. */
enum duo_core core_of_image(const struct duo_image *image);
/* Where its program must be linked to. */
uint32_t link_address(enum duo_core core, const struct duo_image *image);

/* As input_refuse(), of an image for `core`: names the address it would have to be linked to. */
int input_refuse_image(const struct cli *cli, enum exit_code code, enum duo_core core,
                       const struct duo_image *image, const char *what, enum duo_status status);

/* The same for an image that a slot does not admit; says so if it is linked for another flash
 * layout. */
int input_refuse_slot(const struct cli *cli, enum duo_core core, const struct duo_image *image,
                      const char *what, enum duo_status status);

#endif
