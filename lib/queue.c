/* SPDX-License-Identifier: MIT */
#include "lib/queue.h"

#include "lib/shared.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/ramfunc.h"

static RAMFUNC volatile uint32_t *word_of(uint32_t position)
{
    return &SHARED->queue[position % DUO_UPDATE_QUEUE / 4u];
}

/* Positions count through the queue twice, so that full and empty differ. */
static RAMFUNC uint32_t next(uint32_t position)
{
    return position + 1u == 2u * DUO_UPDATE_QUEUE ? 0 : position + 1u;
}

static RAMFUNC uint32_t used(uint32_t head, uint32_t tail)
{
    return head >= tail ? head - tail : head + 2u * DUO_UPDATE_QUEUE - tail;
}

/* In whole words, the other bytes kept: they may be such as the M7 has not read yet. */
static RAMFUNC void store(uint32_t position, uint8_t byte)
{
    const uint32_t shift = 8u * (position % 4u);
    volatile uint32_t *word = word_of(position);

    *word = (*word & ~(0xFFu << shift)) | (uint32_t)byte << shift;
}

RAMFUNC uint32_t queue_put(const uint8_t *data, uint32_t len)
{
    uint32_t head = SHARED->head;
    const uint32_t room = DUO_UPDATE_QUEUE - used(head, SHARED->tail);
    const uint32_t n = len < room ? len : room;

    for (uint32_t i = 0; i < n; i++) {
        store(head, data[i]);
        head = next(head);
    }
    cpu_dsb(); /* the bytes before the index that announces them */
    SHARED->head = head;
    return n;
}

uint32_t queue_peek(uint8_t *data, uint32_t max)
{
    uint32_t tail = SHARED->tail;
    const uint32_t there = used(SHARED->head, tail);
    const uint32_t n = max < there ? max : there;

    cpu_dsb(); /* the index before the bytes it announces */
    for (uint32_t i = 0; i < n; i++) {
        data[i] = (uint8_t)(*word_of(tail) >> (8u * (tail % 4u)));
        tail = next(tail);
    }
    return n;
}

void queue_drop(uint32_t len)
{
    uint32_t tail = SHARED->tail;

    for (uint32_t i = 0; i < len; i++) {
        tail = next(tail);
    }
    SHARED->tail = tail;
}

void queue_empty(void)
{
    SHARED->tail = SHARED->head;
}
