/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/usb.h"

#include <string.h>

#include "boot/cm7/fault.h"
#include "boot/cm7/line.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/programmer.h"
#include "boot/cm7/recovery/smp.h"
#include "boot/cm7/recovery/usb_parts.h"
#include "boot/cm7/report.h"
#include "chip/stm32h7/memory.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/otg.h"

/* Of the MPU: main.c has the first, recovery_load.c and programmer.c one each. */
#define SERIAL_REGION 7u

struct usb usb;

__attribute__((section(".bss.work_ram"), aligned(8))) static uint8_t block[DUO_DFU_BLOCK];

static void activity(void)
{
    usb.active_at = line->now();
}

/* ---- refusals ---- */

static enum duo_dfu_status status_of(enum duo_status status)
{
    switch (status) {
    case DUO_OK:
        return DUO_DFU_OK;
    case DUO_E_CORE:
    case DUO_E_HARDWARE:
    case DUO_E_LAYOUT:
        return DUO_DFU_ERR_TARGET;
    case DUO_E_TRUNCATED:
    case DUO_E_EMPTY:
        return DUO_DFU_ERR_NOTDONE;
    case DUO_E_PROGRAM:
        return DUO_DFU_ERR_PROG;
    case DUO_E_ERASE:
    case DUO_E_STUCK:
        return DUO_DFU_ERR_ERASE;
    case DUO_E_PROTECTED:
        return DUO_DFU_ERR_WRITE;
    case DUO_E_READ:
        return DUO_DFU_ERR_VERIFY;
    case DUO_E_STATE:
    case DUO_E_JOURNAL:
    case DUO_E_NO_IMAGE:
        return DUO_DFU_ERR_VENDOR;
    default:
        return DUO_DFU_ERR_FILE;
    }
}

enum duo_dfu_status usb_refuse(enum duo_dfu_status status, const char *what, const char *advice)
{
    usb_set_reason(what, advice);
    say("usb refused: %s", usb_reason());
    return status;
}

enum duo_dfu_status usb_status_for(enum duo_status status)
{
    if (status == DUO_OK) {
        return DUO_DFU_OK;
    }
    return usb_refuse(status_of(status), duo_status_text(status),
                      recovery_advice(usb.recovery, status));
}

/* A request out of place is refused without a word: what is there belongs to a file before. */
const char *usb_reason_text(void *ctx)
{
    (void)ctx;
    return usb.dfu.status == DUO_DFU_ERR_STALLEDPKT ? NULL : usb_reason();
}

/* ---- begin and end ---- */

enum duo_dfu_status usb_may_begin(void)
{
    const struct recovery *r = usb.recovery;

    if ((r->offering && receive_started(&r->receive)) || programmer_active() || smp_active()) {
        return usb_refuse(DUO_DFU_ERR_VENDOR, "the serial line sends an update", "try again later");
    }
    return options_block_updates() ? usb_status_for(DUO_E_PROTECTED) : DUO_DFU_OK;
}

enum duo_dfu_status usb_take_line(void)
{
    const enum duo_dfu_status status = usb_may_begin();

    if (status == DUO_DFU_OK) {
        usb.recovery->offering = false;
        smp_forget();
    }
    return status;
}

_Noreturn void usb_install(void)
{
    fault_forget();
    report_set(usb.recovery->txn);
    say("resetting to install it");
    otg_stop();
    work_end();
}

_Noreturn void usb_end(void)
{
    say("usb: detached, resetting");
    otg_stop();
    work_end();
}

void usb_start(struct recovery *r)
{
    if (!DUO_USB) {
        return;
    }
    memset(block, 0, sizeof(block)); /* a first narrow write would read a word's random ECC */
    memset(&usb, 0, sizeof(usb));
    usb.recovery = r;
    mpu_region(SERIAL_REGION, MEM_UNIQUE_ID_BASE,
               MPU_SIZE(5) | MPU_READ_ONLY | MPU_NO_EXECUTE | MPU_UNCACHED);
    duo_dfu_start(&usb.dfu, &usb_ops, NULL, block);
    if (!otg_start(&usb.bus, usb_function(activity), &usb.dfu)) {
        say("usb does not start: no clock or supply");
    }
}

void usb_poll(void)
{
    const uint32_t now = line->now();

    /* Until a host sends a file, once a millisecond: the line's bytes come ten times as often. */
    if (DUO_USB && (usb.open || now != usb.polled_at)) {
        usb.polled_at = now;
        otg_poll();
    }
}

bool usb_work(void)
{
    if (!DUO_USB) {
        return false;
    }
    bool did = duo_dfu_work(&usb.dfu);
    usb_quiet(line->now() - usb.active_at);
    if (usb.open && !did) {
        cpu_wfe(); /* USB wakes it, and SysTick */
    }
    return usb.open;
}
