/* SPDX-License-Identifier: MIT */
/* ... and this one does not. */
#include "gate.h"

int main(void)
{
#ifdef REPAIRED
    wait_in_stop();
#endif
    jump_right(APP);
}
