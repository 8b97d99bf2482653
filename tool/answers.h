/* SPDX-License-Identifier: MIT */
/* What a device answers by SMP, as JSON: maps and arrays of texts, numbers, hashes and truth. */
#ifndef DUO_TOOL_ANSWERS_H
#define DUO_TOOL_ANSWERS_H

#include <jansson.h>

#include "tool/device.h"

/* No deeper than duo_cbor_read_map() has allowed. The caller owns the result. */
json_t *device_json(const struct duo_cbor_item *item);

/* Sends a request without a body. An exit code, reported; after DONE *answer, unless NULL, is the
 * caller's. `what` names the request in a message. */
int device_ask(struct device *d, uint32_t group, uint8_t id, bool write, const char *what,
               json_t **answer);

/* A question of duoboot's own group that older devices do not know: then DONE, and *answer is left
 * alone. */
int device_ask_if_known(struct device *d, uint8_t id, const char *what, json_t **answer);

#endif
