/* SPDX-License-Identifier: MIT */
/* QUADSPI: what goes over the pins, in indirect mode and when it polls. */
#include "emu/chip/quadspi.h"

#include "chip/stm32h7/blocks.h"

#include <string.h>

#define QSPI_IRQ 92

/* ---- interrupt ---- */

static bool over_threshold(const struct quadspi *q)
{
    const unsigned threshold = (quadspi_reg(q, CR) >> 8 & 31) + 1;

    switch (quadspi_mode(q)) {
    case INDIRECT_READ:
        return q->running && (q->level >= threshold || (q->level && !q->left));
    case INDIRECT_WRITE: /* before the first byte, too: drivers wait for it */
        return quadspi_reg(q, CR) & CR_EN && quadspi_lines(quadspi_reg(q, CCR) >> 24) &&
               QSPI_FIFO - q->level >= threshold;
    default:
        return false;
    }
}

uint32_t quadspi_status(const struct quadspi *q)
{
    return q->flags | (over_threshold(q) ? SR_FTF : 0) | (q->running ? SR_BUSY : 0) | q->level << 8;
}

void quadspi_update_irq(const struct quadspi *q)
{
    machine_irq(q->m, QSPI_IRQ, quadspi_reg(q, CR) >> 16 & quadspi_status(q) & 0x1F);
}

/* ---- the pins ---- */

static vtime_t cycles(const struct quadspi *q, uint64_t n)
{
    const uint64_t hz = rcc_kernel_hz(q->m->rcc, &kernel_quadspi);

    return hz ? (vtime_t)((unsigned __int128)n * ((quadspi_reg(q, CR) >> 24) + 1) * VT_S / hz)
              : VT_MS;
}

static struct qspi_command command(const struct quadspi *q, uint32_t address)
{
    const uint32_t ccr = quadspi_reg(q, CCR);
    const unsigned alternate_lines = quadspi_lines(ccr >> 14), bytes = (ccr >> 16 & 3) + 1;

    return (struct qspi_command){
        .instruction = (uint8_t)ccr,
        .instruction_lines = quadspi_lines(ccr >> 8),
        .address_lines = quadspi_lines(ccr >> 10),
        .data_lines = quadspi_lines(ccr >> 24),
        .address = address,
        .address_bytes = quadspi_lines(ccr >> 10) ? (ccr >> 12 & 3) + 1 : 0,
        .gap = (alternate_lines ? 8 * bytes / alternate_lines : 0) + (ccr >> 18 & 31),
    };
}

/* Clock cycles of everything before the data. */
static uint64_t head_cycles(const struct qspi_command *c)
{
    return (c->instruction_lines ? 8 / c->instruction_lines : 0) +
           (c->address_lines ? 8u * c->address_bytes / c->address_lines : 0) + c->gap;
}

/* SIOO: the instruction goes out once, with the first command. */
void quadspi_begin(struct quadspi *q, uint32_t address)
{
    struct qspi_command c = command(q, address);

    if (quadspi_reg(q, CCR) & CCR_SIOO && q->sent == (quadspi_reg(q, CCR) & 0xFF)) {
        c.instruction_lines = 0;
    }
    q->sent = quadspi_reg(q, CCR) & 0xFF;
    if (q->device.begin) {
        q->device.begin(q->device.arg, &c);
    } else if (!q->told_empty) {
        q->told_empty = true;
        machine_note(q->m, N_QSPI_EMPTY, QUADSPI_BASE,
                     "QUADSPI: a command goes out, and there is no memory that answers (--part "
                     "QUADSPI=flash): it reads ones");
    }
    q->selected = true;
}

void quadspi_end(struct quadspi *q)
{
    if (q->selected && q->device.end) {
        q->device.end(q->device.arg);
    }
    q->selected = false;
}

uint8_t quadspi_get(const struct quadspi *q)
{
    return q->device.read ? q->device.read(q->device.arg) : 0xFF;
}

/* ---- operations ---- */

static void finish(struct quadspi *q, uint32_t flag)
{
    quadspi_end(q);
    q->flags |= flag;
    q->left = 0;
    sched_cancel(&q->m->sched, &q->step);
    if (quadspi_mode(q) != INDIRECT_READ ||
        !q->level) { /* reading is over when the FIFO is empty */
        q->running = false;
    }
    quadspi_update_irq(q);
}

static uint64_t byte_cycles(const struct quadspi *q)
{
    const unsigned data = quadspi_lines(quadspi_reg(q, CCR) >> 24);

    return data ? 8 / data : 0;
}

void quadspi_next_byte(struct quadspi *q)
{
    const bool may = quadspi_mode(q) == INDIRECT_READ ? q->level < QSPI_FIFO : q->level > 0;

    if (!q->left) {
        finish(q, SR_TCF);
    } else if (may && !sched_pending(&q->step)) {
        sched_at(&q->m->sched, &q->step, machine_now(q->m) + cycles(q, byte_cycles(q)));
    }
}

static void move_byte(struct quadspi *q)
{
    if (quadspi_mode(q) == INDIRECT_READ) {
        q->fifo[q->level++] = quadspi_get(q);
    } else {
        if (q->device.write) {
            q->device.write(q->device.arg, q->fifo[0]);
        }
        memmove(q->fifo, q->fifo + 1, --q->level);
    }
    q->left--;
    quadspi_next_byte(q);
    quadspi_update_irq(q);
}

static void poll_once(struct quadspi *q)
{
    const unsigned bytes = quadspi_reg(q, DLR) < 4 ? quadspi_reg(q, DLR) + 1 : 4;
    const struct qspi_command c = command(q, quadspi_reg(q, AR));
    uint32_t v = 0;

    quadspi_begin(q, quadspi_reg(q, AR));
    for (unsigned i = 0; i < bytes; i++) {
        v |= (uint32_t)quadspi_get(q) << 8 * i;
    }
    quadspi_end(q);
    const uint32_t mask = quadspi_reg(q, PSMKR), same = ~(v ^ quadspi_reg(q, PSMAR)) & mask;
    if (quadspi_reg(q, CR) & CR_PMM ? same != 0 : same == mask) {
        q->flags |= SR_SMF;
        q->running = !(quadspi_reg(q, CR) & CR_APMS);
    }
    if (q->running) {
        sched_at(&q->m->sched, &q->step,
                 machine_now(q->m) +
                     cycles(q, head_cycles(&c) + bytes * byte_cycles(q) + quadspi_reg(q, PIR) + 1));
    }
    quadspi_update_irq(q);
}

void quadspi_step(void *arg)
{
    struct quadspi *q = arg;

    if (quadspi_mode(q) == POLLING) {
        poll_once(q);
    } else if (!q->selected) {
        quadspi_begin(q, quadspi_reg(q, AR));
        quadspi_next_byte(q);
    } else {
        move_byte(q);
    }
}

static void start(struct quadspi *q)
{
    const struct qspi_command c = command(q, quadspi_reg(q, AR));
    const uint64_t bytes = c.data_lines ? (uint64_t)quadspi_reg(q, DLR) + 1 : 0;

    if (q->running || !(quadspi_reg(q, CR) & CR_EN)) {
        return;
    }
    if (c.address_lines && quadspi_mode(q) != MAPPED &&
        quadspi_reg(q, AR) >= quadspi_flash_bytes(q)) {
        q->flags |= SR_TEF;
        quadspi_update_irq(q);
        return;
    }
    q->running = true;
    q->left = bytes > UINT32_MAX ? (uint32_t)(quadspi_flash_bytes(q) - quadspi_reg(q, AR))
                                 : (uint32_t)bytes;
    if (quadspi_mode(q) != MAPPED) {
        sched_at(&q->m->sched, &q->step, machine_now(q->m) + cycles(q, head_cycles(&c)));
    }
    quadspi_update_irq(q);
}

/* What begins an operation: the last thing that its command needs (RM0399, triggering). */
void quadspi_written(struct quadspi *q, uint32_t off)
{
    const bool address = quadspi_lines(quadspi_reg(q, CCR) >> 10),
               data = quadspi_lines(quadspi_reg(q, CCR) >> 24);
    const uint32_t last = quadspi_mode(q) == MAPPED                   ? CCR
                          : quadspi_mode(q) == INDIRECT_WRITE && data ? DR
                          : address                                   ? AR
                                                                      : CCR;

    if (off == last) {
        start(q);
    }
}

void quadspi_abort(struct quadspi *q)
{
    q->level = 0;
    finish(q, SR_TCF);
    q->running = false;
    q->sent = UINT32_MAX;
    quadspi_update_irq(q);
}
