/* SPDX-License-Identifier: MIT */
/*
 * Slots by address, for hosts that speak DfuSe (DUO_DFUSE): what they erase, write and read is the
 * copy of both slots that ST's serial protocol has, too (programmer.h). The flash is not touched
 * before the host leaves and all that was written is verified.
 */
#include "boot/cm7/line.h"
#include "boot/cm7/recovery/programmer.h"
#include "boot/cm7/recovery/usb_parts.h"
#include "chip/stm32h7/memory.h"
#include "port/stm32h7/flash.h"
#include "proto/dfuse.h"

/* A block is copied in less. */
#define BLOCK_MS 1u
/* So that the host learns that all is well, before the flash keeps the device busy. */
#define LINGER_MS 200u

/* What comes after the host has left. */
static enum { NOTHING, INSTALL, RESET } at_end;

static bool erase(void *ctx, uint32_t addr)
{
    const uint32_t at = addr - MEM_FLASH_BASE;

    return at < MEM_FLASH_SIZE && programmer_erase(ctx, 1u << at / MEM_SECTOR_SIZE);
}

static void erase_all(void *ctx)
{
    (void)programmer_erase(ctx, UINT32_MAX);
}

static const struct duo_dfuse_ops slots = {programmer_read, programmer_write, erase, erase_all};

static struct duo_dfuse dfuse = {&slots, NULL, MEM_FLASH_BASE};

static enum duo_dfu_status begin(void)
{
    if (!usb.open) {
        usb_set_reason("", NULL);
        const enum duo_dfu_status status = usb_take_line();
        if (status != DUO_DFU_OK) {
            return status;
        }
        usb.open = true;
    }
    programmer_open(usb.recovery);
    return DUO_DFU_OK;
}

static enum duo_dfu_status explain(enum duo_dfu_status status)
{
    if (status == DUO_DFU_ERR_ADDRESS) {
        return usb_refuse(status, "nothing can be written there",
                          "send slots (duoboot factory) to the applications' addresses");
    }
    return status == DUO_DFU_OK ? status
                                : usb_refuse(status, "no such command", "set address, erase");
}

static enum duo_dfu_status block(void *ctx, uint16_t number, const uint8_t *bytes, uint16_t n)
{
    const enum duo_dfu_status status = begin();

    (void)ctx;
    return status == DUO_DFU_OK ? explain(duo_dfuse_block(&dfuse, number, bytes, n)) : status;
}

/* Before anything is written the flash looks blank: nobody reads it out this way. */
static enum duo_dfu_status upload(void *ctx, uint8_t alternate, uint32_t number, uint8_t *bytes,
                                  uint16_t *n)
{
    (void)ctx;
    (void)alternate;
    return explain(duo_dfuse_upload(&dfuse, (uint16_t)number, bytes, n));
}

/* Its address does not matter: both cores start together, at their own. */
static enum duo_dfu_status finish(void *ctx, uint8_t alternate)
{
    enum duo_dfu_status status = begin();

    (void)ctx;
    (void)alternate;
    if (status != DUO_DFU_OK) {
        return status;
    }
    const enum duo_status decided = programmer_decide();
    at_end = decided == DUO_OK ? INSTALL : decided == DUO_E_EMPTY ? RESET : NOTHING;
    if (decided == DUO_E_NO_IMAGE) {
        return usb_refuse(DUO_DFU_ERR_NOTDONE, "a slot is not whole",
                          "send all that duoboot factory makes of it");
    }
    return decided == DUO_E_EMPTY ? DUO_DFU_OK : usb_status_for(decided);
}

static void stage(void)
{
    at_end = NOTHING;
    const enum duo_status status = programmer_stage();
    if (status == DUO_OK) {
        usb_install();
    }
    duo_dfu_fail(&usb.dfu, usb_status_for(status));
}

/* The line is served again. */
static void close(void)
{
    usb.open = false;
    offer(usb.recovery, 0, false);
}

/* A reset of the bus: what was written so far is given up. */
static void leave(void *ctx, bool detached)
{
    (void)ctx;
    if (at_end == INSTALL) {
        stage();
    } else if (detached || at_end == RESET) {
        usb_end();
    } else if (usb.open) {
        programmer_forget();
        close();
    }
}

static uint32_t wait_ms(void *ctx)
{
    const uint32_t flash = flash_wait_ms();

    (void)ctx;
    return flash > BLOCK_MS ? flash : BLOCK_MS;
}

/* Never called: a block stands alone, and nothing of the session is begun before the end. */
static void give_up(void *ctx)
{
    (void)ctx;
}

const struct duo_dfu_ops usb_ops = {.block = block,
                                    .finish = finish,
                                    .abort = give_up,
                                    .wait_ms = wait_ms,
                                    .upload = upload,
                                    .reason = usb_reason_text,
                                    .leave = leave};

/* What has been written stays for a host that comes back. */
void usb_quiet(uint32_t ms)
{
    if (at_end != NOTHING && ms >= LINGER_MS) {
        leave(NULL, false);
    } else if (usb.open && ms >= USB_HOST_GONE_MS) {
        close();
    }
}
