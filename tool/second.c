/* SPDX-License-Identifier: MIT */
#include "tool/second.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/rand.h>

#include "core/image/manifest.h"
#include "tool/inputs.h"
#include "tool/lms_state.h"

static int report(const struct cli *cli, enum lms_result result, const struct lms_trouble *t)
{
    return cli_fail(cli, result == LMS_IO ? EXIT_IO : EXIT_REJECTED, t->next, "%s", t->what);
}

/* ---- Keys ---- */

bool second_is_public(const uint8_t *data, size_t size)
{
    struct duo_lms_key key;

    return duo_lms_key_load(&key, data, size) == DUO_OK;
}

void second_name(const struct duo_lms_key *key, char text[9])
{
    snprintf(text, 9, "%02x%02x%02x%02x", key->id[0], key->id[1], key->id[2], key->id[3]);
}

static int load_private(const struct cli *cli, const char *path, const struct buffer *file,
                        struct duo_lms_key *key)
{
    struct lms_trouble trouble;
    struct lms_file private;
    const enum lms_result result = lms_file_parse(path, file->data, file->size, &private, &trouble);

    if (result != LMS_DONE) {
        return report(cli, result, &trouble);
    }
    memcpy(key->id, private.secret.id, sizeof(key->id));
    memcpy(key->root, private.root, sizeof(key->root));
    explicit_bzero(&private, sizeof(private));
    return EXIT_DONE;
}

int second_load(const struct cli *cli, const char *path, struct duo_lms_key *key)
{
    struct buffer file = {0};
    int code = input_read(cli, path, &file);

    if (code == EXIT_DONE && duo_lms_key_load(key, file.data, file.size) != DUO_OK) {
        code = load_private(cli, path, &file, key);
    }
    if (file.data) {
        explicit_bzero(file.data, file.size);
    }
    free(file.data);
    return code;
}

/* The tree, if its root is the one that the file names: else the file is damaged, and what it signs
 * would be refused by all devices. */
static struct duo_lms_tree *grow(const struct cli *cli, const char *path,
                                 const struct lms_file *file, int *code)
{
    struct duo_lms_tree *tree = calloc(1, sizeof(*tree));

    if (tree) {
        duo_lms_grow(&file->secret, tree);
    }
    if (tree && memcmp(tree->node[1], file->root, sizeof(file->root)) == 0) {
        return tree;
    }
    *code = tree ? cli_fail(cli, EXIT_REJECTED, "take an undamaged copy of it",
                            "%s is damaged: its seed does not make its public half", path)
                 : cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    free(tree);
    return NULL;
}

/* ---- Signing ---- */

int second_sign(const struct cli *cli, const char *path, const struct buffer *bundle)
{
    uint8_t *sig = bundle->data + DUO_MANIFEST_SIZE, c[DUO_HASH_SIZE];
    struct lms_trouble trouble;
    struct lms_file file = {.next = 0};
    uint32_t q = 0;
    int code = EXIT_DONE;

    enum lms_result result = lms_file_read(path, &file, &trouble);
    if (result != LMS_DONE) {
        return report(cli, result, &trouble);
    }
    struct duo_lms_tree *tree = grow(cli, path, &file, &code);
    if (!tree) {
        return code;
    }
    const struct duo_lms_key key = duo_lms_public(&file.secret, tree);
    if (RAND_bytes(c, sizeof(c)) != 1) {
        code = cli_fail(cli, EXIT_INTERNAL, NULL, "OpenSSL has no random numbers");
    } else if ((result = lms_reserve(path, &file, &q, &trouble)) != LMS_DONE) {
        code = report(cli, result, &trouble);
    } else {
        duo_lms_sign(&file.secret, tree, q, c, bundle->data, DUO_MANIFEST_SIGNED_SIZE, sig);
        if (!duo_lms_prove(&key, bundle->data, DUO_MANIFEST_SIGNED_SIZE, sig, NULL)) {
            code = cli_fail(cli, EXIT_INTERNAL, NULL, "the second signature does not verify");
        }
    }
    if (code == EXIT_DONE && q + 1u >= DUO_LMS_LEAVES - 50u) {
        cli_note(cli, "%s: %u one-time keys are left", path, DUO_LMS_LEAVES - 1u - q);
    }
    explicit_bzero(&file, sizeof(file));
    free(tree);
    return code;
}

/* ---- duoboot keygen --lms ---- */

static int write_public(const struct cli *cli, const char *path, const struct duo_lms_key *key)
{
    uint8_t bytes[DUO_LMS_PUBLIC_SIZE];

    duo_lms_key_store(key, bytes);
    return cli_write(cli, path, bytes, sizeof(bytes), 0644);
}

/* False when OpenSSL has no random numbers. */
static bool make_secret(struct duo_lms_secret *secret)
{
    return RAND_bytes(secret->id, sizeof(secret->id)) == 1 &&
           RAND_priv_bytes(secret->seed, sizeof(secret->seed)) == 1;
}

static int make(const struct cli *cli, const struct second_keygen *k, struct lms_file *file)
{
    struct lms_trouble trouble;

    if (file_is_standard(k->out)) {
        return cli_fail(cli, EXIT_USAGE, "give --out a file",
                        "an LMS key changes with each signature, so it must be a file");
    }
    if (!k->force && access(k->out, F_OK) == 0) {
        return cli_fail(cli, EXIT_IO, "choose another name, or --force if you are sure",
                        "%s exists: a lost key cannot be made again", k->out);
    }
    if (!make_secret(&file->secret)) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "OpenSSL has no random numbers");
    }
    struct duo_lms_tree *tree = calloc(1, sizeof(*tree));
    if (!tree) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    duo_lms_grow(&file->secret, tree);
    memcpy(file->root, tree->node[1], sizeof(file->root));
    file->next = 0;
    free(tree);
    const enum lms_result result = lms_file_make(k->out, file, &trouble);
    return result == LMS_DONE ? EXIT_DONE : report(cli, result, &trouble);
}

static int take(const struct cli *cli, const struct second_keygen *k, struct lms_file *file)
{
    struct lms_trouble trouble;
    const enum lms_result result = k->skip > 0 ? lms_skip(k->from, k->skip, file, &trouble)
                                               : lms_file_read(k->from, file, &trouble);

    return result == LMS_DONE ? EXIT_DONE : report(cli, result, &trouble);
}

static int tell(const struct cli *cli, const struct second_keygen *k, const struct lms_file *file,
                const struct duo_lms_key *key)
{
    const unsigned left = DUO_LMS_LEAVES - file->next;
    char name[9];

    second_name(key, name);
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o*, s:o*, s:s, s:i}", "private",
                                             k->out ? cli_json_text(k->out) : NULL, "public",
                                             k->public_out ? cli_json_text(k->public_out) : NULL,
                                             "lms_key", name, "one_time_keys_left", (int)left));
    }
    if (k->out) {
        cli_note(cli, "%s: private LMS key %s, for %u signatures; keep it secret", k->out, name,
                 left);
    } else {
        cli_note(cli, "%s: LMS key %s, %u one-time keys are left", k->from, name, left);
    }
    if (k->public_out) {
        cli_note(cli, "%s: public LMS key %s; name it in the list of keys (lms=...)", k->public_out,
                 name);
    }
    return EXIT_DONE;
}

int second_keygen(const struct cli *cli, const struct second_keygen *k)
{
    struct lms_file file = {.next = 0};
    struct duo_lms_key key;
    int code = k->out ? make(cli, k, &file) : take(cli, k, &file);

    if (code == EXIT_DONE) {
        memcpy(key.id, file.secret.id, sizeof(key.id));
        memcpy(key.root, file.root, sizeof(key.root));
    }
    explicit_bzero(&file.secret.seed, sizeof(file.secret.seed));
    if (code == EXIT_DONE && k->public_out) {
        code = write_public(cli, k->public_out, &key);
    }
    return code == EXIT_DONE ? tell(cli, k, &file, &key) : code;
}
