/* SPDX-License-Identifier: MIT */
#include "tests/txn/rules_fixture.h"

#include "core/txn/record.h"

struct world w;

struct set_spec spec(uint32_t number, uint32_t seed7, uint32_t seed4, uint32_t counter)
{
    return (struct set_spec){.image = {{.payload = SMALL_SECTOR + 100u, .seed = seed7},
                                       {.payload = 600u, .seed = seed4}},
                             .number = number,
                             .counter = counter,
                             .trial_boots = 1};
}

static void set_up_device(const struct duo_map *map, const struct duo_slot *slots)
{
    struct set_spec s;

    world_init(&w, map, slots);
    s = spec(1, 1, 2, 1);
    world_add_set(&w, &s);
    s = spec(2, 3, 4, 1);
    world_add_set(&w, &s);
    s = spec(3, 5, 6, 7);
    world_add_set(&w, &s);
    s = spec(4, 7, 2, 1);
    s.keep[DUO_CM4] = true;
    world_add_set(&w, &s);
    s = spec(5, 8, 9, 1);
    s.trial_boots = 2;
    world_add_set(&w, &s);
    set_program(&w.sets[SET_A], &w.sim);
    w.allowed = ~0u;
}

int set_up(void **state)
{
    (void)state;
    set_up_device(&small_map, small_slots);
    return 0;
}

int set_up_twin(void **state)
{
    (void)state;
    set_up_device(&twin_map, twin_slots);
    return 0;
}

int tear_down(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

enum duo_status download(unsigned set)
{
    return world_download(&w, w.sets[set].bundle, w.sets[set].bundle_size, 1000, false);
}

struct duo_report report(void)
{
    struct duo_txn txn;
    struct duo_report r;

    duo_txn_open(&txn, &w.dev);
    duo_txn_report(&txn, &r);
    return r;
}

struct duo_boot boot_once(void)
{
    const struct duo_boot_request request = {0};
    struct duo_txn txn;
    struct duo_boot boot;

    sim_power_cycle(&w.sim);
    duo_txn_open(&txn, &w.dev);
    duo_txn_boot(&txn, &request, &boot);
    if (boot.action == DUO_BOOT_RUN && !world_released(&txn, &boot)) {
        world_fail(&w, "a boot is decided that will not be let go");
    }
    return boot;
}

void lose_manifest(bool other)
{
    struct duo_txn txn;
    struct duo_record r;

    duo_txn_open(&txn, &w.dev);
    const uint16_t id = other ? txn.state.other.manifest : txn.state.current.manifest;
    for (uint32_t i = 0; i < SMALL_SECTOR / DUO_WORD_SIZE; i++) {
        const uint32_t addr = small_map.journal[0] + i * DUO_WORD_SIZE;
        if (duo_record_read(&w.sim.flash, addr, &r) == DUO_RECORD_GOOD &&
            r.type == DUO_RECORD_MANIFEST && (r.payload[0] | r.payload[1] << 8) == id) {
            sim_put_kind(&w.sim, addr, SIM_UNREADABLE);
            return;
        }
    }
    world_fail(&w, "the journal has no such manifest");
}
