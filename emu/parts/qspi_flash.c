/* SPDX-License-Identifier: MIT */
/*
 * A NOR flash of 16 MiB at the QUADSPI (JEDEC id EF 40 18): reads over one, two and four lines,
 * page program over one and four, erase, status, identification. A read whose lines or dummy cycles
 * are not the part's gives garbage, as on a board.
 */
#include "emu/chip/seam/quadspi.h"
#include "emu/parts/parts.h"

#include <string.h>

#define FLASH_BYTES 0x1000000u
#define PAGE        256u
#define PROGRAM     (700 * VT_US)
#define ERASE_4K    (45 * VT_MS)
#define ERASE_64K   (150 * VT_MS)
#define ERASE_ALL   (40 * VT_S)

enum kind {
    NOTHING,
    READ,
    PROGRAM_PAGE,
    ERASE,
    STATUS1,
    STATUS2,
    STATUS3,
    ID,
    ENABLE,
    DISABLE,
    RESET
};

/* Lines of address and data, and cycles between them. */
static const struct command {
    uint8_t op;
    enum kind kind;
    uint8_t address_lines, data_lines, gap;
} commands[] = {
    {0x03, READ, 1, 1, 0},         {0x0B, READ, 1, 1, 8},         {0x3B, READ, 1, 2, 8},
    {0xBB, READ, 2, 2, 4},         {0x6B, READ, 1, 4, 8},         {0xEB, READ, 4, 4, 6},
    {0x02, PROGRAM_PAGE, 1, 1, 0}, {0x32, PROGRAM_PAGE, 1, 4, 0}, {0x20, ERASE, 1, 0, 0},
    {0xD8, ERASE, 1, 0, 0},        {0xC7, ERASE, 0, 0, 0},        {0x05, STATUS1, 0, 1, 0},
    {0x35, STATUS2, 0, 1, 0},      {0x15, STATUS3, 0, 1, 0},      {0x9F, ID, 0, 1, 0},
    {0x06, ENABLE, 0, 0, 0},       {0x04, DISABLE, 0, 0, 0},      {0x99, RESET, 0, 0, 0},
};

struct qspi_flash {
    struct machine *m;
    enum kind kind; /* of the command under way */
    uint8_t op;
    uint32_t addr;
    unsigned at; /* bytes of data so far */
    bool enabled;
    vtime_t busy_until;
    uint8_t page[PAGE];
    bool filled[PAGE];
    uint8_t data[FLASH_BYTES];
};

static bool busy(const struct qspi_flash *f)
{
    return machine_now(f->m) < f->busy_until;
}

static bool fits(const struct command *k, const struct qspi_command *c)
{
    return c->instruction == k->op && c->instruction_lines == 1 &&
           c->address_lines == k->address_lines && c->data_lines == k->data_lines &&
           c->gap == k->gap && (!k->address_lines || c->address_bytes == 3);
}

static void begin(void *arg, const struct qspi_command *c)
{
    struct qspi_flash *f = arg;

    f->kind = NOTHING;
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (fits(&commands[i], c)) {
            f->kind = commands[i].kind;
        }
    }
    if (busy(f) && f->kind != STATUS1 && f->kind != STATUS2 && f->kind != STATUS3) {
        f->kind = NOTHING;
    }
    f->op = c->instruction;
    f->addr = c->address % FLASH_BYTES;
    f->at = 0;
    memset(f->filled, 0, sizeof(f->filled));
}

static uint8_t read_byte(void *arg)
{
    static const uint8_t id[3] = {0xEF, 0x40, 0x18};
    struct qspi_flash *f = arg;
    const unsigned n = f->at++;

    switch (f->kind) {
    case READ:
        return f->data[(f->addr + n) % FLASH_BYTES];
    case STATUS1:
        return (uint8_t)((f->enabled ? 2 : 0) | (busy(f) ? 1 : 0));
    case STATUS2:
        return 2; /* QE: a part for quad mode has it from the factory */
    case STATUS3:
        return 0;
    case ID:
        return id[n % 3];
    default:
        return 0xFF;
    }
}

static void write_byte(void *arg, uint8_t byte)
{
    struct qspi_flash *f = arg;
    const unsigned to = (f->addr + f->at++) % PAGE; /* beyond the page's end at its start */

    if (f->kind == PROGRAM_PAGE) {
        f->page[to] = byte;
        f->filled[to] = true;
    }
}

static void program(struct qspi_flash *f)
{
    for (unsigned i = 0; i < PAGE; i++) {
        if (f->filled[i]) {
            f->data[(f->addr & ~(PAGE - 1)) + i] &= f->page[i];
        }
    }
    f->busy_until = machine_now(f->m) + PROGRAM;
}

static void erase(struct qspi_flash *f)
{
    const uint32_t len = f->op == 0x20 ? 0x1000 : f->op == 0xD8 ? 0x10000 : FLASH_BYTES;

    memset(&f->data[f->addr & ~(len - 1)], 0xFF, len);
    f->busy_until = machine_now(f->m) + (f->op == 0x20   ? ERASE_4K
                                         : f->op == 0xD8 ? ERASE_64K
                                                         : ERASE_ALL);
}

static void end(void *arg)
{
    struct qspi_flash *f = arg;
    const enum kind kind = f->kind;

    f->kind = NOTHING;
    if (kind == ENABLE || kind == DISABLE || kind == RESET) {
        f->enabled = kind == ENABLE;
    } else if (f->enabled && (kind == ERASE || (kind == PROGRAM_PAGE && f->at))) {
        f->enabled = false;
        if (kind == ERASE) {
            erase(f);
        } else {
            program(f);
        }
    }
}

bool parts_qspi(struct machine *m, const char *arg)
{
    if (strcmp(arg, "QUADSPI=flash") != 0) {
        return false;
    }
    struct qspi_flash *f = machine_alloc(m, sizeof(*f));
    const struct qspi_device device = {f, begin, read_byte, write_byte, end};

    f->m = m;
    memset(f->data, 0xFF, sizeof(f->data));
    quadspi_attach(m, &device);
    return true;
}
