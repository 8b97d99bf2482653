/* SPDX-License-Identifier: MIT */
/*
 * SMP, the protocol of mcumgr, for a running application: bytes in, bytes out, over a link of the
 * application's, on either core. With it smpmgr, smpclient and `duoboot update` talk to the product
 * as they talk to the bootloader's recovery: what runs, upload of a set, test, confirm, back,
 * status, log. Console framing and raw framing are told apart by the first bytes. Who asks for it
 * has ST's boot loader protocol there, too (stm32flash). docs/protocols.md has the commands.
 *
 *     duo_server_start()
 *     duo_server_input()       what the link has received
 *     duo_server_work()        in the main loop
 *     duo_server_output()      what the link has to send
 *     duo_server_reset()       when duo_server_wants_reset() says so, and all has been sent
 *
 * The server is the M7's, and so is the update session's work. An M4 with a link calls the same
 * five functions: its messages go to the M7, and the answers come back. The M7 then calls
 * duo_server_start() and duo_server_work(), with a link of its own or without.
 *
 * The server owns the update session while a client uploads: it begins and resumes it, and puts
 * bytes into it. The M7 goes on calling duo_update_poll() and duo_update_work(), and so decides
 * when a core may stand still (duo/update.h). A client on each core's link: the second one's upload
 * is refused until the first one has been silent for ten seconds.
 *
 * 5 KiB of RAM besides the buffer and 14 KiB of flash on the M7, 3 KiB of each on the M4; an
 * application that calls nothing of it links nothing of it. Nothing here waits or erases. All from
 * one context, not an interrupt: the one that calls duo_service().
 */
#ifndef DUO_SERVER_H
#define DUO_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "duo/language.h"
#include "duo/status.h"

DUO_BEGIN_C

/* Stack that these functions need. */
#define DUO_STACK_SERVER 2048u

/* The buffer takes one message. The longer a client's messages, the less time is lost between them;
 * with 2 KiB and more a client knows at the first message whether its set is wanted. */
#define DUO_SERVER_BUFFER_MIN 256u

/* Errors: ARG (no buffer, or one of another size than MIN to 64 KiB), STATE (not started by the
 * bootloader), INTERRUPT. On the M7 120 ms at most, when it reads a full journal for the first
 * time; else 2 ms. */
enum duo_status duo_server_start(void *buffer, size_t size);

/*
 * From now on programs that speak ST's boot loader protocol (AN3155) are served, too: they begin
 * with 0x7F. They write slots by address, into the RAM of duo_update_buffer(), which holds what one
 * transfer writes: one image, or both. GO is refused for whatever can be found out without a
 * signature; that one is verified by duo_update_work(), as always before any flash changes. Then
 * the set is written, and duo_server_wants_reset() becomes true. For the M4's link both cores call
 * it. Errors: STATE (on the M7: not started by the bootloader), INTERRUPT.
 */
enum duo_status duo_server_by_address(void);

/*
 * Takes bytes that have arrived. `now_ms` is any millisecond counter. True: they belong to a
 * client's message; false: they are for somebody else, such as a menu on the same line; on the M4
 * all are, as long as the M7 does not serve. While an answer is being worked out what comes is
 * dropped: clients wait for it. A message in the middle of which nothing comes for a second is
 * forgotten, so call it more often than that; the library's own erases do not count.
 */
bool duo_server_input(const void *bytes, size_t n, uint32_t now_ms);

/* Answers what has waited for the session. To be called often. */
void duo_server_work(uint32_t now_ms);

/* Bytes to be sent, at most `max`; 0: nothing. */
size_t duo_server_output(void *bytes, size_t max);

/* A client has been heard in the last ten seconds: what else the application says on this line
 * would disturb raw framing. */
bool duo_server_active(uint32_t now_ms);

/* A client has asked for a reset, and the answer has been fetched. The application sends it to its
 * end and calls duo_server_reset(), now or when a reset suits it. */
bool duo_server_wants_reset(void);
DUO_NORETURN void duo_server_reset(void);

DUO_END_C

#endif
