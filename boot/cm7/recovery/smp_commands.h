/* SPDX-License-Identifier: MIT */
/* Our own group of SMP commands (docs/protocols.md): what mcumgr's groups have no words for. */
#ifndef DUO_BOOT_SMP_COMMANDS_H
#define DUO_BOOT_SMP_COMMANDS_H

#include "proto/smp.h"

struct recovery;

/* As struct duo_smp_ops. */
enum duo_status smp_command(struct recovery *r, uint32_t id, bool write,
                            const struct duo_cbor_item *request, struct duo_cbor_out *answer);

/* For both cores. STATE: there is nothing to confirm; others as core/txn/txn.h. */
enum duo_status smp_confirm(void);
enum duo_status smp_roll_back(void);

#endif
