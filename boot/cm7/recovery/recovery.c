/* SPDX-License-Identifier: MIT */
/*
 * Recovery: says what the device runs and why it does not run, offers a menu, and asks for files by
 * YMODEM until a key is pressed: a program that knows no keys can send at once.
 */
#include "boot/cm7/recovery/recovery.h"
#include "boot/cm7/device.h"
#include "boot/cm7/line.h"
#include "boot/cm7/recovery/keys.h"
#include "boot/cm7/recovery/menu.h"
#include "boot/cm7/recovery/programmer.h"
#include "boot/cm7/recovery/smp.h"
#include "boot/cm7/recovery/status.h"
#include "boot/cm7/recovery/usb.h"
#include "boot/cm7/report.h"
#include "duo/duo.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/watchdog.h"

/* After this many faults in a row the images are not even looked at. */
#define FAULTS_TO_DISTRUST 3u
/* A sender whose last acknowledgement was lost asks again within this time. */
#define LINGER_MS 1500u
/* The waiting menu asks for files again after this, so that a program need not press a key. */
#define IDLE_MS 10000u
/* A key has this much silence around it; in a transfer, where data may look like a key, more. */
#define ALONE_MS      30u
#define ALONE_BUSY_MS 400u

/* A transfer by YMODEM in which nothing has come for so long has been left by its sender. */
#define LEFT_MS 2000u

static struct recovery recovery;

void offer(struct recovery *r, uint32_t polls, bool streaming)
{
    r->offering = true;
    receive_start(&r->receive, r->txn, polls, streaming);
}

/* For programs, too: they look for this line, or for the polls that follow. */
static void offer_by_itself(struct recovery *r)
{
    say("waiting for a bundle by ymodem");
    offer(r, 0, false);
}

/* The last acknowledgement may have been lost: a sender that asks again gets another one, and `sb`,
 * which waits 10 s before it does, gets one unasked. Nothing else may come before: `sb` takes a
 * line of text for noise and hears no acknowledgement after it. */
static void linger(struct recovery *r)
{
    static const uint8_t ack = DUO_YM_ACK;
    uint32_t start = line->now();
    uint8_t bytes[64];

    while (line->now() - start < LINGER_MS) {
        size_t n = line->read(bytes, sizeof(bytes));
        duo_ymodem_rx_input(&r->receive.rx, line->now(), bytes, n);
        duo_ymodem_rx_tick(&r->receive.rx, line->now());
        watchdog_feed_both();
        cpu_wfi();
    }
    line->write(&ack, 1);
}

/* The staging slots hold the only set that is known to work: a download would overwrite it. */
static const char *way_out(const struct duo_txn *txn)
{
    struct duo_report report;

    duo_txn_report(txn, &report);
    return report.phase == DUO_PHASE_TRIAL
               ? "a set is on trial; roll back (r), then send this again"
               : "an exchange of the sets is not complete; reset (b), then send this again";
}

const char *recovery_advice(const struct recovery *r, enum duo_status status)
{
    switch (status) {
    case DUO_E_KEY:
    case DUO_E_SIGNATURE:
    case DUO_E_NO_SIGNATURE:
        return "sign it with this device's key";
    case DUO_E_HARDWARE:
    case DUO_E_LAYOUT:
    case DUO_E_CORE:
        return "send what is made for this device";
    case DUO_E_DOWNGRADE:
    case DUO_E_KEY_FLOOR:
    case DUO_E_REVOCATION_ORDER:
#if DUO_SWAPS
    case DUO_E_BOOT_OLD:
#endif
        return "send a newer set";
    case DUO_E_KEY_ROLE:
    case DUO_E_KEY_REVOKED:
    case DUO_E_REVOKES_SIGNER:
        return "sign it with another key of this device";
    case DUO_E_NO_SECOND:
    case DUO_E_SECOND:
        return "send a bundle that this device's LMS key has signed, too";
    case DUO_E_FORMAT_NEW:
        return "make it for this bootloader's version";
    case DUO_E_MAGIC:
        return "send a bundle or signed image";
    case DUO_E_NO_IMAGE:
    case DUO_E_DEPENDENCY:
        return "send both cores' images in one batch";
    case DUO_E_TRAILING:
        return "send one bundle, or one image each";
#if DUO_SWAPS
    case DUO_E_BOOT_BANK:
        return "install a set without it first";
#endif
    case DUO_E_PROTECTED:
        return "check the write protection";
    case DUO_E_STUCK:
    case DUO_E_JOURNAL:
        return "reset (b), then send it again";
    case DUO_E_STATE:
        return way_out(r->txn);
    case DUO_E_PROGRAM:
    case DUO_E_ERASE:
        return "send it again";
    default:
        return "make it again and send it again";
    }
}

static void say_refused(const struct recovery *r, enum duo_status status)
{
    const char *advice = recovery_advice(r, status);

    if (status == DUO_E_STATE) {
        say("refused: %s", advice);
    } else {
        say("refused: %s; %s", duo_status_text(status), advice);
    }
}

static void report_failure(const struct recovery *r)
{
    enum duo_status status = r->receive.status;

    if (status == DUO_E_CANCELLED) {
        say("transfer failed: aborted here");
    } else if (status != DUO_OK) {
        say_refused(r, status);
    } else {
        say("transfer failed: %s; send it again", duo_ymodem_text(r->receive.result));
    }
}

static void report_received(const struct recovery *r)
{
    say("received %s, %u bytes", r->receive.file.name, (unsigned)r->receive.file.size);
    for (unsigned c = 0; c < DUO_CORES; c++) {
        struct duo_version version;

        if (!duo_session_image(&r->receive.session, (enum duo_core)c, &version)) {
            continue;
        }
        print("duoboot: m%u image ", duo_core_number((enum duo_core)c));
        print_version(&version);
        print(" received\r\n");
    }
    report_set(r->txn);
}

static void transfer_over(struct recovery *r)
{
    if (r->receive.staged) {
        linger(r); /* the set is complete, even if the last acknowledgement was lost */
    }
    print("\r\n");
    if (r->receive.staged) {
        fault_forget();
        report_received(r);
        say("resetting to install it");
        work_end();
    }
    report_failure(r);
    offer_by_itself(r);
}

/* To the menu, which waits for a key. */
static void prompt(struct recovery *r)
{
    r->idle_since = line->now();
    print("key (m = menu): ");
}

static bool is_abort(uint8_t key)
{
    return key == 'a' || key == KEY_CTRL_C;
}

/* A transfer is going on: all but an abort is noise on its line. Where the sender has gone it is a
 * person's. */
static bool key_in_transfer(struct recovery *r, uint8_t key)
{
    if (!r->offering || !receive_started(&r->receive)) {
        return false;
    }
    if (is_abort(key)) {
        receive_abort(&r->receive);
    } else if (r->left && key > ' ' && key < 0x7Fu) {
        receive_drop(&r->receive);
        return false;
    }
    return true;
}

static void key_pressed(struct recovery *r, uint8_t key)
{
    if (key_in_transfer(r, key)) {
        return;
    }
    r->offering = false;
    if (!menu_run(r, key) && is_abort(key)) {
        print("\r\naborted\r\n");
    }
    if (!r->offering) {
        prompt(r);
    }
}

/* A program that speaks ST's protocol has the line until it has been silent for a while. */
static void serve_programmer(struct recovery *r, const uint8_t *bytes, size_t n)
{
    if (r->offering) {
        receive_drop(&r->receive);
    }
    r->offering = false;
    if (n > 0) {
        r->idle_since = line->now();
    }
    smp_forget();
    programmer_input(r, bytes, n);
    if (!programmer_decided()) {
        if (n == 0) {
            cpu_wfi();
        }
        return;
    }
    line->flush(); /* its acknowledgement, before any text */
    enum duo_status status = programmer_stage();
    if (status == DUO_OK) {
        fault_forget();
        report_set(r->txn);
        say("resetting to install it");
        work_end();
    }
    say_refused(r, status);
}

/* ST's protocol says no more of a refused GO than that; who reads the line gets the reason when the
 * program has gone. */
static void report_refused_program(const struct recovery *r)
{
    const enum duo_status status = programmer_refusal();

    if (status == DUO_E_EMPTY || status == DUO_E_NO_IMAGE) {
        say("refused: no signed image was written; write what duoboot factory makes");
    } else if (status != DUO_OK) {
        say_refused(r, status);
    }
}

/* Keys and files. */
static void serve_people(struct recovery *r, const uint8_t *bytes, size_t n)
{
    const bool files = r->offering && receive_started(&r->receive);
    uint8_t key = KEY_NONE;

    /* In a block a byte is data, unless the block ends with it: that is known when it is given up.
     */
    if (n > 0 || !files || !receive_in_block(&r->receive)) {
        key = key_input(bytes, n, files ? ALONE_BUSY_MS : ALONE_MS);
    }
    if (key != KEY_NONE) {
        key_pressed(r, key);
    }
    if (n == 0 && smp_may_begin()) {
        return; /* a client that has just begun would take a word said now for its answer */
    }
    if (r->offering) {
        receive_poll(&r->receive, bytes, n);
        if (r->receive.over) {
            transfer_over(r);
        }
    } else if (!smp_active() && line->now() - r->idle_since >= IDLE_MS) {
        print("\r\n");
        report_refused_program(r);
        offer_by_itself(r);
    }
}

/* An SMP client has the line while it speaks, and what was going on is left. For a while after its
 * last message nothing is said unasked. */
static bool serve_client(struct recovery *r, const uint8_t *bytes, size_t n)
{
    const bool files = r->offering && receive_started(&r->receive);
    const bool busy = files && line->now() - r->heard < LEFT_MS && !smp_may_begin();
    const bool clients = !(busy && receive_in_block(&r->receive)) && smp_input(bytes, n, busy);

    if (n > 0) {
        r->left = line->now() - r->heard >= LEFT_MS;
        r->heard = line->now();
    }
    if (clients && r->offering) {
        receive_drop(&r->receive);
        r->offering = false;
    }
    if (clients) {
        r->idle_since = line->now();
    }
    /* A receiver that waits for a block would answer to the first bytes of a message. */
    return clients || (files && !busy && smp_may_begin());
}

static bool serves_programmer(const struct recovery *r, const uint8_t *bytes, size_t n)
{
    const bool files = r->offering && receive_started(&r->receive);
    const bool busy = files && (receive_in_block(&r->receive) || line->now() - r->heard < LEFT_MS);

    return programmer_active() || (programmer_calls(bytes, n) && !busy && !smp_holds_line());
}

static void serve_once(struct recovery *r)
{
    uint8_t bytes[256];

    watchdog_feed_both();
    usb_poll();
    if (usb_work()) {
        return; /* it has the update session */
    }
    const size_t n = smp_takes_bytes() ? line->read(bytes, sizeof(bytes)) : 0;
    programmer_give_way(bytes, n);
    if (serves_programmer(r, bytes, n)) {
        serve_programmer(r, bytes, n);
        return;
    }
    if (!serve_client(r, bytes, n)) {
        serve_people(r, bytes, n);
    }
    const bool worked = smp_work();
    if (n == 0 && !worked && !receive_busy(&r->receive)) {
        /* SysTick wakes it for the time-outs, and for USB: until a host sends a file, once a
         * millisecond is enough. cpu_wfe() would turn twice for each byte of the line, because an
         * interrupt leaves an event when it returns. */
        cpu_wfi();
    }
}

/* While the flash works, the line goes on. What a person may have pressed is kept for serve_once().
 */
static void idle(void *ctx)
{
    struct recovery *r = &recovery;
    uint8_t byte;

    smp_listen();
    while (r->offering && receive_wants(&r->receive) && line->read(&byte, 1) == 1) {
        r->heard = line->now();
        (void)key_input(&byte, 1, ALONE_BUSY_MS);
        receive_listen(&r->receive, byte);
    }
    usb_poll();
    work_idle(ctx);
}

static _Noreturn void recover(struct duo_txn *txn, const struct work_cause *cause)
{
    recovery.txn = txn;
    recovery.cause = cause;
    recovery.distrust = cause->fault && cause->fault->count >= FAULTS_TO_DISTRUST;
    work_begin();
    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_NONE); /* a request counts once */
    recovery.device = device_open(idle);
    print("\r\n");
    if (cause->fault && !recovery.distrust) {
        duo_txn_open(txn, recovery.device);
    }
    status_show(&recovery);
    if (recovery.distrust) {
        duo_txn_open(txn, recovery.device);
    }
    if (cause->fault || cause->m4_refused) {
        duo_txn_cannot_start(txn, recovery.distrust);
    }
    smp_start(&recovery);
    menu_show(&recovery);
    offer_by_itself(&recovery);
    usb_start(&recovery);
    for (;;) {
        serve_once(&recovery);
    }
}

/* Where the rest of the bootloader enters (recovery_load.c); nothing else here may be called. */
__attribute__((section(".recovery_entry"),
               used)) static void (*const entry)(struct duo_txn *txn,
                                                 const struct work_cause *cause) = recover;
