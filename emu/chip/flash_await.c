/* SPDX-License-Identifier: MIT */
/* Bytes that somebody wants to settle only when they are needed. */
#include "emu/chip/flash_model.h"

static bool overlaps(const struct flash *f, uint32_t addr, uint32_t len)
{
    for (unsigned i = 0; i < f->await.count; i++) {
        if (f->await.addr[i] - addr < len) {
            return true;
        }
    }
    return false;
}

bool flash_await(struct flash *f, uint32_t addr, void (*fn)(void *arg), void *arg)
{
    if (f->await.count == FLASH_AWAIT_MAX) {
        return false;
    }
    f->await.addr[f->await.count++] = addr;
    f->await.fn = fn;
    f->await.arg = arg;
    machine_flash_changed(f->m, addr, 1, false); /* it is not to be read directly any more */
    return true;
}

bool await_none(const struct flash *f, uint32_t addr, uint32_t len)
{
    return !f->await.count || !overlaps(f, addr, len);
}

void await_needed(struct flash *f, uint32_t addr, uint32_t len)
{
    if (!await_none(f, addr, len)) {
        f->await.count = 0; /* before the call: it may read them itself */
        f->await.fn(f->await.arg);
    }
}
