/* SPDX-License-Identifier: MIT */
/* The board of a run: what the user's arguments say about files, options and buttons, made into a
 * machine. */
#ifndef EMU_CLI_BOARD_H
#define EMU_CLI_BOARD_H

#include "emu/chip/chip.h"
#include "emu/cli/adc_inputs.h"
#include "emu/cli/pins.h"
#include "emu/machine.h"
#include "hostlib/cli.h"
#include "hostlib/symbols.h"

#define BOARD_MAX_LOADS   32
#define BOARD_MAX_OPTIONS 32
#define BOARD_MAX_BUTTONS 8
#define BOARD_MAX_PARTS   8

struct board_args {
    const char *m7, *m4;
    const char *loads[BOARD_MAX_LOADS];
    unsigned nloads;
    const char *symbols[BOARD_MAX_LOADS];
    unsigned nsymbols;
    const char *options[BOARD_MAX_OPTIONS];
    unsigned noptions;
    const char *buttons[BOARD_MAX_BUTTONS];
    unsigned nbuttons;
    const char *presses[PINS_MAX_PRESSES];
    unsigned npresses;
    const char *leds[PINS_MAX_LEDS];
    unsigned nleds;
    const char *parts[BOARD_MAX_PARTS];
    unsigned nparts;
    const char *voltages[ADC_MAX_INPUTS];
    unsigned nvoltages;
    const char *flash_file;
    unsigned long long seed, quantum;
    const char *flash_endless; /* NULL, or which operations never end */
    const char *hse;           /* NULL: the Nucleo's 8 MHz external clock */
    const char *ur3;           /* NULL, or whose halves SYSCFG_UR3 has */
    const char *slcan[2];      /* what hangs at the bus of an FDCAN */
    unsigned nslcan;
    bool takes_slcan; /* the command serves it; set before parsing */
    bool boot_pin, warn_only, m7_speculates, can_wire;
    bool flash_private; /* the file is the start; it stays as it is */
};

/* A button pressed before power-on, and let go later: a finger, not a solder bridge. */
struct button {
    struct machine *m;
    char pin[8];
    struct sched_event release;
};

struct board {
    struct machine *m;
    struct button buttons[BOARD_MAX_BUTTONS];
    struct pins pins;
    struct adc_inputs adc_inputs;
    struct symbols *symbols[CORES + 1]; /* by core, and [2]: all files */
};

/* The options of every command with a board; they belong to a struct board_args. */
extern const struct option_row board_rows[];

/* Makes the machine, loads all files, sets option bytes and buttons; the power is still off.
 * Returns 0 or an exit code, with a message printed. */
int board_open(struct board *b, const struct board_args *args);
void board_close(struct board *b);

/* "function+0x12" or "0x08020000" by the files of that core; buf is returned. */
const char *board_symbol(const struct board *b, int core, uint32_t addr, char *buf, size_t size);

#endif
