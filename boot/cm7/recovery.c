/*
 * Recovery: says what the device runs and why it does not run, then receives a bundle by YMODEM.
 * While no transfer has begun, single keys are commands.
 */
#include "boot/cm7/device.h"
#include "boot/cm7/m4.h"
#include "boot/cm7/receive.h"
#include "boot/cm7/report.h"
#include "boot/cm7/work.h"
#include "duo/duo.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/tick.h"
#include "port/stm32h7/usart.h"
#include "port/stm32h7/watchdog.h"

/* After this many faults in a row the images are not even looked at. */
#define FAULTS_TO_DISTRUST 3u
/* A sender whose last acknowledgement was lost asks again within this time. */
#define LINGER_MS 1500u

struct recovery {
    struct duo_txn *txn;
    const struct duo_device *device;
    const struct work_cause *cause;
    bool distrust;
    struct receive receive;
};

static struct recovery recovery;

static void report_cause(const struct work_cause *cause)
{
    const struct fault_record *f = cause->fault;

    if (f)
        say("reason: the bootloader took fault %u at 0x%x (cfsr 0x%x, address 0x%x), %u in a "
            "row",
            (unsigned)f->exception, (unsigned)f->pc, (unsigned)f->cfsr, (unsigned)f->bfar,
            (unsigned)f->count);
    else if (cause->m4_refused)
        say("reason: the m4 did not start: %s", m4_answer_text(cause->m4));
    else if (cause->reason == DUO_REASON_IMAGE_BAD)
        say("reason: m%u image: %s", duo_core_number(cause->core), duo_status_text(cause->code));
    else
        say("reason: %s", duo_reason_text(cause->reason));
}

static void report_m4(void)
{
    switch (m4_state()) {
    case M4_HELD:
        say("m4 held in reset");
        break;
    case M4_PARKED:
        say("m4 parked");
        break;
    case M4_SILENT:
        say("m4 silent: %s", m4_answer_text(DUO_GATE_SILENT));
        break;
    }
}

static void report_all(struct recovery *r)
{
    say("recovery %u.%u.%u", BOOT_VERSION_MAJOR, BOOT_VERSION_MINOR, BOOT_VERSION_PATCH);
    report_cause(r->cause);
    report_m4();
    if (r->distrust) {
        say("images not looked at, because that may be what faulted");
        return;
    }
    report_images(r->device);
    report_set(r->txn);
}

static void command_status(struct recovery *r)
{
    report_all(r);
}

static void command_reset(struct recovery *r)
{
    (void)r;
    say("resetting");
    work_end();
}

/* The keys of recovery. A menu shows `help` in this order. */
struct command {
    char key;
    const char *help;
    void (*run)(struct recovery *r);
};

static const struct command commands[] = {
    {'s', "status", command_status}, {'b', "reset", command_reset}, /* not r: sz begins with "rz" */
};

static void offer(struct recovery *r)
{
    print("keys:");
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        print(" %c = %s", commands[i].key, commands[i].help);
    print("\r\n");
    say("waiting for a bundle by ymodem");
    receive_start(&r->receive, r->txn);
}

static bool run_command(struct recovery *r, uint8_t key)
{
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].key == (char)key) {
            print("\r\n");
            commands[i].run(r);
            return true;
        }
    }
    return false;
}

static void linger(struct recovery *r)
{
    uint32_t start = tick_ms();
    uint8_t bytes[64];

    while (tick_ms() - start < LINGER_MS) {
        size_t n = usart_read(bytes, sizeof bytes);
        duo_ymodem_rx_input(&r->receive.rx, tick_ms(), bytes, n);
        duo_ymodem_rx_tick(&r->receive.rx, tick_ms());
        watchdog_feed();
        cpu_wfi();
    }
}

static const char *advice(enum duo_status status)
{
    switch (status) {
    case DUO_E_KEY:
    case DUO_E_SIGNATURE:
    case DUO_E_NO_SIGNATURE:
        return "sign it with the key this bootloader was built for";
    case DUO_E_HARDWARE:
    case DUO_E_CORE:
        return "send a bundle made for this device";
    case DUO_E_DOWNGRADE:
        return "send a set that is not older than the device allows";
    case DUO_E_MAGIC:
    case DUO_E_FORMAT_NEW:
    case DUO_E_FORMAT_OLD:
        return "send a file made by this version of duoboot bundle";
    case DUO_E_STATE:
        return "the set is on trial and the one before is kept: let both applications confirm it, "
               "or let the trial run out";
    case DUO_E_PROGRAM:
    case DUO_E_ERASE:
    case DUO_E_PROTECTED:
        return "check the write protection and send it again";
    default:
        return "make the bundle anew and send it again";
    }
}

static void report_failure(const struct receive *r)
{
    if (r->verdict != DUO_OK)
        say("refused: %s; %s", duo_status_text(r->verdict), advice(r->verdict));
    else
        say("transfer failed: %s; send it again", duo_ymodem_text(r->result));
}

static void transfer_over(struct recovery *r)
{
    if (r->receive.staged) {
        linger(r); /* the set is complete whatever became of the last acknowledgement */
        fault_forget();
        say("received %s, %u bytes", r->receive.file.name, (unsigned)r->receive.file.size);
        report_set(r->txn);
        say("resetting to install it");
        work_end();
    }
    report_failure(&r->receive);
    offer(r);
}

static void serve(struct recovery *r)
{
    uint8_t bytes[256];

    for (;;) {
        watchdog_feed();
        size_t n = usart_read(bytes, sizeof bytes);
        if (n == 1 && !receive_started(&r->receive) && run_command(r, bytes[0])) {
            offer(r);
            continue;
        }
        receive_poll(&r->receive, bytes, n);
        if (r->receive.over)
            transfer_over(r);
        else if (n == 0 && r->receive.pending_len == 0)
            cpu_wfi(); /* SysTick wakes it for the time-outs */
    }
}

_Noreturn void work_recovery(struct duo_txn *txn, const struct work_cause *cause)
{
    recovery.txn = txn;
    recovery.cause = cause;
    recovery.distrust = cause->fault && cause->fault->count >= FAULTS_TO_DISTRUST;
    work_begin();
    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_NONE); /* a request counts once */
    recovery.device = device_open(work_idle);
    print("\r\n");
    if (cause->fault && !recovery.distrust)
        duo_txn_open(txn, recovery.device);
    report_all(&recovery);
    if (recovery.distrust)
        duo_txn_open(txn, recovery.device);
    /* When the set cannot be started, a trial or exchange must not stand in the way of a new one.
     */
    if (cause->fault || cause->m4_refused)
        txn->may_discard = true;
    offer(&recovery);
    serve(&recovery);
    __builtin_unreachable();
}
