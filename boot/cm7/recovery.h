/* SPDX-License-Identifier: MIT */
/* Recovery's parts: the loop (recovery.c) and what the keys do (menu*.c, upload.c). */
#ifndef DUO_BOOT_RECOVERY_H
#define DUO_BOOT_RECOVERY_H

#include "boot/cm7/receive.h"
#include "boot/cm7/work.h"

struct recovery {
    struct duo_txn *txn;
    const struct duo_device *device;
    const struct work_cause *cause;
    bool distrust;
    bool offering;       /* asks for a file; else the menu waits for a key */
    uint32_t idle_since; /* of the waiting menu */
    struct receive receive;
};

/* Why recovery runs and what the device has. */
void report_all(struct recovery *r);

/* Asks for a file: `polls` times, once a second, or forever (0). */
void offer(struct recovery *r, uint32_t polls, bool streaming);

/* ---- Keys (keys.c) ---- */

#define KEY_NONE   0u
#define KEY_CTRL_C 3u

/*
 * Takes what has arrived and returns a key once it has stood alone for `alone_ms`: neither noise
 * nor the words of a program (`sb` says "rb") are commands. Line ends after a key do not count.
 */
uint8_t key_input(const uint8_t *bytes, size_t n, uint32_t alone_ms);

/* Asks, and waits up to 20 s for a key. KEY_NONE: none came, or `a` or Ctrl-C. */
uint8_t key_ask(const char *question);

/* ---- Menu (menu.c) ---- */

void menu_show(struct recovery *r);
/* Does what the key stands for; false if it stands for nothing. */
bool menu_run(struct recovery *r, uint8_t key);

/* ---- Upload (upload.c), write protection (protect.c) ---- */

void upload_menu(struct recovery *r);
void protect_menu(struct recovery *r);
void protect_show(void);
/* Is anything protected that an update writes to, or an exchange of the sets? */
bool protect_blocks_updates(void);

#endif
