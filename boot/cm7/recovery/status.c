/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/status.h"

#include "boot/cm7/m4.h"
#include "boot/cm7/m4_program.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/protect.h"
#include "boot/cm7/recovery/recovery.h"
#include "boot/cm7/report.h"

static void report_cause(const struct work_cause *cause)
{
    const struct fault_record *f = cause->fault;

    if (f) {
        say("reason: the bootloader took fault %u at 0x%x (cfsr 0x%x, address 0x%x), %u in a "
            "row",
            (unsigned)f->exception, (unsigned)f->pc, (unsigned)f->cfsr, (unsigned)f->address,
            (unsigned)f->count);
    } else if (cause->doubt) {
        say("nothing started: the verification contradicts itself; switch the power off and on, "
            "and "
            "if it stays so download the set again");
    } else if (cause->options) {
        say("reason: an option byte is wrong; o repairs it");
    } else if (cause->m4_refused) {
        say("reason: the m4 did not start: %s", m4_answer_text(cause->m4));
    } else if (cause->reason == DUO_REASON_IMAGE_BAD) {
        say("reason: m%u image: %s", duo_core_number(cause->core), duo_status_text(cause->code));
    } else if (cause->code != DUO_OK) {
        say("reason: %s: %s", duo_reason_text(cause->reason), duo_status_text(cause->code));
    } else {
        say("reason: %s", duo_reason_text(cause->reason));
    }
}

/* Where a set can bring one, there are devices with several. */
static void report_whole_m4(const char *does)
{
    if (DUO_SWAPS) {
        const uint32_t mark = m4_program_mark();

        say("m4 %s: bootloader %u.%u.%u", does, (unsigned)(mark >> 24),
            (unsigned)(mark >> 16 & 0xFFu), (unsigned)(mark >> 8 & 0xFFu));
    } else {
        say("m4 %s", does);
    }
}

static void report_m4(void)
{
    const enum m4_state state = m4_state();
    const char *does = state == M4_HELD ? "held in reset" : "parked";

    if (state == M4_SILENT) {
        say("m4 silent: %s", m4_answer_text(DUO_GATE_SILENT));
    } else if (m4_program_check() == M4_PROGRAM_WHOLE) {
        report_whole_m4(does);
    } else {
        say("m4 %s, but %s", does, m4_answer_text(DUO_GATE_SILENT));
    }
}

static void report_trial(const struct duo_txn *txn)
{
    struct duo_report report;

    duo_txn_report(txn, &report);
    if (report.phase == DUO_PHASE_TRIAL) {
        say("confirmed by: m7 %s, m4 %s; %u boots left", report.confirmed[DUO_CM7] ? "yes" : "no",
            report.confirmed[DUO_CM4] ? "yes" : "no", (unsigned)report.trial_boots_left);
    }
}

static void report_worn(const struct duo_txn *txn)
{
    struct duo_report report;

    duo_txn_report(txn, &report);
    if (report.worn_sector != 0) {
        say("worn out: the flash sector at 0x%x refuses what is written",
            (unsigned)report.worn_sector);
    }
}

void status_show(struct recovery *r)
{
    say("recovery " DUO_BUILD_VERSION);
    report_cause(r->cause);
    report_m4();
    options_report();
    if (r->distrust) {
        say("images not looked at: they may be what faulted");
        return;
    }
    report_images(r->device);
    report_set(r->txn);
    report_trial(r->txn);
    report_worn(r->txn);
    protect_show();
}
