/* SPDX-License-Identifier: MIT */
/* Nothing is wrong in here: the option byte SWAP_BANK exchanges the banks under it (see cases.txt).
 */
#include "user.h"

int main(void)
{
    jump_right(APP);
}
