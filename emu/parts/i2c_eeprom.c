/* SPDX-License-Identifier: MIT */
/* A serial EEPROM of 4 KiB, as 24C32 parts are: it does not acknowledge while it writes. */
#include "emu/chip/seam/serial.h"
#include "emu/parts/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EEPROM_BYTES 4096u
#define PAGE         32u
#define WRITE_TIME   (5 * VT_MS)

struct eeprom {
    struct machine *m;
    uint16_t addr;
    unsigned at; /* bytes written since the address was acknowledged */
    bool writes, changed;
    vtime_t busy_until;
    uint8_t data[EEPROM_BYTES];
};

static bool begin(void *arg, bool read)
{
    struct eeprom *e = arg;

    e->at = 0;
    e->writes = !read;
    return machine_now(e->m) >= e->busy_until;
}

static bool write_byte(void *arg, uint8_t byte)
{
    struct eeprom *e = arg;

    if (e->at++ < 2) {
        e->addr = (uint16_t)((e->addr << 8 | byte) % EEPROM_BYTES);
        return true;
    }
    e->data[e->addr] = byte;
    e->changed = true;
    e->addr = (uint16_t)((e->addr & ~(PAGE - 1)) | ((e->addr + 1) & (PAGE - 1)));
    return true;
}

static uint8_t read_byte(void *arg)
{
    struct eeprom *e = arg;
    uint8_t byte = e->data[e->addr];

    e->addr = (uint16_t)((e->addr + 1) % EEPROM_BYTES);
    return byte;
}

static void end(void *arg)
{
    struct eeprom *e = arg;

    if (e->changed) {
        e->busy_until = machine_now(e->m) + WRITE_TIME;
    }
    e->changed = false;
}

bool parts_i2c(struct machine *m, const char *arg)
{
    char bus[8], *rest;
    size_t len = strcspn(arg, "=");

    if (len >= sizeof(bus) || strncmp(arg + len, "=eeprom@", 8) != 0) {
        return false;
    }
    snprintf(bus, sizeof(bus), "%.*s", (int)len, arg);
    unsigned long address = strtoul(arg + len + 8, &rest, 0);
    if (rest == arg + len + 8 || *rest || address < 8 || address > 0x77) {
        return false; /* 0 to 7 and 0x78 up are reserved */
    }
    struct eeprom *e = machine_alloc(m, sizeof(*e));
    const struct i2c_device device = {.arg = e,
                                      .address = (uint8_t)address,
                                      .begin = begin,
                                      .write = write_byte,
                                      .read = read_byte,
                                      .end = end};
    e->m = m;
    memset(e->data, 0xFF, sizeof(e->data));
    return i2c_attach(m, bus, &device);
}
