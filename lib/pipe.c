/* SPDX-License-Identifier: MIT */
#include "lib/pipe.h"

#include <string.h>

#include "lib/shared.h"
#include "port/stm32h7/cpu.h"

#define WORDS (DUO_PIPE_SIZE / 4u)
_Static_assert(WORDS == 64u, "a power of two, so that the counters may wrap");

#define TO_M7 ((volatile uint32_t *)(uintptr_t)DUO_PIPE_TO_M7)
#define TO_M4 ((volatile uint32_t *)(uintptr_t)DUO_PIPE_TO_M4)

#ifdef CORE_CM7
#define OUT      TO_M4
#define IN       TO_M7
#define OUT_ENDS (&SHARED->pipe.to_m4)
#define IN_ENDS  (&SHARED->pipe.to_m7)
#else
#define OUT      TO_M7
#define IN       TO_M4
#define OUT_ENDS (&SHARED->pipe.to_m7)
#define IN_ENDS  (&SHARED->pipe.to_m4)
#endif

/* The first word of a frame; never zero. */
#define HEAD_MARK     0x80000000u
#define HEAD_KIND(w)  ((w) >> 24 & 0x7Fu)
#define HEAD_BYTES(w) ((w)&0xFFFFFFu)

static bool put(uint32_t word)
{
    struct shared_ring *r = OUT_ENDS;
    const uint32_t head = r->head;

    if (head - r->tail >= WORDS) {
        return false;
    }
    OUT[head % WORDS] = word;
    cpu_dsb(); /* the word before the index that announces it */
    r->head = head + 1u;
    return true;
}

static bool get(uint32_t *word)
{
    struct shared_ring *r = IN_ENDS;
    const uint32_t tail = r->tail;
    const uint32_t waiting = r->head - tail;

    if (waiting == 0 || waiting > WORDS) { /* more than fit: the other core has written over it */
        return false;
    }
    cpu_dsb(); /* the index before the word it announces */
    *word = IN[tail % WORDS];
    cpu_dsb();
    r->tail = tail + 1u;
    return true;
}

void pipe_empty(void)
{
    SHARED->pipe.to_m7.tail = SHARED->pipe.to_m7.head;
    SHARED->pipe.to_m4.head = SHARED->pipe.to_m4.tail;
}

/* ---- Out ---- */

void pipe_send(struct pipe *p, enum pipe_kind kind, const uint8_t *bytes, uint32_t n)
{
    p->out = bytes;
    p->out_left = n;
    p->out_head = HEAD_MARK | (uint32_t)kind << 24 | n;
    p->sending = true;
}

static bool send_bytes(struct pipe *p)
{
    const uint32_t n = p->out_left < 4u ? p->out_left : 4u;
    uint32_t word = 0;

    memcpy(&word, p->out, n);
    if (!put(word)) {
        return false;
    }
    p->out += n;
    p->out_left -= n;
    return true;
}

bool pipe_sends(struct pipe *p)
{
    if (!p->sending) {
        return false;
    }
    if (p->out_head != 0 && !put(p->out_head)) {
        return true;
    }
    p->out_head = 0;
    while (p->out_left > 0) {
        if (!send_bytes(p)) {
            return true;
        }
    }
    p->sending = false;
    return false;
}

/* ---- In ---- */

static void take_head(struct pipe *p, uint32_t word)
{
    p->kind = HEAD_KIND(word) == PIPE_PROGRAMMER ? PIPE_PROGRAMMER : PIPE_SMP;
    p->size = HEAD_BYTES(word);
    p->have = 0;
    p->receiving = true;
}

static void take_bytes(struct pipe *p, uint32_t word, uint8_t *to, uint32_t room)
{
    const uint32_t left = p->size - p->have;
    const uint32_t n = left < 4u ? left : 4u;

    if (p->size <= room) {
        memcpy(to + p->have, &word, n);
    }
    p->have += n;
}

bool pipe_receive(struct pipe *p, uint8_t *to, uint32_t room)
{
    uint32_t word;

    while (!p->receiving || p->have < p->size) {
        if (!get(&word)) {
            return false;
        }
        if (p->receiving) {
            take_bytes(p, word, to, room);
        } else {
            take_head(p, word);
        }
    }
    p->receiving = false;
    return p->size <= room;
}
