/* SPDX-License-Identifier: MIT */
/* Bytes that wait: put in at one end while the flash works, taken out at the other. */
#ifndef DUO_BOOT_RING_H
#define DUO_BOOT_RING_H

#include <stdbool.h>
#include <stdint.h>

struct ring {
    uint8_t *bytes;
    uint32_t size;
    uint32_t in, out; /* how many have gone in and out; they wrap */
};

bool ring_empty(const struct ring *r);
uint32_t ring_room(const struct ring *r);

/* `n` must fit. */
void ring_put(struct ring *r, const uint8_t *bytes, uint32_t n);

/* At most `max` bytes that lie together; they stay until ring_drop(). */
const uint8_t *ring_front(const struct ring *r, uint32_t max, uint32_t *n);
void ring_drop(struct ring *r, uint32_t n);

#endif
