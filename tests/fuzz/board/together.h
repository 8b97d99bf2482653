/* SPDX-License-Identifier: MIT */
/* Included before each source of the firmware: its variables, which all begin as 0, lie together,
 * so that each input finds them as after a reset. */
#pragma clang section bss = "firmware_bss"
