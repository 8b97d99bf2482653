/* SPDX-License-Identifier: MIT */
/*
 * The update session of libduo as applications call it, in any order, from both cores, with bundles
 * and single images that may be spoiled, with power cuts, refused flash operations and resets. What
 * duo_update_look() tells makes sense at any time, and whatever has happened the device comes to
 * rest in a set of its own and takes an update.
 */
#include <string.h>

#include "duo/duo.h"
#include "duo/sram4.h"
#include "lib/request.h"
#include "lib/service.h"
#include "lib/shared.h"
#include "lib/start.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"
#include "tests/fuzz/device.h"
#include "tests/fuzz/fuzz.h"

static struct duo_txn txn;
static bool opened, in_interrupt, flash_taken;
static uint8_t room[6u * SMALL_SECTOR];
static const uint8_t *file; /* that is being sent */
static uint32_t file_size, at;

/* ---- What libduo stands on ---- */

struct duo_txn *library_txn(void)
{
    if (!opened) {
        duo_txn_open(&txn, &w.dev);
        opened = true;
    }
    return &txn;
}

bool library_lock(void)
{
    return !flash_taken;
}

void library_unlock(void)
{
}

bool duo_kept(void)
{
    struct duo_report report;

    duo_txn_report(library_txn(), &report);
    return report.phase != DUO_PHASE_TRIAL;
}

uint32_t cpu_exception(void)
{
    return in_interrupt ? 16u : 0u;
}

void cpu_wfi(void)
{
}

_Noreturn void system_reset(void)
{
    longjmp(device_power_up, 1);
}

/* The bootloader, and then an application that has confirmed, or not. */
static void start_application(void)
{
    bool trial;

    fuzz_forget();
    opened = in_interrupt = flash_taken = false;
    device_expect_any();
    for (unsigned i = 0; i < 8u && world_boot(&w, false, &trial) == BOOT_AGAIN; i++) {
    }
    device_expect_any();
    duo_shared_clear(!duo_kept());
}

/* ---- What the applications do ---- */

static void look(void)
{
    struct duo_update_progress p;

    duo_update_look(&p);
    FUZZ_CHECK(p.phase <= DUO_UPDATE_FAILED && p.file <= DUO_UPDATE_IMAGE_M4);
    FUZZ_CHECK((p.phase == DUO_UPDATE_FAILED) == (p.error != DUO_OK) || p.phase == DUO_UPDATE_NONE);
    FUZZ_CHECK(p.total == 0 || p.received <= p.total || p.phase == DUO_UPDATE_NONE);
    FUZZ_CHECK(p.erases <= 2u * SIM_SECTORS);
}

static void choose_file(uint8_t which)
{
    const struct test_set *s = &w.sets[which % SETS];
    const unsigned kind = which / SETS % 3u;

    file = kind == 0 ? s->bundle : s->image[kind - 1u].file;
    file_size = kind == 0 ? s->bundle_size : s->image[kind - 1u].file_size;
    at = 0;
}

/* The file's next bytes, or nearly those. */
static void write_some(struct fuzz_input *in, uint32_t n, uint8_t how)
{
    static uint8_t bytes[4096];
    size_t taken;

    n = n < file_size - at ? n : file_size - at;
    memcpy(bytes, file + at, n);
    if (how == 1 && n > 0) {
        bytes[fuzz_number(in, n)] ^= 1u + fuzz_number(in, 255);
    } else if (how == 2) {
        at = fuzz_number(in, file_size);
    } else if (how == 3) {
        n = fuzz_number(in, sizeof(bytes)); /* more than there is */
    }
    const enum duo_status status = duo_update_write(bytes, n, &taken);
    FUZZ_CHECK(taken <= n && (status == DUO_OK || taken == 0));
    at += (uint32_t)taken < file_size - at ? (uint32_t)taken : file_size - at;
}

/* As an application that does what it is told: from where the device says it wants bytes. */
static void go_on(void)
{
    struct duo_update_progress p;

    for (unsigned i = 0; i < 400; i++) {
        size_t taken;

        duo_update_look(&p);
        if (p.phase == DUO_UPDATE_WORK) {
            (void)duo_update_work(4000);
        } else if (p.phase == DUO_UPDATE_DATA) {
            (void)duo_update_write(file + at, file_size - at, &taken);
            at += (uint32_t)taken;
            (void)duo_update_poll(3000);
        } else {
            return;
        }
    }
}

static void resume(void)
{
    struct duo_update_progress p;

    if (duo_update_resume() == DUO_OK) {
        while (duo_update_look(&p), p.phase == DUO_UPDATE_WORK) {
            if (duo_update_work(20000) == DUO_E_BUSY && flash_taken) {
                return;
            }
        }
        duo_update_look(&p);
        at = p.received < file_size ? p.received : file_size;
    }
}

static void ask_for_m4(struct fuzz_input *in)
{
    SHARED->request = SHARED->request + REQUEST_STEP;
    SHARED->request = (SHARED->request & ~REQUEST_KIND) | fuzz_number(in, 7);
    update_serve();
    FUZZ_CHECK(SHARED->answered == SHARED->request);
}

static void spoil(struct fuzz_input *in)
{
    const uint8_t what = fuzz_byte(in);

    if (what < 100) {
        const uint64_t n = 1u + fuzz_number(in, 300);
        device_cut_at(n, (enum sim_outcome)fuzz_number(in, SIM_OUTCOMES));
    } else if (what < 200) {
        sim_break(&w.sim, w.sim.ops + 1u + fuzz_number(in, 300),
                  (enum sim_refusal)fuzz_number(in, SIM_REFUSALS),
                  (enum sim_span)fuzz_number(in, SIM_SPANS));
    } else if (what < 210) {
        w.confirms = !w.confirms;
    } else if (what < 230) {
        flash_taken = !flash_taken;
    } else {
        in_interrupt = !in_interrupt;
    }
}

static void act(struct fuzz_input *in)
{
    const uint8_t what = fuzz_byte(in);

    switch (what % 16u) {
    case 0:
        (void)duo_update_begin();
        at = 0;
        break;
    case 1:
        resume();
        break;
    case 2:
        duo_update_abort();
        break;
    case 3:
        (void)duo_update_install(what & 16u);
        break;
    case 4:
        (void)duo_update_next();
        at = 0;
        break;
    case 5:
        (void)duo_update_buffer(room, what < 128 ? sizeof(room) : fuzz_number(in, sizeof(room)));
        break;
    case 6:
        choose_file(fuzz_byte(in));
        break;
    case 7:
    case 8:
        write_some(in, fuzz_number(in, 4096), what / 16u % 8u);
        break;
    case 9:
        (void)duo_update_poll(fuzz_number(in, 5000));
        break;
    case 10:
        (void)duo_update_work(fuzz_number(in, 10000));
        break;
    case 11:
    case 12:
        go_on();
        break;
    case 13:
        ask_for_m4(in);
        break;
    case 14:
        spoil(in);
        break;
    default:
        start_application();
        break;
    }
    look();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_input in;

    if (w.set_count == 0) {
        device_make(device_pairs);
        fuzz_map(DUO_LIBRARY_BASE, DUO_LIBRARY_SIZE);
    }
    if (size > 128) {
        return 0;
    }
    in = (struct fuzz_input){data, size};
    device_keep();
    choose_file(1);
    if (setjmp(device_power_up) != 0) {
        sim_power_cycle(&w.sim);
    }
    start_application();
    while (in.left > 0) {
        act(&in);
    }
    device_ends_well();
    device_return();
    return 0;
}
