/* SPDX-License-Identifier: MIT */
/* Breakpoints and watchpoints of the GDB stub. */
#include "emu/host/gdb_stub.h"

static bool set_point(struct gdb_stub *s, const struct gdb_point *want)
{
    struct core *c = s->m->core[s->id];

    for (unsigned i = 0; i < GDB_POINTS; i++) {
        if (s->point[i].used) {
            continue;
        }
        bool ok = want->kind ? core_add_watchpoint(c, want->addr, want->len, want->kind)
                             : core_add_breakpoint(c, want->addr);
        if (ok) {
            s->point[i] = *want;
        }
        return ok;
    }
    return false;
}

static void clear_point(struct gdb_stub *s, struct gdb_point *p)
{
    struct core *c = s->m->core[s->id];

    if (p->kind) {
        core_del_watchpoint(c, p->addr, p->len, p->kind);
    } else {
        core_del_breakpoint(c, p->addr);
    }
    p->used = false;
}

static struct gdb_point *find_point(struct gdb_stub *s, const struct gdb_point *want)
{
    for (unsigned i = 0; i < GDB_POINTS; i++) {
        struct gdb_point *p = &s->point[i];
        if (p->used && p->kind == want->kind && p->addr == want->addr &&
            (!p->kind || p->len == want->len)) {
            return p;
        }
    }
    return NULL;
}

/* Z0, Z1: breakpoint (software and hardware are the same here), Z2 write, Z3 read, Z4 access. GDB
 * may set one twice and clear one twice. */
void gdb_point_packet(struct gdb_stub *s, const char *text, bool set)
{
    unsigned type = (unsigned)(text[0] - '0');
    struct gdb_point want = {.used = true, .kind = type >= 2 ? type - 1 : 0};
    const char *rest;

    if (type > 4 || text[1] != ',' || !gdb_range(text + 2, &want.addr, &want.len, &rest)) {
        gdb_put(s, type > 4 ? "" : "E16");
        return;
    }
    if (!want.kind) {
        want.addr &= ~1u;
    }
    struct gdb_point *have = find_point(s, &want);
    bool ok = true;
    if (set && !have) {
        ok = set_point(s, &want);
    } else if (!set && have) {
        clear_point(s, have);
    }
    gdb_put(s, ok ? "OK" : "E0c"); /* ENOMEM */
}

void gdb_restore_points(struct gdb_stub *s)
{
    struct core *c = s->m->core[s->id];

    for (unsigned i = 0; i < GDB_POINTS; i++) {
        const struct gdb_point *p = &s->point[i];
        if (p->used && p->kind) {
            core_add_watchpoint(c, p->addr, p->len, p->kind);
        } else if (p->used) {
            core_add_breakpoint(c, p->addr);
        }
    }
}

void gdb_clear_points(struct gdb_stub *s)
{
    for (unsigned i = 0; i < GDB_POINTS; i++) {
        if (s->point[i].used) {
            clear_point(s, &s->point[i]);
        }
    }
}
