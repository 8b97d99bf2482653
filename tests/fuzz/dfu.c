/* SPDX-License-Identifier: MIT */
/*
 * A USB host without sense: SETUPs of any content, OUT packets of any length, resets, in any order,
 * against endpoint 0 and DFU, each input once as plain DFU and once as DfuSe. Whatever it does, a
 * sensible host then gets its file through.
 *
 * Input: commands. 0: reset of the bus; 1: SETUP, 8 bytes; 2: OUT packet, length, bytes; 3: the
 * host fetches what is there; 4: work is done; 5: a SETUP to DFU in short form, 3 bytes.
 */
#include "fuzz.h"
#include "proto/dfuse.h"

#include <string.h>

static struct duo_usb usb;
static struct duo_dfu dfu;
static uint8_t block[DUO_DFU_BLOCK];
static bool in_armed, out_armed, stalled, file_open;
static size_t in_size;
static uint8_t in_bytes[DUO_USB_PACKET];
static unsigned written;

/* ---- the controller ---- */

static void send(const uint8_t *bytes, size_t n)
{
    FUZZ_CHECK(n <= DUO_USB_PACKET);
    if (n != 0) {
        memcpy(in_bytes, bytes, n);
    }
    in_size = n;
    in_armed = true;
}

static void receive(void)
{
    out_armed = true;
}

static void stall(void)
{
    stalled = true;
    in_armed = out_armed = false;
}

static void address(uint8_t a)
{
    FUZZ_CHECK(a < 128);
}

static const struct duo_usb_driver driver = {send, receive, stall, address};

/* ---- the device ---- */

static enum duo_dfu_status write(void *ctx, uint8_t alternate, bool first, const uint8_t *bytes,
                                 uint16_t n)
{
    (void)ctx;
    FUZZ_CHECK(alternate < 3 && n > 0 && n <= DUO_DFU_BLOCK && bytes == block);
    FUZZ_CHECK(first == !file_open);
    file_open = true;
    written++;
    return bytes[0] == 0xEE ? DUO_DFU_ERR_FILE : DUO_DFU_OK;
}

static enum duo_dfu_status finish(void *ctx, uint8_t alternate)
{
    (void)ctx;
    FUZZ_CHECK(alternate < 3 && file_open);
    if (block[1] == 0xEE) {
        return DUO_DFU_ERR_NOTDONE;
    }
    file_open = false;
    return DUO_DFU_OK;
}

static void give_up(void *ctx)
{
    (void)ctx;
    FUZZ_CHECK(file_open);
    file_open = false;
}

static uint32_t wait_ms(void *ctx)
{
    (void)ctx;
    return 7;
}

static enum duo_dfu_status upload(void *ctx, uint8_t alternate, uint32_t offset, uint8_t *bytes,
                                  uint16_t *n)
{
    (void)ctx;
    FUZZ_CHECK(alternate < 3 && *n <= DUO_DFU_BLOCK);
    if (offset + *n > 10000) {
        *n = offset < 10000 ? (uint16_t)(10000 - offset) : 0;
    }
    memset(bytes, 0x5A, *n);
    return DUO_DFU_OK;
}

static const char *reason(void *ctx)
{
    (void)ctx;
    return "a reason";
}

static void leave(void *ctx, bool detached)
{
    (void)ctx, (void)detached;
}

static const struct duo_dfu_ops ops = {.write = write,
                                       .finish = finish,
                                       .abort = give_up,
                                       .wait_ms = wait_ms,
                                       .upload = upload,
                                       .reason = reason,
                                       .leave = leave};

/* ---- the same by address ---- */

#define BASE 0x08000000u
#define SIZE 10000u

static bool here(uint32_t addr, uint32_t n)
{
    return addr - BASE < SIZE && n <= SIZE - (addr - BASE);
}

static bool read_at(void *ctx, uint32_t addr, uint8_t *to, uint32_t n)
{
    (void)ctx;
    memset(to, 0x5A, n);
    return here(addr, n);
}

static bool write_at(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    (void)ctx;
    FUZZ_CHECK(n > 0 && n <= DUO_DFU_BLOCK && bytes == block);
    written++;
    return here(addr, n);
}

static bool erase_at(void *ctx, uint32_t addr)
{
    (void)ctx;
    return here(addr, 1);
}

static void erase_all(void *ctx)
{
    (void)ctx;
}

static const struct duo_dfuse_ops slots = {read_at, write_at, erase_at, erase_all};
static struct duo_dfuse dfuse;

static enum duo_dfu_status take_block(void *ctx, uint16_t number, const uint8_t *bytes, uint16_t n)
{
    (void)ctx;
    return duo_dfuse_block(&dfuse, number, bytes, n);
}

static enum duo_dfu_status give_block(void *ctx, uint8_t alternate, uint32_t number, uint8_t *bytes,
                                      uint16_t *n)
{
    (void)ctx, (void)alternate;
    return duo_dfuse_upload(&dfuse, (uint16_t)number, bytes, n);
}

static enum duo_dfu_status decide(void *ctx, uint8_t alternate)
{
    (void)ctx;
    FUZZ_CHECK(alternate < 3);
    return block[1] == 0xEE ? DUO_DFU_ERR_NOTDONE : DUO_DFU_OK;
}

static const struct duo_dfu_ops dfuse_ops = {.block = take_block,
                                             .finish = decide,
                                             .abort = give_up,
                                             .wait_ms = wait_ms,
                                             .upload = give_block,
                                             .reason = reason,
                                             .leave = leave};

static const char *string(void *ctx, uint8_t index)
{
    (void)ctx;
    return index == 1 ? "a string that is longer than one packet of endpoint 0 takes" : NULL;
}

static const uint8_t device[18] = {18, 1, 0, 2, 0, 0, 0, 64};
static const uint8_t configuration[45] = {9, 2, 45, 0, 1, 1};
static const struct duo_usb_function function = {
    device,       configuration, 3, string, duo_dfu_request, duo_dfu_complete, duo_dfu_alternate,
    duo_dfu_reset};

/* ---- the host ---- */

static void setup(const uint8_t bytes[8])
{
    in_armed = out_armed = stalled = false;
    duo_usb_setup(&usb, bytes);
}

static void fetch(void)
{
    if (in_armed) {
        in_armed = false;
        duo_usb_sent(&usb);
    }
}

static void out(const uint8_t *bytes, size_t n)
{
    if (out_armed) {
        out_armed = false;
        duo_usb_received(&usb, bytes, n);
    }
}

static void work(void)
{
    (void)duo_dfu_work(&dfu);
    duo_usb_again(&usb);
}

static void request(uint8_t type, uint8_t number, uint16_t value, uint16_t length)
{
    const uint8_t s[8] = {type, number, (uint8_t)value,  (uint8_t)(value >> 8),
                          0,    0,      (uint8_t)length, (uint8_t)(length >> 8)};

    setup(s);
    for (int i = 0; i < 3 && usb.stage == DUO_USB_HELD; i++) {
        work();
    }
    FUZZ_CHECK(!stalled && usb.stage != DUO_USB_HELD);
}

static void expect_status(enum duo_dfu_state state)
{
    request(0xA1, 3, 0, 6);
    FUZZ_CHECK(in_bytes[0] == DUO_DFU_OK && in_bytes[4] == state);
    fetch();
    out(NULL, 0);
}

static void download(uint16_t number, const uint8_t *data, uint16_t n)
{
    request(0x21, 1, number, n);
    if (n != 0) {
        out(data, n);
    }
    fetch();
}

/* What dfu-util does, and with -s. */
static void sensible_host(bool by_address)
{
    static const uint8_t data[DUO_USB_PACKET] = {1, 2, 3};
    static const uint8_t set_address[] = {0x21, 0, 0, 0, 8};

    duo_usb_reset(&usb);
    request(0x00, 9, 1, 0);
    fetch();
    request(0x01, 11, 1, 0);
    fetch();
    work();
    FUZZ_CHECK(dfu.state == DUO_DFU_IDLE && dfu.status == DUO_DFU_OK);
    if (by_address) {
        download(0, set_address, sizeof(set_address));
        expect_status(DUO_DFU_DNBUSY);
        work();
        expect_status(DUO_DFU_DNLOAD_IDLE);
        download(2, data, sizeof(data));
        expect_status(DUO_DFU_DNBUSY);
        work();
        expect_status(DUO_DFU_DNLOAD_IDLE);
        download(2, NULL, 0);
        expect_status(DUO_DFU_MANIFEST);
        return;
    }
    download(0, data, sizeof(data));
    work();
    expect_status(DUO_DFU_DNLOAD_IDLE);
    download(1, NULL, 0);
    work();
    expect_status(DUO_DFU_IDLE);
}

static size_t command(const uint8_t *in, size_t left)
{
    uint8_t s[8] = {0};
    size_t n = left > 1 ? in[1] % (DUO_USB_PACKET + 1) : 0;

    switch (in[0] % 6) {
    case 0:
        duo_usb_reset(&usb);
        in_armed = out_armed = false;
        return 1;
    case 1:
        memcpy(s, in + 1, left > 8 ? 8 : left - 1);
        setup(s);
        return 9;
    case 2:
        n = n + 2 > left ? 0 : n;
        out(in + 2, n);
        return 2 + n;
    case 3:
        fetch();
        return 1;
    case 4:
        work();
        return 1;
    default:
        s[0] = left > 1 && in[1] & 0x80 ? 0xA1 : 0x21;
        s[1] = left > 1 ? in[1] & 7 : 0;
        s[2] = left > 2 ? in[2] : 0;
        s[6] = left > 3 ? in[3] : 0;
        setup(s);
        return 4;
    }
}

static void play(const uint8_t *data, size_t size, const struct duo_dfu_ops *as)
{
    static const uint8_t configure[8] = {0x00, 9, 1};

    in_armed = out_armed = stalled = file_open = false;
    written = 0;
    memset(block, 0, sizeof(block));
    dfuse = (struct duo_dfuse){&slots, NULL, BASE};
    duo_dfu_start(&dfu, as, NULL, block);
    duo_usb_start(&usb, &driver, &function, &dfu);
    setup(configure);
    fetch();
    for (size_t at = 0; at < size;) {
        at += command(data + at, size - at);
    }
    sensible_host(as == &dfuse_ops);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    play(data, size, &ops);
    play(data, size, &dfuse_ops);
    return 0;
}
