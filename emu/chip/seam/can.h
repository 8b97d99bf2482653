/* SPDX-License-Identifier: MIT */
/* FDCAN1 and FDCAN2: the bus they are at. */
#ifndef EMU_CHIP_SEAM_CAN_H
#define EMU_CHIP_SEAM_CAN_H

#include "emu/machine.h"

struct can_frame {
    uint32_t id;
    bool extended, remote, fd, fast, passive; /* fast: BRS; passive: ESI */
    unsigned dlc;                             /* 0 to 15 */
    uint8_t data[64];
};
/* Bytes of that data length code. */
unsigned can_length(unsigned dlc, bool fd);

/* The other nodes, which acknowledge what is sent; sent NULL: there are none. */
struct can_line {
    void *arg;
    void (*sent)(void *arg, const struct can_frame *frame);
};
/* "FDCAN1" or "FDCAN2". False: there is no such controller. */
bool can_attach(struct machine *m, const char *name, const struct can_line *line);
/* A node of the bus has sent it. False: nobody here took part in the bus, so nobody acknowledged.
 */
bool can_receive(struct machine *m, const char *name, const struct can_frame *frame);
/* How long a frame is on the wire at the bit rates of that controller; 0: it has no clock. */
vtime_t can_frame_time(struct machine *m, const char *name, const struct can_frame *frame);
/* FDCAN1 and FDCAN2 are at one bus. */
void can_wire(struct machine *m);

#endif
