/* SPDX-License-Identifier: MIT */
/* duoboot info of keys, and of the bootloaders that trust them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/info.h"
#include "tool/lms_state.h"
#include "tool/second.h"

json_t *lms_key_json(const struct duo_lms_key *key, const char *type)
{
    char name[9];

    second_name(key, name);
    return json_pack("{s:s, s:s, s:s, s:o}", "type", type, "parameters",
                     "LMS_SHA256_M32_H10, LMOTS_SHA256_N32_W4", "lms_key", name, "identifier",
                     hex_json(key->id, sizeof(key->id)));
}

/* Its file alone is looked at, not the ledger. */
static json_t *lms_private_json(const char *path, const struct buffer *file, char *err,
                                size_t err_size)
{
    struct lms_trouble trouble;
    struct lms_file private;
    struct duo_lms_key key;

    if (lms_file_parse(path, file->data, file->size, &private, &trouble) != LMS_DONE) {
        snprintf(err, err_size, "%.400s", trouble.what);
        return NULL;
    }
    memcpy(key.id, private.secret.id, sizeof(key.id));
    memcpy(key.root, private.root, sizeof(key.root));
    json_t *o = lms_key_json(&key, "private LMS key");
    (void)json_object_set_new(o, "one_time_keys_left", json_integer(DUO_LMS_LEAVES - private.next));
    explicit_bzero(&private, sizeof(private));
    return o;
}

static bool is_lms_private(const struct buffer *file)
{
    const size_t size = strlen(LMS_HEADER);

    return file->size >= size && memcmp(file->data, LMS_HEADER, size) == 0;
}

/* Without asking for a pass phrase: an encrypted key is only named. */
static json_t *pem_json(const char *path, const struct buffer *file, char *err, size_t err_size)
{
    char *text = strndup((const char *)file->data, file->size);
    bool encrypted = text && strstr(text, "ENCRYPTED");
    const struct passphrase none = {0};
    struct key *key =
        encrypted ? NULL : key_parse(path, file->data, file->size, &none, err, err_size);
    json_t *o = NULL;

    free(text);
    if (encrypted) {
        return json_pack("{s:s, s:b}", "type", "private key", "encrypted", 1);
    }
    if (key) {
        const struct duo_pubkey pub = key_public(key);
        uint8_t hash[DUO_HASH_SIZE];
        char key_id[9];
        duo_pubkey_hash(&pub, hash);
        snprintf(key_id, sizeof(key_id), "%08x", duo_key_id(&pub));
        o = json_pack("{s:s, s:s, s:s, s:o}", "type",
                      key_is_private(key) ? "private key" : "public key", "curve", "P-256",
                      "key_id", key_id, "key_hash", hex_json(hash, sizeof(hash)));
        key_free(key);
    }
    return o;
}

json_t *key_json(const char *path, const struct buffer *file, char *err, size_t err_size)
{
    return is_lms_private(file) ? lms_private_json(path, file, err, err_size)
                                : pem_json(path, file, err, err_size);
}

static json_t *key_id_json(const struct duo_pubkey *key)
{
    char key_id[9];

    snprintf(key_id, sizeof(key_id), "%08x", duo_key_id(key));
    return json_string(key_id);
}

static json_t *ring_json(const struct duo_about_record *record)
{
    const struct duo_keyring *ring = &record->ring;
    json_t *keys = json_array();

    for (unsigned i = 0; i < duo_ring_count(ring); i++) {
        const struct duo_trusted_key *key = &ring->keys[i];
        json_t *o = json_object();
        (void)json_object_set_new(o, "number", json_integer(i));
        (void)json_object_set_new(o, "key_id", key_id_json(&key->pub));
        (void)json_object_set_new(
            o, "role", json_string(key->role == DUO_KEY_RELEASE ? "release" : "development"));
        (void)json_object_set_new(o, "floor", json_integer(key->floor));
        (void)json_object_set_new(o, "refused", json_boolean(key->refused));
        if (record->about.second) {
            char name[9];
            second_name(&record->lms.keys[i], name);
            (void)json_object_set_new(o, "lms_key", json_string(name));
        }
        (void)json_array_append_new(keys, o);
    }
    return keys;
}

/* What the build chose (docs/porting.md), and the keys. `key_id` is the first, as when there was
 * one. */
json_t *about_json(const struct duo_about_record *record)
{
    const struct duo_about *about = &record->about;

    json_t *o = json_object();
    (void)json_object_set_new(o, "bootloader", cli_json_text(about->version));
    (void)json_object_set_new(o, "key_id", key_id_json(&record->ring.keys[0].pub));
    (void)json_object_set_new(o, "keys", ring_json(record));
    (void)json_object_set_new(o, "second_signature_needed", json_boolean(about->second));
    (void)json_object_set_new(o, "production", json_boolean(about->production));
    (void)json_object_set_new(o, "hardware_id", word_json(about->hardware_id));
    (void)json_object_set_new(o, "hardware_id_needed", json_boolean(about->hardware_needed));
    (void)json_object_set_new(o, "layout", cli_json_text(about->layout));
    (void)json_object_set_new(o, "baud", json_integer(about->baud));
    (void)json_object_set_new(o, "start_window_ms", json_integer(about->start_window_ms));
    (void)json_object_set_new(o, "trial_boots", json_integer(about->trial_boots));
    (void)json_object_set_new(o, "trial_time", json_integer(about->trial_time_s));
    (void)json_object_set_new(o, "rom_loader", json_boolean(about->rom_loader));
    (void)json_object_set_new(o, "repair_options", json_boolean(about->repair_options));
    (void)json_object_set_new(o, "upload", json_boolean(about->upload));
    (void)json_object_set_new(o, "usb", json_boolean(about->usb));
    (void)json_object_set_new(o, "dfuse", json_boolean(about->dfuse));
    (void)json_object_set_new(o, "self_update", json_boolean(about->self_update));
    return o;
}
