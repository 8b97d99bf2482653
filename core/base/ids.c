/* SPDX-License-Identifier: MIT */
#include "core/base/ids.h"

#include "core/base/bytes.h"

uint8_t duo_core_number(enum duo_core core)
{
    return core == DUO_CM7 ? 7 : 4;
}

bool duo_core_from_number(uint8_t number, enum duo_core *core)
{
    if (number != 7 && number != 4) {
        return false;
    }
    *core = number == 7 ? DUO_CM7 : DUO_CM4;
    return true;
}

const char *duo_core_name(enum duo_core core)
{
    return core == DUO_CM7 ? "M7" : "M4";
}

static int compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

int duo_version_compare(const struct duo_version *a, const struct duo_version *b)
{
    int order = compare(a->major, b->major);

    if (order == 0) {
        order = compare(a->minor, b->minor);
    }
    if (order == 0) {
        order = compare(a->revision, b->revision);
    }
    return order != 0 ? order : compare(a->build, b->build);
}

void duo_version_get(struct duo_version *v, const uint8_t bytes[8])
{
    v->major = bytes[0];
    v->minor = bytes[1];
    v->revision = duo_get16(bytes + 2);
    v->build = duo_get32(bytes + 4);
}

void duo_version_put(const struct duo_version *v, uint8_t bytes[8])
{
    bytes[0] = v->major;
    bytes[1] = v->minor;
    duo_put16(bytes + 2, v->revision);
    duo_put32(bytes + 4, v->build);
}
