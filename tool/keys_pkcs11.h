/* SPDX-License-Identifier: MIT */
#ifndef DUO_TOOL_KEYS_PKCS11_H
#define DUO_TOOL_KEYS_PKCS11_H

#include <openssl/types.h>

#include "tool/keys.h"

/* The URI as messages show it: without its PIN. */
void key_name_pkcs11(const char *uri, char *name, size_t size);

/* The private key that a URI names, as OpenSSL's engine knows it; NULL with a message in err.
 * `name` is for messages. */
EVP_PKEY *key_load_pkcs11(const char *uri, const char *name, const struct passphrase *pass,
                          char *err, size_t err_size);

#endif
