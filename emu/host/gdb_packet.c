/* SPDX-License-Identifier: MIT */
/* Packets of the GDB remote protocol, as far as a bare-metal target needs them. */
#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"
#include "emu/host/gdb_stub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* ---- building a reply ---- */

void gdb_put(struct gdb_stub *s, const char *text)
{
    size_t n = strlen(text);

    if (s->out_len + n > sizeof(s->out)) {
        n = sizeof(s->out) - s->out_len;
    }
    memcpy(s->out + s->out_len, text, n);
    s->out_len += n;
}

static void put_hex(struct gdb_stub *s, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len && s->out_len + 2 <= sizeof(s->out); i++) {
        s->out[s->out_len++] = hex_digits[data[i] >> 4];
        s->out[s->out_len++] = hex_digits[data[i] & 15];
    }
}

static void put_reg(struct gdb_stub *s, unsigned n)
{
    uint64_t v = gdb_reg_get(s->m->core[s->id], n); /* the host is little endian like the target */

    put_hex(s, (const uint8_t *)&v, gdb_reg_size(n));
}

/* ---- reading a request ---- */

static int nibble(char c)
{
    const char *p = c ? strchr(hex_digits, c | 0x20) : NULL;

    return p ? (int)(p - hex_digits) : -1;
}

static size_t get_hex(const char *text, uint8_t *data, size_t max)
{
    size_t n = 0;

    for (; n < max; n++) {
        int high = nibble(text[2 * n]), low = high < 0 ? -1 : nibble(text[2 * n + 1]);
        if (high < 0 || low < 0) {
            break;
        }
        data[n] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    return n;
}

bool gdb_range(const char *text, uint32_t *addr, uint32_t *len, const char **rest)
{
    char *end;

    *addr = (uint32_t)strtoul(text, &end, 16);
    if (end == text || *end != ',') {
        return false;
    }
    const char *second = end + 1;
    *len = (uint32_t)strtoul(second, &end, 16);
    *rest = end;
    return end != second;
}

/* ---- memory ---- */

static bool in_ppb(uint32_t addr)
{
    return addr - MEM_PPB_BASE < MEM_PPB_SIZE;
}

static bool ppb_read(struct gdb_stub *s, uint32_t addr, uint8_t *buf, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        uint32_t v = 0;
        if (!core_ppb_peek(s->m->core[s->id], (addr + i) & ~3u, &v)) {
            return false;
        }
        buf[i] = (uint8_t)(v >> 8 * ((addr + i) & 3));
    }
    return true;
}

static bool ppb_write(struct gdb_stub *s, uint32_t addr, const uint8_t *buf, uint32_t len)
{
    if ((addr | len) & 3) {
        return false;
    }
    for (uint32_t i = 0; i < len; i += 4) {
        uint32_t v;
        memcpy(&v, buf + i, 4);
        if (!core_ppb_poke(s->m->core[s->id], addr + i, v)) {
            return false;
        }
    }
    return true;
}

static bool mem_read(struct gdb_stub *s, uint32_t addr, uint8_t *buf, uint32_t len)
{
    return in_ppb(addr) ? ppb_read(s, addr, buf, len) : bus_peek(&s->m->bus, s->id, addr, buf, len);
}

static bool mem_write(struct gdb_stub *s, uint32_t addr, const uint8_t *buf, uint32_t len)
{
    return in_ppb(addr) ? ppb_write(s, addr, buf, len)
                        : bus_poke(&s->m->bus, s->id, addr, buf, len);
}

static void packet_m(struct gdb_stub *s, const char *text)
{
    static uint8_t buf[GDB_PACKET];
    uint32_t addr, len;
    const char *rest;

    if (!gdb_range(text, &addr, &len, &rest) || len > sizeof(buf) || !mem_read(s, addr, buf, len)) {
        gdb_put(s, "E14"); /* EFAULT */
    } else {
        put_hex(s, buf, len);
    }
}

static void packet_M(struct gdb_stub *s, const char *text)
{
    static uint8_t buf[GDB_PACKET];
    uint32_t addr, len;
    const char *rest;
    bool ok = gdb_range(text, &addr, &len, &rest) && *rest == ':' && len <= sizeof(buf) &&
              get_hex(rest + 1, buf, len) == len && mem_write(s, addr, buf, len);

    gdb_put(s, ok ? "OK" : "E14");
}

static void packet_X(struct gdb_stub *s, const char *text, size_t size)
{
    uint32_t addr, len;
    const char *rest;
    bool ok = gdb_range(text, &addr, &len, &rest) && *rest == ':' &&
              (size_t)(text + size - (rest + 1)) == len;

    ok = ok && (!len || mem_write(s, addr, (const uint8_t *)rest + 1, len));
    gdb_put(s, ok ? "OK" : "E14");
}

/* ---- registers ---- */

static void packet_g(struct gdb_stub *s)
{
    for (unsigned n = 0; n < GDB_REGS; n++) {
        if (gdb_reg_size(n)) {
            put_reg(s, n);
        }
    }
}

static void packet_G(struct gdb_stub *s, const char *text)
{
    for (unsigned n = 0; n < GDB_REGS; n++) {
        unsigned size = gdb_reg_size(n);
        uint64_t v = 0;
        if (!size) {
            continue;
        }
        if (get_hex(text, (uint8_t *)&v, size) != size) {
            break;
        }
        gdb_reg_set(s->m->core[s->id], n, v);
        text += (size_t)2 * size;
    }
    gdb_put(s, "OK");
}

static void packet_p(struct gdb_stub *s, const char *text)
{
    unsigned n = (unsigned)strtoul(text, NULL, 16);

    if (gdb_reg_size(n)) {
        put_reg(s, n);
    } else {
        gdb_put(s, "E16"); /* EINVAL */
    }
}

static void packet_P(struct gdb_stub *s, const char *text)
{
    char *end;
    unsigned n = (unsigned)strtoul(text, &end, 16), size = gdb_reg_size(n);
    uint64_t v = 0;
    bool ok = size && *end == '=' && get_hex(end + 1, (uint8_t *)&v, size) == size;

    if (ok) {
        gdb_reg_set(s->m->core[s->id], n, v);
    }
    gdb_put(s, ok ? "OK" : "E16");
}

/* ---- stop and go ---- */

void gdb_stop_reply(struct gdb_stub *s, unsigned signal)
{
    static const char *const kinds[] = {"", "watch", "rwatch", "awatch"};
    uint32_t hit = core_watch_hit(s->m->core[s->id]);
    char text[80];
    unsigned kind = 0;

    for (unsigned i = 0; i < GDB_POINTS && hit; i++) { /* an access may begin just below it */
        if (s->point[i].used && s->point[i].kind &&
            hit + 3 - s->point[i].addr < s->point[i].len + 3) {
            kind = s->point[i].kind;
        }
    }
    if (kind && signal == 5) {
        snprintf(text, sizeof(text), "T05%s:%x;thread:1;", kinds[kind], hit);
    } else {
        snprintf(text, sizeof(text), "T%02xthread:1;", signal);
    }
    gdb_send(s, text, strlen(text));
}

/* c, s, C, S and vCont: true when the packet has its reply later. */
static bool packet_resume(struct gdb_stub *s, const char *text)
{
    if (strncmp(text, "vCont;", 6) == 0) {
        text += 6;
    }
    if (strchr("cC", text[0])) {
        gdb_resume(s, false);
    } else if (strchr("sS", text[0])) {
        gdb_resume(s, true);
    } else {
        return false;
    }
    return true;
}

/* ---- flash ---- */

static bool in_flash(uint32_t addr, uint32_t len)
{
    const uint32_t offset = addr - MEM_FLASH_BASE;

    return offset < MEM_FLASH_SIZE && len <= MEM_FLASH_SIZE - offset;
}

static void packet_flash(struct gdb_stub *s, const char *text, size_t size)
{
    uint32_t addr, len;
    const char *rest;

    if (strncmp(text, "vFlashErase:", 12) == 0 && gdb_range(text + 12, &addr, &len, &rest)) {
        const bool ok = in_flash(addr, len);
        if (ok) {
            flash_poke_erase(s->m->flash, addr, len);
        }
        gdb_put(s, ok ? "OK" : "E14");
    } else if (strncmp(text, "vFlashWrite:", 12) == 0) {
        char *data;
        addr = (uint32_t)strtoul(text + 12, &data, 16);
        bool ok = *data == ':' &&
                  bus_poke(&s->m->bus, s->id, addr, data + 1, (uint32_t)(text + size - (data + 1)));
        gdb_put(s, ok ? "OK" : "E14");
    } else if (strcmp(text, "vFlashDone") == 0) {
        gdb_put(s, "OK");
    }
}

/* ---- queries ---- */

/* "OFFSET,LENGTH" of a document: 'm' and more, or 'l' and the last of it. */
static void put_part(struct gdb_stub *s, const char *doc, const char *range)
{
    uint32_t off, len;
    const char *rest;
    size_t size = strlen(doc);

    if (!gdb_range(range, &off, &len, &rest) || off > size) {
        gdb_put(s, "E16");
        return;
    }
    if (len > GDB_PACKET - 16) {
        len = GDB_PACKET - 16;
    }
    bool last = size - off <= len;
    size_t n = last ? size - off : len;
    s->out[s->out_len++] = last ? 'l' : 'm';
    memcpy(s->out + s->out_len, doc + off, n);
    s->out_len += n;
}

static void packet_monitor(struct gdb_stub *s, const char *text)
{
    uint8_t command[128];
    size_t n = get_hex(text, command, sizeof(command) - 1);

    command[n] = 0;
    const char *answer = gdb_monitor(s, (const char *)command);
    if (!answer) {
        answer = "unknown command; monitor help lists them\n";
    }
    put_hex(s, (const uint8_t *)answer, strlen(answer));
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void packet_q(struct gdb_stub *s, const char *text)
{
    if (starts(text, "qSupported")) {
        char buf[160];
        snprintf(buf, sizeof(buf),
                 "PacketSize=%x;qXfer:features:read+;qXfer:memory-map:read+;QStartNoAckMode+;"
                 "vContSupported+%s",
                 GDB_PACKET, s->g->go_back ? ";ReverseContinue+" : "");
        gdb_put(s, buf);
    } else if (starts(text, "qXfer:features:read:target.xml:")) {
        put_part(s, gdb_target_xml(), text + 31);
    } else if (starts(text, "qXfer:memory-map:read::")) {
        put_part(s, gdb_memory_map(s->m, s->id), text + 23);
    } else if (starts(text, "qRcmd,")) {
        packet_monitor(s, text + 6);
    } else if (strcmp(text, "qC") == 0) {
        gdb_put(s, "QC1");
    } else if (strcmp(text, "qfThreadInfo") == 0) {
        gdb_put(s, "m1");
    } else if (strcmp(text, "qsThreadInfo") == 0) {
        gdb_put(s, "l");
    } else if (starts(text, "qThreadExtraInfo")) {
        const char *name = s->id == CM7 ? "Cortex-M7" : "Cortex-M4";
        put_hex(s, (const uint8_t *)name, strlen(name));
    } else if (starts(text, "qAttached")) {
        gdb_put(s, "1");
    } else if (strcmp(text, "QStartNoAckMode") == 0) {
        gdb_put(s, "OK");
    }
}

static void packet_v(struct gdb_stub *s, const char *text, size_t size)
{
    if (strcmp(text, "vCont?") == 0) {
        gdb_put(s, "vCont;c;C;s;S");
    } else if (starts(text, "vFlash")) {
        packet_flash(s, text, size);
    }
}

/* True: no reply now. An empty reply means "not supported". */
static bool dispatch(struct gdb_stub *s, char *text, size_t size)
{
    switch (text[0]) {
    case '?': /* asked on attaching, when the machine stands */
        gdb_stop_reply(s, 5);
        return true;
    case 'g':
        packet_g(s);
        return false;
    case 'G':
        packet_G(s, text + 1);
        return false;
    case 'p':
        packet_p(s, text + 1);
        return false;
    case 'P':
        packet_P(s, text + 1);
        return false;
    case 'm':
        packet_m(s, text + 1);
        return false;
    case 'M':
        packet_M(s, text + 1);
        return false;
    case 'X':
        packet_X(s, text + 1, size - 1);
        return false;
    case 'H':
    case 'T':
        gdb_put(s, "OK");
        return false;
    case 'Z':
    case 'z':
        gdb_point_packet(s, text + 1, text[0] == 'Z');
        return false;
    case 'q':
    case 'Q':
        packet_q(s, text);
        return false;
    case 'c':
    case 's':
    case 'C':
    case 'S':
        return packet_resume(s, text);
    case 'b':
        if (strcmp(text, "bc") == 0 && s->g->go_back) {
            gdb_reverse(s);
            return true;
        }
        return false;
    case 'v':
        if (starts(text, "vCont;")) {
            return packet_resume(s, text);
        }
        packet_v(s, text, size);
        return false;
    default:
        return false;
    }
}

void gdb_packet(struct gdb_stub *s, char *payload, size_t len)
{
    s->out_len = 0;
    if (payload[0] == 'k') {
        machine_stop(s->m);
        return;
    }
    if (payload[0] == 'D') {
        gdb_send(s, "OK", 2);
        gdb_drop(s);
        return;
    }
    if (dispatch(s, payload, len)) {
        return;
    }
    gdb_send(s, s->out, s->out_len);
    if (strcmp(payload, "QStartNoAckMode") == 0) {
        s->no_ack = true;
    }
}
