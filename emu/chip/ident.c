/* SPDX-License-Identifier: MIT */
/*
 * System memory: a ROM with the identification words and, instead of ST's loader, a few
 * instructions that report that they run and sleep forever (RM0399, device electronic signature;
 * boot).
 */
#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"

#include <string.h>

#define ROM1_SIZE 0x20000u
#define ROM2_SIZE 0x1F000u /* up to the probe, which no chip has */
#define PROBE     0x1FF5F000u

/* A second vector table that several projects jump to [field reports]. */
#define LOADER_ENTRY (MEM_LOADER_VECTORS - MEM_SYSTEM1_BASE)
#define LOADER_CODE  0x0400u
#define LOADER_SP    0x24080000u

#define UID        (MEM_UNIQUE_ID_BASE - MEM_SYSTEM1_BASE)
#define TS_CAL1    0x1E820u /* at 30 degrees, 16 bits, 3.3 V (data sheet) */
#define TS_CAL2    0x1E840u /* at 110 degrees */
#define VREFINT    0x1E860u
#define FLASH_SIZE 0x1E880u
#define LINE_ID    0x1E8C0u

static void put(uint8_t *rom, uint32_t off, uint32_t word)
{
    memcpy(rom + off, &word, 4);
}

/* ldr r0, =PROBE; ldr r0, [r0]; loop: wfi; b loop */
static void put_loader(uint8_t *rom)
{
    static const uint16_t code[] = {0x4801, 0x6800, 0xBF30, 0xE7FD};
    static const uint32_t tables[] = {0, LOADER_ENTRY};

    memcpy(rom + LOADER_CODE, code, sizeof(code));
    put(rom, LOADER_CODE + 8, PROBE);
    for (unsigned i = 0; i < 2; i++) {
        put(rom, tables[i], LOADER_SP);
        for (unsigned v = 1; v < 16; v++) {
            put(rom, tables[i] + 4 * v, MEM_SYSTEM1_BASE + LOADER_CODE + 1);
        }
    }
}

static void put_identification(struct machine *m, uint8_t *rom)
{
    put(rom, UID, machine_random(m) & 0x00FF00FF);              /* wafer X/Y */
    put(rom, UID + 4, 0x51303500 | (machine_random(m) & 0x1F)); /* lot, wafer number */
    put(rom, UID + 8, 0x36383833);                              /* lot */
    put(rom, TS_CAL1, 0xFFFF0000 | 12313);                      /* 0.62 V, 2 mV a degree */
    put(rom, TS_CAL2, 0xFFFF0000 | 15490);
    put(rom, VREFINT, 0xFFFF0000 | 24149); /* 1.216 V; emu/chip/adc_value.c */
    put(rom, FLASH_SIZE, 0xFFFF0800);      /* 2048 KiB */
    put(rom, LINE_ID, 0x48373435);         /* "H745" */
}

static enum bus_status probe_read(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t *value)
{
    struct machine *m = self;

    (void)off;
    (void)size;
    *value = 0;
    if (a->master != MASTER_DEBUG) {
        machine_note(m, N_ROM_LOADER, MEM_SYSTEM1_BASE,
                     "the %s entered the loader in system memory; the model has none, the core "
                     "sleeps from here on",
                     a->master == CM7 ? "CM7" : "CM4");
    }
    return BUS_OK;
}

static enum bus_status probe_write(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t value)
{
    (void)self;
    (void)a;
    (void)off;
    (void)size;
    (void)value;
    return BUS_ERROR;
}

static const struct dev_ops probe_ops = {probe_read, probe_write, NULL, NULL};

/* The engines map memory by pages: content starts on one. */
static uint8_t *rom_memory(struct machine *m, uint32_t size)
{
    uintptr_t p = (uintptr_t)machine_alloc(m, size + 4095);
    uint8_t *rom = (uint8_t *)((p + 4095) & ~(uintptr_t)4095);

    memset(rom, 0xFF, size);
    return rom;
}

void ident_new(struct machine *m)
{
    struct mem rom1 = {.name = "system memory 1",
                       .base = MEM_SYSTEM1_BASE,
                       .size = ROM1_SIZE,
                       .host = rom_memory(m, ROM1_SIZE),
                       .cores = 1 << CM7, /* reserved for the CM4 (RM0399, memory map) */
                       .kind = MEM_ROM};
    struct mem rom2 = rom1;

    rom2.name = "system memory 2";
    rom2.base = MEM_SYSTEM2_BASE;
    rom2.size = ROM2_SIZE;
    rom2.host = rom_memory(m, ROM2_SIZE);
    put_loader(rom1.host);
    put_identification(m, rom1.host);
    bus_add_mem(&m->bus, &rom1);
    bus_add_mem(&m->bus, &rom2);
    struct dev probe = {.name = "ROM loader probe",
                        .base = PROBE,
                        .size = 0x1000,
                        .gate = GATE_NONE,
                        .ops = &probe_ops,
                        .self = m};
    bus_add_dev(&m->bus, &probe);
}
