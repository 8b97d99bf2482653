/* SPDX-License-Identifier: MIT */
/*
 * The other end of an FDCAN's bus: an adapter that speaks slcan (the text protocol of LAWICEL's
 * CAN232, which python-can, slcand and others know) on a pty or a TCP port.
 */
#ifndef EMU_HOST_SLCAN_H
#define EMU_HOST_SLCAN_H

#include "emu/host/uart_backend.h"

struct slcan;

/* "FDCAN1=slcan:pty", "slcan:pty:PATH" or "slcan:tcp:PORT". */
bool slcan_is(const char *spec);
/* The port becomes one of `ports`, which serve it. NULL with a message in err. */
struct slcan *slcan_new(struct machine *m, const char *spec, struct uart_backends *ports, char *err,
                        size_t errlen);
void slcan_free(struct slcan *s); /* NULL is allowed; after its ports are closed */

#endif
