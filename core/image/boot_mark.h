/* SPDX-License-Identifier: MIT */
/*
 * What a bootloader says of itself in its vector table, so that it can be told before it runs: its
 * version, its flash layout and its core. Nothing ever fetches that vector (ARMv7-M reserves it),
 * and it lies in the first flash word, as the reset vector does. In another such vector the M7's
 * says where its record lies (core/image/about.h): an address, 0 of those that do not say it.
 */
#ifndef DUO_CORE_BOOT_MARK_H
#define DUO_CORE_BOOT_MARK_H

#include <stdint.h>

#define DUO_BOOT_MARK_VECTOR 7u
#define DUO_BOOT_MARK_OFFSET (4u * DUO_BOOT_MARK_VECTOR)

#define DUO_BOOT_ABOUT_VECTOR 9u
#define DUO_BOOT_ABOUT_OFFSET (4u * DUO_BOOT_ABOUT_VECTOR)

/* One byte each from the top: major, minor, revision; four bits each: layout number, core number.
 * So of two bootloaders with the same low byte the newer one has the greater mark. */
#define DUO_BOOT_MARK_KIND 0xFFu
#define DUO_BOOT_MARK_CORE 0x0Fu
#define DUO_BOOT_MARK(major, minor, revision, layout, core)                                        \
    ((uint32_t)(major) << 24 | (uint32_t)(minor) << 16 | (uint32_t)(revision) << 8 |               \
     (uint32_t)(layout) << 4 | (uint32_t)(core))

/* Of the program that is being built: with duo_build_version.h and the layout's header. */
#define DUO_BOOT_MARK_OF(core)                                                                     \
    DUO_BOOT_MARK(DUO_BUILD_VERSION_MAJOR, DUO_BUILD_VERSION_MINOR, DUO_BUILD_VERSION_PATCH,       \
                  LAYOUT_NUMBER, core)

#endif
