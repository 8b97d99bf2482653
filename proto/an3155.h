/* SPDX-License-Identifier: MIT */
/*
 * The device's side of ST's USART boot loader protocol (AN3155), as stm32flash and
 * STM32CubeProgrammer speak it. No heap, no blocking, no clock: the owner feeds bytes and the time,
 * the server answers through callbacks. It knows nothing of flash; what an address means is the
 * owner's business.
 *
 * Commands: get, version, id, read, go, write, extended erase. All others (write and read
 * protection, special commands) are not in the list and get NACK: a client then shows them as
 * unavailable.
 */
#ifndef DUO_PROTO_AN3155_H
#define DUO_PROTO_AN3155_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUO_AN3155_SYNC  0x7Fu
#define DUO_AN3155_ACK   0x79u
#define DUO_AN3155_NACK  0x1Fu
#define DUO_AN3155_BLOCK 256u   /* most bytes in one read or write */
#define DUO_AN3155_PAGES 16u    /* sectors of the chip, numbered through both banks */
#define DUO_AN3155_ID    0x450u /* STM32H74x/H75x (AN2606, product id) */

/* Silence after which a command that is not complete is forgotten. */
#define DUO_AN3155_GAP_MS 1000u

/* Each answers false to have the command refused with NACK. Clients wait 1 s for a read, a write
 * and GO, and 5 s a page for an erase. */
struct duo_an3155_ops {
    /* Sends n <= DUO_AN3155_BLOCK + 1 bytes; must take them all. */
    void (*send)(void *ctx, const uint8_t *bytes, size_t n);
    bool (*read)(void *ctx, uint32_t addr, uint8_t *to, uint32_t n);
    /* n is 1 to DUO_AN3155_BLOCK, of any alignment; the bytes stay valid during the call only. */
    bool (*write)(void *ctx, uint32_t addr, const uint8_t *bytes, uint32_t n);
    /* Bit p for page p; each is given once. */
    bool (*erase)(void *ctx, uint32_t pages);
    /* True: the client is told so, and the owner acts when this call has returned. */
    bool (*go)(void *ctx, uint32_t addr);
};

/* Private to the server, here so that the owner can allocate it. About 300 bytes. */
struct duo_an3155 {
    const struct duo_an3155_ops *ops;
    void *ctx;
    uint32_t mark; /* when the last byte came, ms */
    uint32_t addr;
    uint32_t pages;    /* of the erase arriving */
    uint32_t accepted; /* commands, the first sync byte included */
    uint16_t want, have;
    uint8_t state, command, check;
    bool refused; /* by what has been read of this command so far */
    uint8_t data[DUO_AN3155_BLOCK + 2];
};

/* Starts as after reset: the next byte must be DUO_AN3155_SYNC, others are ignored. */
void duo_an3155_start(struct duo_an3155 *s, const struct duo_an3155_ops *ops, void *ctx);

/*
 * Takes n bytes that have arrived by now_ms. A command that stops in the middle for longer than
 * DUO_AN3155_GAP_MS is forgotten, so that the next client finds the server ready. Within a command
 * a repeated DUO_AN3155_SYNC gets NACK, as from the ROM: clients use that to find out that it
 * listens. Where a command should be, the beginning of a message of SMP's console ends the client's
 * time: the next message is not for this server.
 */
void duo_an3155_input(struct duo_an3155 *s, uint32_t now_ms, const uint8_t *bytes, size_t n);

/* Can a message of a client begin with this byte? For the owner of a line that others use, too:
 * what else comes after DUO_AN3155_GAP_MS without a byte is not for this server, and its client has
 * gone.
 */
bool duo_an3155_begins(uint8_t byte);

/* Has a client been heard? */
bool duo_an3155_synchronized(const struct duo_an3155 *s);

/* How many commands have been accepted, the first sync byte included: noise gets no further. */
uint32_t duo_an3155_accepted(const struct duo_an3155 *s);

#endif
