/* SPDX-License-Identifier: MIT */
/*
 * The set manifest: what one update brings to both cores, signed. 288 bytes; with a second
 * signature that follows them, 2800. See docs/formats.md.
 */
#ifndef DUO_CORE_MANIFEST_H
#define DUO_CORE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/image/crypto.h"
#include "core/image/image.h"
#include "core/image/keyring.h"
#include "core/image/slot.h"

#define DUO_MANIFEST_MAGIC           0x424F5544u /* "DUOB" */
#define DUO_MANIFEST_FORMAT          1u
#define DUO_MANIFEST_FORMAT_KEYS     2u   /* the same, and it revokes keys */
#define DUO_MANIFEST_FORMAT_LMS      3u   /* the same, with a second signature */
#define DUO_MANIFEST_FORMAT_BOOT     4u   /* as 1, and it brings a bootloader */
#define DUO_MANIFEST_FORMAT_BOOT_LMS 5u   /* the same, with a second signature */
#define DUO_MANIFEST_SIZE            288u /* without a second signature, which follows */
#define DUO_MANIFEST_SIGNED_SIZE     (DUO_MANIFEST_SIZE - DUO_RAW_SIG_SIZE)
#define DUO_MANIFEST_LMS_SIZE        (DUO_MANIFEST_SIZE + DUO_LMS_SIG_SIZE)
/* Room for any manifest that this build takes. */
#define DUO_MANIFEST_MAX (DUO_LMS ? DUO_MANIFEST_LMS_SIZE : DUO_MANIFEST_SIZE)

/* Hardware id used where a product has chosen none: an STM32H745 with the default flash map. */
#define DUO_HARDWARE_DEFAULT 0x00000745u

#define DUO_TRIAL_BOOTS_MAX 15u
#define DUO_LAYOUT_MAX      7u
/* Seconds: what IWDG1 can do (RM0399, 4096 periods of LSI / 256). */
#define DUO_TRIAL_TIME_MAX     32u
#define DUO_TRIAL_TIME_DEFAULT 30u

struct duo_manifest_image {
    bool present;       /* false: this core keeps the image that has image_hash */
    uint32_t file_size; /* of the image file in the bundle; 0 when not present */
    uint32_t payload_size;
    uint32_t hdr_size;
    struct duo_version version;
    uint8_t image_hash[DUO_HASH_SIZE]; /* the image's own hash TLV: identifies what runs */
    uint8_t file_hash[DUO_HASH_SIZE];  /* SHA-256 of the whole image file; zero when not present */
};

/* A new bootloader, for layouts that swap the banks. Its file comes after the images. */
#define DUO_BOOT_HASH_SIZE 20u

struct duo_manifest_boot {
    uint8_t cores;                    /* DUO_BOOT_*; 0: it brings none */
    uint32_t size;                    /* of the file, a multiple of 32 */
    uint8_t hash[DUO_BOOT_HASH_SIZE]; /* the first bytes of the file's SHA-256 */
};

struct duo_manifest {
    uint32_t hardware_id;
    struct duo_version set_version;
    uint32_t counter;      /* security counter of the set */
    uint8_t trial_boots;   /* 1..DUO_TRIAL_BOOTS_MAX boots in which the set must be confirmed */
    bool m4_by_m7;         /* the M7's application starts the M4, not the bootloader */
    uint8_t layout;        /* number of the flash layout it is for, up to DUO_LAYOUT_MAX */
    uint16_t trial_time_s; /* time in which both applications must confirm in a trial boot, in
                              seconds, up to DUO_TRIAL_TIME_MAX; 0 = DUO_TRIAL_TIME_DEFAULT */
    bool second;           /* a second signature follows */
    uint32_t key_id;       /* first four bytes of the signer's KEYHASH, as read big endian */
    struct duo_revocation revokes; /* in force when the set is confirmed */
    struct duo_manifest_boot boot; /* not together with revokes: they share their place */
    struct duo_manifest_image image[DUO_CORES];
};

/* What was computed for the signatures of a manifest. */
struct duo_manifest_proof {
    struct duo_ecdsa_proof ecdsa;
    struct duo_lms_proof second;
};
void duo_manifest_no_proof(struct duo_manifest_proof *proof);

static inline bool duo_format_has_second(uint16_t format)
{
    return format == DUO_MANIFEST_FORMAT_LMS || format == DUO_MANIFEST_FORMAT_BOOT_LMS;
}

/* Size of the whole manifest, by its first bytes; of anything else DUO_MANIFEST_SIZE. */
static inline uint32_t duo_manifest_size(const uint8_t bytes[DUO_MANIFEST_SIZE])
{
    return DUO_LMS && duo_format_has_second(duo_get16(bytes + 4)) ? DUO_MANIFEST_LMS_SIZE
                                                                  : DUO_MANIFEST_SIZE;
}

/* Writes the signed part (all but the signature). DUO_E_ARG when a field is beyond its limits. */
enum duo_status duo_manifest_encode(const struct duo_manifest *m,
                                    uint8_t bytes[DUO_MANIFEST_SIGNED_SIZE]);

/* Decodes without checking the signature: for tools that show a file. Errors: MAGIC, FORMAT_NEW,
 * FORMAT_OLD, MALFORMED. */
enum duo_status duo_manifest_decode(const uint8_t bytes[DUO_MANIFEST_SIZE], struct duo_manifest *m);

/* The signature, by the key that the key id names, and whether that one may sign this, and the
 * second signature where it is demanded; `proof` (may be NULL) gets what was computed. `bytes` are
 * the whole manifest. Errors: KEY (not in the ring), SIGNATURE, KEY_ROLE, KEY_REVOKED, KEY_FLOOR,
 * NO_SECOND, SECOND, FORMAT_NEW (a second one, and no key for it). */
enum duo_status duo_manifest_prove(const uint8_t *bytes, const struct duo_trust *trust,
                                   struct duo_manifest_proof *proof);
enum duo_status duo_manifest_check_signature(const uint8_t *bytes, const struct duo_trust *trust);

/* Is this a manifest, of a format we read, and signed by a key of ours that may? No other field
 * is looked at but the counter. Errors: MAGIC, FORMAT_NEW, FORMAT_OLD, and as check_signature. */
enum duo_status duo_manifest_authenticate(const uint8_t *bytes, const struct duo_trust *trust);

/* Is an authentic manifest for this device: fields, hardware id, flash layout, sizes within both
 * slots (as for verify below), and may its signer revoke what it revokes? Errors: MALFORMED,
 * HARDWARE, LAYOUT, TOO_LARGE, and those of duo_trust_revocation(). */
enum duo_status duo_manifest_admit(const uint8_t bytes[DUO_MANIFEST_SIZE],
                                   const struct duo_trust *trust, uint32_t hardware_id,
                                   const struct duo_slot *const slots[DUO_CORES],
                                   struct duo_manifest *m);

/* Everything a device demands of a manifest before it erases anything: decode, signature, hardware
 * id, flash layout, sizes within both slots, at least one image present. `slots` are both cores'
 * slots in the order of enum duo_core. Errors: as decode and check_signature, HARDWARE, LAYOUT,
 * TOO_LARGE. The security counter is compared by whoever knows the device's. */
enum duo_status duo_manifest_verify(const uint8_t *bytes, const struct duo_trust *trust,
                                    uint32_t hardware_id,
                                    const struct duo_slot *const slots[DUO_CORES],
                                    struct duo_manifest *m);

/* The security counter, as it stands in the bytes. */
uint32_t duo_manifest_counter(const uint8_t bytes[DUO_MANIFEST_SIZE]);

/* Where the hash of a core's image stands in a manifest. */
const uint8_t *duo_manifest_image_hash(const uint8_t bytes[DUO_MANIFEST_SIZE], enum duo_core core);

/* Is this the image that the manifest names for `core` (hash, version, sizes)? MISMATCH if not. */
enum duo_status duo_manifest_check_image(const struct duo_manifest *m, enum duo_core core,
                                         const struct duo_image *image);

#endif
