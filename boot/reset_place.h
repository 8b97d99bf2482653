/* SPDX-License-Identifier: MIT */
/*
 * Where both bootloaders' reset code begins, from the first byte of their places on: after the
 * vectors and the M4's record (core/image/m4_record.h). The same place, because where the banks
 * must not be swapped and are, each core takes its vectors from the other's bootloader, and goes to
 * this place of its own one (boot/cm7/swapped.h). Linker scripts read it.
 */
#ifndef BOOT_RESET_PLACE_H
#define BOOT_RESET_PLACE_H

#define RESET_PLACE 0x48

#endif
