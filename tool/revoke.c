/* SPDX-License-Identifier: MIT */
#include "tool/revoke.h"

#include <stddef.h>
#include <string.h>

#include "tool/inputs.h"

static const char *take_revoke(struct cli *cli, void *field, const char *value)
{
    struct revoke_args *args = field;

    (void)cli;
    if (args->count == REVOKE_GIVEN_MAX) {
        return "--revoke has been given too often";
    }
    args->path[args->count++] = value;
    return NULL;
}

const struct option_row revoke_rows[] = {
    {"revoke", 0, "KEY",
     "devices that confirm this take nothing more that this key signs, for good; name each key "
     "that was ever revoked",
     take_revoke, 0, FILE_READ},
    {0},
};

/* In ascending order, each once. False: there is no room for another one. */
static bool add(struct duo_revocation *revokes, unsigned *count, uint32_t id)
{
    unsigned at = 0;

    while (at < *count && revokes->key_id[at] < id) {
        at++;
    }
    if (at < *count && revokes->key_id[at] == id) {
        return true;
    }
    if (*count == DUO_REVOKED_MAX) {
        return false;
    }
    memmove(revokes->key_id + at + 1, revokes->key_id + at, (*count - at) * sizeof(uint32_t));
    revokes->key_id[at] = id;
    (*count)++;
    return true;
}

static int load(const struct cli *cli, const char *path, const struct key *signer, uint32_t *id)
{
    const struct key_args file = {.path = path};
    const struct duo_pubkey own = key_public(signer);
    struct key *key = NULL;
    const int code = input_key(cli, &file, false, &key);

    if (code != EXIT_DONE) {
        return code;
    }
    const struct duo_pubkey pub = key_public(key);
    *id = duo_key_id(&pub);
    key_free(key);
    if (*id == duo_key_id(&own)) {
        return cli_fail(cli, EXIT_REJECTED, "sign with a key that stays: a device must keep one",
                        "%s is the key that this is signed with", path);
    }
    return EXIT_DONE;
}

int revoke_load(const struct cli *cli, const struct revoke_args *args, const struct key *signer,
                struct duo_revocation *revokes)
{
    unsigned count = 0;

    memset(revokes, 0, sizeof(*revokes));
    for (unsigned i = 0; i < args->count; i++) {
        uint32_t id;
        const int code = load(cli, args->path[i], signer, &id);

        if (code != EXIT_DONE) {
            return code;
        }
        if (!add(revokes, &count, id)) {
            return cli_fail(
                cli, EXIT_REJECTED, "leave out keys that none of your bootloaders trusts",
                "more than %u keys to revoke: there is no room for them", DUO_REVOKED_MAX);
        }
    }
    return EXIT_DONE;
}
