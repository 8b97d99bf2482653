/* SPDX-License-Identifier: MIT */
#include "emu/glitch/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Encodings that do nothing (Armv7-M, NOP T1 and T2). */
static const uint8_t nop16[2] = {0x00, 0xBF};
static const uint8_t nop32[4] = {0xAF, 0xF3, 0x00, 0x80};

#define FLAGS_FIRST 28u /* V, C, Z, N */

unsigned glitch_opcode(const struct machine *m, enum core_id core, uint32_t pc, uint32_t *opcode)
{
    struct bus *bus = (struct bus *)&m->bus; /* a peek changes nothing */
    uint8_t b[4] = {0};

    if (!bus_peek(bus, core, pc, b, sizeof(b))) {
        bus_peek(bus, core, pc, b, 2);
    }
    *opcode = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return (*opcode & 0xFFFFu) >= 0xE800u ? 4 : 2;
}

/* ---- striking ---- */

static void put_back(void *arg)
{
    struct glitch_strike *s = arg;

    if (s->patched) {
        bus_poke(&s->m->bus, s->point->core, s->patched, s->was, s->len);
        s->patched = 0;
    }
}

/* The next event of the same core comes after one instruction, or after the IT block, which the
 * engine does not leave half way. */
static void patch(struct glitch_strike *s, uint32_t pc, const uint8_t *with)
{
    s->patched = pc;
    bus_peek(&s->m->bus, s->point->core, pc, s->was, s->len);
    bus_poke(&s->m->bus, s->point->core, pc, with, s->len);
    sched_at(&s->m->sched, &s->restore, machine_core_time(s->m, s->point->core) + 1);
}

static void change_code(struct glitch_strike *s, const struct glitch_fault *f, uint32_t pc)
{
    uint32_t opcode;
    uint8_t with[4];

    s->len = glitch_opcode(s->m, s->point->core, pc, &opcode);
    if (f->kind == GLITCH_SKIP) {
        patch(s, pc, s->len == 2 ? nop16 : nop32);
        return;
    }
    opcode ^= 1u << (f->bit % (8u * s->len));
    for (unsigned i = 0; i < 4; i++) {
        with[i] = (uint8_t)(opcode >> 8 * i);
    }
    patch(s, pc, with);
}

static void change_register(struct glitch_strike *s, const struct glitch_fault *f)
{
    struct core *c = s->m->core[s->point->core];
    const unsigned reg = f->reg == GLITCH_FLAGS ? REG_XPSR : f->reg;
    const uint32_t value = core_reg(c, reg);

    if (f->kind == GLITCH_FLIP) {
        core_set_reg(c, reg, value ^ 1u << f->bit);
    } else {
        core_set_reg(c, reg, reg == REG_XPSR ? value & ~(0xFu << FLAGS_FIRST) : 0);
    }
}

static void carry_out(struct glitch_strike *s, const struct glitch_fault *f, uint32_t pc)
{
    if (f->kind == GLITCH_SKIP || f->kind == GLITCH_CODE) {
        put_back(s); /* a second fault at the very next instruction */
        change_code(s, f, pc);
    } else {
        change_register(s, f);
    }
}

static void strike_again(void *arg)
{
    struct glitch_strike *s = arg;

    carry_out(s, &s->point->second, core_reg(s->m->core[s->point->core], REG_PC));
}

void glitch_strike(struct glitch_strike *s, struct machine *m, const struct glitch_point *point)
{
    const struct core_clock *clock = &m->clk[point->core];

    memset(s, 0, sizeof(*s));
    s->m = m;
    s->point = point;
    sched_event_init(&s->restore, "glitch: the opcode is put back", put_back, s);
    sched_event_init(&s->second, "glitch: the second fault", strike_again, s);
    carry_out(s, &point->first, point->pc);
    if (point->after && clock->hz) {
        sched_at(&m->sched, &s->second,
                 machine_core_time(m, point->core) + point->after * VT_S / clock->hz);
    }
}

/* ---- as text ---- */

static const char *const kind_names[] = {
#define NAME(id, name, text) name,
    GLITCH_KINDS(NAME)
#undef NAME
};

const char *glitch_kind_name(enum glitch_kind kind)
{
    return kind_names[kind];
}

static const char *register_name(unsigned reg, char *buf, size_t size)
{
    if (reg == GLITCH_FLAGS) {
        return "flags";
    }
    snprintf(buf, size, "r%u", reg);
    return buf;
}

static void format_fault(const struct glitch_fault *f, char *buf, size_t size)
{
    char name[16];

    switch (f->kind) {
    case GLITCH_ZERO:
        snprintf(buf, size, "zero=%s", register_name(f->reg, name, sizeof(name)));
        return;
    case GLITCH_FLIP:
        snprintf(buf, size, "flip=%s.%u", register_name(f->reg, name, sizeof(name)), f->bit);
        return;
    case GLITCH_CODE:
        snprintf(buf, size, "code=%u", f->bit);
        return;
    default:
        snprintf(buf, size, "skip");
        return;
    }
}

const char *glitch_format(const struct glitch_point *p, char *buf, size_t size)
{
    char first[32], second[32] = "", then[16] = "";

    format_fault(&p->first, first, sizeof(first));
    if (p->after) {
        format_fault(&p->second, second, sizeof(second));
        snprintf(then, sizeof(then), "+%u,", (unsigned)p->after);
    }
    snprintf(buf, size, "%s,0x%08X,%" PRIu64 ",%s%s%s", p->core == CM7 ? "m7" : "m4",
             (unsigned)p->pc, p->at, first, then, second);
    return buf;
}

static bool parse_register(const char **text, uint8_t *reg)
{
    char *end;

    if (strncmp(*text, "flags", 5) == 0) {
        *reg = GLITCH_FLAGS;
        *text += 5;
        return true;
    }
    if (**text != 'r') {
        return false;
    }
    unsigned long n = strtoul(*text + 1, &end, 10);
    if (end == *text + 1 || n >= GLITCH_FLAGS) {
        return false;
    }
    *reg = (uint8_t)n;
    *text = end;
    return true;
}

static bool parse_bit(const char **text, uint8_t *bit)
{
    char *end;
    unsigned long n = strtoul(*text, &end, 10);

    if (end == *text || n > 31) {
        return false;
    }
    *bit = (uint8_t)n;
    *text = end;
    return true;
}

static bool parse_fault(const char **text, struct glitch_fault *f)
{
    for (unsigned k = 0; k < GLITCH_KIND_COUNT; k++) {
        const size_t len = strlen(kind_names[k]);
        if (strncmp(*text, kind_names[k], len) != 0) {
            continue;
        }
        *text += len;
        f->kind = (enum glitch_kind)k;
        if (f->kind == GLITCH_SKIP) {
            return true;
        }
        if (*(*text)++ != '=') {
            return false;
        }
        if (f->kind == GLITCH_CODE) {
            return parse_bit(text, &f->bit);
        }
        if (!parse_register(text, &f->reg) || f->kind == GLITCH_ZERO) {
            return f->kind == GLITCH_ZERO;
        }
        return *(*text)++ == '.' && parse_bit(text, &f->bit) &&
               (f->reg != GLITCH_FLAGS || f->bit >= FLAGS_FIRST);
    }
    return false;
}

bool glitch_parse(struct glitch_point *p, const char *text)
{
    unsigned pc;
    char core;
    int used = 0;

    memset(p, 0, sizeof(*p));
    if (sscanf(text, "m%c,0x%8x,%" SCNu64 ",%n", &core, &pc, &p->at, &used) != 3 || !used ||
        (core != '7' && core != '4')) {
        return false;
    }
    p->core = core == '7' ? CM7 : CM4;
    p->pc = pc;
    text += used;
    if (!parse_fault(&text, &p->first)) {
        return false;
    }
    if (*text == '\0') {
        return true;
    }
    used = 0;
    return sscanf(text, "+%" SCNu32 ",%n", &p->after, &used) == 1 && used && p->after &&
           (text += used, parse_fault(&text, &p->second)) && *text == '\0';
}
