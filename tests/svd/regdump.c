/* SPDX-License-Identifier: MIT */
/*
 * Shows what the models answer, for the comparison with the vendor's register description: reads
 * addresses (hex, one a line) from stdin and prints, for each, the value after power-on; "-" where
 * nothing is mapped. A line that ends in " w" asks for one value more: after all ones were written.
 */
#include "emu/chip/chip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RCC 0x58024400u

static void write_word(struct machine *m, enum core_id id, uint32_t addr, uint32_t value)
{
    struct bus_access a = {.master = id, .privileged = true};

    bus_write(&m->bus, &a, addr, 4, value);
}

static void clocks_on(struct machine *m)
{
    for (uint32_t enr = RCC + 0xD4; enr <= RCC + 0xF4; enr += 4) {
        write_word(m, CM7, enr, 0xFFFFFFFF);
        write_word(m, CM4, enr, 0xFFFFFFFF);
    }
}

static void show_written(struct machine *m, uint32_t addr)
{
    uint32_t ones = 0;

    clocks_on(m);
    write_word(m, CM7, addr, 0xFFFFFFFF);
    bus_peek(&m->bus, CM7, addr, &ones, sizeof(ones));
    printf(" %08x", ones);
    machine_power_on(m); /* for the next one */
}

static void show(struct machine *m, uint32_t addr, bool write)
{
    uint32_t reset;

    if (!bus_peek(&m->bus, CM7, addr, &reset, sizeof(reset))) {
        printf("%08x -\n", addr);
        return;
    }
    printf("%08x %08x", addr, reset);
    if (write) {
        show_written(m, addr);
    }
    printf("\n");
}

int main(void)
{
    char err[256], line[64];
    struct machine_config cfg = {.flash_file = NULL, .seed = 1};
    struct machine *m = machine_new(&cfg, err, sizeof(err));

    if (!m) {
        fprintf(stderr, "regdump: %s\n", err);
        return 1;
    }
    machine_power_on(m);
    while (fgets(line, sizeof(line), stdin)) {
        show(m, (uint32_t)strtoul(line, NULL, 16), strchr(line, 'w'));
    }
    machine_free(m);
    return 0;
}
