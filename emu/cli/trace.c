/* SPDX-License-Identifier: MIT */
#include "emu/cli/trace.h"

#include "emu/cli/cli.h"
#include "emu/cli/faults.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool trace_open(struct trace *t, const char *path, bool events_only)
{
    memset(t, 0, sizeof(*t));
    t->events_only = events_only;
    t->file = file_is_standard(path) ? fdopen(dup(STDOUT_FILENO), "w") : fopen(path, "w");
    if (!t->file) {
        cli_error("cannot write the trace to %s: %s", path, strerror(errno));
    }
    return t->file;
}

/* "12.345678901 CM7 " : nanoseconds are finer than an instruction at 480 MHz. */
static void stamp(struct trace *t, const char *who)
{
    vtime_t now = machine_now(t->board->m);

    fprintf(t->file, "%llu.%09llu %s ", (unsigned long long)(now / VT_S),
            (unsigned long long)(now % VT_S / VT_NS), who);
}

static const char *who(const struct core *c)
{
    return core_ident(c) == CM7 ? "CM7" : "CM4";
}

static void on_insn(void *arg, struct core *c, uint32_t pc)
{
    struct trace *t = arg;
    char sym[96];

    stamp(t, who(c));
    fprintf(t->file, "%08X %s\n", (unsigned)pc,
            board_symbol(t->board, (int)core_ident(c), pc, sym, sizeof(sym)));
}

static void on_exception(void *arg, struct core *c, unsigned number, uint32_t return_pc,
                         uint32_t vector, uint32_t table)
{
    struct trace *t = arg;
    char name[32];

    stamp(t, who(c));
    fprintf(t->file, "enter %s, vector %08X from table %08X, return to %08X\n",
            exception_name(number, name, sizeof(name)), (unsigned)vector, (unsigned)table,
            (unsigned)return_pc);
}

static void on_exception_return(void *arg, struct core *c, unsigned number, uint32_t to_pc)
{
    struct trace *t = arg;
    char name[32];

    stamp(t, who(c));
    fprintf(t->file, "leave %s to %08X\n", exception_name(number, name, sizeof(name)),
            (unsigned)to_pc);
}

static void on_flash(void *arg, const struct flash_op *op, bool done)
{
    struct trace *t = arg;

    stamp(t, "flash");
    fprintf(t->file, "bank %u %s %08X op %llu %s\n", op->bank + 1,
            op->options ? "options"
            : op->erase ? "erase"
                        : "program",
            (unsigned)op->addr, (unsigned long long)op->number, done ? "ends" : "begins");
}

static void on_event(void *arg, const char *name)
{
    struct trace *t = arg;

    stamp(t, "event");
    fprintf(t->file, "%s\n", name);
}

void trace_attach(struct trace *t, const struct board *b, struct report *r)
{
    t->board = b;
    r->trace = t->file;
    struct observer o = {.arg = t,
                         .on_exception = on_exception,
                         .on_exception_return = on_exception_return,
                         .on_flash = on_flash,
                         .on_event = on_event};
    if (!t->events_only) {
        o.on_insn = on_insn;
        o.insn_hi = UINT32_MAX;
    }
    machine_observe(b->m, &o);
}

bool trace_close(struct trace *t)
{
    if (!t->file) {
        return true;
    }
    bool good = !ferror(t->file);
    good = fclose(t->file) == 0 && good;
    t->file = NULL;
    if (!good) {
        cli_error("the trace is not complete: %s", strerror(errno));
    }
    return good;
}
