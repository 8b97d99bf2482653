/* SPDX-License-Identifier: MIT */
/* A bootloader that does nothing wrong, because it touches nothing before it jumps. */
#include "user.h"

int main(void)
{
    jump_right(APP);
}
