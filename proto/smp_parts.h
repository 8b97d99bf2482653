/* SPDX-License-Identifier: MIT */
/* What the parts of the SMP server share. Not for others. */
#ifndef DUO_PROTO_SMP_PARTS_H
#define DUO_PROTO_SMP_PARTS_H

#include "proto/smp.h"

/* A request, taken apart. */
struct smp_request {
    uint8_t version; /* 0: the first, 1: the second */
    bool write;
    uint32_t group;
    uint8_t id;
    struct duo_cbor_item map;
};

/* Error numbers of a version 1 answer (Zephyr, mgmt_defines.h: MGMT_ERR_). */
enum smp_v1_error {
    SMP_V1_UNKNOWN = 1,
    SMP_V1_NO_MEMORY = 2,
    SMP_V1_INVALID = 3,
    SMP_V1_NO_ENTRY = 5,
    SMP_V1_BAD_STATE = 6,
    SMP_V1_NOT_SUPPORTED = 8,
    SMP_V1_CORRUPT = 9,
    SMP_V1_BUSY = 10,
    SMP_V1_DENIED = 11
};

/* Adds the pairs of an answer, or says what is wrong; UNSUPPORTED: there is no such command. */
enum duo_status smp_os(struct duo_smp *s, const struct smp_request *q, struct duo_cbor_out *out);
enum duo_status smp_image(struct duo_smp *s, const struct smp_request *q, struct duo_cbor_out *out);
enum duo_status smp_upload_answer(enum duo_status status, const struct duo_smp_taken *taken,
                                  struct duo_cbor_out *out);

/* The pairs that tell an error. */
void smp_put_error(const struct smp_request *q, enum duo_status status, struct duo_cbor_out *out);

#endif
