/* SPDX-License-Identifier: MIT */
/*
 * What recovery stands on, for the target "recovery": a line on which the input speaks, the flash
 * of tests/txn, option bytes, and time that passes while recovery waits.
 */
#include "tests/fuzz/recovery.h"

#include <stdio.h>
#include <string.h>

#include "boot/cm7/device.h"
#include "boot/cm7/line.h"
#include "boot/cm7/m4.h"
#include "boot/cm7/m4_program.h"
#include "boot/cm7/options.h"
#include "boot/cm7/recovery/usb.h"
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"
#include "core/image/boot_mark.h"
#include "layouts/layout.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/flash.h"
#include "port/stm32h7/mpu.h"
#include "port/stm32h7/option.h"
#include "port/stm32h7/watchdog.h"
#include "tests/fuzz/speech.h"
#include "tests/txn/sim.h"

/* After the last byte of the input: longer than any time-out of recovery, a transfer's included.
 * Then a key that resets must be heard. */
#define END_MS      200000u
#define END_STEP_MS 100u
#define HEARD_MS    5000u
#define STEP_MS     5u

jmp_buf board_reset;
const struct duo_layout duo_layout;

static struct duo_device device;
static struct duo_flash flash;
static const struct duo_flash *real;
static void (*idle)(void *ctx);
static struct fuzz_input *in;
static uint32_t now_ms = 1000, calls, silent_since;
static bool asked;      /* to reset, when all has been said */
static uint8_t manners; /* bits of the input that say what kind of board this is */
static uint32_t protection[2];

/* ---- Time and the line ---- */

static bool said_all(void)
{
    return in->left == 0 && speech_over(now_ms);
}

static void pass(uint32_t ms)
{
    now_ms += ms;
    if (!said_all()) {
        silent_since = now_ms;
    } else if (now_ms - silent_since > END_MS && !asked) {
        asked = true;
        silent_since = now_ms - END_MS;
        speech_key('b');
    }
    FUZZ_CHECK(now_ms - silent_since < END_MS + HEARD_MS || !asked);
}

void cpu_wfi(void)
{
    pass(said_all() && !asked ? END_STEP_MS : STEP_MS);
}

/* Whatever asks for the time again and again without waiting gets on, too. */
static uint32_t now(void)
{
    if (++calls % 32u == 0) {
        pass(1);
    }
    return now_ms;
}

static size_t line_read(uint8_t *bytes, size_t max)
{
    return speech_next(in, now_ms, bytes, max);
}

static void line_write(const void *bytes, size_t n)
{
    speech_hear(bytes, n);
}

static size_t line_room(void)
{
    return 2048;
}

static void nothing(void)
{
}

static const struct duo_line fuzz_line = {nothing, line_read, line_write, line_room, nothing, now};
const struct duo_line *const line = &fuzz_line;

/* ---- The flash: what comes while it works is heard by idle() ---- */

static enum duo_status begin_erase(void *ctx, uint32_t addr)
{
    return real->begin_erase(ctx, addr);
}

static enum duo_status poll(void *ctx, uint32_t addr)
{
    if (idle) {
        pass(1);
        idle(NULL);
    }
    return real->poll(ctx, addr);
}

const struct duo_device *device_open(void (*in_between)(void *ctx))
{
    idle = in_between;
    return &device;
}

enum duo_word_state flash_read(uint32_t addr, void *buf, uint32_t len)
{
    const struct duo_map *map = device.map;
    const uint32_t at = addr - map->base;

    FUZZ_CHECK(addr >= MEM_FLASH_BASE && addr - MEM_FLASH_BASE <= MEM_FLASH_SIZE - len);
    if (at < 2u * map->bank_size && len <= map->bank_size - at % map->bank_size) {
        return real->read(real->ctx, addr, buf, len);
    }
    memset(buf, 0xFF, len);
    return DUO_WORD_GOOD;
}

static enum duo_status read_slot(void *ctx, uint32_t offset, void *buf, uint32_t len)
{
    const struct duo_slot *slot = ctx;

    return real->read(real->ctx, slot->run_base + offset, buf, len) == DUO_WORD_UNREADABLE
               ? DUO_E_READ
               : DUO_OK;
}

struct duo_reader device_slot_reader(const struct duo_slot *slot)
{
    return (struct duo_reader){read_slot, (void *)(uintptr_t)slot};
}

/* ---- The rest of the chip ---- */

uint32_t option_protected(unsigned bank)
{
    return protection[bank - 1u];
}

enum duo_status option_protect(uint32_t bank1, uint32_t bank2, void (*wait)(void))
{
    wait();
    protection[0] = bank1;
    protection[1] = bank2;
    return manners & 1u ? DUO_E_PROTECTED : DUO_OK;
}

bool option_readable(void)
{
    return (manners & 2u) == 0;
}

bool options_good(void)
{
    return (manners & 4u) == 0;
}

bool options_block_updates(void)
{
    return (manners & 8u) != 0;
}

void options_report(void)
{
}

void options_list(void (*put)(void *ctx, const char *name, uint32_t value, const uint32_t *wanted),
                  void *ctx)
{
    static const uint32_t wanted = 1;

    put(ctx, "BCM4", 1, &wanted);
    put(ctx, "RDP", 0xAA, NULL);
}

enum m4_program m4_program_check(void)
{
    return (enum m4_program)(manners >> 4 & 1u);
}

/* Its version, or that it cannot be read. */
uint32_t m4_program_mark(void)
{
    return m4_program_check() == M4_PROGRAM_WHOLE ? DUO_BOOT_MARK(1, 2, 3, 0, 4) : 0;
}

enum m4_state m4_state(void)
{
    return M4_PARKED;
}

const char *m4_answer_text(enum duo_gate_answer answer)
{
    (void)answer;
    return "it says no";
}

void fault_forget(void)
{
}

void mpu_region(uint32_t number, uint32_t base, uint32_t rasr)
{
    (void)number;
    (void)base;
    (void)rasr;
}

void backup_write(uint32_t number, uint32_t value)
{
    (void)number;
    (void)value;
}

void watchdog_feed_both(void)
{
}

void usb_start(struct recovery *r)
{
    (void)r;
}

void usb_poll(void)
{
}

bool usb_work(void)
{
    return false;
}

void work_begin(void)
{
}

void work_idle(void *ctx)
{
    (void)ctx;
}

void work_try_again(void)
{
}

void work_repair_options(void)
{
    longjmp(board_reset, 1);
}

_Noreturn void work_end(void)
{
    longjmp(board_reset, 1);
}

/* ---- For the target ---- */

/* What recovery takes by address: the RAM of the M4, a clock register, the chip's signature. */
static void map_chip(void)
{
    fuzz_map(MEM_SRAM1_BASE, MEM_SRAM1_SIZE + MEM_SRAM2_SIZE);
    fuzz_map(RCC_BASE, 4);
    fuzz_map(0x1FF1E800u, 4);
}

void board_start(const struct duo_device *dev, struct fuzz_input *input)
{
    static bool mapped;

    if (!mapped) {
        map_chip();
        mapped = true;
    }
    in = input;
    manners = fuzz_byte(in);
    protection[0] = protection[1] = 0;
    now_ms = silent_since = 1000;
    calls = 0;
    asked = false;
    idle = NULL;
    real = dev->flash;
    flash = *real;
    flash.begin_erase = begin_erase;
    flash.poll = poll;
    device = *dev;
    device.flash = &flash;
    speech_start();
}
