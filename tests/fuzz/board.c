/* SPDX-License-Identifier: MIT */
/* What targets with firmware in them share. */
#include <sys/mman.h>

#include "tests/fuzz/fuzz.h"

#define PAGE 4096u

void fuzz_map(uint32_t base, uint32_t size)
{
    const uint32_t begin = base & ~(PAGE - 1u);
    const uint32_t end = (base + size + PAGE - 1u) & ~(PAGE - 1u);
    void *const at = (void *)(uintptr_t)begin;

    FUZZ_CHECK(mmap(at, end - begin, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == at);
}

extern uint8_t __start_firmware_bss[], __stop_firmware_bss[];

/* Byte by byte: the sanitizer's own bytes lie between the variables. */
__attribute__((no_sanitize("address"))) void fuzz_forget(void)
{
    for (volatile uint8_t *at = __start_firmware_bss; at != __stop_firmware_bss; at++) {
        *at = 0;
    }
}
