/* SPDX-License-Identifier: MIT */
#include "tool/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "core/image/image.h"
#include "hostlib/loader.h"
#include "tool/keys_pkcs11.h"

#define KEY_FILE_MAX 65536u

struct key {
    EVP_PKEY *pkey;
    bool is_private;
    struct duo_pubkey pub;
};

void key_free(struct key *key)
{
    if (key) {
        EVP_PKEY_free(key->pkey);
        free(key);
    }
}

/* Takes over pkey, also on failure. */
static struct key *wrap(EVP_PKEY *pkey, bool is_private)
{
    struct key *key = calloc(1, sizeof(*key));
    uint8_t point[1 + DUO_PUBKEY_SIZE];
    size_t len = 0;

    if (!key) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key->pkey = pkey;
    key->is_private = is_private;
    /* A key file may hold the point in compressed form; ask for the plain one. */
    if (EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       "uncompressed") != 1 ||
        EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
                                        &len) != 1 ||
        duo_pubkey_load(&key->pub, point, len) != DUO_OK) {
        key_free(key);
        return NULL;
    }
    return key;
}

struct key *key_generate(void)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");

    return pkey ? wrap(pkey, true) : NULL;
}

bool key_is_private(const struct key *key)
{
    return key->is_private;
}

struct duo_pubkey key_public(const struct key *key)
{
    return key->pub;
}

static bool is_p256(EVP_PKEY *pkey)
{
    char group[64];
    size_t len;

    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1 &&
           (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0);
}

struct asking {
    const struct passphrase *pass;
    const char *path;
    char *err;
    size_t err_size;
    bool asked, failed;
};

static int pem_password(char *buf, int size, int rwflag, void *ctx)
{
    struct asking *a = ctx;

    (void)rwflag;
    a->asked = true;
    char *phrase = passphrase_get(a->pass, a->path, false, a->err, a->err_size);
    if (!phrase || strlen(phrase) > (size_t)size) {
        a->failed = true;
        free(phrase);
        return -1;
    }
    int len = (int)strlen(phrase);
    memcpy(buf, phrase, (size_t)len);
    OPENSSL_cleanse(phrase, (size_t)len);
    free(phrase);
    return len;
}

static EVP_PKEY *read_pem(const uint8_t *data, size_t size, struct asking *a, bool *is_private)
{
    BIO *bio = BIO_new_mem_buf(data, (int)size);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, pem_password, a) : NULL;

    *is_private = pkey;
    if (!pkey && !a->asked && bio && BIO_reset(bio) == 1) {
        pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    }
    BIO_free(bio);
    ERR_clear_error();
    return pkey;
}

static struct key *check_key(EVP_PKEY *pkey, bool is_private, const struct asking *a)
{
    if (!pkey) {
        if (a->asked && !a->failed) {
            snprintf(a->err, a->err_size, "%s: wrong pass phrase, or a damaged key file; try again",
                     a->path);
        } else if (!a->asked) {
            snprintf(a->err, a->err_size,
                     "%s: not a PEM key file; make one with `duoboot keygen` or `imgtool keygen "
                     "-t ecdsa-p256`",
                     a->path);
        }
        return NULL;
    }
    if (!is_p256(pkey)) {
        snprintf(a->err, a->err_size,
                 "%s: a key of another type; ECDSA P-256 is needed (`duoboot keygen`)", a->path);
        EVP_PKEY_free(pkey);
        return NULL;
    }
    struct key *key = wrap(pkey, is_private);
    if (!key) {
        snprintf(a->err, a->err_size, "%s: the key cannot be used: no public point", a->path);
    }
    return key;
}

struct key *key_parse(const char *name, const uint8_t *data, size_t size,
                      const struct passphrase *pass, char *err, size_t err_size)
{
    struct asking a = {.pass = pass, .path = name, .err = err, .err_size = err_size};
    bool is_private;
    EVP_PKEY *pkey = read_pem(data, size, &a, &is_private);

    return check_key(pkey, is_private, &a);
}

/* What the engine's own kind of key cannot be asked, its public half in OpenSSL's kind can. */
struct key *key_open(const char *uri, const struct passphrase *pass, char *err, size_t err_size)
{
    char name[512];
    struct asking a = {.path = name, .err = err, .err_size = err_size};

    key_name_pkcs11(uri, name, sizeof(name));
    EVP_PKEY *pkey = key_load_pkcs11(uri, name, pass, err, err_size);
    uint8_t *der = NULL;
    const int len = pkey ? i2d_PUBKEY(pkey, &der) : 0;
    const uint8_t *p = der;
    EVP_PKEY *public = len > 0 ? d2i_PUBKEY(NULL, &p, len) : NULL;
    struct key *key = NULL;

    OPENSSL_free(der);
    if (pkey && !public) {
        snprintf(err, err_size, "%s: its public key cannot be read", name);
    } else if (pkey) {
        key = check_key(public, true, &a);
    }
    if (!key) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    EVP_PKEY_free(key->pkey);
    key->pkey = pkey;
    return key;
}

bool key_sign_der(const struct key *key, const uint8_t hash[DUO_HASH_SIZE], uint8_t *sig,
                  size_t *len)
{
    EVP_PKEY_CTX *ctx = key->is_private ? EVP_PKEY_CTX_new(key->pkey, NULL) : NULL;

    *len = DUO_SIG_MAX;
    bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
              EVP_PKEY_sign(ctx, sig, len, hash, DUO_HASH_SIZE) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool key_sign_raw(const struct key *key, const uint8_t hash[DUO_HASH_SIZE],
                  uint8_t sig[DUO_RAW_SIG_SIZE])
{
    uint8_t der[DUO_SIG_MAX];
    const uint8_t *p = der;
    size_t len;

    if (!key_sign_der(key, hash, der, &len)) {
        return false;
    }
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &p, (long)len);
    bool ok = parsed && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), sig, 32) == 32 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(parsed), sig + 32, 32) == 32;
    ECDSA_SIG_free(parsed);
    return ok;
}

bool key_write_private(const struct key *key, FILE *out, const char *phrase)
{
    const EVP_CIPHER *cipher = phrase ? EVP_aes_256_cbc() : NULL;
    int len = phrase ? (int)strlen(phrase) : 0;

    return PEM_write_PKCS8PrivateKey(out, key->pkey, cipher, phrase, len, NULL, NULL) == 1 &&
           fflush(out) == 0;
}

bool key_write_public_pem(const struct key *key, FILE *out)
{
    return PEM_write_PUBKEY(out, key->pkey) == 1 && fflush(out) == 0;
}

static char *first_line(const char *path, char *err, size_t err_size)
{
    uint8_t *data;
    size_t size;

    if (!load_bytes(path, KEY_FILE_MAX, &data, &size, err, err_size)) {
        return NULL;
    }
    char *line = strndup((char *)data, size);
    OPENSSL_cleanse(data, size);
    free(data);
    if (line) {
        line[strcspn(line, "\r\n")] = '\0';
    }
    return line;
}

static char *ask_terminal(const char *what, bool twice, char *err, size_t err_size)
{
    char buf[1024], prompt[512];

    /* The prompt must not end up in a pipe or wait for one. */
    if (access("/dev/tty", R_OK | W_OK) != 0 || !isatty(STDIN_FILENO)) {
        snprintf(err, err_size,
                 "%s: a pass phrase is needed and there is no terminal to ask on; use "
                 "--passphrase-file or --passphrase-env",
                 what);
        return NULL;
    }
    snprintf(prompt, sizeof(prompt), "Pass phrase for %s: ", what);
    if (EVP_read_pw_string(buf, sizeof(buf), prompt, twice) != 0) {
        snprintf(err, err_size, "%s: no pass phrase given, or the two differ", what);
        return NULL;
    }
    char *phrase = strdup(buf);
    OPENSSL_cleanse(buf, sizeof(buf));
    return phrase;
}

char *passphrase_get(const struct passphrase *pass, const char *what, bool twice, char *err,
                     size_t err_size)
{
    snprintf(err, err_size, "%s: out of memory", what);
    if (pass->file) {
        return first_line(pass->file, err, err_size);
    }
    if (pass->env) {
        const char *value = getenv(pass->env);
        if (!value) {
            snprintf(err, err_size, "%s: the environment variable %s is not set", what, pass->env);
            return NULL;
        }
        return strdup(value);
    }
    return ask_terminal(what, twice, err, err_size);
}
