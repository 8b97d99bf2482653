/* SPDX-License-Identifier: MIT */
/* What the two example applications tell each other over the mailbox. */
#ifndef EXAMPLE_MESSAGES_H
#define EXAMPLE_MESSAGES_H

#ifndef VERSION
#error "build with -DVERSION=n, the major version the application reports"
#endif

enum message_kind {
    MESSAGE_BEAT = 1, /* word: number of the beat, VERSION of the sender, FPU errors it has seen */
};

#endif
