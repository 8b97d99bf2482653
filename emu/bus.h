/* SPDX-License-Identifier: MIT */
/*
 * The bus: what a core (or another master) finds at an address.
 *
 * Memories are host arrays that a core may map directly; everything else is a device with read and
 * write functions. A reserved address is a bus error; an undefined offset inside a device reads 0
 * and ignores writes; a device whose bus clock is off does the same and the access is reported as a
 * firmware bug (RM0399, memory map and RCC).
 */
#ifndef EMU_BUS_H
#define EMU_BUS_H

#include <stdbool.h>
#include <stdint.h>

struct machine;

enum core_id {
    CM7 = 0,
    CM4 = 1,
    CORES = 2,
    MASTER_DEBUG = 2, /* GDB, loader: no side effects */
    MASTER_DMA = 3,   /* DMA1, DMA2, BDMA: what the CM4 can reach */
    MASTER_MDMA = 4,  /* what the CM7 can reach */
};

enum bus_status {
    BUS_OK,
    BUS_ERROR, /* the access ends in a bus fault */
    BUS_STALL, /* the master must wait and repeat the access: a busy flash bank, a full write queue
                */
};

struct bus_access {
    enum core_id master;
    bool privileged;
    bool fetch; /* instruction fetch */
};

struct dev_ops {
    /* off: byte offset from base, size 1, 2 or 4, naturally aligned. Value in the low bytes. */
    enum bus_status (*read)(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                            uint32_t *value);
    enum bus_status (*write)(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                             uint32_t value);
    /* May be NULL. Debugger's look at a register without side effects; NULL: reads as 0. */
    uint32_t (*peek)(void *self, enum core_id view, uint32_t off);
    void (*reset)(void *self, bool power_on);
};

/* For devices all of whose registers are steady. */
static inline bool bus_steady(const void *self, uint32_t off)
{
    (void)self, (void)off;
    return true;
}

/* Clock gates: register index (order of RCC_xxxENR in struct rcc) << 8 | bit. */
enum gate_reg { G_AHB3, G_AHB1, G_AHB2, G_AHB4, G_APB3, G_APB1L, G_APB1H, G_APB2, G_APB4, G_REGS };
#define GATE(reg, bit) ((int)((reg) << 8 | (bit)))
#define GATE_NONE      (-1)

struct dev {
    const char *name;
    uint32_t base, size;
    int gate; /* GATE(...) or GATE_NONE: always clocked. Also names its RCC_xxxRSTR bit */
    const struct dev_ops *ops;
    void *self;
    /* May be NULL: no. A read at off has no side effect, and what it gives changes only by a write
     * or an event, not by time alone: turns of a loop that polls it can be skipped. */
    bool (*steady)(const void *self, uint32_t off);
    bool works_unclocked; /* boards show that accesses count although the bus clock is off; reported
                             all the same */
};

enum mem_kind { MEM_RAM, MEM_FLASH, MEM_ROM };

/* A memory that is more than its bytes, as flash is. Addresses are absolute. */
struct mem_ops {
    enum bus_status (*read)(void *self, const struct bus_access *a, uint32_t addr, unsigned size,
                            uint32_t *value);
    enum bus_status (*write)(void *self, const struct bus_access *a, uint32_t addr, unsigned size,
                             uint32_t value);
    /* Debugger and loader: no side effects. */
    void (*peek)(void *self, uint32_t addr, void *buf, uint32_t len);
    void (*poke)(void *self, uint32_t addr, const void *buf, uint32_t len);
};

struct mem {
    const char *name;
    uint32_t base, size;
    uint8_t *host;   /* content, in host memory of this window's own: two engine regions at one host
                        address would take each other's translations for theirs */
    uint32_t origin; /* address of the first window onto the same content; base if there is none */
    unsigned cores;  /* bit CM7, bit CM4: who sees it */
    enum mem_kind kind;
    const struct mem_ops *ops; /* NULL: its content is `host` and no more */
    void *self;                /* for ops */
    bool alias;                /* a second window onto another entry's content */
};

#define BUS_MAX_DEVS 160
#define BUS_MAX_MEMS 32

struct bus {
    struct machine *m;
    bool (*gate_on)(void *clocks, int gate); /* is that bus clock on? The RCC tells */
    void *clocks;
    struct dev devs[BUS_MAX_DEVS]; /* sorted by base once bus_seal() ran */
    unsigned ndevs;
    struct mem mems[BUS_MAX_MEMS];
    unsigned nmems;
};

void bus_add_dev(struct bus *b, const struct dev *d);
void bus_add_mem(struct bus *b, const struct mem *mem);
/* Sorts and checks for overlaps (abort() with a message: a bug of the emulator). */
void bus_seal(struct bus *b);

const struct dev *bus_find_dev(const struct bus *b, uint32_t addr);
const struct mem *bus_find_mem(const struct bus *b, uint32_t addr, enum core_id view);

/*
 * One access of 1, 2 or 4 bytes, naturally aligned, by a master. Goes to RAM, to the flash model
 * (busy bank, ECC, programming) or to a device. The private peripheral bus at 0xE0000000 belongs to
 * each core and never comes here.
 */
enum bus_status bus_read(struct bus *b, const struct bus_access *a, uint32_t addr, unsigned size,
                         uint32_t *value);
enum bus_status bus_write(struct bus *b, const struct bus_access *a, uint32_t addr, unsigned size,
                          uint32_t value);

/* The same for a DMA controller; code in RAM that it overwrites is fetched again. */
enum bus_status bus_dma_read(struct bus *b, enum core_id master, uint32_t addr, unsigned size,
                             uint32_t *value);
enum bus_status bus_dma_write(struct bus *b, enum core_id master, uint32_t addr, unsigned size,
                              uint32_t value);

/*
 * Debugger and loader: no side effects, no faults, any length. False when a byte is not mapped for
 * that view. bus_poke() reaches flash content as a debug probe's flash programmer would (words
 * become valid).
 */
bool bus_peek(struct bus *b, enum core_id view, uint32_t addr, void *buf, uint32_t len);
bool bus_poke(struct bus *b, enum core_id view, uint32_t addr, const void *buf, uint32_t len);

void bus_reset(struct bus *b, bool power_on);

#endif
