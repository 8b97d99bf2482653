/* SPDX-License-Identifier: MIT */
#include "emu/bus.h"

#include "emu/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bug(const char *what, const char *name)
{
    fprintf(stderr, "duoemu: internal error: %s (%s); please report it\n", what, name);
    abort();
}

void bus_add_dev(struct bus *b, const struct dev *d)
{
    if (b->ndevs == BUS_MAX_DEVS) {
        bug("too many devices", d->name);
    }
    b->devs[b->ndevs++] = *d;
}

void bus_add_mem(struct bus *b, const struct mem *mem)
{
    if (b->nmems == BUS_MAX_MEMS) {
        bug("too many memories", mem->name);
    }
    b->mems[b->nmems] = *mem;
    if (!mem->alias) {
        b->mems[b->nmems].origin = mem->base;
    }
    b->nmems++;
}

static int by_base(const void *a, const void *b)
{
    uint32_t x = ((const struct dev *)a)->base, y = ((const struct dev *)b)->base;

    return x < y ? -1 : x > y;
}

void bus_seal(struct bus *b)
{
    qsort(b->devs, b->ndevs, sizeof(b->devs[0]), by_base);
    for (unsigned i = 1; i < b->ndevs; i++) {
        if (b->devs[i].base - b->devs[i - 1].base < b->devs[i - 1].size) {
            bug("devices overlap", b->devs[i].name);
        }
    }
}

const struct dev *bus_find_dev(const struct bus *b, uint32_t addr)
{
    unsigned lo = 0, hi = b->ndevs;

    while (lo < hi) { /* the last device whose base is not above addr */
        unsigned mid = (lo + hi) / 2;
        if (b->devs[mid].base <= addr) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo == 0 || addr - b->devs[lo - 1].base >= b->devs[lo - 1].size) {
        return NULL;
    }
    return &b->devs[lo - 1];
}

const struct mem *bus_find_mem(const struct bus *b, uint32_t addr, enum core_id view)
{
    static const unsigned seen[] = {
        [CM7] = 1u << CM7,        [CM4] = 1u << CM4,         [MASTER_DEBUG] = 3u,
        [MASTER_DMA] = 1u << CM4, [MASTER_MDMA] = 1u << CM7,
    };
    unsigned mask = seen[view];

    for (unsigned i = 0; i < b->nmems; i++) {
        const struct mem *m = &b->mems[i];
        if (addr - m->base < m->size && (m->cores & mask)) {
            return m;
        }
    }
    return NULL;
}

static uint32_t load(const uint8_t *p, unsigned size)
{
    uint32_t v = 0;

    memcpy(&v, p, size); /* host and target are little endian */
    return v;
}

/* A block without a bus clock reads 0 and swallows writes, without a fault: the classic silent bug.
 */
static bool clocked(struct bus *b, const struct dev *d, const struct bus_access *a, uint32_t addr)
{
    if (d->gate == GATE_NONE || b->gate_on(b->clocks, d->gate)) {
        return true;
    }
    if (a->master != MASTER_DEBUG) {
        machine_note(b->m, N_BUS_UNCLOCKED, addr,
                     "%s is accessed with its bus clock off: %s. Set its RCC enable bit and read "
                     "the register back first",
                     d->name,
                     d->works_unclocked ? "by the manual it is lost, though boards take it"
                                        : "reads give 0, writes are lost");
    }
    return d->works_unclocked;
}

static void tell_access(struct bus *b, const struct bus_access *a, uint32_t addr, uint32_t value,
                        bool write)
{
    if (a->master < CORES) {
        machine_tell(b->m, on_access, a, addr, value, write);
    }
}

enum bus_status bus_read(struct bus *b, const struct bus_access *a, uint32_t addr, unsigned size,
                         uint32_t *value)
{
    *value = 0;
    const struct mem *mem = bus_find_mem(b, addr, a->master);
    if (mem) {
        if (mem->ops) {
            return mem->ops->read(mem->self, a, addr, size, value);
        }
        *value = load(mem->host + (addr - mem->base), size);
        return BUS_OK;
    }
    const struct dev *d = bus_find_dev(b, addr);
    if (!d) {
        return BUS_ERROR;
    }
    if (!clocked(b, d, a, addr)) {
        return BUS_OK;
    }
    enum bus_status status = d->ops->read(d->self, a, addr - d->base, size, value);
    tell_access(b, a, addr, *value, false);
    return status;
}

enum bus_status bus_write(struct bus *b, const struct bus_access *a, uint32_t addr, unsigned size,
                          uint32_t value)
{
    const struct mem *mem = bus_find_mem(b, addr, a->master);

    if (mem) {
        if (mem->ops) {
            return mem->ops->write(mem->self, a, addr, size, value);
        }
        if (mem->kind == MEM_ROM) {
            return BUS_ERROR;
        }
        memcpy(mem->host + (addr - mem->base), &value, size);
        return BUS_OK;
    }
    const struct dev *d = bus_find_dev(b, addr);
    if (!d) {
        return BUS_ERROR;
    }
    if (!clocked(b, d, a, addr)) {
        return BUS_OK;
    }
    if (a->master < CORES) {
        machine_tell(b->m, before_write, a, addr);
    }
    enum bus_status status = d->ops->write(d->self, a, addr - d->base, size, value);
    tell_access(b, a, addr, value, true);
    return status;
}

/* RAM changed behind the cores' backs: in whatever windows they see it. */
static void ram_changed(struct bus *b, const struct mem *written, uint32_t off, uint32_t len)
{
    for (unsigned i = 0; i < b->nmems; i++) {
        const struct mem *mem = &b->mems[i];
        if (mem->kind != MEM_RAM || mem->origin != written->origin) {
            continue;
        }
        for (unsigned c = 0; c < CORES; c++) {
            if (b->m->core[c]) {
                core_ram_changed(b->m->core[c], mem->base + off, len);
            }
        }
    }
}

static void tell_dma(struct bus *b, const struct mem *mem, uint32_t addr, unsigned size,
                     uint32_t value, bool write)
{
    if (mem) {
        machine_tell(b->m, on_dma, addr, size, value, write);
    }
}

enum bus_status bus_dma_read(struct bus *b, enum core_id master, uint32_t addr, unsigned size,
                             uint32_t *value)
{
    const struct bus_access a = {.master = master, .privileged = true};

    addr &= ~(size - 1); /* the low bits are not looked at */
    enum bus_status status = bus_read(b, &a, addr, size, value);
    if (status == BUS_OK) {
        tell_dma(b, bus_find_mem(b, addr, master), addr, size, *value, false);
    }
    return status;
}

enum bus_status bus_dma_write(struct bus *b, enum core_id master, uint32_t addr, unsigned size,
                              uint32_t value)
{
    const struct bus_access a = {.master = master, .privileged = true};

    addr &= ~(size - 1);
    const struct mem *mem = bus_find_mem(b, addr, master);
    tell_dma(b, mem, addr, size, value, true);
    enum bus_status status = bus_write(b, &a, addr, size, value);
    if (status == BUS_OK && mem && mem->kind == MEM_RAM) {
        ram_changed(b, mem, addr - mem->base, size);
    }
    return status;
}

static bool peek_dev(struct bus *b, enum core_id view, uint32_t addr, uint8_t *byte)
{
    const struct dev *d = bus_find_dev(b, addr);

    if (!d) {
        return false;
    }
    uint32_t off = addr - d->base;
    uint32_t word = d->ops->peek ? d->ops->peek(d->self, view, off & ~3u) : 0;
    *byte = (uint8_t)(word >> 8 * (off & 3));
    return true;
}

bool bus_peek(struct bus *b, enum core_id view, uint32_t addr, void *buf, uint32_t len)
{
    uint8_t *out = buf;

    while (len) {
        const struct mem *mem = bus_find_mem(b, addr, view);
        uint32_t n = 1;
        if (mem) {
            n = mem->size - (addr - mem->base) < len ? mem->size - (addr - mem->base) : len;
            if (mem->ops) {
                mem->ops->peek(mem->self, addr, out, n);
            } else {
                memcpy(out, mem->host + (addr - mem->base), n);
            }
        } else if (!peek_dev(b, view, addr, out)) {
            return false;
        }
        addr += n;
        out += n;
        len -= n;
    }
    return true;
}

bool bus_poke(struct bus *b, enum core_id view, uint32_t addr, const void *buf, uint32_t len)
{
    const uint8_t *in = buf;

    while (len) {
        const struct mem *mem = bus_find_mem(b, addr, view);
        if (!mem) {
            struct bus_access a = {.master = view, .privileged = true};
            uint32_t v = load(in, len >= 4 ? 4 : len >= 2 ? 2 : 1);
            unsigned n = len >= 4 && !(addr & 3) ? 4 : len >= 2 && !(addr & 1) ? 2 : 1;
            if (bus_write(b, &a, addr, n, v) != BUS_OK) {
                return false;
            }
            addr += n, in += n, len -= n;
            continue;
        }
        uint32_t n = mem->size - (addr - mem->base) < len ? mem->size - (addr - mem->base) : len;
        if (mem->ops) {
            mem->ops->poke(mem->self, addr, in, n);
        } else {
            memcpy(mem->host + (addr - mem->base), in, n);
            ram_changed(b, mem, addr - mem->base, n);
        }
        addr += n, in += n, len -= n;
    }
    return true;
}

void bus_reset(struct bus *b, bool power_on)
{
    for (unsigned i = 0; i < b->ndevs; i++) {
        if (b->devs[i].ops->reset) {
            b->devs[i].ops->reset(b->devs[i].self, power_on);
        }
    }
}
