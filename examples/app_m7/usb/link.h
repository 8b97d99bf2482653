/* SPDX-License-Identifier: MIT */
/*
 * The application at a USB host: a run-time DFU interface, by which dfu-util and duoboot find the
 * way to recovery, and an interface of the product's own, over which a set comes while the
 * application runs on.
 *
 * Interface 1, vendor-specific: request 1 to it (0x41, no data) begins, or goes on with what an
 * earlier session left; 2 gives up. Then the bundle, from byte `received` on, goes to endpoint
 * 0x01, and struct link_report comes from endpoint 0x81.
 */
#ifndef EXAMPLE_USB_LINK_H
#define EXAMPLE_USB_LINK_H

#include <stdint.h>

enum { LINK_BEGIN = 1, LINK_GIVE_UP = 2 };

struct link_report {
    uint32_t phase; /* enum duo_update_phase */
    uint32_t error; /* enum duo_status */
    uint32_t received, total;
};

/* The tick must run. */
void link_start(void);
/* In the main loop, with duo_update_poll() and duo_update_work(). */
void link_run(void);

#endif
