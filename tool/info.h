/* SPDX-License-Identifier: MIT */
/* What `duoboot info` says of a file, as JSON. Each function gives a new reference. */
#ifndef TOOL_INFO_H
#define TOOL_INFO_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "core/base/status.h"
#include "tool/about.h"
#include "tool/inputs.h"

/* Images and bundles: NULL with a status. */
json_t *image_json(const uint8_t *data, size_t size, enum duo_status *status);
json_t *bundle_json(const uint8_t *data, size_t size, enum duo_status *status);

/* A key that signs, or its public half; LMS and P-256. NULL with a message in err. */
json_t *key_json(const char *path, const struct buffer *file, char *err, size_t err_size);
json_t *lms_key_json(const struct duo_lms_key *key, const char *type);

/* What an M7 bootloader's build chose (docs/porting.md), and the keys that it trusts. */
json_t *about_json(const struct duo_about_record *record);

/* At most the bytes of a hash. */
json_t *hex_json(const uint8_t *bytes, size_t len);
json_t *word_json(uint32_t word);

#endif
