/* SPDX-License-Identifier: MIT */
/* Who wants to be told how the update session gets on. Not for applications. */
#ifndef DUO_LIB_WATCH_H
#define DUO_LIB_WATCH_H

/* Tells, if something has changed since the last time. */
void watch_tell(void);

#endif
