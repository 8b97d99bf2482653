/* SPDX-License-Identifier: MIT */
/* Inside of the GDB stub: one per core, its connection and its packets. */
#ifndef EMU_HOST_GDB_STUB_H
#define EMU_HOST_GDB_STUB_H

#include "emu/host/gdb.h"

#define GDB_PACKET 0x4000 /* announced in qSupported */
#define GDB_POINTS 64

struct gdb_point {
    bool used;
    uint32_t addr, len;
    unsigned kind; /* 0 breakpoint; watchpoint of 1 write, 2 read, 3 access */
};

struct gdb_stub {
    struct gdb *g;
    struct machine *m;
    enum core_id id;
    int listen_fd, fd; /* -1: none */
    bool no_ack;
    bool waiting; /* GDB waits for a stop reply */
    bool stepping;
    struct gdb_point point[GDB_POINTS];
    char in[GDB_PACKET + 64];
    size_t in_len;
    char out[2 * GDB_PACKET + 64]; /* payload being built */
    size_t out_len;
};

struct gdb {
    struct machine *m;
    struct gdb_stub stub[CORES];
    bool standing;              /* until a debugger lets its core go */
    bool stop_both;             /* `monitor stop both` */
    bool arrived;               /* a snapshot has begun to run */
    unsigned asker;             /* whose debugger wanted it */
    void (*go_back)(void *arg); /* NULL: no reverse-continue */
    void *go_back_arg;
};

/* gdb.c: what packets ask of the machine. */
void gdb_resume(struct gdb_stub *s, bool step);
void gdb_interrupt(struct gdb_stub *s);
void gdb_reverse(struct gdb_stub *s); /* bc: its reply comes from where it arrives */
void gdb_drop(struct gdb_stub *s);    /* the debugger is gone */
void gdb_send(struct gdb_stub *s, const char *payload, size_t len);

/* gdb_packet.c */
void gdb_packet(struct gdb_stub *s, char *payload, size_t len);
void gdb_stop_reply(struct gdb_stub *s, unsigned signal);
void gdb_put(struct gdb_stub *s, const char *text); /* to the reply */
/* "ADDR,LEN" and where the text goes on; false: not of that form. */
bool gdb_range(const char *text, uint32_t *addr, uint32_t *len, const char **rest);

/* gdb_points.c */
void gdb_point_packet(struct gdb_stub *s, const char *text, bool set); /* Z and z */
void gdb_clear_points(struct gdb_stub *s);
void gdb_restore_points(struct gdb_stub *s); /* those of the table, to a core that has none */

/* gdb_regs.c: registers in the numbering of the target description. */
#define GDB_XPSR 25
#define GDB_REGS 49
unsigned gdb_reg_size(unsigned n); /* bytes; 0: there is none of that number */
uint64_t gdb_reg_get(const struct core *c, unsigned n);
void gdb_reg_set(struct core *c, unsigned n, uint64_t value);
const char *gdb_target_xml(void);
/* Memory map of one core's view, from the bus; static buffer. */
const char *gdb_memory_map(const struct machine *m, enum core_id id);

/* After a reset: lets both cores fetch SP and PC, so that they can be seen. */
void gdb_fetch_vectors(struct machine *m);

/* gdb_monitor.c: `monitor ...`; text for the user, NULL: unknown command. */
const char *gdb_monitor(struct gdb_stub *s, const char *command);

/* gdb_periph.c: `monitor regs`; text for the user. */
const char *gdb_periph(struct gdb_stub *s, const char *what);
extern const char gdb_registers[]; /* the table, ended by 0 */

#endif
