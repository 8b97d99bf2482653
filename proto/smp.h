/* SPDX-License-Identifier: MIT */
/*
 * The device's side of SMP, the protocol of mcumgr and its relatives: one request in, one answer
 * out. Groups: OS (echo, reset, parameters, information, boot loader), image (state, upload, erase,
 * slots), and one of our own (DUO_SMP_GROUP) whose commands the owner answers. Answers have exactly
 * the keys that clients allow; a request is answered in its own version of the protocol.
 *
 * No heap, no blocking, no clock. It knows neither flash nor update: the owner's functions do. They
 * speak enum duo_status; what a client reads is in proto/smp_error.c.
 */
#ifndef DUO_PROTO_SMP_H
#define DUO_PROTO_SMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duo/status.h"
#include "proto/cbor.h"

#define DUO_SMP_HEADER 8u
#define DUO_SMP_READ   0u
#define DUO_SMP_WRITE  2u

/* Groups below 64 belong to the protocol. */
#define DUO_SMP_GROUP_OS    0u
#define DUO_SMP_GROUP_IMAGE 1u
#define DUO_SMP_GROUP       64u

/* Commands of our own group (docs/protocols.md). */
enum duo_smp_command {
    DUO_SMP_STATUS = 0,
    DUO_SMP_CONFIRM = 1,
    DUO_SMP_ROLL_BACK = 2,
    DUO_SMP_OPTIONS = 3,
    DUO_SMP_PROTECTION = 4,
    DUO_SMP_READ_BACK = 5,
    DUO_SMP_LOG = 6
};

#define DUO_SMP_HASH       32u /* SHA-256 */
#define DUO_SMP_IMAGES_MAX 4u  /* two images in two slots */

/* The longest answer of the groups OS and image, and of an owner that needs no more. */
#define DUO_SMP_ANSWER_MAX 1024u

/* An image in a slot. Slot 0 runs, slot 1 is the other one. */
struct duo_smp_image {
    uint32_t image; /* 0: the Cortex-M7's, 1: the Cortex-M4's */
    uint32_t slot;
    char version[28]; /* "1.2.3.4" */
    uint8_t hash[DUO_SMP_HASH];
    bool bootable;  /* verified */
    bool pending;   /* the next reset installs it */
    bool permanent; /* ... without a trial */
    bool confirmed, active;
};

struct duo_smp_slot {
    uint32_t image, slot, size;
};

/* A piece of a file. */
struct duo_smp_piece {
    uint32_t offset;
    const uint8_t *data;
    uint32_t n;
    /* With offset 0 only: */
    uint32_t image, length; /* of the whole file */
    const uint8_t *sha;     /* of the whole file, or NULL */
    bool upgrade;           /* refuse what is not newer than what runs */
};

/* How far an upload has come. */
struct duo_smp_taken {
    uint32_t next; /* the offset that is wanted now */
    bool whole;    /* the file is complete, and is what its sender says */
};

struct duo_smp_ops {
    /* Fills `list` (DUO_SMP_IMAGES_MAX) and returns how many. */
    unsigned (*images)(void *ctx, struct duo_smp_image *list);

    /* Tries the image with this hash at the next reset, or confirms it. NULL: what runs. */
    enum duo_status (*select)(void *ctx, const uint8_t hash[DUO_SMP_HASH], bool confirm);

    /*
     * Takes a piece. The offset that it wants next may be any: the same one again when the piece
     * was not the right one, a later one when the file was there in part. BUSY: the answer takes
     * time; the owner calls duo_smp_again() until it is there.
     */
    enum duo_status (*upload)(void *ctx, const struct duo_smp_piece *piece,
                              struct duo_smp_taken *taken);

    /* After BUSY of upload(): the same question again. */
    enum duo_status (*uploaded)(void *ctx, struct duo_smp_taken *taken);

    enum duo_status (*erase)(void *ctx, uint32_t slot); /* 0, 1: image 0; 2, 3: image 1 */

    /* Is it allowed now? The owner resets when the answer has gone. */
    enum duo_status (*reset)(void *ctx, bool to_recovery);

    /* A command of our own: adds pairs to the answer's map. ARG: there is no such command. */
    enum duo_status (*command)(void *ctx, uint32_t id, bool write,
                               const struct duo_cbor_item *request, struct duo_cbor_out *answer);
};

/* What does not change. */
struct duo_smp_about {
    const char *name, *version; /* of this program */
    const char *machine;        /* of this chip */
    uint32_t buffer;            /* the longest message that is taken */
    const struct duo_smp_slot *slots;
    unsigned slot_count;
};

/* Private. */
struct duo_smp {
    const struct duo_smp_ops *ops;
    void *ctx;
    const struct duo_smp_about *about;
    uint8_t header[DUO_SMP_HEADER]; /* of the request whose answer takes time */
    bool waiting;
};

void duo_smp_start(struct duo_smp *s, const struct duo_smp_ops *ops, void *ctx,
                   const struct duo_smp_about *about);

/*
 * Serves one message, and returns the length of the answer in `out`; 0: none, because the message
 * is no request, or because its answer takes time (duo_smp_waiting()). A new request takes the
 * place of one that waits: its client has given up. `size` is DUO_SMP_HEADER at least.
 */
uint32_t duo_smp_serve(struct duo_smp *s, const uint8_t *message, uint32_t n, uint8_t *out,
                       uint32_t size);

/* Does a request wait for its answer? */
bool duo_smp_waiting(const struct duo_smp *s);

/* Asks again; as duo_smp_serve(). */
uint32_t duo_smp_again(struct duo_smp *s, uint8_t *out, uint32_t size);

/* Is this a piece of an upload, so that serving it only copies? */
bool duo_smp_is_piece(const uint8_t *message, uint32_t n);

/* Is there any server for this group in the world? Tells a message without a frame from noise. */
bool duo_smp_serves(uint32_t group);

#endif
