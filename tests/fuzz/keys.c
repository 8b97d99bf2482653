/* SPDX-License-Identifier: MIT */
/* Keys: PEM files, the forms of a public key, and LMS keys. */
#include "tool/keys.h"
#include "tool/lms_state.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct passphrase pass = {.env = "DUO_FUZZ_PASS"};
    struct duo_lms_key second;
    struct lms_trouble trouble = {"", ""};
    struct lms_file file;
    struct duo_pubkey pub;
    char err[256] = "";

    (void)duo_pubkey_load(&pub, data, size);
    (void)duo_lms_key_load(&second, data, size);
    if (lms_file_parse("fuzz", data, size, &file, &trouble) != LMS_DONE) {
        FUZZ_CHECK(trouble.what[0] != '\0');
    }
    struct key *key = key_parse("fuzz", data, size, &pass, err, sizeof(err));
    FUZZ_CHECK(key || err[0] != '\0');
    if (key) {
        (void)key_public(key);
        key_free(key);
    }
    return 0;
}
