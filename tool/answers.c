/* SPDX-License-Identifier: MIT */
#include "tool/answers.h"

#include <stdio.h>

#include "hostlib/cli.h"

static json_t *array_to_json(const struct duo_cbor_item *item)
{
    struct duo_cbor_item rest = *item, value;
    json_t *array = json_array();

    while (duo_cbor_next(&rest, &value)) {
        (void)json_array_append_new(array, device_json(&value));
    }
    return array;
}

static json_t *map_to_json(const struct duo_cbor_item *item)
{
    struct duo_cbor_item rest = *item, key, value;
    json_t *object = json_object();

    while (duo_cbor_next(&rest, &key) && duo_cbor_next(&rest, &value)) {
        char name[64];

        snprintf(name, sizeof(name), "%.*s", (int)key.size, (const char *)key.bytes);
        (void)json_object_set_new(object, name, device_json(&value));
    }
    return object;
}

/* Bytes are hashes here. */
static json_t *bytes_to_json(const struct duo_cbor_item *item)
{
    char hex[2 * 64 + 1] = "";

    for (uint32_t i = 0; i < item->size && i < 64; i++) {
        snprintf(hex + 2 * i, 3, "%02x", item->bytes[i]);
    }
    return json_string(hex);
}

static json_t *text_to_json(const struct duo_cbor_item *item)
{
    char text[256];

    snprintf(text, sizeof(text), "%.*s", (int)item->size, (const char *)item->bytes);
    return cli_json_text(text);
}

/* No deeper than duo_cbor_read_map() has allowed. */
json_t *device_json(const struct duo_cbor_item *item)
{
    switch (item->type) {
    case DUO_CBOR_NUMBER:
        return json_integer(item->number);
    case DUO_CBOR_BOOL:
        return json_boolean(item->number != 0);
    case DUO_CBOR_TEXT:
        return text_to_json(item);
    case DUO_CBOR_BYTES:
        return bytes_to_json(item);
    case DUO_CBOR_ARRAY:
        return array_to_json(item);
    case DUO_CBOR_MAP:
        return map_to_json(item);
    case DUO_CBOR_OTHER:
        break;
    }
    return json_null();
}

int device_ask(struct device *d, uint32_t group, uint8_t id, bool write, const char *what,
               json_t **answer)
{
    struct duo_cbor_item map;
    const int code = device_result(d, smp_ask_plain(&d->smp, group, id, write, &map), what);

    if (code == EXIT_DONE && answer) {
        *answer = device_json(&map);
    }
    return code;
}

int device_ask_if_known(struct device *d, uint8_t id, const char *what, json_t **answer)
{
    enum { NOT_KNOWN = 8 }; /* in both versions of the protocol (proto/smp_error.c) */
    struct duo_cbor_item map;
    const enum smp_result result = smp_ask_plain(&d->smp, DUO_SMP_GROUP, id, false, &map);

    if (result == SMP_DONE) {
        *answer = device_json(&map);
    }
    return result == SMP_REFUSED && d->smp.rc == NOT_KNOWN ? EXIT_DONE
                                                           : device_result(d, result, what);
}
