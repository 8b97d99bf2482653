/* SPDX-License-Identifier: MIT */
/*
 * The 4 KiB of backup SRAM. VBAT is taken as present: it outlives the power and lives in the state
 * file, beside the backup registers. BDRST does not clear it (RM0399, reset of the backup domain).
 */
#include "emu/chip/chip.h"

#include "chip/stm32h7/memory.h"

#include <string.h>

static uint8_t *content(const struct machine *m)
{
    return flash_backup_area(m->flash) + BACKUP_BYTES - MEM_BACKUP_SIZE;
}

static enum bus_status sram_read(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t *value)
{
    (void)a;
    *value = 0;
    memcpy(value, content(self) + off, size);
    return BUS_OK;
}

static enum bus_status sram_write(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t value)
{
    struct machine *m = self;

    (void)a;
    if (pwr_backup_writable(m->pwr)) {
        memcpy(content(m) + off, &value, size);
    } else {
        machine_note(m, N_BACKUP_DBP, MEM_BACKUP_BASE + off,
                     "the backup SRAM is written with PWR_CR1.DBP = 0: ignored. Set DBP first");
    }
    return BUS_OK;
}

static uint32_t sram_peek(void *self, enum core_id view, uint32_t off)
{
    uint32_t v;

    (void)view;
    memcpy(&v, content(self) + off, sizeof(v));
    return v;
}

static const struct dev_ops ops = {
    .read = sram_read, .write = sram_write, .peek = sram_peek, .reset = NULL};

void backup_sram_new(struct machine *m)
{
    bus_add_dev(&m->bus, &(struct dev){.name = "backup SRAM",
                                       .base = MEM_BACKUP_BASE,
                                       .size = MEM_BACKUP_SIZE,
                                       .gate = GATE(G_AHB4, 28),
                                       .ops = &ops,
                                       .self = m});
}
