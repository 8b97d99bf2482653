/* SPDX-License-Identifier: MIT */
#include "examples/common/start.h"
#include "tests/fw/alone/alone.h"

int main(void)
{
    ORDER = 0;
    for (;;) {
        BEATS = BEATS + 1u;
        obey(ORDER);
    }
}
