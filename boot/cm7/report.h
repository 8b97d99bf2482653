/* SPDX-License-Identifier: MIT */
/*
 * What the bootloader says on the serial line. Lines for tools begin with "duoboot: "; they are
 * listed in docs/recovery.md and are part of the interface.
 */
#ifndef DUO_BOOT_REPORT_H
#define DUO_BOOT_REPORT_H

#include "core/txn/txn.h"
#include "duo_build_version.h"

/* One line: "duoboot: ", the text, CR LF. Formats as port/stm32h7/format.h. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Text as it is. */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/* "1.2.3+4" */
void print_version(const struct duo_version *v);

/* One line for each core's image as it lies in its slot, verified again. */
void report_images(const struct duo_device *device);

/* What the journal says: the set, its state, the security counter, what is staged or previous. */
void report_set(const struct duo_txn *txn);

#endif
