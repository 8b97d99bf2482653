/* SPDX-License-Identifier: MIT */
#include "boot/cm7/clearance.h"

#include "core/txn/release.h"

#define ALL_STEPS (CLEARANCE_OPTIONS + CLEARANCE_DECISION + CLEARANCE_M4_PROGRAM)

/* volatile: the compiler must not conclude from one look what another one would find. */
static volatile uint32_t first, second, steps;

void clearance_passed(enum clearance_step step)
{
    steps += step;
}

void clearance_ask(const struct duo_txn *txn, const struct duo_boot *boot)
{
    first = duo_release_first(txn, boot);
    second = duo_release_second(txn, boot);
}

uint32_t clearance_doubt(void)
{
    return (first ^ DUO_RELEASE_FIRST) | (second ^ DUO_RELEASE_SECOND) | (steps ^ ALL_STEPS);
}
