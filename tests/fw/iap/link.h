/* SPDX-License-Identifier: MIT */
/*
 * What bench/iap and tests/update/test_resident.py share with the pair of this folder: a link, as a
 * DMA would fill it, and what the 1 kHz interrupts have seen. At the start of the AXI SRAM, which
 * neither program uses for anything else. The Python side has the same offsets.
 */
#ifndef TEST_IAP_LINK_H
#define TEST_IAP_LINK_H

#include <stdint.h>

#define LINK_RING  0x40000u
#define LINK_IMAGE 0x20000u

enum link_wish { LINK_NOTHING, LINK_UPDATE, LINK_INSTALL, LINK_NEXT };

/* Of one core; it alone writes it. */
struct meter {
    volatile uint32_t ticks;        /* interrupts taken */
    volatile uint32_t low, high;    /* us from the first of them to the last */
    volatile uint32_t longest;      /* us between two of them */
    volatile uint32_t longest_else; /* the same outside of granted windows */
};

struct link {
    volatile uint32_t wish;    /* test: enum link_wish, */
    volatile uint32_t owner;   /*   which core has the link: 7 or 4, */
    volatile uint32_t guard;   /*   for duo_flash_guard(), */
    volatile uint32_t filled;  /*   bytes of the bundle put into the ring so far */
    volatile uint32_t taken;   /* owner: bytes taken from it */
    volatile uint32_t phase;   /* owner: enum duo_update_phase */
    volatile uint32_t status;  /* owner: enum duo_status of the last call */
    volatile uint32_t windows; /* M7: odd while libduo may erase */
    volatile uint32_t room;    /* test: bytes of `image`, */
    volatile uint32_t file;    /* owner: enum duo_update_file */
    struct meter meter[2];     /* M7, M4 */
    volatile uint8_t ring[LINK_RING];
    uint8_t image[LINK_IMAGE];  /* in which one without a manifest is verified */
    volatile uint32_t order[2]; /* test: M7, M4: start again alone (tests/fw/alone/alone.h) */
};

#define LINK ((struct link *)0x24000000u)

#endif
