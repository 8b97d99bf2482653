/* SPDX-License-Identifier: MIT */
/*
 * Write buffers, the queue of operations of each bank and their time (RM0399, program and erase
 * operations). A bank runs one operation; one program and two erases may wait. A program goes
 * before an erase that was asked for earlier.
 */
#include "emu/chip/flash_model.h"

#include <string.h>

/* Typical times by PSIZE x8, x16, x32, x64; the maximum is twice that (data sheet, flash memory
 * programming). Whether the mass erase row is for one bank or for both is not known: taken per
 * bank. */
static const vtime_t program_time[4] = {290 * VT_US, 180 * VT_US, 130 * VT_US, 100 * VT_US};
static const vtime_t sector_time[4] = {2000 * VT_MS, 1800 * VT_MS, 1100 * VT_MS, 1000 * VT_MS};
static const vtime_t bank_time[4] = {13 * VT_S, 8 * VT_S, 6 * VT_S, 5 * VT_S};

void flash_set_max_times(struct flash *f, bool max)
{
    f->max_times = max;
}

vtime_t flash_erase_bank_time(const struct flash *f, unsigned psize)
{
    return bank_time[psize] << f->max_times;
}

static vtime_t duration(const struct fbank *b, const struct op *op)
{
    unsigned psize = (b->cr & CR_PSIZE) >> 4;
    vtime_t t = op->kind == OP_PROGRAM        ? program_time[psize]
                : op->kind == OP_ERASE_SECTOR ? sector_time[psize]
                                              : bank_time[psize];

    return t << b->f->max_times;
}

uint32_t op_bytes(const struct op *op)
{
    return op->kind == OP_PROGRAM        ? WORD_BYTES
           : op->kind == OP_ERASE_SECTOR ? SECTOR_BYTES
                                         : BANK_BYTES;
}

bool queue_pending(const struct fbank *b)
{
    return b->running.kind || b->queued.kind || b->nerases;
}

/* ---- operations ---- */

/* The next operation of the bank, taken out of its queue. */
static struct op next_op(struct fbank *b)
{
    struct op op = b->queued;

    if (op.kind) {
        b->queued.kind = OP_NONE;
    } else if (b->nerases) {
        op = b->erases[0];
        b->erases[0] = b->erases[1];
        b->nerases--;
    }
    return op;
}

/* RM0399 lets a bank erase remove protections that the _PRG registers give up (DMEP, DMES). */
static void note_removal(struct flash *f, const struct op *op)
{
    if (op->kind == OP_ERASE_BANK && memcmp(&f->cur, &f->prg, sizeof(f->cur)) != 0) {
        machine_note(f->m, N_FLASH_ERASE_WITH_REMOVAL, op->addr,
                     "bank erase with automatic protection removal is not modelled: remove the "
                     "protection with an option change first");
    }
}

/* Protection is looked at here, at the output of the queue, long after the store was accepted. */
static bool refused(struct fbank *b, const struct op *op)
{
    struct flash *f = b->f;

    if (protect_refuses(f, op)) {
        note_removal(f, op);
        machine_note(f->m, N_FLASH_WRITE_PROTECTED, op->addr,
                     "%s of 0x%08X is refused (WRPERR): the sector is protected by option bytes",
                     op->kind == OP_PROGRAM ? "program" : "erase", op->addr);
        flash_flag(b, SR_WRPERR);
        return true;
    }
    if (b->operr_next) { /* "may be raised by a previous operation stopped by a reset": it is */
        b->operr_next = false;
        flash_flag(b, SR_OPERR);
        return true;
    }
    return false;
}

/* Zeros over anything end in zeros, data and ECC alike: the one way to use up a word for certain.
 */
static bool all_zero(const struct op *op)
{
    static const uint8_t zeros[WORD_BYTES];

    return memcmp(op->data, zeros, WORD_BYTES) == 0;
}

static void note_reprogram(struct fbank *b, const struct op *op)
{
    struct flash *f = b->f;
    enum flash_word_state s = (enum flash_word_state)f->state[word_of(f, op->addr)];

    if (op->kind == OP_PROGRAM && s != FW_ERASED && s != FW_BLANK_LOOKING && !all_zero(op)) {
        machine_note(
            f->m, N_FLASH_NOT_ERASED, op->addr,
            "flash word 0x%08X is programmed although it is not erased: old and new bits are "
            "ANDed, its ECC will be wrong until the sector is erased",
            op->addr);
    }
}

static void begin(struct fbank *b, const struct op *op)
{
    struct flash *f = b->f;

    note_reprogram(b, op);
    b->running = *op;
    b->running.spoiled = !speed_program_ok(f);
    b->running.number = ++f->ops;
    if (op->kind == OP_PROGRAM) {
        f->counts.programs[b->index]++;
    } else {
        f->counts.erases[b->index]++;
    }
    vtime_t t = duration(b, op);
    f->counts.work[b->index] += t;
    b->running.end = machine_now(f->m) + t;
    cut_arm(f, &b->running, t); /* before the end is scheduled: a cut at the very end comes first */
    if (fault_never_ends(f, op)) {
        b->running.end = VT_NEVER;
    } else {
        sched_at(&f->m->sched, &b->done, b->running.end);
    }
    flash_watch(f, &b->running, b->index, false);
    if (f->m->m7_speculates && op->kind > OP_PROGRAM) {
        flash_tell(f, b->index, false); /* the M7's next fetch may stand still */
    }
}

static void start_next(struct fbank *b)
{
    while (!b->running.kind && b->f->opt != OPT_RUNNING) {
        struct op op = next_op(b);
        if (!op.kind) {
            break;
        }
        if (!refused(b, &op)) {
            begin(b, &op);
        }
    }
    if (!queue_pending(b)) {
        option_poll(b->f);
    }
}

void queue_start(struct fbank *b)
{
    bool was_busy = flash_bank_busy(b->f, b->index);

    start_next(b);
    if (flash_bank_busy(b->f, b->index) != was_busy) {
        flash_tell(b->f, b->index, false);
    }
}

static void apply(struct fbank *b, const struct op *op)
{
    struct flash *f = b->f;
    uint32_t w = word_of(f, op->addr), n = op_bytes(op) / WORD_BYTES;

    if (op->spoiled && op->kind == OP_PROGRAM) {
        cut_program(f, w, op->data, CUT_RANDOM);
    } else if (op->spoiled) {
        cut_erase(f, w, n, CUT_TORN_ERASE);
    } else if (op->kind == OP_PROGRAM) {
        cells_program(f, w, op->data);
    } else {
        cells_erase(f, w, n);
    }
    machine_flash_changed(f->m, op->addr, op_bytes(op), true);
}

static void on_done(void *arg)
{
    struct fbank *b = arg;
    struct op op = b->running;

    b->running.kind = OP_NONE;
    apply(b, &op);
    flash_flag(b, SR_EOP);
    flash_watch(b->f, &op, b->index, true);
    start_next(b);
    flash_tell(b->f, b->index, false); /* the bank is free, or there is room in its queue */
}

void queue_init(struct fbank *b)
{
    sched_event_init(&b->done, "FLASH: an operation has ended", on_done, b);
}

void queue_forget(struct fbank *b)
{
    sched_cancel(&b->f->m->sched, &b->done);
    b->running.kind = b->queued.kind = OP_NONE;
    b->nerases = 0;
    queue_drop_buffer(b);
}

void queue_spoil(struct fbank *b, const char *what)
{
    if (!b->running.kind || b->running.spoiled) {
        return;
    }
    b->running.spoiled = true;
    machine_note(b->f->m, N_FLASH_SPOILED, b->running.addr,
                 "%s is changed while bank %u programs or erases: its content may be corrupted",
                 what, b->index + 1);
}

/* ---- erase commands ---- */

bool queue_erase_fits(const struct fbank *b)
{
    return b->nerases < 2;
}

void queue_erase(struct fbank *b, bool whole_bank, unsigned sector, int core)
{
    struct op op = {.kind = whole_bank ? OP_ERASE_BANK : OP_ERASE_SECTOR,
                    .addr = bank_base(b->index) + (whole_bank ? 0 : sector * SECTOR_BYTES),
                    .core = core};

    b->erases[b->nerases++] = op;
    queue_start(b);
}

/* ---- the write buffer ---- */

void queue_drop_buffer(struct fbank *b)
{
    b->buf.mask = 0;
}

/* A flash word is programmed when all of its 32 bytes are there; what waits for the rest is lost.
 */
void queue_lose_buffer(struct fbank *b, const char *why)
{
    if (b->buf.mask) {
        machine_note(b->f->m, N_FLASH_INCOMPLETE, b->buf.addr,
                     "%u of 32 bytes of the flash word at 0x%08X were written and are lost (%s). "
                     "Write all 32, or set FW to fill up with ones",
                     (unsigned)__builtin_popcount(b->buf.mask), b->buf.addr, why);
    }
    queue_drop_buffer(b);
}

static void enqueue(struct fbank *b, int core)
{
    struct op op = {.kind = OP_PROGRAM, .addr = b->buf.addr, .core = core};

    memcpy(op.data, b->buf.data, WORD_BYTES);
    queue_drop_buffer(b);
    b->queued = op;
    queue_start(b);
}

/* FW: bytes not written count as ones. Without any byte in the buffer it does nothing. */
void queue_force_write(struct fbank *b, int core)
{
    if (b->buf.mask && !b->queued.kind) {
        enqueue(b, core);
    }
}

static enum bus_status sequence_error(struct fbank *b, uint32_t addr, enum note_id id,
                                      const char *why)
{
    machine_note(b->f->m, id, addr, "store to flash 0x%08X is dropped (PGSERR): %s", addr, why);
    queue_drop_buffer(b);
    flash_flag(b, SR_PGSERR);
    return BUS_OK;
}

static enum bus_status inconsistent(struct fbank *b, uint32_t addr)
{
    machine_note(
        b->f->m, N_FLASH_INCONSISTENT, addr,
        "store to flash 0x%08X (INCERR) while the buffer holds part of word 0x%08X: both are "
        "lost. Write 32 bytes of one word, by one core, without anything between",
        addr, b->buf.addr);
    queue_drop_buffer(b);
    flash_flag(b, SR_INCERR);
    return BUS_OK;
}

static void fill(struct fbank *b, uint32_t addr, unsigned size, uint32_t value)
{
    uint32_t at = addr % WORD_BYTES, bytes = ((1u << size) - 1) << at;

    if (b->buf.mask & bytes) {
        flash_flag(b, SR_STRBERR);
    }
    memcpy(b->buf.data + at, &value, size);
    b->buf.mask |= bytes;
}

enum bus_status queue_store(struct fbank *b, const struct bus_access *a, uint32_t addr,
                            unsigned size, uint32_t value)
{
    uint32_t word = addr & ~(WORD_BYTES - 1);

    if (b->f->opt != OPT_IDLE) {
        return BUS_STALL; /* an option change is at work */
    }
    if (!(b->cr & CR_PG)) {
        return sequence_error(b, addr, N_FLASH_PG_NOT_SET, "CR.PG is 0");
    }
    if (b->sr & SR_PGSERR) {
        return sequence_error(b, addr, N_FLASH_PGSERR_SET, "an earlier PGSERR was not cleared");
    }
    if (b->sr & SR_INCERR) {
        return sequence_error(b, addr, N_FLASH_INCERR_SET, "an earlier INCERR was not cleared");
    }
    if (b->queued.kind) {
        return BUS_STALL; /* one runs, one waits: the third holds the bus */
    }
    if (b->buf.mask && (b->buf.addr != word || b->buf.master != (int)a->master)) {
        return inconsistent(b, addr);
    }
    if (!b->buf.mask) {
        memset(b->buf.data, 0xFF, WORD_BYTES);
        b->buf.addr = word;
        b->buf.master = (int)a->master;
    }
    fill(b, addr, size, value);
    if (b->buf.mask == 0xFFFFFFFFu) {
        enqueue(b, (int)a->master);
    }
    return BUS_OK;
}
