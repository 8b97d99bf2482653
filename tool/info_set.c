/* SPDX-License-Identifier: MIT */
/* duoboot info of core images and bundles. */
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/image/boot_mark.h"
#include "core/image/bundle.h"
#include "layouts/choose.h"
#include "tool/info.h"
#include "tool/refuse.h"

json_t *hex_json(const uint8_t *bytes, size_t len)
{
    char text[2 * DUO_HASH_SIZE + 1];

    for (size_t i = 0; i < len; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return json_string(text);
}

json_t *word_json(uint32_t word)
{
    char text[11];

    snprintf(text, sizeof(text), "0x%08x", word);
    return json_string(text);
}

static json_t *version_json(const struct duo_version *version)
{
    char text[24];

    return json_string(format_version(version, text, sizeof(text)));
}

/* Whether the content is intact; whether it is trusted is for `verify`. */
static json_t *intact_json(const struct duo_reader *reader, const struct duo_image *image)
{
    struct duo_image copy = *image;

    return json_boolean(duo_image_check_hash(reader, &copy) == DUO_OK);
}

/* "exchange", or the number of a layout that is not known here. */
static json_t *layout_json(uint8_t number)
{
    const struct duo_layout *layout = duo_layout_numbered(number);

    return layout ? json_string(layout->name) : json_sprintf("unknown (%u)", number);
}

/* The slot of its layout that an image can go to, or the reason why there is none. */
static json_t *core_json(const struct duo_image *image)
{
    const struct duo_layout *layout = duo_layout_numbered(image->layout);
    enum duo_status worst = layout ? DUO_E_CORE : DUO_E_LAYOUT;

    for (unsigned i = 0; i < DUO_CORES && layout; i++) {
        enum duo_status status = duo_slot_admits(&layout->slot[(enum duo_core)i], image);
        if (status == DUO_OK) {
            return json_string(duo_core_name((enum duo_core)i));
        }
        if (status != DUO_E_CORE) {
            worst = status;
        }
    }
    return json_sprintf("none (%s)", duo_status_text(worst));
}

/* The versions that it demands of the images beside it. */
static void set_needs(json_t *o, const struct duo_image *image)
{
    static const char *const names[DUO_CORES] = {"needs_m7", "needs_m4"};
    static const struct duo_version any = {0};

    for (unsigned c = 0; c < DUO_CORES; c++) {
        if (duo_version_compare(&image->needs[c], &any) > 0) {
            (void)json_object_set_new(o, names[c], version_json(&image->needs[c]));
        }
    }
}

/* The ids of the keys that it revokes, if it does. */
static void set_revokes(json_t *o, const struct duo_revocation *revokes)
{
    json_t *ids = json_array();
    char key_id[9];

    for (unsigned i = 0; i < DUO_REVOKED_MAX && revokes->key_id[i] != 0; i++) {
        snprintf(key_id, sizeof(key_id), "%08x", revokes->key_id[i]);
        (void)json_array_append_new(ids, json_string(key_id));
    }
    if (json_array_size(ids) > 0) {
        (void)json_object_set_new(o, "revokes", ids);
    } else {
        json_decref(ids);
    }
}

/* Where the program must be linked to, and what says so: the size of the header. */
static json_t *linked_json(const struct duo_image *image)
{
    const bool apart = duo_header_apart(image->header.hdr_size) != 0;

    return json_sprintf("0x%08x, %s", link_address(core_of_image(image), image),
                        apart ? "the slot's first byte" : "after its header");
}

json_t *image_json(const uint8_t *data, size_t size, enum duo_status *status)
{
    struct duo_mem mem = {data, (uint32_t)size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;

    *status = duo_image_parse(&reader, mem.size, &image);
    if (*status != DUO_OK) {
        return NULL;
    }
    json_t *o = json_object();
    (void)json_object_set_new(o, "core", core_json(&image));
    (void)json_object_set_new(o, "layout", layout_json(image.layout));
    (void)json_object_set_new(o, "version", version_json(&image.header.version));
    (void)json_object_set_new(o, "file_size", json_integer(image.file_size));
    (void)json_object_set_new(o, "trailer_size", json_integer((json_int_t)size - image.file_size));
    (void)json_object_set_new(o, "header_size", json_integer(image.header.hdr_size));
    (void)json_object_set_new(o, "payload_size", json_integer(image.header.payload_size));
    (void)json_object_set_new(o, "linked", linked_json(&image));
    (void)json_object_set_new(o, "initial_stack", word_json(image.sp));
    (void)json_object_set_new(o, "reset_vector", word_json(image.entry));
    if (image.has_counter) {
        (void)json_object_set_new(o, "security_counter", json_integer(image.counter));
    }
    if (image.has_hardware) {
        (void)json_object_set_new(o, "hardware_id", word_json(image.hardware_id));
    }
    set_needs(o, &image);
    set_revokes(o, &image.revokes);
    (void)json_object_set_new(o, "image_hash", hex_json(image.hash, DUO_HASH_SIZE));
    (void)json_object_set_new(o, "intact", intact_json(&reader, &image));
    (void)json_object_set_new(o, "signed", json_boolean(image.has_signature));
    if (image.has_keyhash) {
        (void)json_object_set_new(o, "key_hash", hex_json(image.keyhash, DUO_HASH_SIZE));
    }
    return o;
}

static json_t *member_json(const struct duo_manifest *m, enum duo_core core, const uint8_t *data,
                           size_t left)
{
    const struct duo_manifest_image *e = &m->image[core];
    json_t *o = json_object();

    (void)json_object_set_new(o, "present", json_boolean(e->present));
    (void)json_object_set_new(o, "version", version_json(&e->version));
    (void)json_object_set_new(o, "image_hash", hex_json(e->image_hash, DUO_HASH_SIZE));
    if (e->present) {
        bool whole = left >= e->file_size;
        uint8_t hash[DUO_HASH_SIZE] = {0};
        (void)json_object_set_new(o, "file_size", json_integer(e->file_size));
        (void)json_object_set_new(o, "payload_size", json_integer(e->payload_size));
        if (whole) {
            duo_sha256_of(data, e->file_size, hash);
        }
        bool intact = whole && memcmp(hash, e->file_hash, sizeof(hash)) == 0;
        (void)json_object_set_new(o, "intact", json_boolean(intact));
    }
    return o;
}

/* Which of its one-time keys the LMS key has used. */
static json_t *second_json(const uint8_t *sig)
{
    const uint8_t *q = sig + DUO_LMS_AT_Q;

    return json_pack("{s:s, s:I}", "type", "LMS", "one_time_key",
                     (json_int_t)q[0] << 24 | q[1] << 16 | q[2] << 8 | q[3]);
}

/* A new bootloader, which is the bundle's last part. */
static json_t *boot_json(const struct duo_manifest_boot *b, const uint8_t *data, size_t left)
{
    uint8_t hash[DUO_HASH_SIZE] = {0};
    const bool whole = left >= b->size;
    json_t *o = json_object();

    if (whole) {
        duo_sha256_of(data, b->size, hash);
    }
    (void)json_object_set_new(o, "core",
                              json_string(b->cores == DUO_BOOT_CM7   ? "M7"
                                          : b->cores == DUO_BOOT_CM4 ? "M4"
                                                                     : "both, which is refused"));
    if (whole) {
        const uint32_t mark = duo_get32(data + DUO_BOOT_MARK_OFFSET);

        (void)json_object_set_new(
            o, "version",
            json_sprintf("%u.%u.%u", mark >> 24, mark >> 16 & 0xFFu, mark >> 8 & 0xFFu));
        (void)json_object_set_new(o, "layout", layout_json(mark >> 4 & 0xFu));
    }
    (void)json_object_set_new(o, "file_size", json_integer(b->size));
    (void)json_object_set_new(o, "hash", hex_json(b->hash, sizeof(b->hash)));
    (void)json_object_set_new(o, "intact",
                              json_boolean(whole && memcmp(hash, b->hash, sizeof(b->hash)) == 0));
    return o;
}

json_t *bundle_json(const uint8_t *data, size_t size, enum duo_status *status)
{
    struct duo_manifest m;
    char key_id[9];

    *status = size < DUO_MANIFEST_SIZE ? DUO_E_TRUNCATED : duo_manifest_decode(data, &m);
    if (*status != DUO_OK) {
        return NULL;
    }
    snprintf(key_id, sizeof(key_id), "%08x", m.key_id);
    size_t pos = duo_manifest_size(data);
    json_t *o = json_object();
    (void)json_object_set_new(o, "set_version", version_json(&m.set_version));
    (void)json_object_set_new(o, "hardware_id", word_json(m.hardware_id));
    (void)json_object_set_new(o, "layout", layout_json(m.layout));
    (void)json_object_set_new(o, "security_counter", json_integer(m.counter));
    (void)json_object_set_new(o, "trial_boots", json_integer(m.trial_boots));
    (void)json_object_set_new(o, "m4_start",
                              json_string(m.m4_by_m7 ? "application" : "bootloader"));
    (void)json_object_set_new(o, "trial_time", json_integer(m.trial_time_s));
    (void)json_object_set_new(o, "key_id", json_string(key_id));
    if (m.second && size >= DUO_MANIFEST_LMS_SIZE) {
        (void)json_object_set_new(o, "second_signature", second_json(data + DUO_MANIFEST_SIZE));
    }
    set_revokes(o, &m.revokes);
    (void)json_object_set_new(o, "size", json_integer((json_int_t)size));
    (void)json_object_set_new(o, "expected_size", json_integer(duo_bundle_size(&m)));
    for (unsigned i = 0; i < DUO_CORES; i++) {
        size_t left = pos < size ? size - pos : 0;
        json_t *member = member_json(&m, (enum duo_core)i, data + (left > 0 ? pos : 0), left);
        (void)json_object_set_new(o, i == DUO_CM7 ? "m7" : "m4", member);
        pos += m.image[i].file_size;
    }
    if (m.boot.cores != 0) {
        const size_t left = pos < size ? size - pos : 0;
        (void)json_object_set_new(o, "boot", boot_json(&m.boot, data + (left > 0 ? pos : 0), left));
    }
    return o;
}
