/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/menu.h"

#include "boot/cm7/fault.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/keys.h"
#include "boot/cm7/recovery/protect.h"
#include "boot/cm7/recovery/recovery.h"
#include "boot/cm7/recovery/status.h"
#include "boot/cm7/recovery/upload.h"
#include "boot/cm7/report.h"
#include "boot/cm7/rom.h"
#include "duo/duo.h"
#include "port/stm32h7/backup.h"

#define DOWNLOAD_POLLS 60u /* seconds */

static void download(struct recovery *r)
{
    say("waiting for files by ymodem; a aborts");
    offer(r, DOWNLOAD_POLLS, false);
}

static void download_g(struct recovery *r)
{
    say("waiting for files by ymodem-g; a aborts");
    offer(r, DOWNLOAD_POLLS, true);
}

static void upload(struct recovery *r)
{
    upload_menu(r->device);
}

static void protection(struct recovery *r)
{
    (void)r;
    protect_menu();
}

static void restart(const char *why)
{
    fault_forget();
    say("%s", why);
    work_end();
}

static bool refused_by_protection(void)
{
    if (options_block_updates()) {
        say("refused: protected; take the write protection off");
    }
    return options_block_updates();
}

static void exchange(void)
{
    if (!refused_by_protection()) {
        restart("resetting to exchange the sets");
    }
}

static void execute(struct recovery *r)
{
    struct duo_boot next;

    work_try_again();
    (void)duo_txn_retry(r->txn); /* of an exchange that was given up; there is none mostly */
    duo_txn_next_boot(r->txn, &next);
    switch (next.action) {
    case DUO_BOOT_RUN:
        restart("verified; resetting to start it");
        break;
    case DUO_BOOT_EXCHANGE:
        exchange();
        break;
    case DUO_BOOT_RECOVERY:
        if (next.reason == DUO_REASON_IMAGE_BAD) {
            say("refused: m%u image: %s", duo_core_number(next.reason_core),
                duo_status_text(next.reason_code));
        } else {
            say("refused: %s", duo_reason_text(next.reason));
        }
        break;
    }
}

static void say_done(enum duo_status status, const char *done)
{
    if (status == DUO_OK) {
        say("%s", done);
    } else {
        say("refused: %s", duo_status_text(status));
    }
}

static void confirm(struct recovery *r)
{
    enum duo_status status = DUO_E_STATE;
    struct duo_report report;

    duo_txn_report(r->txn, &report);
    if (report.phase == DUO_PHASE_TRIAL) {
        status = duo_txn_confirm(r->txn, DUO_CM7);
    }
    if (status == DUO_OK) {
        status = duo_txn_confirm(r->txn, DUO_CM4);
    }
    say_done(status, "confirmed for both cores");
}

static void roll_back(struct recovery *r)
{
    if (refused_by_protection() || key_ask("Exchange both cores for the other set? y/n:") != 'y') {
        return;
    }
    enum duo_status status = duo_txn_rollback(r->txn);
    if (status == DUO_OK) {
        exchange();
    } else {
        say_done(status, "");
    }
}

/* When no spare is left to keep the present set in. */
static void replace(struct recovery *r)
{
    if (refused_by_protection() ||
        key_ask("Put the other set in place of the present one, which is lost then? y/n:") != 'y') {
        return;
    }
    enum duo_status status = duo_txn_replace(r->txn);
    if (status == DUO_OK) {
        exchange();
    } else {
        say_done(status, "");
    }
}

static void reset(struct recovery *r)
{
    (void)r;
    say("resetting");
    work_end();
}

static void options(struct recovery *r)
{
    (void)r;
    options_report();
    if (!options_good() && key_ask("Program them as they must be, and reset? y/n:") == 'y') {
        work_repair_options();
    }
}

#if DUO_ROM_LOADER
static void rom_loader(struct recovery *r)
{
    (void)r;
    if (key_ask("Leave for ST's ROM loader until the next reset? Y/n:") != 'Y') {
        return;
    }
    backup_write(DUO_REQUEST_REGISTER, ROM_REQUEST);
    say("starting the ROM loader at 0x1ff09800, untried on a board (USB, USART1 PA9/PA10)");
    work_end();
}
#endif

struct command {
    char key;
    const char *help;
    void (*run)(struct recovery *r);
};

/* As in all that is said before a poll, no capital C or G: a sender that listens already would take
 * it for the poll, and begin with CRC or without waiting for answers. */
static const struct command commands[] = {
    {'1', "download (YMODEM, XMODEM-1K)", download},
    {'g', "the same by ymodem-g", download_g},
    {'2', "upload", upload},
    {'3', "execute", execute},
    {'4', "write protection", protection},
    {'c', "confirm the set on trial", confirm},
    {'r', "roll back", roll_back},
    {'x', "replace the present set, without a spare sector", replace},
    {'o', "option bytes", options},
#if DUO_ROM_LOADER
    {'l', "ROM loader", rom_loader},
#endif
    {'s', "status", status_show},
    {'b', "reset", reset},
    {'m', "this menu", menu_show},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

void menu_show(struct recovery *r)
{
    (void)r;
    print("\r\n");
    for (unsigned i = 0; i < COMMANDS; i++) {
        print("  %c  %s\r\n", commands[i].key, commands[i].help);
    }
}

bool menu_run(struct recovery *r, uint8_t key)
{
    if (key == '\r' || key == '\n') {
        key = 'm';
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (key == (uint8_t)commands[i].key) {
            print("\r\n");
            commands[i].run(r);
            return true;
        }
    }
    return false;
}
