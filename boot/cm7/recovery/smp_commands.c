/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/smp_commands.h"

#include <string.h>

#include "boot/cm7/m4_program.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/protect.h"
#include "boot/cm7/recovery/recovery.h"
#include "boot/cm7/recovery/upload.h"
#include "duo_build_version.h"
#include "lib/smp_report.h"

/* Bytes in one answer of DUO_SMP_READ_BACK. */
#define READ_PIECE 768u

static enum duo_status put_status(const struct recovery *r, struct duo_cbor_out *out)
{
    struct duo_report report;

    duo_txn_report(r->txn, &report);
    duo_cbor_put_text(out, "bootloader", DUO_BUILD_VERSION);
    if (DUO_SWAPS) {
        duo_cbor_put_number(out, "bootloader_m4", m4_program_mark());
    }
    duo_cbor_put_bool(out, "recovery", true);
    duo_cbor_put_number(out, "hardware", r->device->hardware_id);
    smp_put_report(&report, out);
    return DUO_OK;
}

static void put_option(void *ctx, const char *name, uint32_t value, const uint32_t *wanted)
{
    struct duo_cbor_out *out = ctx;

    duo_cbor_map(out);
    duo_cbor_put_text(out, "name", name);
    duo_cbor_put_number(out, "value", value);
    if (wanted) {
        duo_cbor_put_number(out, "wanted", *wanted);
    }
    duo_cbor_end(out);
}

static enum duo_status put_options(struct duo_cbor_out *out)
{
    duo_cbor_put_bool(out, "good", options_good());
    duo_cbor_text(out, "options");
    duo_cbor_array(out);
    options_list(put_option, out);
    duo_cbor_end(out);
    return DUO_OK;
}

static enum duo_status put_protection(struct duo_cbor_out *out)
{
    bool on;

    for (unsigned i = 0; protect_region(i); i++) {
        on = protect_is_on(i);
        duo_cbor_put_bool(out, protect_region(i), on);
    }
    return DUO_OK;
}

static enum duo_status set_protection(const struct duo_cbor_item *request, struct duo_cbor_out *out)
{
    enum duo_status status = DUO_E_MALFORMED;
    struct duo_cbor_item on;

    for (unsigned i = 0; protect_region(i); i++) {
        if (duo_cbor_get(request, protect_region(i), DUO_CBOR_BOOL, &on)) {
            status = protect_set(i, on.number != 0);
            if (status != DUO_OK) {
                return status;
            }
        }
    }
    return status == DUO_OK ? put_protection(out) : status;
}

static bool is(const struct duo_cbor_item *text, const char *word)
{
    return text->size == strlen(word) && memcmp(text->bytes, word, text->size) == 0;
}

static enum duo_status read_back(const struct recovery *r, const struct duo_cbor_item *request,
                                 struct duo_cbor_out *out)
{
    static const char *const names[] = {"m7", "m4", "bank1", "bank2"};
    static const char keys[] = "7412";
    struct duo_cbor_item what, offset;
    uint8_t bytes[READ_PIECE];
    uint32_t size, n = sizeof(bytes);

    if (!duo_cbor_get(request, "what", DUO_CBOR_TEXT, &what) ||
        !duo_cbor_get(request, "off", DUO_CBOR_NUMBER, &offset)) {
        return DUO_E_MALFORMED;
    }
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!is(&what, names[i])) {
            continue;
        }
        const enum duo_status status =
            upload_read(r->device, keys[i], offset.number, bytes, &n, &size);
        if (status == DUO_OK) {
            duo_cbor_put_number(out, "off", offset.number);
            duo_cbor_put_number(out, "len", size);
            duo_cbor_put_bytes(out, "data", bytes, n);
        }
        return status;
    }
    return DUO_E_NO_IMAGE;
}

static enum duo_status query(const struct recovery *r, uint32_t id,
                             const struct duo_cbor_item *request, struct duo_cbor_out *out)
{
    switch (id) {
    case DUO_SMP_STATUS:
        return put_status(r, out);
    case DUO_SMP_OPTIONS:
        return put_options(out);
    case DUO_SMP_PROTECTION:
        return put_protection(out);
    case DUO_SMP_LOG:
        smp_put_log(&r->txn->journal, out);
        return DUO_OK;
    case DUO_SMP_READ_BACK:
        return read_back(r, request, out);
    default:
        return DUO_E_ARG;
    }
}

enum duo_status smp_command(struct recovery *r, uint32_t id, bool write,
                            const struct duo_cbor_item *request, struct duo_cbor_out *answer)
{
    if (!write) {
        return query(r, id, request, answer);
    }
    switch (id) {
    case DUO_SMP_CONFIRM:
        return smp_confirm();
    case DUO_SMP_ROLL_BACK:
        return smp_roll_back();
    case DUO_SMP_PROTECTION:
        return set_protection(request, answer);
    default:
        return DUO_E_ARG;
    }
}
