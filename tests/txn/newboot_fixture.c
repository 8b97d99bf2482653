/* SPDX-License-Identifier: MIT */
#include "tests/txn/newboot_fixture.h"

#include <string.h>

uint8_t file[PROGRAM];
uint32_t counter = 1;

static uint8_t program[PROGRAM];

static bool is_of_m4(uint32_t at)
{
    return at - twin_map.m4_boot < twin_map.m4_boot_size;
}

void put_vector(uint8_t *at, uint32_t vector)
{
    memcpy(at, &vector, sizeof(vector));
}

void put_mark(uint8_t *bootloader, unsigned minor, unsigned layout, unsigned core)
{
    put_vector(bootloader + DUO_BOOT_MARK_OFFSET, DUO_BOOT_MARK(1, minor, 0, layout, core));
}

struct duo_about_record own_record(void)
{
    return (struct duo_about_record){
        .about = {.magic = DUO_ABOUT_MAGIC, .hardware_id = TEST_HARDWARE}, .ring = w.ring};
}

void put_record(uint8_t *bootloader, const struct duo_about_record *record, uint32_t at)
{
    put_vector(bootloader + DUO_BOOT_ABOUT_OFFSET, twin_map.base + at);
    memcpy(bootloader + at, record, twin_map.m4_boot - at);
}

static bool whatever_starts(struct world *world)
{
    (void)world;
    return true;
}

int set_up_bootloaders(void **state)
{
    (void)set_up_twin(state);
    for (uint32_t i = 0; i < PROGRAM; i++) {
        program[i] = (uint8_t)sim_mix(i) & 0x7Fu;
    }
    put_vector(program + 4, twin_map.base + ENTRY + 1u);
    put_vector(program + twin_map.m4_boot + 4u, twin_map.base + twin_map.m4_boot + 17u);
    put_mark(program, 5, 1, 7);
    put_mark(program + twin_map.m4_boot, 5, 1, 4);
    const struct duo_about_record record = own_record();
    put_record(program, &record, ABOUT);
    sim_wipe_sector(&w.sim, twin_map.base);
    sim_put(&w.sim, twin_map.base, program, PROGRAM);
    w.chip_starts = whatever_starts;
    w.recovery_allowed = true;
    return 0;
}

unsigned add_bringing(uint8_t cores)
{
    struct set_spec s = spec(8, 11, 12, counter);

    s.boot_cores = cores;
    s.boot = file;
    s.boot_size = cores == DUO_BOOT_CM4 ? twin_map.m4_boot_size : PROGRAM;
    return world_add_set(&w, &s);
}

void make_file(uint8_t cores)
{
    const uint32_t from = cores == DUO_BOOT_CM4 ? twin_map.m4_boot : 0;

    memcpy(file, program + from, PROGRAM - from);
    file[cores == DUO_BOOT_CM4 ? 20 : 900] ^= 1u; /* another one */
    for (uint32_t i = 0; cores == DUO_BOOT_CM7 && i < PROGRAM; i++) {
        file[i] = is_of_m4(i) ? 0xFFu : file[i];
    }
}

void boot_once_more(void)
{
    bool trial;

    (void)world_boot(&w, false, &trial);
}

enum duo_status send_bringing(uint8_t cores)
{
    const unsigned set = add_bringing(cores);

    boot_once_more();
    return download(set);
}
