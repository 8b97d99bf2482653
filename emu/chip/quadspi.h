/* SPDX-License-Identifier: MIT */
/* Inside of QUADSPI: quadspi.c has the registers, quadspi_run.c what they set going. */
#ifndef EMU_CHIP_QUADSPI_H
#define EMU_CHIP_QUADSPI_H

#include "emu/chip/chip.h"
#include "emu/chip/reg.h"
#include "emu/chip/seam/quadspi.h"

#define QSPI_FIFO 32u

enum {
    CR = 0x00,
    DCR = 0x04,
    SR = 0x08,
    FCR = 0x0C,
    DLR = 0x10,
    CCR = 0x14,
    AR = 0x18,
    ABR = 0x1C,
    DR = 0x20,
    PSMKR = 0x24,
    PSMAR = 0x28,
    PIR = 0x2C,
    LPTR = 0x30,
    WORDS = 0x34 / 4,
};

#define CR_EN     BIT(0)
#define CR_ABORT  BIT(1)
#define CR_DMAEN  BIT(2)
#define CR_DFM    BIT(6)
#define CR_APMS   BIT(22)
#define CR_PMM    BIT(23)
#define SR_TEF    BIT(0)
#define SR_TCF    BIT(1)
#define SR_FTF    BIT(2)
#define SR_SMF    BIT(3)
#define SR_BUSY   BIT(5)
#define SR_CLEARS 0x1Bu /* TEF, TCF, SMF, TOF */
#define CCR_SIOO  BIT(28)
#define CCR_DDRM  BIT(31)

enum quadspi_mode { INDIRECT_WRITE, INDIRECT_READ, POLLING, MAPPED };

struct quadspi {
    struct machine *m;
    struct qspi_device device;
    uint32_t word[WORDS], flags;
    bool running;  /* an operation of indirect mode or polling, or memory-mapped mode */
    bool selected; /* the command is out */
    uint32_t left; /* bytes of this operation that are still to cross the pins */
    uint8_t fifo[QSPI_FIFO];
    unsigned level;
    uint32_t sent; /* instruction of the command before, for SIOO */
    bool told_empty;
    struct sched_event step;
};

static inline uint32_t quadspi_reg(const struct quadspi *q, uint32_t off)
{
    return q->word[off / 4];
}

static inline enum quadspi_mode quadspi_mode(const struct quadspi *q)
{
    return (enum quadspi_mode)(quadspi_reg(q, CCR) >> 26 & 3);
}

static inline unsigned quadspi_lines(uint32_t field)
{
    static const uint8_t count[4] = {0, 1, 2, 4};

    return count[field & 3];
}

static inline uint64_t quadspi_flash_bytes(const struct quadspi *q)
{
    return 2ull << (quadspi_reg(q, DCR) >> 16 & 31);
}

uint32_t quadspi_status(const struct quadspi *q);
void quadspi_update_irq(const struct quadspi *q);

/* A command goes out, with the address if it has one, until the end. */
void quadspi_begin(struct quadspi *q, uint32_t address);
void quadspi_end(struct quadspi *q);

/* The memory's next byte. */
uint8_t quadspi_get(const struct quadspi *q);

/* The FIFO has room, or a byte: the operation goes on. */
void quadspi_next_byte(struct quadspi *q);

/* The register at off was written, and may be what begins an operation. */
void quadspi_written(struct quadspi *q, uint32_t off);

void quadspi_abort(struct quadspi *q);

/* The scheduler's event: the next step of an operation. */
void quadspi_step(void *arg);

#endif
