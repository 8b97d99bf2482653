/* SPDX-License-Identifier: MIT */
/* What tests/update/test_calls.py shares with the programs of this folder, at the start of the AXI
 * SRAM. It reads the names of the calls from here; of the offsets it has its own. */
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
    CALL_HANDOFF_GET,
    CALL_UPDATE_BEGIN,
    CALL_UPDATE_RESUME,
    CALL_UPDATE_WRITE,
    CALL_UPDATE_POLL,
    CALL_UPDATE_WORK,
    CALL_UPDATE_LOOK,
    CALL_UPDATE_WATCH,
    CALL_UPDATE_NEXT,
    CALL_UPDATE_ABORT,
    CALL_UPDATE_INSTALL,
    CALL_UPDATE_BUFFER,
    CALL_FLASH_GUARD,
    CALL_CLOCK,
    CALL_MAILBOX_START,
    CALL_MAILBOX_SEND,
    CALL_MAILBOX_ISR,
    CALL_MAILBOX_RECEIVE,
    CALL_SERVER_START,
    CALL_SERVER_INPUT,
    CALL_SERVER_WORK,
    CALL_SERVER_OUTPUT,
    CALL_SERVER_ACTIVE,
    CALL_SERVER_BY_ADDRESS,
    CALL_SERVER_WANTS_RESET,
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
    volatile uint32_t told, untrue;   /* changes that were told of; those of them that were none */
    volatile uint32_t odd[ODD_CALLS]; /* what the calls that are wrong have returned */
    struct cost cost[CALLS];
    uint8_t bundle[BUNDLE];
};

#define SEEN ((struct calls *)0x24000000u)

#endif
