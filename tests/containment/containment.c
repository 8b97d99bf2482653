/* SPDX-License-Identifier: MIT */
/*
 * No instruction of an M4 image that nobody has verified may execute, whatever resets the chip and
 * whenever. The real bootloaders run on a device with an M4 image that is damaged; every reset
 * there is comes at every stage of the boot; and every instruction that the M4 fetches from where
 * no bootloader of its own is counts as an escape.
 *
 * usage: containment [the board options of duoemu run] [--blank|--torn|--flip ADDRESS]... --expect
 * contained|escaped
 *
 * Damage to the flash word at ADDRESS, after everything has been loaded: erased, unreadable, or one
 * bit of it changed. "escaped" is for bootloaders that do it wrong: else this would show nothing.
 */
#include "chip/stm32h7/memory.h"
#include "emu/cli/board.h"
#include "emu/cli/cli.h"
#include "layouts/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After how long a reset comes: from the first instructions on, each time an eighth later, until a
 * device has verified both images and is in recovery, or its applications run. */
#define FIRST       (200 * VT_US)
#define LAST        (150 * VT_MS)
#define UNDISTURBED (500 * VT_MS)

static const enum reset_cause causes[] = {
    RESET_POWER_ON, RESET_PIN,   RESET_BROWN_OUT, RESET_SOFT_CM7,   RESET_SOFT_CM4,  RESET_IWDG1,
    RESET_IWDG2,    RESET_WWDG1, RESET_WWDG2,     RESET_LOW_POWER1, RESET_LOW_POWER2};

struct test {
    struct board board;
    bool escaped;
    unsigned long long parked; /* instructions in its bootloader */
    uint32_t first_escape;
    vtime_t escaped_at;
    unsigned resets;
};

static void escaped(void *arg, struct core *c, uint32_t pc)
{
    struct test *t = arg;

    (void)c;
    if (t->escaped) {
        return;
    }
    t->escaped = true;
    t->first_escape = pc;
    t->escaped_at = machine_now(t->board.m);
    machine_stop(t->board.m); /* one is enough */
}

static void in_bootloader(void *arg, struct core *c, uint32_t pc)
{
    struct test *t = arg;

    (void)c;
    (void)pc;
    t->parked++;
}

/* The M4 sees flash at its address, and at 0 as much as its boot memory reaches (RM0399). */
static void watch(struct test *t)
{
    const struct observer observers[] = {
        {.arg = t,
         .cores = 1u << CM4,
         .on_insn = escaped,
         .insn_lo = MEM_FLASH_BASE,
         .insn_hi = duo_layout.boot[DUO_CM4].base},
        {.arg = t,
         .cores = 1u << CM4,
         .on_insn = escaped,
         .insn_lo = duo_layout.slot[DUO_CM4].run_base,
         .insn_hi = (MEM_FLASH_BASE + MEM_FLASH_SIZE)},
        {.arg = t,
         .cores = 1u << CM4,
         .on_insn = in_bootloader,
         .insn_lo = duo_layout.boot[DUO_CM4].base,
         .insn_hi = duo_layout.slot[DUO_CM4].run_base},
    };

    for (unsigned i = 0; i < sizeof(observers) / sizeof(observers[0]); i++) {
        machine_observe(t->board.m, &observers[i]);
    }
}

/* ---- damage ---- */

enum { OPT_BLANK, OPT_TORN, OPT_FLIP };

struct wish {
    int how; /* OPT_BLANK, OPT_TORN, OPT_FLIP */
    uint32_t addr;
};

static bool damage(struct test *t, int how, uint32_t addr)
{
    struct machine *m = t->board.m;
    uint8_t word[MEM_FLASH_WORD];

    if (!bus_peek(&m->bus, MASTER_DEBUG, addr, word, sizeof(word))) {
        return false;
    }
    if (how == OPT_TORN) {
        flash_damage(m->flash, addr, CUT_DOUBLE);
        return true;
    }
    if (how == OPT_BLANK) {
        memset(word, 0xFF, sizeof(word));
    } else {
        word[5] ^= 0x04;
    }
    return bus_poke(&m->bus, MASTER_DEBUG, addr, word, sizeof(word));
}

/* ---- resets ---- */

static void reset(struct test *t, enum reset_cause cause)
{
    struct machine *m = t->board.m;

    t->resets++;
    if (cause != RESET_POWER_ON) {
        machine_reset(m, cause);
        return;
    }
    flash_power_cut(m->flash, CUT_RANDOM);
    machine_power_cycle(m);
}

static void torment(struct test *t)
{
    struct machine *m = t->board.m;

    machine_power_on(m);
    for (vtime_t after = FIRST; after < LAST && !t->escaped; after += after / 8) {
        machine_run(m, m->now + after);
        reset(t, causes[t->resets % (sizeof(causes) / sizeof(causes[0]))]);
    }
    if (!t->escaped) {
        machine_run(m, m->now + UNDISTURBED);
    }
}

/* ---- the command ---- */

static int fail(const char *what)
{
    fprintf(stderr, "containment: %s\n", what);
    return EXIT_USAGE;
}

static int judge(const struct test *t, const char *expect)
{
    printf("%u resets: the M4 fetched %llu instructions of its bootloader, ", t->resets, t->parked);
    if (t->escaped) {
        printf("then one at 0x%08X after %.6f s\n", (unsigned)t->first_escape,
               (double)t->escaped_at / (double)VT_S);
    } else {
        printf("none from elsewhere\n");
    }
    return t->escaped == (strcmp(expect, "escaped") == 0) ? 0 : EXIT_FINDINGS;
}

struct call {
    struct board_args args;
    struct wish wishes[16];
    unsigned nwishes;
    const char *expect;
};

static const char *take_wish(struct cli *cli, struct call *c, int how, const char *value)
{
    unsigned long long addr;

    if (c->nwishes == 16 || !cli_parse_u64(value, &addr)) {
        return cli_mistake(cli, "--%s takes an address, 16 times at most", cli->row->name);
    }
    c->wishes[c->nwishes++] = (struct wish){how, (uint32_t)addr};
    return NULL;
}

static const char *take_blank(struct cli *cli, void *field, const char *value)
{
    return take_wish(cli, field, OPT_BLANK, value);
}

static const char *take_torn(struct cli *cli, void *field, const char *value)
{
    return take_wish(cli, field, OPT_TORN, value);
}

static const char *take_flip(struct cli *cli, void *field, const char *value)
{
    return take_wish(cli, field, OPT_FLIP, value);
}

static const struct option_row rows[] = {
    {"blank", 0, "ADDR", "erase a flash word", take_blank, 0, FILE_NONE},
    {"torn", 0, "ADDR", "make a flash word unreadable", take_torn, 0, FILE_NONE},
    {"flip", 0, "ADDR", "change a bit", take_flip, 0, FILE_NONE},
    {"expect", 0, "WHAT", "contained or escaped", option_text, offsetof(struct call, expect),
     FILE_NONE},
    {0},
};

static const struct option_group options[] = {
    {board_rows, offsetof(struct call, args)}, {rows, 0}, {0}};

int main(int argc, char **argv)
{
    static struct test t;
    static struct call c;
    const struct cli_program program = {.name = "containment", .file_error = EXIT_FILE};
    const struct command command = {.name = "test", .options = options};
    struct cli cli = {.program = &program, .command = &command, .argc = argc, .argv = argv};
    const char *mistake = cli_parse(&cli, &c);

    if (mistake || !c.expect) {
        return fail(mistake ? mistake : "--expect contained|escaped is needed");
    }
    int rc = board_open(&t.board, &c.args);
    if (rc) {
        return rc;
    }
    for (unsigned i = 0; i < c.nwishes; i++) {
        if (!damage(&t, c.wishes[i].how, c.wishes[i].addr)) {
            return fail("no flash at the address to be damaged");
        }
    }
    watch(&t);
    torment(&t);
    rc = judge(&t, c.expect);
    board_close(&t.board);
    files_free(&cli.files);
    return rc;
}
