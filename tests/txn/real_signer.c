/* SPDX-License-Identifier: MIT */
/* Signs with a real P-256 key, for real_crypto.c. BearSSL computes what core/ verifies by itself.
 */
#include <string.h>

#include <bearssl_ec.h>
#include <bearssl_hash.h>

#include "tests/txn/sets.h"

/* Any number below the order of the curve. */
static uint8_t secret[32] = {0x1F, 0x5A, 0x33, 0x07, 0x61, 0x2C, 0x44, 0x8D, 0x01, 0x02, 0x03};

static const br_ec_private_key private_key = {BR_EC_secp256r1, secret, sizeof(secret)};

void sign_make_key(struct duo_pubkey *key)
{
    uint8_t point[BR_EC_KBUF_PUB_MAX_SIZE];
    br_ec_public_key public_key;

    br_ec_compute_pub(&br_ec_p256_m31, &public_key, point, &private_key);
    memcpy(key->xy, point + 1, sizeof(key->xy)); /* after the byte that says "uncompressed" */
}

size_t sign_der(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_SIG_MAX])
{
    (void)key;
    return br_ecdsa_i31_sign_asn1(&br_ec_p256_m31, &br_sha256_vtable, hash, &private_key, sig);
}

void sign_raw(const struct duo_pubkey *key, const uint8_t *hash, uint8_t sig[DUO_RAW_SIG_SIZE])
{
    (void)key;
    br_ecdsa_i31_sign_raw(&br_ec_p256_m31, &br_sha256_vtable, hash, &private_key, sig);
}
