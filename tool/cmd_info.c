/* SPDX-License-Identifier: MIT */
/* duoboot info: what a file is, in words or JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/image/bundle.h"
#include "layouts/choose.h"
#include "tool/about.h"
#include "tool/commands.h"
#include "tool/inputs.h"
#include "tool/lms_state.h"
#include "tool/refuse.h"
#include "tool/second.h"

static const struct option_group options[] = {{cli_rows, OPTIONS_OF_CLI}, {0}};

static json_t *hex_json(const uint8_t *bytes, size_t len)
{
    char text[2 * DUO_HASH_SIZE + 1];

    for (size_t i = 0; i < len; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return json_string(text);
}

static json_t *word_json(uint32_t word)
{
    char text[11];

    snprintf(text, sizeof(text), "0x%08x", word);
    return json_string(text);
}

static json_t *version_json(const struct duo_version *version)
{
    char text[24];

    return json_string(format_version(version, text, sizeof(text)));
}

/* Whether the content is intact; whether it is trusted is for `verify`. */
static json_t *intact_json(const struct duo_reader *reader, const struct duo_image *image)
{
    struct duo_image copy = *image;

    return json_boolean(duo_image_check_hash(reader, &copy) == DUO_OK);
}

/* "exchange", or the number of a layout that is not known here. */
static json_t *layout_json(uint8_t number)
{
    const struct duo_layout *layout = duo_layout_numbered(number);

    return layout ? json_string(layout->name) : json_sprintf("unknown (%u)", number);
}

/* The slot of its layout that an image can go to, or the reason why there is none. */
static json_t *core_json(const struct duo_image *image)
{
    const struct duo_layout *layout = duo_layout_numbered(image->layout);
    enum duo_status worst = layout ? DUO_E_CORE : DUO_E_LAYOUT;

    for (unsigned i = 0; i < DUO_CORES && layout; i++) {
        enum duo_status status = duo_slot_admits(&layout->slot[(enum duo_core)i], image);
        if (status == DUO_OK) {
            return json_string(duo_core_name((enum duo_core)i));
        }
        if (status != DUO_E_CORE) {
            worst = status;
        }
    }
    return json_sprintf("none (%s)", duo_status_text(worst));
}

/* The ids of the keys that it revokes, if it does. */
static void set_revokes(json_t *o, const struct duo_revocation *revokes)
{
    json_t *ids = json_array();
    char key_id[9];

    for (unsigned i = 0; i < DUO_REVOKED_MAX && revokes->key_id[i] != 0; i++) {
        snprintf(key_id, sizeof(key_id), "%08x", revokes->key_id[i]);
        (void)json_array_append_new(ids, json_string(key_id));
    }
    if (json_array_size(ids) > 0) {
        (void)json_object_set_new(o, "revokes", ids);
    } else {
        json_decref(ids);
    }
}

/* Where the program must be linked to, and what says so: the size of the header. */
static json_t *linked_json(const struct duo_image *image)
{
    const bool apart = duo_header_apart(image->header.hdr_size) != 0;

    return json_sprintf("0x%08x, %s", link_address(core_of_image(image), image),
                        apart ? "the slot's first byte" : "after its header");
}

static json_t *image_json(const uint8_t *data, size_t size, enum duo_status *status)
{
    struct duo_mem mem = {data, (uint32_t)size};
    const struct duo_reader reader = {duo_mem_read, &mem};
    struct duo_image image;

    *status = duo_image_parse(&reader, mem.size, &image);
    if (*status != DUO_OK) {
        return NULL;
    }
    json_t *o = json_object();
    (void)json_object_set_new(o, "core", core_json(&image));
    (void)json_object_set_new(o, "layout", layout_json(image.layout));
    (void)json_object_set_new(o, "version", version_json(&image.header.version));
    (void)json_object_set_new(o, "file_size", json_integer(image.file_size));
    (void)json_object_set_new(o, "trailer_size", json_integer((json_int_t)size - image.file_size));
    (void)json_object_set_new(o, "header_size", json_integer(image.header.hdr_size));
    (void)json_object_set_new(o, "payload_size", json_integer(image.header.payload_size));
    (void)json_object_set_new(o, "linked", linked_json(&image));
    (void)json_object_set_new(o, "initial_stack", word_json(image.sp));
    (void)json_object_set_new(o, "reset_vector", word_json(image.entry));
    if (image.has_counter) {
        (void)json_object_set_new(o, "security_counter", json_integer(image.counter));
    }
    if (image.has_hardware) {
        (void)json_object_set_new(o, "hardware_id", word_json(image.hardware_id));
    }
    set_revokes(o, &image.revokes);
    (void)json_object_set_new(o, "image_hash", hex_json(image.hash, DUO_HASH_SIZE));
    (void)json_object_set_new(o, "intact", intact_json(&reader, &image));
    (void)json_object_set_new(o, "signed", json_boolean(image.has_signature));
    if (image.has_keyhash) {
        (void)json_object_set_new(o, "key_hash", hex_json(image.keyhash, DUO_HASH_SIZE));
    }
    return o;
}

static json_t *member_json(const struct duo_manifest *m, enum duo_core core, const uint8_t *data,
                           size_t left)
{
    const struct duo_manifest_image *e = &m->image[core];
    json_t *o = json_object();

    (void)json_object_set_new(o, "present", json_boolean(e->present));
    (void)json_object_set_new(o, "version", version_json(&e->version));
    (void)json_object_set_new(o, "image_hash", hex_json(e->image_hash, DUO_HASH_SIZE));
    if (e->present) {
        bool whole = left >= e->file_size;
        uint8_t hash[DUO_HASH_SIZE] = {0};
        (void)json_object_set_new(o, "file_size", json_integer(e->file_size));
        (void)json_object_set_new(o, "payload_size", json_integer(e->payload_size));
        if (whole) {
            duo_sha256_of(data, e->file_size, hash);
        }
        bool intact = whole && memcmp(hash, e->file_hash, sizeof(hash)) == 0;
        (void)json_object_set_new(o, "intact", json_boolean(intact));
    }
    return o;
}

/* Which of its one-time keys the LMS key has used. */
static json_t *second_json(const uint8_t *sig)
{
    const uint8_t *q = sig + DUO_LMS_AT_Q;

    return json_pack("{s:s, s:I}", "type", "LMS", "one_time_key",
                     (json_int_t)q[0] << 24 | q[1] << 16 | q[2] << 8 | q[3]);
}

/* A new bootloader, which is the bundle's last part. */
static json_t *boot_json(const struct duo_manifest_boot *b, const uint8_t *data, size_t left)
{
    struct duo_about_record record;
    uint8_t hash[DUO_HASH_SIZE] = {0};
    const bool whole = left >= b->size;
    json_t *o = json_object();

    if (whole) {
        duo_sha256_of(data, b->size, hash);
    }
    (void)json_object_set_new(o, "core",
                              json_string(b->cores == DUO_BOOT_CM7   ? "M7"
                                          : b->cores == DUO_BOOT_CM4 ? "M4"
                                                                     : "both, which is refused"));
    if (whole && about_find_in(data, b->size, &record)) {
        (void)json_object_set_new(o, "version", cli_json_text(record.about.version));
    }
    (void)json_object_set_new(o, "file_size", json_integer(b->size));
    (void)json_object_set_new(o, "hash", hex_json(b->hash, sizeof(b->hash)));
    (void)json_object_set_new(o, "intact",
                              json_boolean(whole && memcmp(hash, b->hash, sizeof(b->hash)) == 0));
    return o;
}

static json_t *bundle_json(const uint8_t *data, size_t size, enum duo_status *status)
{
    struct duo_manifest m;
    char key_id[9];

    *status = size < DUO_MANIFEST_SIZE ? DUO_E_TRUNCATED : duo_manifest_decode(data, &m);
    if (*status != DUO_OK) {
        return NULL;
    }
    snprintf(key_id, sizeof(key_id), "%08x", m.key_id);
    size_t pos = duo_manifest_size(data);
    json_t *o = json_object();
    (void)json_object_set_new(o, "set_version", version_json(&m.set_version));
    (void)json_object_set_new(o, "hardware_id", word_json(m.hardware_id));
    (void)json_object_set_new(o, "layout", layout_json(m.layout));
    (void)json_object_set_new(o, "security_counter", json_integer(m.counter));
    (void)json_object_set_new(o, "trial_boots", json_integer(m.trial_boots));
    (void)json_object_set_new(o, "m4_start",
                              json_string(m.m4_by_m7 ? "application" : "bootloader"));
    (void)json_object_set_new(o, "trial_time", json_integer(m.trial_time_s));
    (void)json_object_set_new(o, "key_id", json_string(key_id));
    if (m.second && size >= DUO_MANIFEST_LMS_SIZE) {
        (void)json_object_set_new(o, "second_signature", second_json(data + DUO_MANIFEST_SIZE));
    }
    set_revokes(o, &m.revokes);
    (void)json_object_set_new(o, "size", json_integer((json_int_t)size));
    (void)json_object_set_new(o, "expected_size", json_integer(duo_bundle_size(&m)));
    for (unsigned i = 0; i < DUO_CORES; i++) {
        size_t left = pos < size ? size - pos : 0;
        json_t *member = member_json(&m, (enum duo_core)i, data + (left > 0 ? pos : 0), left);
        (void)json_object_set_new(o, i == DUO_CM7 ? "m7" : "m4", member);
        pos += m.image[i].file_size;
    }
    if (m.boot.cores != 0) {
        const size_t left = pos < size ? size - pos : 0;
        (void)json_object_set_new(o, "boot", boot_json(&m.boot, data + (left > 0 ? pos : 0), left));
    }
    return o;
}

static json_t *lms_json(const struct duo_lms_key *key, const char *type)
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
    json_t *o = lms_json(&key, "private LMS key");
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
static json_t *key_json(const char *path, const struct buffer *file, char *err, size_t err_size)
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
static json_t *about_json(const struct duo_about_record *record)
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

static void print_value(const char *name, json_t *value, int indent)
{
    const char *key;
    json_t *member;
    char title[64];

    if (json_is_array(value)) {
        size_t i;

        json_array_foreach(value, i, member)
        {
            snprintf(title, sizeof(title), "%s[%zu]", name, i);
            print_value(title, member, indent);
        }
    } else if (json_is_object(value)) {
        printf("%*s%s:\n", indent, "", name);
        json_object_foreach(value, key, member)
        {
            print_value(key, member, indent + 2);
        }
    } else if (json_is_string(value)) {
        printf("%*s%-18s %s\n", indent, "", name, json_string_value(value));
    } else if (json_is_integer(value)) {
        printf("%*s%-18s %lld\n", indent, "", name, (long long)json_integer_value(value));
    } else {
        printf("%*s%-18s %s\n", indent, "", name, json_is_true(value) ? "yes" : "no");
    }
}

static int print_info(const struct cli *cli, const char *path, const char *kind, json_t *info)
{
    const char *key;
    json_t *member;

    if (cli->json) {
        json_t *o = json_pack("{s:o, s:s}", "file", cli_json_text(path), "kind", kind);
        json_object_update(o, info);
        return cli_print_json(cli, o);
    }
    printf("%s: %s\n", path, kind);
    json_object_foreach(info, key, member)
    {
        print_value(key, member, 2);
    }
    return EXIT_DONE;
}

static int info(const struct cli *cli, const char *path, const struct buffer *file)
{
    enum file_kind kind = file_kind_of(file->data, file->size);
    enum duo_status status = DUO_OK;
    const char *name = "key";
    struct duo_about_record about;
    struct duo_lms_key lms;
    char err[512];
    json_t *o;

    switch (kind) {
    case KIND_IMAGE:
        name = "image";
        o = image_json(file->data, file->size, &status);
        break;
    case KIND_BUNDLE:
        name = "bundle";
        o = bundle_json(file->data, file->size, &status);
        break;
    case KIND_KEY:
        o = is_lms_private(file) ? lms_private_json(path, file, err, sizeof(err))
                                 : key_json(path, file, err, sizeof(err));
        if (!o) {
            return cli_fail(cli, EXIT_REJECTED, NULL, "%s", err);
        }
        break;
    default:
        if (duo_lms_key_load(&lms, file->data, file->size) == DUO_OK) {
            o = lms_json(&lms, "public LMS key");
            break;
        }
        if (about_find(path, &about)) {
            name = "M7 bootloader";
            o = about_json(&about);
            break;
        }
        return cli_fail(cli, EXIT_REJECTED,
                        "info shows core images, bundles, keys and M7 bootloaders", "%s is %s",
                        path, file_kind_text(kind));
    }
    if (!o) {
        return input_refuse(cli, EXIT_REJECTED, path, status);
    }
    int code = print_info(cli, path, name, o);
    json_decref(o);
    return code;
}

static int run(struct cli *cli)
{
    struct buffer file = {0};
    const char *mistake = cli_parse(cli, NULL);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    if (cli->operand_count != 1) {
        return cli_usage(cli, "give exactly one file");
    }
    int code = input_read(cli, cli->operands[0], &file);
    if (code == EXIT_DONE) {
        code = info(cli, cli->operands[0], &file);
    }
    free(file.data);
    return code;
}

const struct command cmd_info = {
    .name = "info",
    .summary = "show what an image, a bundle or a key contains",
    .usage = "[--json] FILE",
    .about =
        "Shows a core image, a bundle, a key, or an M7 bootloader (which keys it trusts and for "
        "what, for which hardware, "
        "how it was built). Nothing is trusted here: `duoboot verify` "
        "checks signatures.",
    .options = options,
    .example = "duoboot info set.duo",
    .run = run,
};
