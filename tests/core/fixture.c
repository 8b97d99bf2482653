/* SPDX-License-Identifier: MIT */
#include "tests/core/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "layouts/layout.h"

void make_payload(enum duo_core core, uint8_t *payload, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        payload[i] = (uint8_t)(i * 7 + (i >> 8) + (core == DUO_CM7 ? 1 : 101));
    }
    duo_put32(payload, core == DUO_CM7 ? 0x20020000u : 0x10048000u);
    duo_put32(payload + 4, duo_layout.slot[core].run_base + 0x41u);
}

struct buffer make_image(const struct fixture *f, enum duo_core core, size_t payload_size,
                         const struct image_spec *spec)
{
    const struct image_spec usual = {
        .core = core, .version = {1, 2, 3, 4}, .hdr_size = 32, .has_counter = true, .counter = 5};
    uint8_t *payload = malloc(payload_size);

    assert_non_null(payload);
    make_payload(core, payload, payload_size);
    if (spec) {
        duo_put32(payload + 4, duo_get32(payload + 4) + duo_payload_offset(spec->hdr_size));
    }
    struct buffer image = image_build(spec ? spec : &usual, payload, payload_size, f->key);
    free(payload);
    return image;
}

struct duo_manifest make_manifest(const struct fixture *f, const bool present[DUO_CORES])
{
    struct duo_manifest m = {.hardware_id = DUO_HARDWARE_DEFAULT,
                             .set_version = {2, 0, 7, 9},
                             .counter = 5,
                             .trial_boots = 3,
                             .trial_time_s = 20,
                             .key_id = duo_key_id(&f->pub)};

    for (unsigned i = 0; i < DUO_CORES; i++) {
        m.image[i] = manifest_entry(&f->image[i], present[i]);
    }
    return m;
}

struct buffer make_bundle(const struct fixture *f, const bool present[DUO_CORES],
                          const struct key *key)
{
    struct duo_manifest m = make_manifest(f, present);

    return bundle_build(&m, f->image, key);
}

/* Position of the first TLV area, from the header. */
static size_t tlv_start(const struct buffer *image)
{
    return duo_get16(image->data + 8) + (size_t)duo_get32(image->data + 12);
}

uint8_t *find_tlv(const struct buffer *image, uint16_t type)
{
    size_t area = tlv_start(image);

    while (area + 4 <= image->size) {
        size_t end = area + duo_get16(image->data + area + 2);
        for (size_t pos = area + 4; pos < end; pos += 4 + duo_get16(image->data + pos + 2)) {
            if (duo_get16(image->data + pos) == type) {
                return image->data + pos + 4;
            }
        }
        area = end;
    }
    fail_msg("no TLV 0x%04x", type);
    return NULL;
}

/* Works when the new signature has the length of the old one; DER lengths vary, so try. */
void resign(const struct fixture *f, struct buffer *image)
{
    size_t covered = tlv_start(image) + duo_get16(image->data + 10);
    uint8_t *sig = find_tlv(image, 0x22), fresh[DUO_SIG_MAX];
    uint8_t *hash = find_tlv(image, 0x10);
    size_t len;

    duo_sha256_of(image->data, covered, hash);
    do {
        len = key_sign_der(f->key, hash, fresh);
    } while (len != duo_get16(sig - 2));
    memcpy(sig, fresh, len);
}

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    f->key = key_generate();
    f->other_key = key_generate();
    f->pub = key_public(f->key);
    f->other_pub = key_public(f->other_key);
    f->trust = duo_trust_one(&f->ring, &f->pub);
    f->other_trust = duo_trust_one(&f->other_ring, &f->other_pub);
    f->image[DUO_CM7] = make_image(f, DUO_CM7, M7_PAYLOAD, NULL);
    f->image[DUO_CM4] = make_image(f, DUO_CM4, M4_PAYLOAD, NULL);
    f->slots[DUO_CM7] = &duo_layout.slot[DUO_CM7];
    f->slots[DUO_CM4] = &duo_layout.slot[DUO_CM4];
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;

    key_free(f->key);
    key_free(f->other_key);
    free(f->image[DUO_CM7].data);
    free(f->image[DUO_CM4].data);
    free(f);
    return 0;
}
