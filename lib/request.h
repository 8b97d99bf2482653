/* SPDX-License-Identifier: MIT */
/* What the M4 asks the M7 for: a kind, and above it a number that tells one request from the next.
 */
#ifndef DUO_LIB_REQUEST_H
#define DUO_LIB_REQUEST_H

enum { REQUEST_BEGIN = 1, REQUEST_RESUME, REQUEST_ABORT, REQUEST_INSTALL, REQUEST_NEXT };

/* Of these 8 bits; an event of the log is asked for by its place instead of a kind. */
#define REQUEST_KIND 0xFFu
#define REQUEST_STEP 0x100u

#endif
