/* SPDX-License-Identifier: MIT */
#include "emu/cli/report.h"

#include "emu/cli/cli.h"
#include "emu/cli/faults.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FAULTS 20

void report_init(struct report *r, const struct board *b, FILE *out)
{
    memset(r, 0, sizeof(*r));
    r->board = b;
    r->out = out;
    r->notes = calloc(REPORT_MAX_NOTES, sizeof(*r->notes)); /* NULL only costs the list in --json */
}

void report_free(struct report *r)
{
    free(r->notes);
    r->notes = NULL;
}

const char *note_kind_name(enum note_kind kind)
{
    static const char *const names[] = {
        [NOTE_INFO] = "info",     [NOTE_UNMODELLED] = "unmodelled", [NOTE_UNCLOCKED] = "warning",
        [NOTE_FEATURE] = "error", [NOTE_FIRMWARE_BUG] = "warning",  [NOTE_FAULT] = "fault"};

    return names[kind];
}

static const char *core_name(int core)
{
    return core == CM7 ? "CM7" : core == CM4 ? "CM4" : "chip";
}

/* Once per finding, register and core. Resets and faults are always new. */
static bool first_time(struct report *r, const struct note *n)
{
    if (n->kind == NOTE_INFO || n->kind == NOTE_FAULT) {
        return true;
    }
    for (unsigned i = 0; i < r->nseen; i++) {
        if (r->seen[i].addr == n->addr && r->seen[i].core == n->core && r->seen[i].id == n->id) {
            return false;
        }
    }
    if (r->nseen == REPORT_MAX_NOTES) {
        return false;
    }
    r->seen[r->nseen++] = (struct seen){.id = n->id, .addr = n->addr, .core = n->core};
    return true;
}

/* Of a block that is a register file, the first register stands for all unless -v is given. */
static bool block_named(struct report *r, const struct note *n)
{
    const struct dev *d = bus_find_dev(&r->board->m->bus, n->addr);

    for (unsigned i = 0; d && i < r->nblocks; i++) {
        if (r->blocks[i] == d->base) {
            return true;
        }
    }
    if (d && r->nblocks < REPORT_MAX_BLOCKS) {
        r->blocks[r->nblocks++] = d->base;
    }
    return false;
}

static bool too_wordy(struct report *r, const struct note *n)
{
    if (r->verbose) {
        return false;
    }
    return n->kind == NOTE_INFO || (n->kind == NOTE_UNMODELLED && block_named(r, n));
}

static void keep(struct report *r, const struct note *n)
{
    if (!r->notes || r->nnotes == REPORT_MAX_NOTES) {
        return;
    }
    struct saved_note *s = &r->notes[r->nnotes++];
    *s = (struct saved_note){
        .kind = n->kind, .core = n->core, .pc = n->pc, .addr = n->addr, .when = n->when};
    s->id = n->id;
    snprintf(s->text, sizeof(s->text), "%s", n->text);
}

static void print_note(struct report *r, FILE *out, const struct note *n)
{
    char time[32], where[128] = "";

    if (n->pc) {
        char sym[96];
        snprintf(where, sizeof(where), " at %s",
                 board_symbol(r->board, n->core, n->pc, sym, sizeof(sym)));
    }
    fprintf(out, "duoemu: [%s] %s %s: %s%s", cli_time(n->when, time, sizeof(time)),
            core_name(n->core), note_kind_name(n->kind), n->text, where);
    if (n->addr) {
        fprintf(out, " (0x%08X, %s)", (unsigned)n->addr, n->name);
    }
    fputc('\n', out);
}

static void on_note(void *arg, const struct note *n)
{
    struct report *r = arg;

    if (r->trace) {
        print_note(r, r->trace, n);
    }
    if (!first_time(r, n)) {
        return;
    }
    keep(r, n);
    r->errors += n->kind == NOTE_FEATURE;
    if (!r->out || too_wordy(r, n)) {
        return;
    }
    fflush(stdout);
    print_note(r, r->out, n);
}

static void print_fault(struct report *r, FILE *out, struct core *c, const char *what, uint32_t pc)
{
    char time[32], sym[96], words[1024];
    struct fault_state f = fault_state(c);
    enum core_id id = core_ident(c);

    fprintf(
        out,
        "duoemu: [%s] %s %s at 0x%08X (%s), SP 0x%08X, LR 0x%08X: %s; CFSR 0x%08X HFSR 0x%08X\n",
        cli_time(machine_now(r->board->m), time, sizeof(time)), core_name((int)id), what,
        (unsigned)pc, board_symbol(r->board, (int)id, pc, sym, sizeof(sym)),
        (unsigned)core_reg(c, REG_SP), (unsigned)core_reg(c, REG_LR),
        fault_words(&f, words, sizeof(words)), (unsigned)f.cfsr, (unsigned)f.hfsr);
}

static void tell_fault(struct report *r, struct core *c, const char *what, uint32_t pc)
{
    if (r->trace) {
        print_fault(r, r->trace, c, what, pc);
    }
    if (!r->out || r->faults > MAX_FAULTS) {
        return;
    }
    fflush(stdout);
    if (r->faults++ == MAX_FAULTS) {
        fprintf(r->out,
                "duoemu: more faults follow and are not printed; --trace FILE holds them all\n");
    } else {
        print_fault(r, r->out, c, what, pc);
    }
}

static void on_fault(void *arg, struct core *c, unsigned number, uint32_t pc)
{
    char name[32];

    tell_fault(arg, c, exception_name(number, name, sizeof(name)), pc);
}

static void on_lockup(void *arg, struct core *c, uint32_t pc)
{
    tell_fault(arg, c, "LOCKUP (only a reset gets it out)", pc);
}

void report_attach(struct report *r)
{
    machine_observe(r->board->m, &(struct observer){.arg = r,
                                                    .on_note = on_note,
                                                    .on_fault = on_fault,
                                                    .on_lockup = on_lockup});
}
