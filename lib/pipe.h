/* SPDX-License-Identifier: MIT */
/*
 * The way between a line of the M4's and the server, which is the M7's: frames of bytes, one ring
 * of words each way. Whole words only: the RAM's ECC is unknown until a word has been written, so
 * that none is read before, and none is written in part (RM0399 ch. 3).
 *
 * The M4 opens it by a new number, and the M7 answers with the same one when it has emptied both
 * rings; so either core may begin again at any time.
 */
#ifndef DUO_LIB_PIPE_H
#define DUO_LIB_PIPE_H

#include <stdbool.h>
#include <stdint.h>

/* What a frame holds. */
enum pipe_kind { PIPE_SMP, PIPE_PROGRAMMER };

/* A core's end of it. */
struct pipe {
    /* The frame that goes out; its bytes stay where they are until it has gone. */
    const uint8_t *out;
    uint32_t out_left, out_head; /* bytes; the first word, 0: it has gone */
    bool sending;
    /* The frame that comes in. */
    bool receiving;
    enum pipe_kind kind;
    uint32_t size, have;
};

/* Both rings are the M7's to empty: it does so before it answers. */
void pipe_empty(void);

/* One frame at a time: not while pipe_sends() is true. */
void pipe_send(struct pipe *p, enum pipe_kind kind, const uint8_t *bytes, uint32_t n);
/* Goes on with it as far as there is room; false: all has gone. */
bool pipe_sends(struct pipe *p);

/* Takes what has come; true: a frame is complete, and p->size bytes of it are in `to`. What is
 * longer than `room` is passed over. */
bool pipe_receive(struct pipe *p, uint8_t *to, uint32_t room);

#endif
