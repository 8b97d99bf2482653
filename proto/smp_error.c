/* SPDX-License-Identifier: MIT */
/*
 * What a client reads. In version 1 of the protocol one number for all groups; in version 2 the
 * group's own list (Zephyr: os_mgmt.h, img_mgmt.h). Our own group speaks enum duo_status.
 */
#include "proto/smp_parts.h"

/* OS_MGMT_ERR_ */
enum { OS_UNKNOWN = 1, OS_INVALID_FORMAT = 2, OS_NO_ANSWER = 3 };

/* IMG_MGMT_ERR_ */
enum {
    IMG_UNKNOWN = 1,
    IMG_NO_IMAGE = 3,
    IMG_INVALID_TLV = 5,
    IMG_HASH_NOT_FOUND = 8,
    IMG_READ = 11,
    IMG_WRITE = 12,
    IMG_ERASE = 13,
    IMG_INVALID_SLOT = 14,
    IMG_INVALID_HEADER = 22,
    IMG_INVALID_MAGIC = 23,
    IMG_INVALID_HASH = 24,
    IMG_CURRENT_NEWER = 27,
    IMG_PENDING = 28,
    IMG_VECTORS = 29,
    IMG_TOO_LARGE = 30,
    IMG_OVERRUN = 31,
    IMG_CONFIRM_DENIED = 32
};

static const uint8_t image_errors[DUO_STATUS_COUNT] = {
    [DUO_E_READ] = IMG_READ,
    [DUO_E_PROGRAM] = IMG_WRITE,
    [DUO_E_ERASE] = IMG_ERASE,
    [DUO_E_PROTECTED] = IMG_ERASE,
    [DUO_E_EMPTY] = IMG_INVALID_HEADER,
    [DUO_E_TRUNCATED] = IMG_INVALID_HEADER,
    [DUO_E_TRAILING] = IMG_OVERRUN,
    [DUO_E_MAGIC] = IMG_INVALID_MAGIC,
    [DUO_E_FORMAT_NEW] = IMG_INVALID_HEADER,
    [DUO_E_FORMAT_OLD] = IMG_INVALID_HEADER,
    [DUO_E_MALFORMED] = IMG_INVALID_HEADER,
    [DUO_E_UNSUPPORTED] = IMG_INVALID_TLV,
    [DUO_E_TOO_LARGE] = IMG_TOO_LARGE,
    [DUO_E_NO_SIGNATURE] = IMG_INVALID_HASH,
    [DUO_E_KEY] = IMG_INVALID_HASH,
    [DUO_E_SIGNATURE] = IMG_INVALID_HASH,
    [DUO_E_HASH] = IMG_INVALID_HASH,
    [DUO_E_CORE] = IMG_INVALID_SLOT,
    [DUO_E_HARDWARE] = IMG_INVALID_TLV,
    [DUO_E_DOWNGRADE] = IMG_CURRENT_NEWER,
    [DUO_E_STACK] = IMG_VECTORS,
    [DUO_E_ENTRY] = IMG_VECTORS,
    [DUO_E_MISMATCH] = IMG_INVALID_HASH,
    [DUO_E_NO_IMAGE] = IMG_NO_IMAGE,
    [DUO_E_ARG] = IMG_INVALID_SLOT,
    [DUO_E_STATE] = IMG_PENDING,
    [DUO_E_CANCELLED] = IMG_CONFIRM_DENIED,
    [DUO_E_JOURNAL] = IMG_WRITE,
    [DUO_E_LAYOUT] = IMG_INVALID_TLV,
    [DUO_E_KEY_ROLE] = IMG_INVALID_HASH,
    [DUO_E_KEY_REVOKED] = IMG_INVALID_HASH,
    [DUO_E_KEY_FLOOR] = IMG_CURRENT_NEWER,
    [DUO_E_OPEN] = IMG_PENDING,
    [DUO_E_REVOKES_SIGNER] = IMG_INVALID_TLV,
    [DUO_E_REVOCATION_ORDER] = IMG_CURRENT_NEWER,
    [DUO_E_BOOT_BOTH] = IMG_INVALID_TLV,
    [DUO_E_BOOT_BANK] = IMG_PENDING,
    [DUO_E_BOOT_OLD] = IMG_CURRENT_NEWER,
    [DUO_E_DEPENDENCY] = IMG_INVALID_TLV,
    [DUO_E_BOOT_FOREIGN] = IMG_INVALID_HASH,
};

static uint32_t image_error(enum duo_status status)
{
    const uint32_t rc = (unsigned)status < DUO_STATUS_COUNT ? image_errors[status] : 0;

    return rc != 0 ? rc : IMG_UNKNOWN;
}

static uint32_t os_error(enum duo_status status)
{
    return status == DUO_E_MALFORMED  ? OS_INVALID_FORMAT
           : status == DUO_E_NO_IMAGE ? OS_NO_ANSWER
                                      : OS_UNKNOWN;
}

static uint32_t v1_error(enum duo_status status)
{
    switch (status) {
    case DUO_E_MALFORMED:
    case DUO_E_ARG:
    case DUO_E_CORE:
    case DUO_E_MAGIC:
        return SMP_V1_INVALID;
    case DUO_E_TOO_LARGE:
        return SMP_V1_NO_MEMORY;
    case DUO_E_NO_IMAGE:
        return SMP_V1_NO_ENTRY;
    case DUO_E_STATE:
    case DUO_E_DOWNGRADE:
    case DUO_E_KEY_FLOOR:
    case DUO_E_OPEN:
    case DUO_E_REVOCATION_ORDER:
    case DUO_E_BOOT_BANK:
    case DUO_E_BOOT_OLD:
    case DUO_E_DEPENDENCY:
        return SMP_V1_BAD_STATE;
    case DUO_E_KEY:
    case DUO_E_KEY_ROLE:
    case DUO_E_KEY_REVOKED:
    case DUO_E_REVOKES_SIGNER:
    case DUO_E_SIGNATURE:
    case DUO_E_NO_SIGNATURE:
    case DUO_E_PROTECTED:
    case DUO_E_CANCELLED:
    case DUO_E_BOOT_FOREIGN:
        return SMP_V1_DENIED;
    case DUO_E_HASH:
    case DUO_E_TRUNCATED:
    case DUO_E_MISMATCH:
        return SMP_V1_CORRUPT;
    case DUO_E_UNSUPPORTED:
        return SMP_V1_NOT_SUPPORTED;
    default:
        return SMP_V1_UNKNOWN;
    }
}

static uint32_t v2_error(uint32_t group, enum duo_status status)
{
    switch (group) {
    case DUO_SMP_GROUP_OS:
        return os_error(status);
    case DUO_SMP_GROUP_IMAGE:
        return image_error(status);
    default:
        return (uint32_t)status;
    }
}

/* That there is no such command is told by the protocol's own number in both versions, as Zephyr
 * does: clients look for it. */
void smp_put_error(const struct smp_request *q, enum duo_status status, struct duo_cbor_out *out)
{
    if (q->version == 0 || status == DUO_E_UNSUPPORTED) {
        duo_cbor_put_number(out, "rc", v1_error(status));
        if (q->version == 0) {
            duo_cbor_put_text(out, "rsn", duo_status_text(status));
        }
        return;
    }
    duo_cbor_text(out, "err");
    duo_cbor_map(out);
    duo_cbor_put_number(out, "group", q->group);
    duo_cbor_put_number(out, "rc", v2_error(q->group, status));
    duo_cbor_end(out);
}
