/* SPDX-License-Identifier: MIT */
/* The M7's handle of the journal. It is the one writer while applications run, so what was read
 * once stays true. */
#include <string.h>

#include "duo/duo.h"
#include "duo/gate.h"
#include "layouts/layout.h"
#include "lib/device_cm7.h"
#include "lib/flash_cm7.h"
#include "lib/keys.h"
#include "lib/service.h"
#include "port/stm32h7/hsem.h"

#define PROCID 0x4Au

static struct duo_flash flash;
static struct duo_device device;
static struct duo_keys keys;
static struct duo_trust trust;
#if DUO_LMS
static struct duo_lms_ring lms;
#endif
static struct duo_txn txn;
static bool is_open;

/* Not inlined: its key is not to lie on the stack under the journal's first reading. */
__attribute__((noinline)) static void open_trust(const struct duo_handoff *handoff)
{
    struct duo_pubkey key;

    if (duo_keys_get(&keys)) {
        trust = (struct duo_trust){.ring = &keys.ring, .revoked = keys.revoked};
#if DUO_LMS
        trust.lms = duo_lms_keys_get(&lms) ? &lms : NULL;
#endif
        return;
    }
    memcpy(key.xy, handoff->key, sizeof(key.xy));
    trust = duo_trust_one(&keys.ring, &key);
    keys.revokes = 0;
}

static void open_device(const struct duo_handoff *handoff)
{
    open_trust(handoff);
    library_flash(&flash);
    duo_device_place(&device, &flash);
    device.trust = &trust;
    device.hardware_id = handoff->hardware_id;
}

struct duo_txn *library_txn(void)
{
    static struct duo_handoff handoff; /* too large for the caller's stack */

    if (is_open) {
        return &txn;
    }
    if (!duo_handoff_get(&handoff)) {
        return NULL;
    }
    open_device(&handoff);
    duo_txn_open(&txn, &device);
    txn.journal.spares_first_bank = duo_layout.map.twin; /* both cores run from it */
    txn.counter_known = true;
    txn.current_counter = handoff.set_counter;
    txn.current_revokes = keys.revokes;
    is_open = true;
    return &txn;
}

bool library_lock(void)
{
    hsem_clock(true);
    return hsem_take(DUO_SEM_FLASH, HSEM_CORE_SELF, PROCID);
}

void library_unlock(void)
{
    hsem_release(DUO_SEM_FLASH, HSEM_CORE_SELF, PROCID);
}
