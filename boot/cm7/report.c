/* SPDX-License-Identifier: MIT */
#include "boot/cm7/report.h"

#include "boot/cm7/device.h"
#include "boot/cm7/line.h"
#include "port/stm32h7/format.h"

void say(const char *format, ...)
{
    va_list args;

    line->write("duoboot: ", 9);
    va_start(args, format);
    format_text(line->write, format, args);
    va_end(args);
    line->write("\r\n", 2);
}

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_text(line->write, format, args);
    va_end(args);
}

void print_version(const struct duo_version *v)
{
    print("%u.%u.%u+%u", v->major, v->minor, v->revision, (unsigned)v->build);
}

static void report_image(const struct duo_device *device, enum duo_core core)
{
    const struct duo_slot *slot = device->slots[core];
    struct duo_reader reader = device_slot_reader(slot);
    struct duo_locator locator;
    struct duo_image image;
    enum duo_status status = duo_slot_verify(&reader, slot, device->trust, &image, &locator);

    print("duoboot: m%u image ", duo_core_number(core));
    if (status == DUO_OK) {
        print_version(&image.header.version);
        print(" verified\r\n");
    } else if (status == DUO_E_NO_IMAGE) {
        print("absent: no signed image at 0x%x\r\n", (unsigned)slot->run_base);
    } else {
        print("bad: %s\r\n", duo_status_text(status));
    }
}

void report_images(const struct duo_device *device)
{
    report_image(device, DUO_CM7);
    report_image(device, DUO_CM4);
}

static const char *state_text(const struct duo_report *r)
{
    switch (r->phase) {
    case DUO_PHASE_TRIAL:
        return "trial";
    case DUO_PHASE_EXCHANGE:
        return "being exchanged";
    case DUO_PHASE_STAGED:
        return "to be replaced at the next reset";
    case DUO_PHASE_IDLE:
    case DUO_PHASE_DOWNLOADING:
        break;
    }
    return r->current.factory ? "factory" : "confirmed";
}

static void report_revoked(const struct duo_trust *trust)
{
    for (unsigned i = 0; i < duo_ring_count(trust->ring); i++) {
        if (trust->revoked >> i & 1u) {
            print("duoboot: key %x is revoked\r\n",
                  (unsigned)duo_key_id(&trust->ring->keys[i].pub));
        }
    }
}

void report_set(const struct duo_txn *txn)
{
    struct duo_report r;

    duo_txn_report(txn, &r);
    if (r.current.present) {
        print("duoboot: set ");
        print_version(&r.current.set_version);
        print(" %s, security counter %u\r\n", state_text(&r), (unsigned)r.counter);
    } else {
        say("set none");
    }
    if (r.other.present) {
        print("duoboot: other set ");
        print_version(&r.other.set_version);
        print(" %s\r\n", r.phase == DUO_PHASE_STAGED ? "staged"
                         : r.can_roll_back           ? "can be rolled back to"
                                                     : "kept");
    }
    report_revoked(txn->dev->trust);
}
