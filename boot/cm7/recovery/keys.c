/* SPDX-License-Identifier: MIT */
#include "boot/cm7/recovery/keys.h"

#include "boot/cm7/line.h"
#include "boot/cm7/report.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/watchdog.h"

#define ASK_MS   20000u
#define ALONE_MS 30u

static uint32_t heard; /* when a byte last came */
static uint8_t candidate;

static bool is_line_end(uint8_t byte)
{
    return byte == '\r' || byte == '\n';
}

static void take(uint8_t byte, bool first)
{
    if (first) {
        candidate = byte;
    } else if (!is_line_end(byte)) {
        candidate = KEY_NONE;
    }
}

uint8_t key_input(const uint8_t *bytes, size_t n, uint32_t alone_ms)
{
    uint32_t now = line->now();
    bool quiet = now - heard >= alone_ms;

    for (size_t i = 0; i < n; i++) {
        take(bytes[i], quiet && i == 0);
    }
    if (n > 0) {
        heard = now;
        return KEY_NONE;
    }
    uint8_t key = quiet ? candidate : KEY_NONE;
    if (quiet) {
        candidate = KEY_NONE;
    }
    return key;
}

uint8_t key_ask(const char *question)
{
    uint32_t start = line->now();
    uint8_t bytes[16];

    print("%s ", question);
    while (line->now() - start < ASK_MS) {
        size_t n = line->read(bytes, sizeof(bytes));
        uint8_t key = key_input(bytes, n, ALONE_MS);
        watchdog_feed_both();
        if (key == 'a' || key == KEY_CTRL_C) {
            break;
        }
        if (key != KEY_NONE && !is_line_end(key)) {
            print("%c\r\n", key >= ' ' && key < 0x7Fu ? key : '?');
            return key;
        }
        if (n == 0) {
            cpu_wfi();
        }
    }
    print("\r\naborted\r\n");
    return KEY_NONE;
}
