/* SPDX-License-Identifier: MIT */
/* The M4's bootloader is fine; the option byte BOOT_CM4_ADD0 points to the wrong sector (see
 * cases.txt). */
#include "user.h"

int main(void)
{
    jump_right(APP);
}
