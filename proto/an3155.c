/* SPDX-License-Identifier: MIT */
#include "proto/an3155.h"

#define VERSION 0x31u /* of the protocol: 3.1, as the ROM of this chip answers */

enum command {
    GET = 0x00,
    GET_VERSION = 0x01,
    GET_ID = 0x02,
    READ = 0x11,
    GO = 0x21,
    WRITE = 0x31,
    EXTENDED_ERASE = 0x44
};
static const uint8_t commands[] = {GET, GET_VERSION, GET_ID, READ, GO, WRITE, EXTENDED_ERASE};

enum state {
    STATE_SILENT,     /* no client yet */
    STATE_COMMAND,    /* a command comes */
    STATE_COMPLEMENT, /* of it */
    STATE_ADDRESS,    /* four bytes and their sum */
    STATE_LENGTH,     /* of a read: number - 1 and its complement */
    STATE_SIZE,       /* of a write: number - 1 */
    STATE_DATA,       /* of a write, and the sum */
    STATE_COUNT,      /* of an erase: number - 1 in two bytes */
    STATE_PAGES       /* of an erase, and the sum */
};

/* Counts from here on name whole banks: 0xFFFF both, 0xFFFE bank 1, 0xFFFD bank 2. */
#define SPECIAL_COUNTS 0xFFF0u

/* How each message of SMP's console begins: no command and its complement. */
#define SMP_FIRST  0x06u
#define SMP_SECOND 0x09u

static void answer(struct duo_an3155 *s, bool good)
{
    const uint8_t byte = good ? DUO_AN3155_ACK : DUO_AN3155_NACK;

    s->ops->send(s->ctx, &byte, 1);
}

/* The command is over; the next one may come. */
static void finish(struct duo_an3155 *s, bool good)
{
    answer(s, good);
    s->accepted += good;
    s->state = STATE_COMMAND;
}

/* The next `want` bytes belong together. */
static void expect(struct duo_an3155 *s, enum state state, uint16_t want)
{
    s->state = (uint8_t)state;
    s->want = want;
    s->have = 0;
    s->check = 0;
}

static void send_list(struct duo_an3155 *s)
{
    uint8_t list[3 + sizeof(commands)] = {DUO_AN3155_ACK, sizeof(commands), VERSION};

    for (size_t i = 0; i < sizeof(commands); i++) {
        list[3 + i] = commands[i];
    }
    s->ops->send(s->ctx, list, sizeof(list));
    finish(s, true);
}

static void send_version(struct duo_an3155 *s)
{
    const uint8_t bytes[] = {DUO_AN3155_ACK, VERSION, 0, 0}; /* and two option bytes, always zero */

    s->ops->send(s->ctx, bytes, sizeof(bytes));
    finish(s, true);
}

static void send_id(struct duo_an3155 *s)
{
    const uint8_t bytes[] = {DUO_AN3155_ACK, 1, DUO_AN3155_ID >> 8, DUO_AN3155_ID & 0xFFu};

    s->ops->send(s->ctx, bytes, sizeof(bytes));
    finish(s, true);
}

static void begin_command(struct duo_an3155 *s)
{
    switch (s->command) {
    case GET:
        send_list(s);
        return;
    case GET_VERSION:
        send_version(s);
        return;
    case GET_ID:
        send_id(s);
        return;
    case READ:
    case GO:
    case WRITE:
        answer(s, true);
        expect(s, STATE_ADDRESS, 5);
        return;
    case EXTENDED_ERASE:
        answer(s, true);
        s->pages = 0;
        s->refused = false;
        expect(s, STATE_COUNT, 2);
        return;
    default:
        finish(s, false);
    }
}

static void take_address(struct duo_an3155 *s)
{
    s->addr = (uint32_t)s->data[0] << 24 | (uint32_t)s->data[1] << 16 | (uint32_t)s->data[2] << 8 |
              s->data[3];
    if (s->check != 0) {
        finish(s, false);
    } else if (s->command == GO) {
        finish(s, s->ops->go(s->ctx, s->addr));
    } else {
        answer(s, true);
        expect(s, s->command == READ ? STATE_LENGTH : STATE_SIZE, s->command == READ ? 2 : 1);
    }
}

static void take_length(struct duo_an3155 *s)
{
    uint8_t out[1 + DUO_AN3155_BLOCK] = {DUO_AN3155_ACK};
    const uint32_t n = s->data[0] + 1u;

    if ((s->data[0] ^ s->data[1]) != 0xFFu || !s->ops->read(s->ctx, s->addr, out + 1, n)) {
        finish(s, false);
        return;
    }
    s->ops->send(s->ctx, out, 1 + n);
    s->accepted++;
    s->state = STATE_COMMAND;
}

/* The size counts in the sum, so the sum goes on. */
static void take_size(struct duo_an3155 *s)
{
    const uint8_t sum = s->data[0];

    expect(s, STATE_DATA, (uint16_t)(s->data[0] + 2u));
    s->check = sum;
}

static void take_data(struct duo_an3155 *s)
{
    finish(s, s->check == 0 && s->ops->write(s->ctx, s->addr, s->data, s->want - 1u));
}

/* As for a size, the sum goes on. */
static void take_count(struct duo_an3155 *s)
{
    const uint32_t count = (uint32_t)s->data[0] << 8 | s->data[1];
    const uint8_t sum = s->check;

    if (count >= SPECIAL_COUNTS) {
        const uint32_t bank = (1u << DUO_AN3155_PAGES / 2u) - 1u;
        s->pages |= count != 0xFFFDu ? bank : 0u;
        s->pages |= count != 0xFFFEu ? bank << DUO_AN3155_PAGES / 2u : 0u;
        s->refused = count < 0xFFFDu;
        expect(s, STATE_PAGES, 1);
    } else if (count > (UINT16_MAX - 1u) / 2u - 1u) {
        finish(s, false); /* more than any chip has */
        return;
    } else {
        expect(s, STATE_PAGES, (uint16_t)((count + 1u) * 2u + 1u));
    }
    s->check = sum;
}

/* Pages are not kept: a list may be longer than any buffer. */
static void take_page_byte(struct duo_an3155 *s, uint8_t byte)
{
    s->data[s->have % 2u] = byte;
    if (s->have % 2u == 1u) {
        const uint32_t page = (uint32_t)s->data[0] << 8 | byte;
        if (page < DUO_AN3155_PAGES) {
            s->pages |= 1u << page;
        } else {
            s->refused = true;
        }
    }
    s->have++;
    s->check ^= byte;
    if (s->have == s->want) {
        finish(s, s->check == 0 && !s->refused && s->ops->erase(s->ctx, s->pages));
    }
}

/* All bytes that belong together are there. */
static void complete(struct duo_an3155 *s)
{
    switch ((enum state)s->state) {
    case STATE_ADDRESS:
        take_address(s);
        break;
    case STATE_LENGTH:
        take_length(s);
        break;
    case STATE_SIZE:
        take_size(s);
        break;
    case STATE_DATA:
        take_data(s);
        break;
    case STATE_COUNT:
        take_count(s);
        break;
    default:
        break;
    }
}

static void take(struct duo_an3155 *s, uint8_t byte)
{
    switch ((enum state)s->state) {
    case STATE_SILENT:
        if (byte == DUO_AN3155_SYNC) {
            finish(s, true);
        }
        break;
    case STATE_COMMAND:
        s->command = byte;
        s->state = STATE_COMPLEMENT;
        break;
    case STATE_COMPLEMENT:
        if ((s->command ^ byte) == 0xFFu) {
            begin_command(s);
        } else if (s->command == SMP_FIRST && byte == SMP_SECOND) {
            s->state = STATE_SILENT; /* another client is there: ours has gone */
        } else {
            finish(s, false);
        }
        break;
    case STATE_PAGES:
        take_page_byte(s, byte);
        break;
    default:
        s->data[s->have++] = byte;
        s->check ^= byte;
        if (s->have == s->want) {
            complete(s);
        }
    }
}

/* A sync byte that waits for its complement is a client that asks whether anybody listens; it may
 * take its time before it sends the second one. */
static bool stalled(const struct duo_an3155 *s, uint32_t now_ms)
{
    return s->state > STATE_COMMAND &&
           !(s->state == STATE_COMPLEMENT && s->command == DUO_AN3155_SYNC) &&
           now_ms - s->mark > DUO_AN3155_GAP_MS;
}

void duo_an3155_start(struct duo_an3155 *s, const struct duo_an3155_ops *ops, void *ctx)
{
    *s = (struct duo_an3155){.ops = ops, .ctx = ctx, .state = STATE_SILENT};
}

void duo_an3155_input(struct duo_an3155 *s, uint32_t now_ms, const uint8_t *bytes, size_t n)
{
    if (n > 0 && stalled(s, now_ms)) {
        s->state = STATE_COMMAND;
    }
    for (size_t i = 0; i < n; i++) {
        take(s, bytes[i]);
        s->mark = now_ms;
    }
}

static bool is_among(const uint8_t *list, size_t n, uint8_t byte)
{
    while (n > 0 && list[n - 1] != byte) {
        n--;
    }
    return n > 0;
}

bool duo_an3155_begins(uint8_t byte)
{
    /* Those are refused here, and NACK tells a client that asks all the same: erase (which the ROM
     * has in place of extended erase on other chips), protection on and off, for write and read. */
    static const uint8_t refused[] = {0x43, 0x63, 0x73, 0x82, 0x92};

    return byte == DUO_AN3155_SYNC || is_among(commands, sizeof(commands), byte) ||
           is_among(refused, sizeof(refused), byte);
}

uint32_t duo_an3155_accepted(const struct duo_an3155 *s)
{
    return s->accepted;
}

bool duo_an3155_synchronized(const struct duo_an3155 *s)
{
    return s->state != STATE_SILENT;
}
