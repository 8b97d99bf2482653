/* SPDX-License-Identifier: MIT */
#include "lib/smp_report.h"

#include <string.h>

#include "core/txn/history.h"
#include "layouts/layout.h"

static char *put_number(char *to, uint32_t value)
{
    char digits[10];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    while (n > 0) {
        *to++ = digits[--n];
    }
    return to;
}

void smp_version_text(const struct duo_version *v, char *text)
{
    text = put_number(text, v->major);
    *text++ = '.';
    text = put_number(text, v->minor);
    *text++ = '.';
    text = put_number(text, v->revision);
    if (v->build != 0) {
        *text++ = '.';
        text = put_number(text, v->build);
    }
    *text = '\0';
}

/* ---- Images ---- */

void smp_name_image(struct duo_smp_image *image, unsigned core, uint32_t slot,
                    const struct duo_version *version, const uint8_t hash[DUO_HASH_SIZE])
{
    memset(image, 0, sizeof(*image));
    image->image = core;
    image->slot = slot;
    image->bootable = true;
    smp_version_text(version, image->version);
    memcpy(image->hash, hash, DUO_SMP_HASH);
}

bool smp_name_other(struct duo_smp_image *image, unsigned core, const struct duo_other_set *other,
                    const struct duo_manifest *m)
{
    if (!other->differs[core]) {
        return false;
    }
    smp_name_image(image, core, 1, &m->image[core].version, m->image[core].image_hash);
    image->confirmed = other->confirmed;
    image->pending = other->pending;
    image->permanent = other->for_good;
    return true;
}

void smp_fill_slots(struct duo_smp_slot slots[SMP_SLOTS])
{
    for (uint32_t i = 0; i < SMP_SLOTS; i++) {
        slots[i] = (struct duo_smp_slot){i / 2u, i % 2u, duo_layout.slot[i / 2u].size};
    }
}

unsigned smp_list_images(smp_in_slot *in_slot, struct duo_smp_image *list)
{
    unsigned n = 0;

    for (unsigned i = 0; i < SMP_SLOTS; i++) {
        n += in_slot(i / 2u, i % 2u, &list[n]);
    }
    return n;
}

bool smp_find_image(smp_in_slot *in_slot, const uint8_t hash[DUO_SMP_HASH],
                    struct duo_smp_image *image)
{
    for (unsigned i = 0; i < SMP_SLOTS; i++) {
        if (in_slot(i / 2u, i % 2u, image) && memcmp(image->hash, hash, DUO_SMP_HASH) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Status ---- */

static void put_version(struct duo_cbor_out *out, const char *key, const struct duo_version *v)
{
    char text[SMP_VERSION_TEXT];

    smp_version_text(v, text);
    duo_cbor_put_text(out, key, text);
}

static const char *state_text(const struct duo_report *report)
{
    switch (report->phase) {
    case DUO_PHASE_TRIAL:
        return "trial";
    case DUO_PHASE_EXCHANGE:
        return "exchange";
    case DUO_PHASE_STAGED:
        return "staged";
    case DUO_PHASE_DOWNLOADING:
    case DUO_PHASE_IDLE:
        break;
    }
    return report->current.factory ? "factory" : report->current.present ? "confirmed" : "none";
}

static void put_set(struct duo_cbor_out *out, const char *key, const struct duo_set_report *set)
{
    if (!set->present) {
        return;
    }
    duo_cbor_text(out, key);
    duo_cbor_map(out);
    put_version(out, "set", &set->set_version);
    put_version(out, "m7", &set->version[DUO_CM7]);
    put_version(out, "m4", &set->version[DUO_CM4]);
    duo_cbor_put_number(out, "counter", set->counter);
    duo_cbor_end(out);
}

void smp_put_report(const struct duo_report *report, struct duo_cbor_out *out)
{
    duo_cbor_put_text(out, "state", state_text(report));
    put_set(out, "current", &report->current);
    put_set(out, "other", &report->other);
    duo_cbor_put_number(out, "counter", report->counter);
    duo_cbor_put_bool(out, "can_roll_back", report->can_roll_back);
    if (report->phase == DUO_PHASE_TRIAL) {
        duo_cbor_put_bool(out, "confirmed_m7", report->confirmed[DUO_CM7]);
        duo_cbor_put_bool(out, "confirmed_m4", report->confirmed[DUO_CM4]);
        duo_cbor_put_number(out, "boots_left", report->trial_boots_left);
    }
    duo_cbor_put_number(out, "reason", report->reason);
    duo_cbor_put_text(out, "reason_text", duo_reason_text(report->reason));
    duo_cbor_put_number(out, "code", report->reason_code);
    duo_cbor_put_text(out, "code_text", duo_status_text(report->reason_code));
    if (report->worn_sector != 0) {
        duo_cbor_put_number(out, "worn_sector", report->worn_sector);
    }
}

/* ---- Log ---- */

static void put_event(const struct duo_event *event, struct duo_cbor_out *out)
{
    const struct duo_version set = {(uint8_t)(event->set >> 24), (uint8_t)(event->set >> 16),
                                    (uint16_t)event->set, event->build};

    duo_cbor_map(out);
    duo_cbor_put_number(out, "event", event->kind);
    if (event->set != 0 || event->build != 0) {
        put_version(out, "set", &set);
    }
    if (event->reason != DUO_REASON_NONE) {
        duo_cbor_put_number(out, "reason", event->reason);
        duo_cbor_put_number(out, "code", event->reason_code);
    }
    duo_cbor_end(out);
}

void smp_put_log(const struct duo_journal *journal, struct duo_cbor_out *out)
{
    static struct duo_event events[DUO_LOG_EVENTS];
    const unsigned n = duo_history(journal, events, DUO_LOG_EVENTS);

    duo_cbor_text(out, "events");
    duo_cbor_array(out);
    for (unsigned i = 0; i < n; i++) {
        put_event(&events[i], out);
    }
    duo_cbor_end(out);
}
