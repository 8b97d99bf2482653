/* SPDX-License-Identifier: MIT */
/* Which core, and versions: what every part of core/ speaks of. */
#ifndef DUO_CORE_IDS_H
#define DUO_CORE_IDS_H

#include <stdbool.h>
#include <stdint.h>

/* The two cores, as an index. Files and messages use duo_core_number(). */
enum duo_core { DUO_CM7 = 0, DUO_CM4 = 1 };
#define DUO_CORES 2u

/* 0: built for a layout that does not swap its banks (core/CMakeLists.txt), so what only such a
 * layout needs is left out. */
#ifndef DUO_SWAPS
#define DUO_SWAPS 1
#endif

/* 0: built for devices that demand a second signature, which images alone have not: what takes them
 * is left out. */
#ifndef DUO_IMAGES_ALONE
#define DUO_IMAGES_ALONE 1
#endif

/* Whose bootloader: a set of cores as bits. */
#define DUO_BOOT_CM7 (1u << DUO_CM7)
#define DUO_BOOT_CM4 (1u << DUO_CM4)

/* 7 or 4 for an index; the way back returns false for any other number. */
uint8_t duo_core_number(enum duo_core core);
bool duo_core_from_number(uint8_t number, enum duo_core *core);
/* "M7" or "M4". */
const char *duo_core_name(enum duo_core core);

struct duo_version {
    uint8_t major, minor;
    uint16_t revision;
    uint32_t build;
};

/* < 0, 0, > 0 as a is older than, the same as, newer than b. The build number counts last. */
int duo_version_compare(const struct duo_version *a, const struct duo_version *b);
/* Eight bytes as in the MCUboot header: major, minor, revision, build. */
void duo_version_get(struct duo_version *v, const uint8_t bytes[8]);
void duo_version_put(const struct duo_version *v, uint8_t bytes[8]);

#endif
