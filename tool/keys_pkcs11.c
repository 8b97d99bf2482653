/* SPDX-License-Identifier: MIT */
/*
 * Keys in a hardware security module, named by a pkcs11: URI (RFC 7512), through OpenSSL's engine
 * "pkcs11" (Debian: libengine-pkcs11-openssl). Engines are deprecated in OpenSSL 3, but Debian 12
 * has no provider for PKCS#11.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tool/keys_pkcs11.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/x509.h>

bool key_is_pkcs11(const char *name)
{
    return strncmp(name, "pkcs11:", 7) == 0;
}

/* The last thing that OpenSSL has to say of it: which library is missing, which PIN is wrong. */
static bool fail(char *err, size_t err_size, const char *name, const char *what)
{
    char reason[256] = "no reason was given";
    const unsigned long last = ERR_peek_last_error();

    if (last) {
        ERR_error_string_n(last, reason, sizeof(reason));
    }
    ERR_clear_error();
    snprintf(err, err_size, "%s: %s (%s)", name, what, reason);
    return false;
}

/* The PIN is in the URI, or comes as a pass phrase does; a token may need none. */
static bool give_pin(ENGINE *engine, const char *uri, const char *name,
                     const struct passphrase *pass, char *err, size_t err_size)
{
    if (strstr(uri, "pin-value=") || strstr(uri, "pin-source=")) {
        return true;
    }
    char *pin = passphrase_get(pass, name, false, err, err_size);
    if (!pin) {
        return false;
    }
    const bool given = ENGINE_ctrl_cmd_string(engine, "PIN", pin, 0) == 1;
    OPENSSL_cleanse(pin, strlen(pin));
    free(pin);
    return given || fail(err, err_size, name, "the PIN was not taken");
}

/* Messages show a URI without its PIN. */
void key_name_pkcs11(const char *uri, char *name, size_t size)
{
    static const char pin[] = "pin-value=";

    while (*uri && size > 1) {
        if (strncmp(uri, pin, sizeof(pin) - 1) == 0) {
            const int len = snprintf(name, size, "%s...", pin);
            const size_t taken = len < (int)size ? (size_t)len : size - 1;

            name += taken;
            size -= taken;
            uri += strcspn(uri, ";?&");
            continue;
        }
        *name++ = *uri++;
        size--;
    }
    *name = '\0';
}

static EVP_PKEY *load(ENGINE *engine, const char *uri, const char *name,
                      const struct passphrase *pass, char *err, size_t err_size)
{
    /* It would print the URI, PIN and all. */
    (void)ENGINE_ctrl_cmd_string(engine, "QUIET", NULL, 0);
    if (ENGINE_init(engine) != 1) {
        fail(err, err_size, name,
             "the PKCS#11 module cannot be used; PKCS11_MODULE_PATH names another one");
        return NULL;
    }
    EVP_PKEY *pkey = NULL;
    if (give_pin(engine, uri, name, pass, err, err_size)) {
        pkey = ENGINE_load_private_key(engine, uri, NULL, NULL);
        if (!pkey) {
            fail(err, err_size, name,
                 "no such private key, or a wrong PIN; `pkcs11-tool --list-objects --login` shows "
                 "what there is");
        }
    }
    ENGINE_finish(engine); /* the key holds a reference of its own */
    return pkey;
}

EVP_PKEY *key_load_pkcs11(const char *uri, const char *name, const struct passphrase *pass,
                          char *err, size_t err_size)
{
    ENGINE_load_dynamic();
    ENGINE *engine = ENGINE_by_id("pkcs11");

    if (!engine) {
        fail(err, err_size, name,
             "OpenSSL has no engine for PKCS#11; install it (Debian: libengine-pkcs11-openssl)");
        return NULL;
    }
    EVP_PKEY *pkey = load(engine, uri, name, pass, err, err_size);
    ENGINE_free(engine);
    return pkey;
}
