#include "emu/memories.h"

#include "emu/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BOTH = 1 << CM7 | 1 << CM4, ONLY_CM7 = 1 << CM7 };

/* SRAM1, 2 and 3 are neighbours and one array here; 0x10000000 is their second window (one
 * content). */
static const struct {
    const char *name;
    uint32_t base, size, alias;
    unsigned cores;
} rams[] = {
    {"ITCM", 0x00000000, 0x10000, 0, ONLY_CM7}, {"DTCM", 0x20000000, 0x20000, 0, ONLY_CM7},
    {"AXI SRAM", 0x24000000, 0x80000, 0, BOTH}, {"SRAM1-3", 0x30000000, 0x48000, 0x10000000, BOTH},
    {"SRAM4", 0x38000000, 0x10000, 0, BOTH},
};

enum { RAMS = sizeof rams / sizeof rams[0] };

void memories_new(struct machine *m)
{
    for (unsigned i = 0; i < RAMS; i++) {
        /* Page-aligned and private: the CPU engines map it, and a forked machine gets its own copy.
         */
        uint8_t *host =
            mmap(NULL, rams[i].size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (host == MAP_FAILED) {
            perror("duoemu: cannot get memory for the chip's RAM");
            exit(1);
        }
        struct mem mem = {.name = rams[i].name,
                          .base = rams[i].base,
                          .size = rams[i].size,
                          .host = host,
                          .cores = rams[i].cores,
                          .kind = MEM_RAM};
        bus_add_mem(&m->bus, &mem);
        if (rams[i].alias) {
            mem.base = rams[i].alias;
            mem.alias = true;
            bus_add_mem(&m->bus, &mem);
        }
    }
}

static bool own_ram(const struct mem *mem)
{
    return mem->kind == MEM_RAM && !mem->alias;
}

void memories_power_on(struct machine *m)
{
    for (unsigned i = 0; i < m->bus.nmems; i++) {
        struct mem *mem = &m->bus.mems[i];
        if (!own_ram(mem))
            continue;
        for (uint32_t off = 0; off < mem->size; off += 4) {
            uint32_t noise = machine_random(m);
            memcpy(mem->host + off, &noise, 4);
        }
    }
    for (unsigned i = 0; i < m->bus.nmems; i++)
        for (unsigned c = 0; c < CORES; c++)
            if (m->core[c] && m->bus.mems[i].kind == MEM_RAM)
                core_ram_changed(m->core[c], m->bus.mems[i].base, m->bus.mems[i].size);
}

void memories_free(struct machine *m)
{
    for (unsigned i = 0; i < m->bus.nmems; i++)
        if (own_ram(&m->bus.mems[i]))
            munmap(m->bus.mems[i].host, m->bus.mems[i].size);
}
