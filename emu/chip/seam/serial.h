/* SPDX-License-Identifier: MIT */
/* SPI and I2C: what hangs on a bus. */
#ifndef EMU_CHIP_SEAM_SERIAL_H
#define EMU_CHIP_SEAM_SERIAL_H

#include "emu/machine.h"

/* The other end of an SPI: gets a frame of `bits`, most significant first, and gives one back. */
struct spi_device {
    void *arg;
    uint32_t (*exchange)(void *arg, uint32_t out, unsigned bits);
};
/* One device a bus; "SPI1" to "SPI6". False: there is no such bus. */
bool spi_attach(struct machine *m, const char *bus, const struct spi_device *device);
/* Its output is wired to its input. */
bool spi_loop(struct machine *m, const char *bus);

/* A device on an I2C bus, of 7 bits of address. */
struct i2c_device {
    void *arg;
    uint8_t address;
    bool (*begin)(void *arg, bool read);    /* is the address acknowledged? */
    bool (*write)(void *arg, uint8_t byte); /* is the byte acknowledged? */
    uint8_t (*read)(void *arg);
    void (*end)(void *arg); /* STOP, or another START */
};
/* "I2C1" to "I2C4". False: there is no such bus. */
bool i2c_attach(struct machine *m, const char *bus, const struct i2c_device *device);

#endif
