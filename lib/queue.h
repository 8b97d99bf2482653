/* SPDX-License-Identifier: MIT */
/* The bytes of an update session on their way from the owner to the M7. */
#ifndef DUO_LIB_QUEUE_H
#define DUO_LIB_QUEUE_H

#include <stdint.h>

/* Owner: how many of `len` bytes were taken. */
uint32_t queue_put(const uint8_t *data, uint32_t len);

/* M7: copies up to `max` bytes and leaves them in the queue; then takes some out; or all. */
uint32_t queue_peek(uint8_t *data, uint32_t max);
void queue_drop(uint32_t len);
void queue_empty(void);

#endif
