/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memfd_create() */
#include "emu/memories.h"
#include "chip/stm32h7/memory.h"

#include "emu/machine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BOTH = 1 << CM7 | 1 << CM4, ONLY_CM7 = 1 << CM7 };

/* SRAM1, 2 and 3 are neighbours and one array here; 0x10000000 is their second window (one
 * content). */
static const struct {
    const char *name;
    uint32_t base, size, alias;
    unsigned cores;
} rams[] = {
    {"ITCM", MEM_ITCM_BASE, MEM_ITCM_SIZE, 0, ONLY_CM7},
    {"DTCM", MEM_DTCM_BASE, MEM_DTCM_SIZE, 0, ONLY_CM7},
    {"AXI SRAM", MEM_AXI_BASE, MEM_AXI_SIZE, 0, BOTH},
    {"SRAM1-3", MEM_SRAM123_BASE, MEM_SRAM123_SIZE, MEM_SRAM123_ALIAS, BOTH},
    {"SRAM4", MEM_SRAM4_BASE, MEM_SRAM4_SIZE, 0, BOTH},
};

enum { RAMS = sizeof(rams) / sizeof(rams[0]) };

/* ---- memory with two windows: one content at two host addresses ---- */

/* Shared mappings are the only way to have that, and fork() would share them with the child, too.
 * So the child gets new ones, filled before the parent goes on. */
struct twin {
    uint8_t *window[2];
    size_t size;
    int copy; /* between the fork handlers */
    struct twin *next;
};
static struct twin *twins;

static void give_up(void)
{
    perror("duoemu: cannot get memory for the chip's RAM");
    exit(1);
}

static int new_content(size_t size)
{
    int fd = memfd_create("duoemu", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, (off_t)size)) {
        give_up();
    }
    return fd;
}

static uint8_t *map(uint8_t *at, size_t size, int fd)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void *p = mmap(at, size, PROT_READ | PROT_WRITE, flags | (at ? MAP_FIXED : 0), fd, 0);

    if (p == MAP_FAILED) {
        give_up();
    }
    return p;
}

static void before_fork(void)
{
    for (struct twin *t = twins; t; t = t->next) {
        t->copy = new_content(t->size);
        for (size_t done = 0; done < t->size;) {
            ssize_t n = pwrite(t->copy, t->window[0] + done, t->size - done, (off_t)done);
            if (n < 0) {
                give_up();
            }
            done += (size_t)n;
        }
    }
}

static void in_parent(void)
{
    for (const struct twin *t = twins; t; t = t->next) {
        close(t->copy);
    }
}

static void in_child(void)
{
    for (const struct twin *t = twins; t; t = t->next) {
        for (unsigned i = 0; i < 2; i++) {
            map(t->window[i], t->size, t->copy);
        }
        close(t->copy);
    }
}

static struct twin *new_twin(size_t size)
{
    static bool handlers;
    struct twin *t = calloc(1, sizeof(*t));

    if (!t || (!handlers && pthread_atfork(before_fork, in_parent, in_child))) {
        give_up();
    }
    handlers = true;
    int fd = new_content(size);
    t->size = size;
    for (unsigned i = 0; i < 2; i++) {
        t->window[i] = map(NULL, size, fd);
    }
    close(fd);
    t->next = twins;
    twins = t;
    return t;
}

static bool free_twin(const uint8_t *window)
{
    for (struct twin **t = &twins; *t; t = &(*t)->next) {
        if ((*t)->window[0] == window) {
            struct twin *gone = *t;
            *t = gone->next;
            munmap(gone->window[0], gone->size);
            munmap(gone->window[1], gone->size);
            free(gone);
            return true;
        }
    }
    return false;
}

/* ---- the memories ---- */

/* Page-aligned: the CPU engines map it. A forked machine has its own copy. */
void memories_new(struct machine *m)
{
    for (unsigned i = 0; i < RAMS; i++) {
        const struct twin *t = rams[i].alias ? new_twin(rams[i].size) : NULL;
        struct mem mem = {.name = rams[i].name,
                          .base = rams[i].base,
                          .size = rams[i].size,
                          .host = t ? t->window[0] : map(NULL, rams[i].size, -1),
                          .cores = rams[i].cores,
                          .kind = MEM_RAM};
        bus_add_mem(&m->bus, &mem);
        if (t) {
            mem.origin = mem.base;
            mem.base = rams[i].alias;
            mem.host = t->window[1];
            mem.alias = true;
            bus_add_mem(&m->bus, &mem);
        }
    }
}

static bool own_ram(const struct mem *mem)
{
    return mem->kind == MEM_RAM && !mem->alias;
}

/* Fills what `lost` says with noise. */
static void lose(struct machine *m, bool (*lost)(const struct mem *mem))
{
    for (unsigned i = 0; i < m->bus.nmems; i++) {
        struct mem *mem = &m->bus.mems[i];
        if (!own_ram(mem) || !lost(mem)) {
            continue;
        }
        for (uint32_t off = 0; off < mem->size; off += 4) {
            uint32_t noise = machine_random(m);
            memcpy(mem->host + off, &noise, 4);
        }
    }
    for (unsigned i = 0; i < m->bus.nmems; i++) {
        for (unsigned c = 0; c < CORES; c++) {
            if (m->core[c] && m->bus.mems[i].kind == MEM_RAM) {
                core_ram_changed(m->core[c], m->bus.mems[i].base, m->bus.mems[i].size);
            }
        }
    }
}

static bool any(const struct mem *mem)
{
    (void)mem;
    return true;
}

static bool in_d1(const struct mem *mem)
{
    return mem->base == MEM_ITCM_BASE || mem->base == MEM_DTCM_BASE || mem->base == MEM_AXI_BASE;
}

static bool in_d2(const struct mem *mem)
{
    return mem->base == MEM_SRAM123_BASE || mem->base == MEM_SRAM123_ALIAS;
}

void memories_power_on(struct machine *m)
{
    lose(m, any);
}

void memories_lose(struct machine *m, enum core_id id)
{
    lose(m, id == CM7 ? in_d1 : in_d2);
}

void memories_free(struct machine *m)
{
    for (unsigned i = 0; i < m->bus.nmems; i++) {
        if (own_ram(&m->bus.mems[i]) && !free_twin(m->bus.mems[i].host)) {
            munmap(m->bus.mems[i].host, m->bus.mems[i].size);
        }
    }
}
