/* SPDX-License-Identifier: MIT */
/* Keys: PEM files, and the forms of a public key. */
#include "tool/keys.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct passphrase pass = {.env = "DUO_FUZZ_PASS"};
    struct duo_pubkey pub;
    char err[256] = "";

    (void)duo_pubkey_load(&pub, data, size);
    struct key *key = key_parse("fuzz", data, size, &pass, err, sizeof(err));
    FUZZ_CHECK(key || err[0] != '\0');
    if (key) {
        (void)key_public(key);
        key_free(key);
    }
    return 0;
}
