/* SPDX-License-Identifier: MIT */
/* What tests/update/test_calls.py shares with the program of this folder, at the start of the AXI
 * SRAM. The Python side has the same offsets and names. */
#ifndef TEST_CALLS_H
#define TEST_CALLS_H

#include <stdint.h>

enum call {
    CALL_CONFIRM,
    CALL_SERVICE,
    CALL_KEPT,
    CALL_FEED,
    CALL_GET_STATUS,
    CALL_GET_LOG,
    CALL_BEGIN,
    CALL_RESUME,
    CALL_WRITE,
    CALL_POLL,
    CALL_WORK,
    CALL_LOOK,
    CALL_NEXT,
    CALL_ABORT,
    CALL_INSTALL,
    CALL_BUFFER,
    CALL_SERVER_START,
    CALL_SERVER_WORK,
    CALLS
};

#define ODD_CALLS 64u
#define BUNDLE    0x40000u

/* The most that calls of a function have taken. */
struct cost {
    volatile uint32_t us, stack, count;
};

struct calls {
    volatile uint32_t wish; /* test: 1: take the bundle and install it; 2: done */
    volatile uint32_t size; /* of the bundle */
    volatile uint32_t error;
    volatile uint32_t odd_count;
    volatile uint32_t odd[ODD_CALLS]; /* what the calls that are wrong have returned */
    struct cost cost[CALLS];
    uint8_t bundle[BUNDLE];
};

#define SEEN ((struct calls *)0x24000000u)

#endif
