/* SPDX-License-Identifier: MIT */
/*
 * What the two halves of libduo tell each other, in SRAM4. Each word has one writer, named beside
 * it, so there is no lock; LDREX/STREX do not work between the cores. Words only: a narrower write
 * can be lost in the ECC buffer of the RAM (RM0399 ch. 3).
 *
 * The M7 bootloader clears it before either application starts.
 */
#ifndef DUO_LIB_SHARED_H
#define DUO_LIB_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/image.h"
#include "duo/sram4.h"
#include "duo/update.h"

#define SHARED_MAGIC       0x4C494244u
#define SHARED_QUEUE_WORDS (DUO_UPDATE_QUEUE / 4u)

/* The update session as the M7 sees it: struct duo_update_progress in words. */
struct shared_progress {
    volatile uint32_t phase, error, received, total, set, build, erases, file;
};

/* Words put into and taken out of a ring of lib/pipe.h. */
struct shared_ring {
    volatile uint32_t head; /* the core that sends */
    volatile uint32_t tail; /* the other one */
};

/* A line of the M4's, and the server on the M7. */
struct shared_pipe {
    struct shared_ring to_m7, to_m4;
    volatile uint32_t
        opened; /* M4: a number for each time that it begins again; 0: it has no line */
    volatile uint32_t answered; /* M7: the number that it has seen, 0: it does not serve */
    volatile uint32_t room;     /* M4: bytes of its buffer */
    volatile uint32_t reset;    /* M7: what the line's client has asked for, enum server_reset */
};

/* One event of the log, for the M4: struct duo_event in words. */
struct shared_log {
    volatile uint32_t request; /* M4: which one it asks for, and a number that makes it a new one */
    volatile uint32_t answered; /* M7: the request that the rest belongs to */
    volatile uint32_t count;    /* M7: how many there are */
    volatile uint32_t kind, reason, reason_code, set, build; /* M7 */
};

struct duo_shared {
    volatile uint32_t magic;                /* bootloader */
    volatile uint32_t kept;                 /* bootloader, then M7: there is no trial (any more) */
    volatile uint32_t life[DUO_CORES];      /* each core: counts its calls of duo_service() */
    volatile uint32_t confirm[DUO_CORES];   /* each core: it has confirmed */
    volatile uint32_t confirmed[DUO_CORES]; /* M7: recorded */
    volatile uint32_t request;       /* M4: what it wants, and a number that makes it a new one */
    volatile uint32_t answered;      /* M7: the request that `answer` belongs to */
    volatile uint32_t answer;        /* M7: enum duo_status */
    volatile uint32_t owner;         /* M7: OWNER_..., the core whose bytes are taken */
    volatile uint32_t head;          /* owner: bytes put into the queue since the session began */
    volatile uint32_t tail;          /* M7: bytes taken out */
    volatile uint32_t round;         /* M7: odd while it writes `progress` */
    struct shared_progress progress; /* M7 */
    volatile uint32_t queue[SHARED_QUEUE_WORDS]; /* owner */
    volatile uint32_t aside_wish; /* M7: the M4 shall wait in RAM; which time, 0: no longer */
    volatile uint32_t aside_sign; /* M7: counts while it works on the M4's flash */
    volatile uint32_t aside;      /* M4: the wish that it follows */
    struct shared_pipe pipe;
    struct shared_log log;
};

_Static_assert(sizeof(struct duo_shared) <= DUO_LIBRARY_SIZE, "libduo's block fits its place");

#define SHARED ((struct duo_shared *)(uintptr_t)DUO_LIBRARY_BASE)

enum { OWNER_NONE, OWNER_CM7, OWNER_CM4 };

/* The bootloader has prepared the block, so this program was started by it. */
bool shared_ready(void);

#endif
