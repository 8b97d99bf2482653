/* SPDX-License-Identifier: MIT */
/*
 * Device Firmware Upgrade, DFU mode (USB DFU 1.1, chapters 6 and 7, appendix A). The states and
 * statuses are the standard's. Hardware-free: what is done with a file is the operations' affair,
 * and it is done in duo_dfu_work(), which may take seconds and during which requests are answered.
 *
 * With block() it is DfuSe, ST's extension (AN3156): a block's number says what is in it, and the
 * download ends with the device leaving DFU.
 */
#ifndef DUO_PROTO_DFU_H
#define DUO_PROTO_DFU_H

#include "proto/usb_ep0.h"

#define DUO_DFU_BLOCK 4096u /* wTransferSize */
/* String that says why, of a status that has one. */
#define DUO_DFU_STRING_REASON 15u

/* bState */
enum duo_dfu_state {
    DUO_DFU_IDLE = 2,
    DUO_DFU_DNLOAD_SYNC = 3,
    DUO_DFU_DNBUSY = 4,
    DUO_DFU_DNLOAD_IDLE = 5,
    DUO_DFU_MANIFEST_SYNC = 6,
    DUO_DFU_MANIFEST = 7,
    DUO_DFU_UPLOAD_IDLE = 9,
    DUO_DFU_ERROR = 10
};

/* bStatus */
enum duo_dfu_status {
    DUO_DFU_OK = 0x00,
    DUO_DFU_ERR_TARGET = 0x01,
    DUO_DFU_ERR_FILE = 0x02,
    DUO_DFU_ERR_WRITE = 0x03,
    DUO_DFU_ERR_ERASE = 0x04,
    DUO_DFU_ERR_PROG = 0x06,
    DUO_DFU_ERR_VERIFY = 0x07,
    DUO_DFU_ERR_ADDRESS = 0x08,
    DUO_DFU_ERR_NOTDONE = 0x09,
    DUO_DFU_ERR_VENDOR = 0x0B,
    DUO_DFU_ERR_USBR = 0x0C,
    DUO_DFU_ERR_UNKNOWN = 0x0E,
    DUO_DFU_ERR_STALLEDPKT = 0x0F
};

struct duo_dfu_ops {
    /* The next bytes of the file for this alternate. `first`: it begins here. May take seconds. */
    enum duo_dfu_status (*write)(void *ctx, uint8_t alternate, bool first, const uint8_t *bytes,
                                 uint16_t n);
    /* DfuSe, in place of write(): the block of this number (proto/dfuse.h). NULL: plain DFU. */
    enum duo_dfu_status (*block)(void *ctx, uint16_t number, const uint8_t *bytes, uint16_t n);
    /* The file is complete. */
    enum duo_dfu_status (*finish)(void *ctx, uint8_t alternate);
    /* The file will not be completed; also after an error of write() or finish(). */
    void (*abort)(void *ctx);
    /* How long what is being done takes from now on, in ms; it is asked for again if need be. */
    uint32_t (*wait_ms)(void *ctx);
    /* Reads on from `offset` (DfuSe: the block of this number); *n is room and length. Less than
     * asked for: the end. */
    enum duo_dfu_status (*upload)(void *ctx, uint8_t alternate, uint32_t offset, uint8_t *bytes,
                                  uint16_t *n);
    /* A sentence to the last status that was not OK; NULL: none. */
    const char *(*reason)(void *ctx);
    /* The host may have nothing more to do here: it has reset the bus, or (`detached`) said so. */
    void (*leave)(void *ctx, bool detached);
};

enum duo_dfu_job { DUO_DFU_NO_JOB, DUO_DFU_WRITE, DUO_DFU_FINISH };

/* Private, but for `state`. */
struct duo_dfu {
    const struct duo_dfu_ops *ops;
    void *ctx;
    uint8_t *buffer; /* DUO_DFU_BLOCK bytes */
    enum duo_dfu_state state;
    enum duo_dfu_status status;
    enum duo_dfu_status result; /* of the last job; the host learns it by GETSTATUS */
    uint8_t alternate;
    enum duo_dfu_job job;
    bool working; /* inside of the job: the buffer is in use */
    bool open;    /* a file has begun */
    bool dropped; /* and will not be completed: told to the operations after the job */
    bool leaving, detached;
    uint16_t block, length; /* number of the next block; bytes of the present one */
    uint32_t offset;        /* of the upload */
    uint8_t answer[6];
};

void duo_dfu_start(struct duo_dfu *d, const struct duo_dfu_ops *ops, void *ctx, uint8_t *buffer);

/* Does what there is to do; true: there was something. Call it all the time, never from inside the
 * operations. */
bool duo_dfu_work(struct duo_dfu *d);

/* What went well has failed after all: the host learns it when it asks. */
void duo_dfu_fail(struct duo_dfu *d, enum duo_dfu_status status);

/* ---- For struct duo_usb_function; ctx is the struct duo_dfu ---- */

enum duo_usb_answer duo_dfu_request(void *dfu, const struct duo_usb_setup *setup, uint8_t **data,
                                    uint16_t *length);
void duo_dfu_complete(void *dfu, const struct duo_usb_setup *setup);
enum duo_usb_answer duo_dfu_alternate(void *dfu, uint8_t alternate);
void duo_dfu_reset(void *dfu);

#endif
