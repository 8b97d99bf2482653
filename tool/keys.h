/* SPDX-License-Identifier: MIT */
/* Signing keys: ECDSA P-256 in PEM (PKCS#8 or SEC1, encrypted or not) or public PEM, through
 * OpenSSL. */
#ifndef DUO_TOOL_KEYS_H
#define DUO_TOOL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/image/crypto.h"

struct key; /* freed with key_free() */

/* Where the pass phrase of an encrypted key comes from: the first that is set. With none of them
 * the terminal is asked; without a terminal that is an error. */
struct passphrase {
    const char *file; /* first line of this file */
    const char *env;  /* name of an environment variable */
};

struct key *key_generate(void);
void key_free(struct key *key);

/* A private or a public key from the content of a PEM file; `name` is for messages. NULL with a
 * message in err: not a key, not P-256, wrong pass phrase. */
struct key *key_parse(const char *name, const uint8_t *data, size_t size,
                      const struct passphrase *pass, char *err, size_t err_size);

/* "pkcs11:...": a key that stays in a hardware security module, and signs there. `pass` has its
 * PIN, when the URI has none. */
bool key_is_pkcs11(const char *name);
struct key *key_open(const char *uri, const struct passphrase *pass, char *err, size_t err_size);

bool key_is_private(const struct key *key);
struct duo_pubkey key_public(const struct key *key);

/* Signs a SHA-256 hash. `sig` holds DUO_SIG_MAX bytes for DER. False when the key is only public.
 */
bool key_sign_der(const struct key *key, const uint8_t hash[DUO_HASH_SIZE], uint8_t *sig,
                  size_t *len);
bool key_sign_raw(const struct key *key, const uint8_t hash[DUO_HASH_SIZE],
                  uint8_t sig[DUO_RAW_SIG_SIZE]);

/* Writes PKCS#8, encrypted (AES-256, PBKDF2) when `phrase` is not NULL. */
bool key_write_private(const struct key *key, FILE *out, const char *phrase);
bool key_write_public_pem(const struct key *key, FILE *out);

/* Reads a pass phrase as key_parse() does; `twice` asks again to catch typing errors. The result is
 * for free(); NULL with a message in err. */
char *passphrase_get(const struct passphrase *pass, const char *what, bool twice, char *err,
                     size_t err_size);

#endif
