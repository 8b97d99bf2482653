/* SPDX-License-Identifier: MIT */
/* Signs a linked program (ELF, Intel HEX, BIN) as the image of one core, and checks it first. */
#ifndef DUO_TOOL_PROGRAM_H
#define DUO_TOOL_PROGRAM_H

#include "hostlib/cli.h"
#include "tool/imagefile.h"

struct program_job {
    const char *in;
    bool core_given;        /* else the addresses in the file say which core it is for */
    struct image_spec spec; /* hdr_size 0: the room that the program leaves, or 32 */
    uint32_t payload_size;  /* after program_sign() */
};

/* Is it a program, and for which core? An exit_code, reported. */
int program_look(const struct cli *cli, struct program_job *job);

/* The image, which the device's own check has passed; image->data for free(). */
int program_sign(const struct cli *cli, struct program_job *job, const struct key *key,
                 struct buffer *image);

#endif
