/* SPDX-License-Identifier: MIT */
#include "emu/cli/board.h"

#include "emu/chip/seam/can.h"
#include "emu/cli/board_files.h"
#include "emu/cli/cli.h"
#include "emu/host/slcan.h"
#include "emu/parts/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUTTON_HELD                                                                                \
    VT_S /* long enough for any bootloader to see it, short enough for the next reset not to */

/* ---- options ---- */

static const char *append(struct cli *cli, const char **list, unsigned *n, unsigned max,
                          const char *value)
{
    if (*n == max) {
        return cli_mistake(cli, "more than %u times --%s; join the files or options", max,
                           cli->row->name);
    }
    list[(*n)++] = value;

    return NULL;
}

static const char *take_load(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;
    unsigned long long addr;

    files_add(&cli->files, FILE_READ, value, board_path_length(value, &addr));
    return append(cli, args->loads, &args->nloads, BOARD_MAX_LOADS, value);
}

static const char *take_option(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;

    return append(cli, args->options, &args->noptions, BOARD_MAX_OPTIONS, value);
}

static const char *take_button(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;

    return append(cli, args->buttons, &args->nbuttons, BOARD_MAX_BUTTONS, value);
}

static const char *take_press(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;

    return append(cli, args->presses, &args->npresses, PINS_MAX_PRESSES, value);
}

static const char *take_led(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;

    return append(cli, args->leds, &args->nleds, PINS_MAX_LEDS, value);
}

static const char *take_part(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;

    return append(cli, args->parts, &args->nparts, BOARD_MAX_PARTS, value);
}

static const char *take_voltage(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;

    return append(cli, args->voltages, &args->nvoltages, ADC_MAX_INPUTS, value);
}

static const char *take_can(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = field;

    if (strcmp(value, "FDCAN1=FDCAN2") == 0 || strcmp(value, "FDCAN2=FDCAN1") == 0) {
        args->can_wire = true;
    } else if (slcan_is(value) && args->takes_slcan && args->nslcan < 2) {
        args->slcan[args->nslcan++] = value;
        if (strncmp(value + 6, "=slcan:pty:", 11) == 0) {
            files_add(&cli->files, FILE_WRITTEN, value + 17, strlen(value + 17));
        }
    } else {
        return cli_mistake(cli, "--can takes FDCAN1=FDCAN2, a wire between the two%s; not '%s'",
                           args->takes_slcan
                               ? ", or once for each FDCANn=slcan:pty, slcan:pty:PATH or "
                                 "slcan:tcp:PORT"
                               : " (slcan is for duoemu run)",
                           value);
    }
    return args->can_wire && args->nslcan
               ? "--can takes a wire between the two FDCANs or slcan, not both"
               : NULL;
}

#define FIELD(name) offsetof(struct board_args, name)

const struct option_row board_rows[] = {
    {"m7", 0, "FILE", "firmware that the Cortex-M7 boots: ELF, Intel HEX, or BIN for 0x08000000",
     option_text, FIELD(m7), FILE_READ},
    {"m4", 0, "FILE", "firmware that the Cortex-M4 boots: ELF, Intel HEX, or BIN for 0x08100000",
     option_text, FIELD(m4), FILE_READ},
    {"load", 0, "FILE[@ADDR]",
     "more content, applications for example; ADDR for BIN files; can be repeated", take_load, 0,
     FILE_NONE},
    {"flash", 0, "FILE", "keep flash, option bytes and backup domain in FILE between runs",
     option_text, FIELD(flash_file), FILE_KEPT},
    {"option", 0, "NAME=VALUE", "set an option byte before power-on, for example BCM4=0",
     take_option, 0, FILE_NONE},
    {"button", 0, "PIN[=TIME|=hold]",
     "press a button before power-on, for example PC13; let go after 1 s", take_button, 0,
     FILE_NONE},
    {"press", 0, "PIN@FROM[..TO][,low]",
     "press a button during the run, for example PC13@2s..2.1s; low: to ground", take_press, 0,
     FILE_NONE},
    {"led", 0, "PIN[,low]", "tell when an LED goes on or off, for example PB0", take_led, 0,
     FILE_NONE},
    {"part", 0, "BUS=WHAT", "what hangs on a bus: SPI1=loop, SPI1=flash@PA4, I2C1=eeprom@0x50",
     take_part, 0, FILE_NONE},
    {"adc", 0, "ADC:CHANNEL=VOLTS[@TIME]",
     "a voltage at an input of an ADC, for example ADC1:5=1.65V; from TIME on", take_voltage, 0,
     FILE_NONE},
    {"can", 0, "FDCAN1=FDCAN2|FDCANn=slcan:WHERE",
     "a wire between the two CAN controllers, or an slcan adapter on pty, pty:PATH or tcp:PORT "
     "(duoemu run)",
     take_can, 0, FILE_NONE},
    {"hse", 0, "HZ[,clock]", "crystal or external clock at HSE; default: 8000000,clock (Nucleo)",
     option_text, FIELD(hse), FILE_NONE},
    {"boot-pin", 0, NULL, "BOOT0 high: boot from ADD1", option_flag, FIELD(boot_pin), FILE_NONE},
    {"warn-only", 0, NULL, "too few wait states are reported, and flash reads go on", option_flag,
     FIELD(warn_only), FILE_NONE},
    {"m7-speculates", 0, NULL, "an erase of one bank stalls the M7 in the other one, too",
     option_flag, FIELD(m7_speculates), FILE_NONE},
    {"ur3", 0, "header|manual", "whose halves SYSCFG_UR3 has; default: header, as fielded code",
     option_text, FIELD(ur3), FILE_NONE},
    {"flash-endless", 0, "erase|program@ADDR[,times=N]",
     "these operations on the sector at ADDR never end", option_text, FIELD(flash_endless),
     FILE_NONE},
    {"seed", 0, "N", "of what is drawn at random", option_number, FIELD(seed), FILE_NONE},
    {"quantum", 0, "N", "instructions that one core may be ahead of the other", option_number,
     FIELD(quantum), FILE_NONE},
    {0},
};

/* ---- option bytes, buttons ---- */

static int set_options(struct board *b, const struct board_args *a)
{
    for (unsigned i = 0; i < a->noptions; i++) {
        char name[64];
        unsigned long long value;
        const char *eq = strchr(a->options[i], '=');
        if (!eq || (size_t)(eq - a->options[i]) >= sizeof(name) || !cli_parse_u64(eq + 1, &value)) {
            cli_error("--option takes NAME=NUMBER, for example BCM4=0, not '%s'", a->options[i]);
            return EXIT_USAGE;
        }
        memcpy(name, a->options[i], (size_t)(eq - a->options[i]));
        name[eq - a->options[i]] = '\0';
        if (value > UINT32_MAX || !flash_set_option(b->m->flash, name, (uint32_t)value)) {
            cli_error("--option %s: no such option byte, or the value is out of range "
                      "(docs/emulator.md lists them)",
                      a->options[i]);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int set_fault(struct board *b, const struct board_args *a)
{
    if (!a->flash_endless || flash_fault_set(b->m->flash, a->flash_endless)) {
        return 0;
    }
    cli_error("--flash-endless takes erase@ADDRESS or program@ADDRESS, then perhaps ,times=N, for "
              "example erase@0x08160000,times=1; not '%s'",
              a->flash_endless);
    return EXIT_USAGE;
}

/* HZ[,crystal|,clock]; 0: none. Other boards than the Nucleo have a crystal of 25 MHz, mostly. */
static int set_hse(struct board *b, const struct board_args *a)
{
    if (!a->hse) {
        return 0;
    }
    char hz_text[32];
    unsigned long long hz;
    const char *kind = strchr(a->hse, ',');
    size_t n = kind ? (size_t)(kind - a->hse) : strlen(a->hse);
    bool clock = kind && strcmp(kind, ",clock") == 0;
    snprintf(hz_text, sizeof(hz_text), "%.*s", (int)(n < sizeof(hz_text) ? n : 0), a->hse);
    bool known = !kind || clock || strcmp(kind, ",crystal") == 0;
    /* 4 to 48 MHz as a crystal, up to 50 MHz as a clock (RM0399, HSE). */
    if (!known || !cli_parse_u64(hz_text, &hz) || (hz && (hz < 4000000 || hz > 50000000))) {
        cli_error(
            "--hse takes HZ[,crystal|,clock] from 4000000 to 50000000, or 0 for none, not '%s'",
            a->hse);
        return EXIT_USAGE;
    }
    rcc_set_board(b->m->rcc, hz, clock, true);
    return 0;
}

/* What sources leave open: whose halves SYSCFG_UR3 has, what too few wait states do, whether the M7
 * waits for a bank that it does not use. */
static int set_doubts(struct board *b, const struct board_args *a)
{
    bool manual = a->ur3 && strcmp(a->ur3, "manual") == 0;

    if (a->ur3 && !manual && strcmp(a->ur3, "header") != 0) {
        cli_error("--ur3 takes 'header' (default: the halves that fielded code uses) or 'manual', "
                  "not '%s'",
                  a->ur3);
        return EXIT_USAGE;
    }
    b->m->ur3_by_manual = manual;
    b->m->speed_warns_only = a->warn_only;
    b->m->m7_speculates = a->m7_speculates;
    return 0;
}

static void let_go(void *arg)
{
    struct button *button = arg;

    gpio_drive(button->m->gpio, button->pin, -1);
}

/* PIN, PIN=TIME or PIN=hold */
static bool press(struct machine *m, struct button *button, const char *arg)
{
    size_t len = strcspn(arg, "=");
    vtime_t held = BUTTON_HELD;
    bool hold = strcmp(arg + len, "=hold") == 0;

    if (len >= sizeof(button->pin) ||
        (arg[len] && !hold && !cli_parse_time(arg + len + 1, &held))) {
        return false;
    }
    button->m = m;
    memcpy(button->pin, arg, len);
    button->pin[len] = '\0';
    if (!gpio_drive(m->gpio, button->pin, 1)) {
        return false;
    }
    sched_event_init(&button->release, "--button: let go", let_go, button);
    if (!hold) {
        sched_at(&m->sched, &button->release, held);
    }
    return true;
}

static int press_buttons(struct board *b, const struct board_args *a)
{
    for (unsigned i = 0; i < a->nbuttons; i++) {
        if (!press(b->m, &b->buttons[i], a->buttons[i])) {
            cli_error("--button %s: give port and number, for example PC13, and perhaps for how "
                      "long: PC13=3s, "
                      "PC13=hold",
                      a->buttons[i]);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int set_pins(struct board *b, const struct board_args *a)
{
    pins_init(&b->pins, b->m);
    for (unsigned i = 0; i < a->npresses; i++) {
        if (!pins_press(&b->pins, a->presses[i])) {
            cli_error("--press %s: give a pin and virtual times, for example PC13@2s..2.1s, and "
                      ",low for a button that connects to ground",
                      a->presses[i]);
            return EXIT_USAGE;
        }
    }
    for (unsigned i = 0; i < a->nleds; i++) {
        if (!pins_led(&b->pins, a->leds[i])) {
            cli_error("--led %s: give a pin, for example PB0, and ,low for an LED that is on at a "
                      "low level",
                      a->leds[i]);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int set_parts(struct board *b, const struct board_args *a)
{
    for (unsigned i = 0; i < a->nparts; i++) {
        if (!parts_spi(b->m, a->parts[i]) && !parts_i2c(b->m, a->parts[i]) &&
            !parts_qspi(b->m, a->parts[i])) {
            cli_error(
                "--part %s: give a bus and what hangs on it: SPI1=loop (output wired to input), "
                "SPI1=flash@PA4 (select at PA4), I2C1=eeprom@0x50, QUADSPI=flash",
                a->parts[i]);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int set_voltages(struct board *b, const struct board_args *a)
{
    for (unsigned i = 0; i < a->nvoltages; i++) {
        if (!adc_inputs_add(&b->adc_inputs, b->m, a->voltages[i])) {
            cli_error("--adc %s: give ADC1 to ADC3, a channel from 0 to 19 and a voltage, for "
                      "example ADC1:5=1.65V, and perhaps since when: ADC1:5=3.0V@2s",
                      a->voltages[i]);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static bool new_symbols(struct board *b)
{
    for (int i = 0; i <= CORES; i++) {
        b->symbols[i] = symbols_new();
        if (!b->symbols[i]) {
            return false;
        }
    }
    return true;
}

int board_open(struct board *b, const struct board_args *a)
{
    char err[512] = "out of memory";

    memset(b, 0, sizeof(*b));
    struct machine_config cfg = {.flash_file = a->flash_file,
                                 .flash_detached = a->flash_private,
                                 .seed = a->seed,
                                 .quantum = a->quantum};
    if (new_symbols(b)) {
        b->m = machine_new(&cfg, err, sizeof(err));
    }
    if (!b->m) {
        cli_error("%s", err);
        board_close(b);
        return EXIT_FILE;
    }
    b->m->boot_pin = a->boot_pin;
    int rc = board_load_all(b, a);
    if (!rc) {
        rc = set_options(b, a);
    }
    if (!rc) {
        rc = set_hse(b, a);
    }
    if (!rc) {
        rc = set_fault(b, a);
    }
    if (!rc) {
        rc = set_doubts(b, a);
    }
    if (!rc) {
        rc = press_buttons(b, a);
    }
    if (!rc) {
        rc = set_pins(b, a);
    }
    if (!rc) {
        rc = set_parts(b, a);
    }
    if (!rc) {
        rc = set_voltages(b, a);
    }
    if (!rc && a->can_wire) {
        can_wire(b->m);
    }
    if (rc) {
        board_close(b);
    }
    return rc;
}

void board_close(struct board *b)
{
    machine_free(b->m);
    for (int i = 0; i <= CORES; i++) {
        symbols_free(b->symbols[i]);
    }
    memset(b, 0, sizeof(*b));
}

const char *board_symbol(const struct board *b, int core, uint32_t addr, char *buf, size_t size)
{
    uint32_t off;
    int which = core == CM7 || core == CM4 ? core : 2;

    if (!symbols_name(b->symbols[which], addr, &off)) {
        which = 2;
    }
    return symbols_format(b->symbols[which], addr, buf, size);
}
