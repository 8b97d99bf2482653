/* SPDX-License-Identifier: MIT */
/*
 * A serial NOR flash, as a dozen makers sell it: read, page program, erase of 4 KiB, 64 KiB and
 * all, status, identification. Programming clears bits only; while it works it answers its status
 * alone.
 */
#include "emu/chip/chip.h"
#include "emu/chip/seam/gpio.h"
#include "emu/chip/seam/serial.h"
#include "emu/parts/parts.h"

#include <stdio.h>
#include <string.h>

#define FLASH_BYTES 0x100000u
#define PAGE        256u
#define PROGRAM     (700 * VT_US)
#define ERASE_4K    (45 * VT_MS)
#define ERASE_64K   (150 * VT_MS)
#define ERASE_ALL   (2 * VT_S)

enum command {
    WRITE_ENABLE = 0x06,
    WRITE_DISABLE = 0x04,
    READ_STATUS = 0x05,
    READ = 0x03,
    FAST_READ = 0x0B,
    PAGE_PROGRAM = 0x02,
    SECTOR_ERASE = 0x20,
    BLOCK_ERASE = 0xD8,
    CHIP_ERASE = 0xC7,
    READ_ID = 0x9F
};

struct spi_flash {
    struct machine *m;
    char select[8];
    unsigned at; /* bytes since it was selected */
    uint8_t command;
    uint32_t addr;
    bool enabled;
    vtime_t busy_until;
    uint8_t page[PAGE]; /* what comes for a page program */
    bool filled[PAGE];
    uint8_t data[FLASH_BYTES];
};

static bool busy(const struct spi_flash *f)
{
    return machine_now(f->m) < f->busy_until;
}

static void erase(struct spi_flash *f, uint32_t len, vtime_t span)
{
    memset(&f->data[f->addr & ~(len - 1)], 0xFF, len);
    f->busy_until = machine_now(f->m) + span;
}

static void program(struct spi_flash *f)
{
    for (unsigned i = 0; i < PAGE; i++) {
        if (f->filled[i]) {
            f->data[(f->addr & ~(PAGE - 1)) + i] &= f->page[i];
        }
    }
    f->busy_until = machine_now(f->m) + PROGRAM;
}

/* The rising edge of the select carries a command out. */
static void deselected(struct spi_flash *f)
{
    bool whole = f->at >= 4, enabled = f->enabled;
    enum command c = (enum command)f->command;

    if (!f->at || busy(f)) {
        return;
    }
    if (c == WRITE_ENABLE || c == WRITE_DISABLE) {
        f->enabled = c == WRITE_ENABLE;
        return;
    }
    bool works =
        c == CHIP_ERASE || (whole && (c == PAGE_PROGRAM || c == SECTOR_ERASE || c == BLOCK_ERASE));
    if (!enabled || !works) {
        return;
    }
    f->enabled = false;
    if (c == PAGE_PROGRAM) {
        program(f);
    } else if (c == CHIP_ERASE) {
        f->addr = 0;
        erase(f, FLASH_BYTES, ERASE_ALL);
    } else {
        erase(f, c == SECTOR_ERASE ? 0x1000u : 0x10000u, c == SECTOR_ERASE ? ERASE_4K : ERASE_64K);
    }
}

static void on_pin(void *arg, const char *pin, bool level)
{
    struct spi_flash *f = arg;

    if (strcmp(pin, f->select) != 0) {
        return;
    }
    if (level) {
        deselected(f);
    }
    f->at = 0;
    memset(f->filled, 0, sizeof(f->filled));
}

static uint8_t answer(struct spi_flash *f, uint8_t in)
{
    static const uint8_t id[3] = {0xEF, 0x40, 0x14};
    unsigned n = f->at++;

    if (n == 0) {
        f->command = in;
        f->addr = 0;
        return 0xFF;
    }
    if (f->command == READ_STATUS) {
        return (uint8_t)((f->enabled ? 2 : 0) | (busy(f) ? 1 : 0));
    }
    if (busy(f)) {
        return 0xFF;
    }
    if (f->command == READ_ID) {
        return id[(n - 1) % 3];
    }
    if (n <= 3) {
        f->addr = (f->addr << 8 | in) % FLASH_BYTES;
        return 0xFF;
    }
    if (f->command == READ || (f->command == FAST_READ && n > 4)) {
        uint8_t byte = f->data[f->addr];
        f->addr = (f->addr + 1) % FLASH_BYTES;
        return byte;
    }
    if (f->command == PAGE_PROGRAM) { /* beyond the page's end it goes on at its start */
        unsigned to = (f->addr + n - 4) % PAGE;
        f->page[to] = in;
        f->filled[to] = true;
    }
    return 0xFF;
}

static uint32_t exchange(void *arg, uint32_t out, unsigned bits)
{
    struct spi_flash *f = arg;
    uint32_t in = 0;

    if (gpio_level(f->m->gpio, f->select) != 0) {
        return UINT32_MAX; /* not selected: it does not drive the line */
    }
    for (unsigned left = bits; left >= 8; left -= 8) {
        in = in << 8 | answer(f, (uint8_t)(out >> (left - 8)));
    }
    return in;
}

static bool attach_flash(struct machine *m, const char *bus, const char *pin)
{
    struct spi_flash *f = machine_alloc(m, sizeof(*f));
    const struct spi_device device = {f, exchange};

    f->m = m;
    snprintf(f->select, sizeof(f->select), "%s", pin);
    memset(f->data, 0xFF, sizeof(f->data));
    if (gpio_level(m->gpio, f->select) < 0) {
        return false;
    }
    machine_observe(m, &(struct observer){.arg = f, .on_pin = on_pin});
    return spi_attach(m, bus, &device);
}

bool parts_spi(struct machine *m, const char *arg)
{
    char bus[8], pin[8];
    size_t len = strcspn(arg, "=");

    if (!arg[len] || len >= sizeof(bus)) {
        return false;
    }
    snprintf(bus, sizeof(bus), "%.*s", (int)len, arg);
    if (strcmp(arg + len, "=loop") == 0) {
        return spi_loop(m, bus);
    }
    if (strncmp(arg + len, "=flash@", 7) != 0 || strlen(arg + len + 7) >= sizeof(pin)) {
        return false;
    }
    snprintf(pin, sizeof(pin), "%s", arg + len + 7);
    return attach_flash(m, bus, pin);
}
