/* SPDX-License-Identifier: MIT */
/*
 * The update session: a running application receives a bundle, or signed images without a manifest,
 * on either core, and has it installed.
 *
 *     duo_update_begin()  or  duo_update_resume()
 *     duo_update_write()  again and again          from the core that began, also from an interrupt
 *     duo_update_poll()   and duo_update_work()    on the M7, whoever began
 *     duo_update_install()
 *
 * The core that began (the owner) puts bytes into a queue in SRAM4. The M7 takes them out: it is
 * the one writer of flash. On the M7 no function waits for the flash but duo_update_work(), which
 * does what takes long when the application says that it may: signatures, hashes and sector erases.
 * Everything is erased before the first byte of an image is written, so after that nothing stands
 * still.
 *
 * What has been received survives a reset: duo_update_resume() tells where to go on, at most
 * DUO_UPDATE_AGAIN bytes before the last one taken. docs/iap.md has it by task.
 */
#ifndef DUO_UPDATE_H
#define DUO_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duo/language.h"
#include "duo/status.h"

DUO_BEGIN_C

#define DUO_UPDATE_QUEUE 3840u /* bytes that duo_update_write() takes ahead */
#define DUO_UPDATE_AGAIN 4096u

enum duo_update_phase {
    DUO_UPDATE_NONE,     /* no session */
    DUO_UPDATE_DATA,     /* the M7 wants bytes, or duo_update_poll() */
    DUO_UPDATE_WORK,     /* the M7 wants duo_update_work() */
    DUO_UPDATE_COMPLETE, /* all is in flash and verified: duo_update_install() */
    DUO_UPDATE_RELEASED, /* the next reset installs it */
    DUO_UPDATE_FAILED    /* `error` says why; duo_update_abort(), then begin again */
};

/* What arrives, as soon as that is known. */
enum duo_update_file { DUO_UPDATE_BUNDLE, DUO_UPDATE_IMAGE_M7, DUO_UPDATE_IMAGE_M4 };

struct duo_update_progress {
    enum duo_update_phase phase;
    enum duo_status error;
    uint32_t received; /* bytes of the file that are taken: where the next one belongs */
    uint32_t total;    /* its size; 0 while it is not known */
    uint32_t set;      /* the bundle's version as in struct duo_handoff_version; 0: not known */
    uint32_t build;
    uint32_t erases; /* sectors that have still to be erased before data can be written */
    enum duo_update_file file;
};

/*
 * Opens a session from the bundle's first byte. Touches no flash. BUSY: on the M4, the M7 has not
 * answered yet; call again. Errors: STATE (a set is on trial or released, or not started by the
 * bootloader), OPEN (there is a session, perhaps of the other core), INTERRUPT. DUO_STACK; on the
 * M7 120 ms at most, when it reads a full journal for the first time.
 */
enum duo_status duo_update_begin(void);

/*
 * Goes on with what an earlier session, of either core, left behind; a reset does not matter.
 * Afterwards the phase is WORK: the bundle's manifest is verified once more and sectors that a cut
 * may have damaged are put right, and then duo_update_look() tells from where to send. Errors as
 * duo_update_begin(), and NO_IMAGE (nothing to go on with).
 */
enum duo_status duo_update_resume(void);

/*
 * Gives the next bytes of the file: *taken says how many were taken, which may be none. Never
 * waits. The owner only, one context at a time, interrupts included. Bytes after the file's end
 * are taken and ignored (YMODEM pads). Errors: ARG, STATE (no session), OPEN (it is the other
 * core's), or what ended it.
 */
enum duo_status duo_update_write(const void *data, size_t len, size_t *taken);

/*
 * M7: goes on with what the queue holds, for about `budget_us` microseconds of a core at 64 MHz,
 * and never waits for an erase. BUSY: call it again. OK: nothing to do until bytes come or
 * duo_update_work() is called. Errors end the session; what was running is untouched. On the M4 it
 * returns the M7's verdict: call it to wait. DUO_STACK.
 *
 * The budget is spent in flash words (110 us for one that is programmed, 400 us for one with its
 * record in the journal, once in 4 KiB): below DUO_UPDATE_BUDGET_MIN it does one thing and returns.
 */
#define DUO_UPDATE_BUDGET_MIN 500u
enum duo_status duo_update_poll(uint32_t budget_us);

/*
 * M7, when the phase is WORK: verifies what has to be verified (at 64 MHz 1 s, and up to 2.1 s
 * for the first bundle of a device from the factory; a sixth of that at 400 MHz; interrupts run),
 * and erases sectors as long as `window_ms` has room for one more (DUO_UPDATE_ERASE_MS each,
 * typically 1000). While a sector is erased a core that executes from that bank stands still. BUSY:
 * call it again; OK: the phase is another one. Errors end the session. Errors besides: INTERRUPT,
 * M7_ONLY. DUO_STACK_VERIFY.
 */
#define DUO_UPDATE_ERASE_MS 2000u
enum duo_status duo_update_work(uint32_t window_ms);

/*
 * M7: how the flash is waited for. Wherever it is called from, libduo waits for an operation in
 * RAM, with interrupts on, and has the M4 wait in RAM, too (in its duo_service()) while the M4's
 * bank is erased. So an interrupt whose handler, callees and vector table lie in RAM (duo/ram.h) is
 * never held up by an erase; one in flash waits for it, if its bank is the one.
 *
 * duo_flash_guard(): from now on an MPU region (DUO_GUARD_MPU_REGION) forbids a bank to the M7
 * while it is erased: bit 0 for bank 1, bit 1 for bank 2; 0, as after reset: none. On boards the M7
 * has been seen to wait for the *other* bank, most likely because its prefetch reached into it. The
 * MPU must be on (duo_mailbox_start()). An interrupt that touches a forbidden bank faults; so not
 * bank 1 when the M7 has interrupts in flash. Errors: ARG, M7_ONLY.
 *
 * duo_clock(): a millisecond counter of the application (HAL_GetTick), by which an operation that
 * never ends is told from a slow one (12 s, 50 ms for a word); the core then sleeps while it waits.
 * Function and interrupt of the clock lie in RAM (ARG: the function does not). NULL, as after
 * reset: libduo counts cycles, awake, and the limit is 12 s at 480 MHz, and 90 s at 64 MHz. STUCK
 * ends the session then; when the bank is the one that the M7 runs from, the chip is reset. Errors:
 * ARG, M7_ONLY.
 */
#define DUO_GUARD_MPU_REGION 6u
enum duo_status duo_flash_guard(unsigned banks);
enum duo_status duo_clock(uint32_t (*now_ms)(void));

/*
 * Images without a manifest. An image's signature is at its end, so it is collected in RAM, and the
 * flash is touched when it has been verified there.
 *
 * duo_update_buffer(), on the M7 and while there is no session: `size` bytes of RAM for that, for
 * good, and as many as the largest image's file has; initialised, as .bss is. Without it images are
 * refused (UNSUPPORTED), larger ones as TOO_LARGE. Errors: OPEN, INTERRUPT, STATE (not started by
 * the bootloader), M7_ONLY.
 *
 * An image makes a set with the one that runs on the other core: nobody has signed that pair, only
 * each image. duo_update_next(), after COMPLETE: the image for the other core is to come, too, and
 * both become one set. STATE: not now, or both have come. BUSY: on the M4, as duo_update_begin();
 * the phase may be DATA before the answer is there.
 *
 * A reset while an image is collected costs what has come of it. Once it is verified,
 * duo_update_resume() goes on with it as with a bundle: `file` says which image is wanted, and
 * `received` from which byte on.
 */
enum duo_status duo_update_buffer(void *buffer, size_t size);
enum duo_status duo_update_next(void);

/* Gives the session up. What was received stays and can be resumed, unless the session failed. */
void duo_update_abort(void);

/*
 * After COMPLETE: the next reset installs the set; with `now`, that reset comes at once and the
 * function does not return. BUSY: on the M4, the M7 has not answered yet. Errors: STATE, PROGRAM,
 * JOURNAL. While it is BUSY the phase may already be RELEASED.
 */
enum duo_status duo_update_install(bool now);

/* Any core, any context. */
void duo_update_look(struct duo_update_progress *progress);

/*
 * Tells `changed` of the session's progress whenever it has changed: for a bar on a display, or a
 * line in a log. It is called at the end of the call that has changed it, on the M7
 * duo_update_begin(), _resume(), _poll(), _work(), _next(), _abort() and _install() (before a
 * reset, too), and duo_service() and duo_server_work() for what the M4 or a client wants; on the
 * M4 in duo_service(). It may call duo_update_look(), but nothing that changes the session, and
 * its stack comes on top of that call's. One on each core; NULL: none. Errors:
 * INTERRUPT.
 */
enum duo_status
duo_update_watch(void (*changed)(void *arg, const struct duo_update_progress *progress), void *arg);

DUO_END_C

#endif
