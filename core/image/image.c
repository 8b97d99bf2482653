/* SPDX-License-Identifier: MIT */
#include "core/image/image.h"

#include <string.h>

#include "core/base/bytes.h"

/* MCUboot's TLV types (its design document, "Image format"). */
enum {
    TLV_KEYHASH = 0x01,
    TLV_SHA256 = 0x10,
    TLV_SHA384 = 0x11,
    TLV_SHA512 = 0x12,
    TLV_RSA2048 = 0x20,
    TLV_ECDSA = 0x22,
    TLV_RSA3072 = 0x23,
    TLV_ED25519 = 0x24,
    TLV_SIG_PURE = 0x25,
    TLV_DEPENDENCY = 0x40,
    TLV_ENC_FIRST = 0x30,
    TLV_ENC_LAST = 0x34,
    TLV_SEC_CNT = 0x50,
    TLV_DECOMP_FIRST = 0x70,
    TLV_DECOMP_LAST = 0x73,
};

#define TLV_MAGIC       0x6907u
#define TLV_PROT_MAGIC  0x6908u
#define TLV_INFO_SIZE   4u
#define TLV_HEAD_SIZE   4u
#define SPOIL_EVERY     32u
#define DEPENDENCY_SIZE 12u
#define VECTORS_SIZE    8u /* initial SP and reset vector */

#define KNOWN_FLAGS (DUO_IMAGE_F_PIC | DUO_IMAGE_F_ROM_FIXED)

/* One TLV area: [pos, end) are its entries. */
struct area {
    uint32_t pos, end;
    bool is_protected;
};

struct tlv {
    uint32_t type, len, value; /* value: offset in the file */
    bool is_protected;
};

enum duo_status duo_mem_read(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    const struct duo_mem *mem = ctx;

    if (offset > mem->size || len > mem->size - offset) {
        return DUO_E_READ;
    }
    memcpy(buf, mem->data + offset, len);
    return DUO_OK;
}

enum duo_status duo_image_header_parse(const uint8_t bytes[DUO_IMAGE_HEADER_SIZE],
                                       struct duo_image_header *h)
{
    if (duo_get32(bytes) != DUO_IMAGE_MAGIC) {
        return DUO_E_MAGIC;
    }
    h->load_addr = duo_get32(bytes + 4);
    h->hdr_size = duo_get16(bytes + 8);
    h->prot_size = duo_get16(bytes + 10);
    h->payload_size = duo_get32(bytes + 12);
    h->flags = duo_get32(bytes + 16);
    duo_version_get(&h->version, bytes + 20);
    if ((h->flags & ~KNOWN_FLAGS) != 0) {
        return DUO_E_UNSUPPORTED;
    }
    if (h->hdr_size < DUO_IMAGE_HEADER_SIZE || h->payload_size < VECTORS_SIZE) {
        return DUO_E_MALFORMED;
    }
    /* Nothing downstream may wrap: header, payload and two TLV areas of 64 KiB stay below 2^31. */
    if (h->payload_size > 0x7FFFFFFFu - 3u * 0x10000u) {
        return DUO_E_MALFORMED;
    }
    return DUO_OK;
}

/* Reads the info header at `pos` and gives the area after it. */
static enum duo_status open_area(const struct duo_reader *r, uint32_t size, uint32_t pos,
                                 bool is_protected, struct area *area)
{
    uint8_t info[TLV_INFO_SIZE];

    if (pos > size || size - pos < TLV_INFO_SIZE) {
        return DUO_E_TRUNCATED;
    }
    enum duo_status status = r->read(r->ctx, pos, info, sizeof(info));
    if (status != DUO_OK) {
        return status;
    }
    uint32_t total = duo_get16(info + 2);
    if (duo_get16(info) != (is_protected ? TLV_PROT_MAGIC : TLV_MAGIC) || total < TLV_INFO_SIZE) {
        return DUO_E_MALFORMED;
    }
    if (total > size - pos) {
        return DUO_E_TRUNCATED;
    }
    *area = (struct area){pos + TLV_INFO_SIZE, pos + total, is_protected};
    return DUO_OK;
}

static enum duo_status read_value(const struct duo_reader *r, const struct tlv *t, void *buf,
                                  uint32_t len)
{
    return t->len == len ? r->read(r->ctx, t->value, buf, len) : DUO_E_MALFORMED;
}

/* Claims a field that may occur once, and only in one of the areas: a protected one elsewhere would
 * not be covered by the signature. */
static bool claim(bool *seen, const struct tlv *t, bool in_protected)
{
    bool ok = !*seen && t->is_protected == in_protected;

    *seen = true;
    return ok;
}

static enum duo_status take_byte(const struct duo_reader *r, const struct tlv *t, bool *seen,
                                 uint8_t *byte)
{
    return claim(seen, t, true) ? read_value(r, t, byte, 1) : DUO_E_MALFORMED;
}

static enum duo_status take_core(const struct duo_reader *r, const struct tlv *t,
                                 struct duo_image *image)
{
    uint8_t number;
    const enum duo_status status = take_byte(r, t, &image->has_core, &number);

    if (status != DUO_OK) {
        return status;
    }
    return duo_core_from_number(number, &image->core) ? DUO_OK : DUO_E_MALFORMED;
}

static enum duo_status take_word(const struct duo_reader *r, const struct tlv *t, bool *seen,
                                 uint32_t *word)
{
    uint8_t bytes[4];

    if (!claim(seen, t, true)) {
        return DUO_E_MALFORMED;
    }
    enum duo_status status = read_value(r, t, bytes, sizeof(bytes));
    if (status == DUO_OK) {
        *word = duo_get32(bytes);
    }
    return status;
}

static enum duo_status take_revokes(const struct duo_reader *r, const struct tlv *t,
                                    struct duo_image *image)
{
    uint8_t bytes[4u * DUO_REVOKED_MAX] = {0};

    if (!claim(&image->has_revokes, t, true) || t->len == 0 || t->len % 4u != 0 ||
        t->len > sizeof(bytes)) {
        return DUO_E_MALFORMED;
    }
    const enum duo_status status = r->read(r->ctx, t->value, bytes, t->len);
    if (status != DUO_OK) {
        return status;
    }
    for (unsigned i = 0; i < DUO_REVOKED_MAX; i++) {
        image->revokes.key_id[i] = duo_get32(bytes + (size_t)i * 4u);
    }
    return duo_revocation_any(&image->revokes) && duo_revocation_sane(&image->revokes)
               ? DUO_OK
               : DUO_E_MALFORMED;
}

/* MCUboot's numbers of the images are those of the cores; once for each image, or more often: then
 * the highest version counts. */
static enum duo_status take_dependency(const struct duo_reader *r, const struct tlv *t,
                                       struct duo_image *image)
{
    uint8_t bytes[DEPENDENCY_SIZE]; /* number, three of padding, version */
    struct duo_version version;
    const enum duo_status status =
        t->is_protected ? read_value(r, t, bytes, sizeof(bytes)) : DUO_E_MALFORMED;

    if (status != DUO_OK) {
        return status;
    }
    if (bytes[0] >= DUO_CORES) {
        return DUO_E_UNSUPPORTED;
    }
    duo_version_get(&version, bytes + 4);
    if (duo_version_compare(&version, &image->needs[bytes[0]]) > 0) {
        image->needs[bytes[0]] = version;
    }
    return DUO_OK;
}

enum duo_status duo_images_agree(const struct duo_image image[DUO_CORES], enum duo_core *core)
{
    for (unsigned c = 0; c < DUO_CORES; c++) {
        for (unsigned other = 0; other < DUO_CORES; other++) {
            if (duo_version_compare(&image[other].header.version, &image[c].needs[other]) < 0) {
                *core = (enum duo_core)c;
                return DUO_E_DEPENDENCY;
            }
        }
    }
    return DUO_OK;
}

static enum duo_status take_hash(const struct duo_reader *r, const struct tlv *t, bool *seen,
                                 uint8_t hash[DUO_HASH_SIZE])
{
    return claim(seen, t, false) ? read_value(r, t, hash, DUO_HASH_SIZE) : DUO_E_MALFORMED;
}

static enum duo_status take_signature(const struct duo_reader *r, const struct tlv *t,
                                      struct duo_image *image)
{
    if (!claim(&image->has_signature, t, false) || t->len > DUO_SIG_MAX) {
        return DUO_E_MALFORMED;
    }
    image->sig_len = t->len;
    return r->read(r->ctx, t->value, image->sig, t->len);
}

/* Features of MCUboot that change what the payload means or how it is signed. */
static bool unsupported(uint32_t type)
{
    return type == TLV_SHA384 || type == TLV_SHA512 || type == TLV_RSA2048 || type == TLV_RSA3072 ||
           type == TLV_ED25519 || type == TLV_SIG_PURE ||
           (type >= TLV_ENC_FIRST && type <= TLV_ENC_LAST) ||
           (type >= TLV_DECOMP_FIRST && type <= TLV_DECOMP_LAST);
}

/* Types not named here (PUBKEY, boot record, other vendors') are passed over. */
static enum duo_status take_tlv(const struct duo_reader *r, const struct tlv *t,
                                struct duo_image *image, bool *has_hash)
{
    switch (t->type) {
    case TLV_SHA256:
        return take_hash(r, t, has_hash, image->hash);
    case TLV_KEYHASH:
        return take_hash(r, t, &image->has_keyhash, image->keyhash);
    case TLV_ECDSA:
        return take_signature(r, t, image);
    case TLV_DEPENDENCY:
        return take_dependency(r, t, image);
    case TLV_SEC_CNT:
        return take_word(r, t, &image->has_counter, &image->counter);
    case DUO_TLV_HARDWARE:
        return take_word(r, t, &image->has_hardware, &image->hardware_id);
    case DUO_TLV_CORE:
        return take_core(r, t, image);
    case DUO_TLV_REVOKED:
        return take_revokes(r, t, image);
    case DUO_TLV_LAYOUT:
        return take_byte(r, t, &image->has_layout, &image->layout);
    default:
        return unsupported(t->type) ? DUO_E_UNSUPPORTED : DUO_OK;
    }
}

static enum duo_status take_area(const struct duo_reader *r, struct area area,
                                 struct duo_image *image, bool *has_hash)
{
    while (area.pos < area.end) {
        uint8_t head[TLV_HEAD_SIZE];
        if (area.end - area.pos < TLV_HEAD_SIZE) {
            return DUO_E_MALFORMED;
        }
        enum duo_status status = r->read(r->ctx, area.pos, head, sizeof(head));
        if (status != DUO_OK) {
            return status;
        }
        const struct tlv t = {duo_get16(head), duo_get16(head + 2), area.pos + TLV_HEAD_SIZE,
                              area.is_protected};
        if (t.len > area.end - t.value) {
            return DUO_E_MALFORMED;
        }
        status = take_tlv(r, &t, image, has_hash);
        if (status != DUO_OK) {
            return status;
        }
        area.pos = t.value + t.len;
    }
    return DUO_OK;
}

static enum duo_status take_tlvs(const struct duo_reader *r, uint32_t size, struct duo_image *image)
{
    const struct duo_image_header *h = &image->header;
    uint32_t pos = h->hdr_size + h->payload_size, start = pos;
    bool has_hash = false;
    struct area area;

    if (h->prot_size > 0) {
        enum duo_status status = open_area(r, size, pos, true, &area);
        if (status == DUO_OK && area.end - pos != h->prot_size) {
            status = DUO_E_MALFORMED;
        }
        if (status == DUO_OK) {
            status = take_area(r, area, image, &has_hash);
        }
        if (status != DUO_OK) {
            return status;
        }
        pos = area.end;
    }
    enum duo_status status = open_area(r, size, pos, false, &area);
    if (status == DUO_OK) {
        status = take_area(r, area, image, &has_hash);
    }
    if (status != DUO_OK) {
        return status;
    }
    image->file_size = area.end;
    image->tlv_size = area.end - start;
    return has_hash ? DUO_OK : DUO_E_MALFORMED;
}

static enum duo_status take_vectors(const struct duo_reader *r, struct duo_image *image)
{
    uint8_t words[VECTORS_SIZE];
    enum duo_status status = r->read(r->ctx, image->header.hdr_size, words, sizeof(words));

    if (status == DUO_OK) {
        image->sp = duo_get32(words);
        image->entry = duo_get32(words + 4);
    }
    return status;
}

enum duo_status duo_image_parse(const struct duo_reader *reader, uint32_t size,
                                struct duo_image *image)
{
    uint8_t bytes[DUO_IMAGE_HEADER_SIZE];

    memset(image, 0, sizeof(*image));
    memset(image->read_hash, DUO_NO_PROOF, sizeof(image->read_hash));
    duo_ecdsa_no_proof(&image->proof);
    if (size < sizeof(bytes)) {
        return size == 0 ? DUO_E_EMPTY : DUO_E_TRUNCATED;
    }
    enum duo_status status = reader->read(reader->ctx, 0, bytes, sizeof(bytes));
    if (status == DUO_OK) {
        status = duo_image_header_parse(bytes, &image->header);
    }
    if (status != DUO_OK) {
        return status;
    }
    if (image->header.hdr_size + image->header.payload_size > size) {
        return DUO_E_TRUNCATED;
    }
    status = take_tlvs(reader, size, image);
    return status == DUO_OK ? take_vectors(reader, image) : status;
}

/* A read that a fault has skipped must not leave the piece before, which may be the same: a byte of
 * each flash word is made another one. */
static void spoil(uint8_t *buf, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += SPOIL_EVERY) {
        buf[i] = (uint8_t)~buf[i];
    }
}

enum duo_status duo_image_check_hash(const struct duo_reader *reader, struct duo_image *image)
{
    const struct duo_image_header *h = &image->header;
    const uint32_t end = h->hdr_size + h->payload_size + h->prot_size;
    uint8_t buf[512] = {0};
    struct duo_sha256 sha;
    uint32_t len;

    duo_sha256_init(&sha);
    for (uint32_t pos = 0; pos < end; pos += len) {
        len = end - pos < sizeof(buf) ? end - pos : (uint32_t)sizeof(buf);
        spoil(buf, sizeof(buf));
        enum duo_status status = reader->read(reader->ctx, pos, buf, len);
        if (status != DUO_OK) {
            return status;
        }
        duo_sha256_update(&sha, buf, len);
    }
    duo_sha256_final(&sha, image->read_hash);
    return memcmp(image->read_hash, image->hash, DUO_HASH_SIZE) == 0 ? DUO_OK : DUO_E_HASH;
}

static enum duo_status check_with(struct duo_image *image, const struct duo_trust *trust,
                                  unsigned number)
{
    if (!duo_ecdsa_prove(&trust->ring->keys[number].pub, image->hash, image->sig, image->sig_len,
                         &image->proof)) {
        return DUO_E_SIGNATURE;
    }
    return duo_trust_permits(trust, number, duo_image_counter(image));
}

enum duo_status duo_image_check_signature(struct duo_image *image, const struct duo_trust *trust)
{
    enum duo_status status = DUO_E_SIGNATURE;

    if (!image->has_signature) {
        return DUO_E_NO_SIGNATURE;
    }
    if (image->has_keyhash) {
        const unsigned number = duo_ring_by_hash(trust->ring, image->keyhash);

        return number == DUO_KEYS_MAX ? DUO_E_KEY : check_with(image, trust, number);
    }
    /* It does not say whose it is: one of ours, or nobody's. */
    for (unsigned i = 0; i < duo_ring_count(trust->ring) && status == DUO_E_SIGNATURE; i++) {
        status = check_with(image, trust, i);
    }
    return status;
}

enum duo_status duo_image_verify(const struct duo_reader *reader, uint32_t size,
                                 const struct duo_trust *trust, struct duo_image *image)
{
    enum duo_status status = duo_image_parse(reader, size, image);

    if (status == DUO_OK) {
        status = duo_image_check_hash(reader, image);
    }
    return status == DUO_OK ? duo_image_check_signature(image, trust) : status;
}
