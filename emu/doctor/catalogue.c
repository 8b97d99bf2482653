/* SPDX-License-Identifier: MIT */
#include "emu/doctor/catalogue.h"

#include <string.h>

/* Texts speak to the owner of the firmware, in his words; the evidence (values, places) is added
 * where it is found. */
const struct complaint catalogue[FIND_COUNT] = {
#define FINDING(name, id, severity, phase, title, reason, source, fix)                             \
    [FIND_##name] = {id, SEV_##severity, PHASE_##phase, title, reason, source, fix},
#include "emu/doctor/catalogue.def"
#undef FINDING
};

enum finding_id catalogue_find(const char *id)
{
    unsigned i = 0;

    while (i < FIND_COUNT && strcmp(catalogue[i].id, id) != 0) {
        i++;
    }
    return (enum finding_id)i;
}

const char *severity_name(enum severity s)
{
    static const char *const names[] = {"note", "warning", "error"};

    return names[s];
}

const char *phase_name(enum phase p)
{
    static const char *const names[] = {"at the hand-over", "after it", "between the cores"};

    return names[p];
}
