/* SPDX-License-Identifier: MIT */
/*
 * Understands what a device says on its line: the bootloader's status lines ("duoboot: ...") and
 * the versions an application reports ("... m7 2.0.0 ... m4 2.0.0 ...").
 */
#ifndef DUO_TOOL_FOLLOW_H
#define DUO_TOOL_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image/image.h"

enum { FOLLOW_LINE_MAX = 240 };

struct follow {
    /* Gets each complete line; may be NULL. */
    void (*line)(void *ctx, const char *text);
    void *ctx;
    char text[FOLLOW_LINE_MAX + 1]; /* the line arriving */
    size_t length;
    uint32_t heard;                    /* when a byte last came, ms */
    bool asks;                         /* a lone 'C' at the start of a line, and silence since */
    char refused[FOLLOW_LINE_MAX + 1]; /* why the device refused or failed, "" if it did not */
    char reason[FOLLOW_LINE_MAX + 1];  /* why it is in recovery, "" if it has not said */
    char state[16];      /* "trial", "confirmed": as the application was told, "" if not heard */
    bool exchanged;      /* the new set is in its place */
    bool recovery;       /* recovery has been entered since follow_reset() */
    bool ran[DUO_CORES]; /* an application has told this core's version... */
    struct duo_version version[DUO_CORES]; /* ...and this is it */
};

/* Forgets everything but the line callback. */
void follow_reset(struct follow *f);
/* Takes n bytes that came by now_ms. */
void follow_bytes(struct follow *f, uint32_t now_ms, const uint8_t *bytes, size_t n);
/* True when the device waits for a YMODEM sender: 'C' alone on a line, then silence. A letter C of
 * a text is no request. */
bool follow_asks(struct follow *f, uint32_t now_ms);

#endif
