/* SPDX-License-Identifier: MIT */
#include "boot/cm7/launch.h"

#include <string.h>

#include "boot/cm7/clearance.h"
#include "boot/cm7/m4.h"
#include "boot/cm7/report.h"
#include "chip/stm32h7/regs.h"
#include "duo/handoff.h"
#include "duo/mailbox.h"
#include "layouts/layout.h"
#include "lib/keys.h"
#include "lib/start.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/jump.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/watchdog.h"

static uint32_t version_number(const struct duo_version *v)
{
    return (uint32_t)v->major << 24 | (uint32_t)v->minor << 16 | v->revision;
}

static void put_version(struct duo_handoff_version *to, const struct duo_version *v)
{
    to->number = version_number(v);
    to->build = v->build;
}

static enum duo_set_state set_state(const struct duo_report *report)
{
    if (report->phase == DUO_PHASE_TRIAL) {
        return DUO_SET_TRIAL;
    }
    return report->current.present && !report->current.factory ? DUO_SET_CONFIRMED
                                                               : DUO_SET_UNMANAGED;
}

/* For a libduo that knows one key only. */
static const struct duo_pubkey *first_key(const struct duo_trust *trust)
{
    unsigned number = 0;

    while (duo_trust_permits(trust, number, UINT32_MAX) != DUO_OK &&
           number + 1u < duo_ring_count(trust->ring)) {
        number++;
    }
    return &trust->ring->keys[number].pub;
}

static void tell_keys(const struct duo_trust *trust, uint32_t revokes)
{
    static struct duo_keys keys;

    keys.ring = *trust->ring;
    keys.revoked = trust->revoked;
    keys.revokes = revokes;
    duo_keys_put(&keys);
    if (DUO_LMS && trust->lms) {
        duo_lms_keys_put(trust->lms);
    }
}

static void tell_applications(const struct duo_txn *txn, const struct duo_boot *boot,
                              uint32_t reset_flags)
{
    const struct duo_version own = {DUO_BUILD_VERSION_MAJOR, DUO_BUILD_VERSION_MINOR,
                                    DUO_BUILD_VERSION_PATCH, 0};
    struct duo_report report;
    struct duo_handoff h;

    duo_txn_report(txn, &report);
    h.bootloader = version_number(&own);
    h.reset_flags = reset_flags;
    h.state = set_state(&report);
    h.boots_left = report.trial_boots_left;
    h.counter = report.counter;
    h.reason = report.reason;
    h.reason_code = report.reason_code;
    put_version(&h.set, &report.current.set_version);
    put_version(&h.m7, &boot->image[DUO_CM7].header.version);
    put_version(&h.m4, &boot->image[DUO_CM4].header.version);
    h.hardware_id = txn->dev->hardware_id;
    memcpy(h.key, first_key(txn->dev->trust)->xy, sizeof(h.key));
    tell_keys(txn->dev->trust, report.current.revokes);
    h.set_counter = report.current.counter;
    h.confirmed = (report.confirmed[DUO_CM7] ? 1u : 0u) | (report.confirmed[DUO_CM4] ? 2u : 0u);
    duo_mailbox_clear();
    duo_shared_clear(h.state == DUO_SET_TRIAL);
    duo_handoff_put(&h);
}

/* Where a core's vector table lies, as verified. In doubt, that is not an address at which an
 * application is: for neither core. */
static uint32_t vectors_of(const struct duo_boot *boot, enum duo_core core)
{
    const struct duo_image *image = &boot->image[core];
    const uint32_t at = duo_layout.slot[core].run_base + duo_payload_offset(image->header.hdr_size);
    const volatile uint32_t *table = (const volatile uint32_t *)(uintptr_t)at;
    const uint32_t differs = (table[0] ^ image->sp) | (table[1] ^ image->entry);

    return at | differs | clearance_doubt();
}

enum duo_gate_answer launch(const struct duo_txn *txn, const struct duo_boot *boot,
                            uint32_t reset_flags)
{
    tell_applications(txn, boot, reset_flags);
    flash_quiet();
    tick_stop();
    clock_reset(); /* before the M4 may run: its application must find the clocks of a reset */
    /* Before the M4 has its image: until then it watches a new bootloader of ours, from then on
     * this does, so that one that hangs anywhere is taken back. */
    if (boot->watchdog_s != 0) {
        watchdog_start(boot->watchdog_s * 1000u);
    }
    enum duo_gate_answer answer =
        m4_offer(vectors_of(boot, DUO_CM4), boot->image[DUO_CM4].sp, boot->image[DUO_CM4].entry,
                 boot->m4_by_m7 ? DUO_GATE_BY_M7 : DUO_GATE_AT_ONCE);
    if (answer != DUO_GATE_ACCEPTED) {
        return answer;
    }
    /* A window watchdog of this core then resets the chip and not this core alone (main.c). The
     * other bits are set only. */
    REG(RCC, GCR) = RCC_GCR_WW1RSC;
    const uint32_t vectors = vectors_of(boot, DUO_CM7);

    watchdog_feed_both(); /* the applications get all the time there is */
    mpu_reset();
    jump_to_application(vectors, &DUO_GATE->go, DUO_GATE_GO);
}
