/* SPDX-License-Identifier: MIT */
#include "examples/common/start.h"
#include "tests/fw/gated/gated.h"

int main(void)
{
    const uint32_t found = SHARED;

    for (;;) {
        STARTED = found;
    }
}
