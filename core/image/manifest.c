/* SPDX-License-Identifier: MIT */
#include "core/image/manifest.h"

#include <string.h>

#include "core/base/bytes.h"

/* Offsets in the file; docs/formats.md has the same table. */
enum {
    M_MAGIC = 0,
    M_FORMAT = 4,
    M_SIZE = 6,
    M_HARDWARE = 8,
    M_VERSION = 12,
    M_COUNTER = 20,
    M_TRIAL_BOOTS = 24,
    M_FLAGS = 25,
    M_TRIAL_TIME = 26,
    M_KEY_ID = 28,
    M_IMAGES = 32,
    M_SIGNATURE = 224,
};

/* Offsets in the entry of one core. */
enum {
    E_CORE = 0,
    E_STATE = 1,
    E_HDR_SIZE = 2,
    E_FILE_SIZE = 4,
    E_PAYLOAD_SIZE = 8,
    E_RESERVED1 = 12,
    E_VERSION = 16,
    E_RESERVED2 = 24,
    E_IMAGE_HASH = 32,
    E_FILE_HASH = 64,
    E_SIZE = 96,
};

#define FLAG_M4_BY_M7 0x01u
#define FLAG_LAYOUT   0x0Eu /* three bits */
#define LAYOUT_SHIFT  1u

enum { STATE_PRESENT = 1, STATE_UNCHANGED = 2 };

_Static_assert(M_IMAGES + DUO_CORES * E_SIZE == M_SIGNATURE, "entries end at the signature");
_Static_assert(M_SIGNATURE == DUO_MANIFEST_SIGNED_SIZE, "the signature is last");

#define TLV_MIN 4u

/* The words that are reserved in format 1 hold, in formats 4 and 5: size, and the cores in the
 * upper byte; the hash. */
#define BOOT_SIZE_MAX    0x20000u
#define BOOT_CORES_SHIFT 24u
_Static_assert(DUO_BOOT_HASH_SIZE == 4u * (DUO_REVOKED_MAX - 1u), "hash and size fit there");

static bool all_zero(const uint8_t *p, size_t len)
{
    uint8_t any = 0;

    while (len-- > 0) {
        any |= *p++;
    }
    return any == 0;
}

/* Sizes that contradict each other; whether they fit a slot is another question. */
static bool entry_sane(const struct duo_manifest_image *e)
{
    if (!e->present) {
        return e->file_size == 0 && all_zero(e->file_hash, sizeof(e->file_hash));
    }
    return e->hdr_size >= DUO_IMAGE_HEADER_SIZE && e->hdr_size <= e->file_size &&
           e->payload_size > 0 && e->payload_size <= e->file_size - e->hdr_size &&
           e->file_size - e->hdr_size - e->payload_size >= TLV_MIN;
}

/* Both at once can be said, so that it can be refused with that reason. */
static bool boot_sane(const struct duo_manifest *m)
{
    const struct duo_manifest_boot *b = &m->boot;

    return b->cores == 0 ||
           (b->cores <= (DUO_BOOT_CM7 | DUO_BOOT_CM4) && !duo_revocation_any(&m->revokes) &&
            b->size > 0 && b->size <= BOOT_SIZE_MAX && b->size % DUO_SLOT_ALIGN == 0);
}

static bool manifest_sane(const struct duo_manifest *m)
{
    return duo_revocation_sane(&m->revokes) && boot_sane(m) && m->trial_boots >= 1 &&
           m->trial_boots <= DUO_TRIAL_BOOTS_MAX && m->trial_time_s <= DUO_TRIAL_TIME_MAX &&
           m->layout <= DUO_LAYOUT_MAX && entry_sane(&m->image[DUO_CM7]) &&
           entry_sane(&m->image[DUO_CM4]) &&
           (m->image[DUO_CM7].present || m->image[DUO_CM4].present);
}

/* The words of format 1 that are reserved: three in each entry. */
static unsigned revoked_offset(unsigned i)
{
    static const uint8_t at[] = {E_RESERVED1, E_RESERVED2, E_RESERVED2 + 4};

    return M_IMAGES + i / 3u * E_SIZE + at[i % 3u];
}

_Static_assert(DUO_REVOKED_MAX == DUO_CORES * 3u, "each reserved word has a key id");

static void encode_boot(const struct duo_manifest_boot *b, uint8_t *bytes)
{
    duo_put32(bytes + revoked_offset(0), b->size | (uint32_t)b->cores << BOOT_CORES_SHIFT);
    for (unsigned i = 1; i < DUO_REVOKED_MAX; i++) {
        memcpy(bytes + revoked_offset(i), b->hash + (i - 1u) * 4u, 4u);
    }
}

static void decode_boot(const uint8_t *bytes, struct duo_manifest_boot *b)
{
    const uint32_t first = duo_get32(bytes + revoked_offset(0));

    b->cores = (uint8_t)(first >> BOOT_CORES_SHIFT);
    b->size = first & ((1u << BOOT_CORES_SHIFT) - 1u);
    for (unsigned i = 1; i < DUO_REVOKED_MAX; i++) {
        memcpy(b->hash + (i - 1u) * 4u, bytes + revoked_offset(i), 4u);
    }
}

static void encode_entry(const struct duo_manifest_image *e, enum duo_core core, uint8_t *p)
{
    p[E_CORE] = duo_core_number(core);
    p[E_STATE] = e->present ? STATE_PRESENT : STATE_UNCHANGED;
    duo_put16(p + E_HDR_SIZE, (uint16_t)e->hdr_size);
    duo_put32(p + E_FILE_SIZE, e->file_size);
    duo_put32(p + E_PAYLOAD_SIZE, e->payload_size);
    duo_version_put(&e->version, p + E_VERSION);
    memcpy(p + E_IMAGE_HASH, e->image_hash, DUO_HASH_SIZE);
    memcpy(p + E_FILE_HASH, e->file_hash, DUO_HASH_SIZE);
}

static uint16_t format_of(const struct duo_manifest *m)
{
    if (m->boot.cores != 0) {
        return m->second ? DUO_MANIFEST_FORMAT_BOOT_LMS : DUO_MANIFEST_FORMAT_BOOT;
    }
    if (m->second) {
        return DUO_MANIFEST_FORMAT_LMS;
    }
    return duo_revocation_any(&m->revokes) ? DUO_MANIFEST_FORMAT_KEYS : DUO_MANIFEST_FORMAT;
}

enum duo_status duo_manifest_encode(const struct duo_manifest *m,
                                    uint8_t bytes[DUO_MANIFEST_SIGNED_SIZE])
{
    if (!manifest_sane(m) || (m->second && !DUO_LMS) || m->image[DUO_CM7].hdr_size > UINT16_MAX ||
        m->image[DUO_CM4].hdr_size > UINT16_MAX) {
        return DUO_E_ARG;
    }
    memset(bytes, 0, DUO_MANIFEST_SIGNED_SIZE);
    duo_put32(bytes + M_MAGIC, DUO_MANIFEST_MAGIC);
    duo_put16(bytes + M_FORMAT, format_of(m));
    duo_put16(bytes + M_SIZE, (uint16_t)(m->second ? DUO_MANIFEST_LMS_SIZE : DUO_MANIFEST_SIZE));
    duo_put32(bytes + M_HARDWARE, m->hardware_id);
    duo_version_put(&m->set_version, bytes + M_VERSION);
    duo_put32(bytes + M_COUNTER, m->counter);
    bytes[M_TRIAL_BOOTS] = m->trial_boots;
    bytes[M_FLAGS] = (uint8_t)((m->m4_by_m7 ? FLAG_M4_BY_M7 : 0) | m->layout << LAYOUT_SHIFT);
    duo_put16(bytes + M_TRIAL_TIME, m->trial_time_s);
    duo_put32(bytes + M_KEY_ID, m->key_id);
    for (unsigned i = 0; i < DUO_CORES; i++) {
        encode_entry(&m->image[i], (enum duo_core)i, bytes + M_IMAGES + (size_t)i * E_SIZE);
    }
    for (unsigned i = 0; i < DUO_REVOKED_MAX; i++) {
        duo_put32(bytes + revoked_offset(i), m->revokes.key_id[i]);
    }
    if (DUO_SWAPS && m->boot.cores != 0) {
        encode_boot(&m->boot, bytes);
    }
    return DUO_OK;
}

static bool has_second(const uint8_t *bytes)
{
    return duo_manifest_size(bytes) == DUO_MANIFEST_LMS_SIZE;
}

/* The three fields that keep their place in every format to come. */
static enum duo_status check_format(const uint8_t *bytes)
{
    if (duo_get32(bytes + M_MAGIC) != DUO_MANIFEST_MAGIC) {
        return DUO_E_MAGIC;
    }
    uint16_t format = duo_get16(bytes + M_FORMAT);
    if (format < DUO_MANIFEST_FORMAT || format > DUO_MANIFEST_FORMAT_BOOT_LMS ||
        (!DUO_LMS && duo_format_has_second(format))) {
        return format > DUO_MANIFEST_FORMAT ? DUO_E_FORMAT_NEW : DUO_E_FORMAT_OLD;
    }
    return duo_get16(bytes + M_SIZE) == duo_manifest_size(bytes) ? DUO_OK : DUO_E_MALFORMED;
}

static bool decode_entry(const uint8_t *p, enum duo_core core, struct duo_manifest_image *e)
{
    e->present = p[E_STATE] == STATE_PRESENT;
    e->hdr_size = duo_get16(p + E_HDR_SIZE);
    e->file_size = duo_get32(p + E_FILE_SIZE);
    e->payload_size = duo_get32(p + E_PAYLOAD_SIZE);
    duo_version_get(&e->version, p + E_VERSION);
    memcpy(e->image_hash, p + E_IMAGE_HASH, DUO_HASH_SIZE);
    memcpy(e->file_hash, p + E_FILE_HASH, DUO_HASH_SIZE);
    return p[E_CORE] == duo_core_number(core) &&
           (p[E_STATE] == STATE_PRESENT || p[E_STATE] == STATE_UNCHANGED);
}

enum duo_status duo_manifest_decode(const uint8_t bytes[DUO_MANIFEST_SIZE], struct duo_manifest *m)
{
    enum duo_status status = check_format(bytes);
    bool ok = (bytes[M_FLAGS] & ~(FLAG_M4_BY_M7 | FLAG_LAYOUT)) == 0;

    if (status != DUO_OK) {
        return status;
    }
    m->hardware_id = duo_get32(bytes + M_HARDWARE);
    duo_version_get(&m->set_version, bytes + M_VERSION);
    m->counter = duo_get32(bytes + M_COUNTER);
    m->trial_boots = bytes[M_TRIAL_BOOTS];
    m->m4_by_m7 = (bytes[M_FLAGS] & FLAG_M4_BY_M7) != 0;
    m->layout = (bytes[M_FLAGS] & FLAG_LAYOUT) >> LAYOUT_SHIFT;
    m->trial_time_s = duo_get16(bytes + M_TRIAL_TIME);
    m->second = has_second(bytes);
    m->key_id = duo_get32(bytes + M_KEY_ID);
    for (unsigned i = 0; i < DUO_CORES; i++) {
        ok &= decode_entry(bytes + M_IMAGES + (size_t)i * E_SIZE, (enum duo_core)i, &m->image[i]);
    }
    memset(&m->boot, 0, sizeof(m->boot));
    memset(&m->revokes, 0, sizeof(m->revokes));
    if (duo_get16(bytes + M_FORMAT) >= DUO_MANIFEST_FORMAT_BOOT) {
        decode_boot(bytes, &m->boot);
    } else {
        for (unsigned i = 0; i < DUO_REVOKED_MAX; i++) {
            m->revokes.key_id[i] = duo_get32(bytes + revoked_offset(i));
        }
    }
    ok &= duo_get16(bytes + M_FORMAT) == format_of(m);
    return ok && manifest_sane(m) ? DUO_OK : DUO_E_MALFORMED;
}

void duo_manifest_no_proof(struct duo_manifest_proof *proof)
{
    duo_ecdsa_no_proof(&proof->ecdsa);
    duo_lms_no_proof(&proof->second);
}

/* By the LMS key of the same number. */
static enum duo_status prove_second(const uint8_t *bytes, const struct duo_trust *trust,
                                    unsigned number, struct duo_manifest_proof *proof)
{
    if (!trust->lms) {
        return has_second(bytes) && !trust->passes_second ? DUO_E_FORMAT_NEW : DUO_OK;
    }
    if (!has_second(bytes)) {
        return DUO_E_NO_SECOND;
    }
    return duo_lms_prove(&trust->lms->keys[number], bytes, DUO_MANIFEST_SIGNED_SIZE,
                         bytes + DUO_MANIFEST_SIZE, proof ? &proof->second : NULL)
               ? DUO_OK
               : DUO_E_SECOND;
}

enum duo_status duo_manifest_prove(const uint8_t *bytes, const struct duo_trust *trust,
                                   struct duo_manifest_proof *proof)
{
    const unsigned number = duo_ring_by_id(trust->ring, duo_get32(bytes + M_KEY_ID));
    uint8_t hash[DUO_HASH_SIZE];

    if (number == DUO_KEYS_MAX) {
        return DUO_E_KEY;
    }
    duo_sha256_of(bytes, DUO_MANIFEST_SIGNED_SIZE, hash);
    if (!duo_ecdsa_prove_raw(&trust->ring->keys[number].pub, hash, bytes + M_SIGNATURE,
                             proof ? &proof->ecdsa : NULL)) {
        return DUO_E_SIGNATURE;
    }
    const enum duo_status permitted = duo_trust_permits(trust, number, duo_manifest_counter(bytes));
    return DUO_LMS && permitted == DUO_OK ? prove_second(bytes, trust, number, proof) : permitted;
}

enum duo_status duo_manifest_check_signature(const uint8_t *bytes, const struct duo_trust *trust)
{
    return duo_manifest_prove(bytes, trust, NULL);
}

static enum duo_status check_slots(const struct duo_manifest *m,
                                   const struct duo_slot *const slots[DUO_CORES])
{
    for (unsigned i = 0; i < DUO_CORES; i++) {
        const struct duo_manifest_image *e = &m->image[i];
        if (!e->present) {
            continue;
        }
        const struct duo_locator loc = {e->payload_size, e->hdr_size,
                                        e->file_size - e->hdr_size - e->payload_size};
        enum duo_status status = duo_slot_fits(slots[i], &loc);
        if (status != DUO_OK) {
            return status;
        }
    }
    return DUO_OK;
}

enum duo_status duo_manifest_authenticate(const uint8_t *bytes, const struct duo_trust *trust)
{
    const enum duo_status status = check_format(bytes);

    /* Signature before content: no field is believed, or complained about, before it is known to be
     * ours. */
    return status == DUO_OK ? duo_manifest_check_signature(bytes, trust) : status;
}

enum duo_status duo_manifest_admit(const uint8_t bytes[DUO_MANIFEST_SIZE],
                                   const struct duo_trust *trust, uint32_t hardware_id,
                                   const struct duo_slot *const slots[DUO_CORES],
                                   struct duo_manifest *m)
{
    const enum duo_status status = duo_manifest_decode(bytes, m);

    if (status == DUO_OK && m->hardware_id != hardware_id) {
        return DUO_E_HARDWARE;
    }
    if (status == DUO_OK && m->layout != slots[DUO_CM7]->layout) {
        return DUO_E_LAYOUT;
    }
    if (status == DUO_OK && m->boot.cores == (DUO_BOOT_CM7 | DUO_BOOT_CM4)) {
        return DUO_E_BOOT_BOTH;
    }
    if (status != DUO_OK) {
        return status;
    }
    const enum duo_status fits = check_slots(m, slots);
    const unsigned signer = duo_ring_by_id(trust->ring, m->key_id);
    return fits == DUO_OK ? duo_trust_revocation(trust, &m->revokes, signer) : fits;
}

enum duo_status duo_manifest_verify(const uint8_t *bytes, const struct duo_trust *trust,
                                    uint32_t hardware_id,
                                    const struct duo_slot *const slots[DUO_CORES],
                                    struct duo_manifest *m)
{
    const enum duo_status status = duo_manifest_authenticate(bytes, trust);

    return status == DUO_OK ? duo_manifest_admit(bytes, trust, hardware_id, slots, m) : status;
}

enum duo_status duo_manifest_check_image(const struct duo_manifest *m, enum duo_core core,
                                         const struct duo_image *image)
{
    const struct duo_manifest_image *e = &m->image[core];
    bool same = memcmp(e->image_hash, image->hash, DUO_HASH_SIZE) == 0;

    /* The hash says it all; the rest catches a manifest made by a faulty tool. */
    if (e->present) {
        same = same && e->payload_size == image->header.payload_size &&
               e->hdr_size == image->header.hdr_size && e->file_size == image->file_size &&
               duo_version_compare(&e->version, &image->header.version) == 0;
    }
    return same ? DUO_OK : DUO_E_MISMATCH;
}

const uint8_t *duo_manifest_image_hash(const uint8_t bytes[DUO_MANIFEST_SIZE], enum duo_core core)
{
    return bytes + M_IMAGES + (size_t)core * E_SIZE + E_IMAGE_HASH;
}

uint32_t duo_manifest_counter(const uint8_t bytes[DUO_MANIFEST_SIZE])
{
    return duo_get32(bytes + M_COUNTER);
}
