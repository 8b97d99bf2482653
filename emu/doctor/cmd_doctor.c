/* SPDX-License-Identifier: MIT */
/* duoemu doctor: the command. */
#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"
#include "emu/cli/cli.h"
#include "emu/doctor/doctor.h"
#include "emu/doctor/track.h"
#include "hostlib/output.h"
#include "hostlib/terminal.h"
#include "layouts/layout.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct call {
    struct doctor d;
    bool list;
    const char *explain;
};

/* docs/doctor.md is made from this. */
static void list_catalogue(FILE *out)
{
    for (int p = PHASE_HANDOVER; p <= PHASE_BETWEEN; p++) {
        for (size_t i = 0; i < FIND_COUNT; i++) {
            const struct complaint *c = &catalogue[i];
            if (c->phase == (enum phase)p) {
                fprintf(out, "### %s\n\n%s, %s. %s.\n\n%s\n\nFix: %s%s%s\n\n", c->id,
                        severity_name(c->severity), phase_name(c->phase), c->title, c->reason,
                        c->fix, c->source[0] ? "\n\nSource: " : "", c->source);
            }
        }
    }
}

/* The width of the terminal; 100 columns where there is none. */
static int page_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col) {
        return 100;
    }
    return size.ws_col < 40 ? 40 : size.ws_col > 120 ? 120 : size.ws_col;
}

static int explain(const char *id)
{
    enum finding_id found = catalogue_find(id);

    if (found == FIND_COUNT) {
        cli_error("there is no finding '%s'; duoemu doctor --list has them all", id);
        return EXIT_USAGE;
    }
    finding_print_entry(found, stdout, page_width(), terminal_colour(STDOUT_FILENO));
    return EXIT_FOUND;
}

static const char *take_address(struct cli *cli, struct doctor *d, enum core_id core,
                                const char *value)
{
    unsigned long long *at = &d->app[core];

    d->app_given[core] = true;
    if (cli_parse_u64(value, at) && *at <= UINT32_MAX && !(*at & 0x7F)) {
        return NULL;
    }
    return cli_mistake(cli,
                       "--%s takes the address of a vector table, a multiple of 0x80 (VTOR; 0x400 "
                       "for all interrupts), "
                       "not '%s'",
                       cli->row->name, value);
}

static const char *take_app7(struct cli *cli, void *field, const char *value)
{
    return take_address(cli, field, CM7, value);
}

static const char *take_app4(struct cli *cli, void *field, const char *value)
{
    return take_address(cli, field, CM4, value);
}

static const char *take_symbols(struct cli *cli, void *field, const char *value)
{
    struct doctor *d = field;

    if (d->nsymbol_files == SYMBOL_FILES) {
        return cli_mistake(cli, "--symbols is taken %u times at most", SYMBOL_FILES);
    }
    d->symbol_files[d->nsymbol_files++] = value;
    return NULL;
}

static const struct option_row rows[] = {
    {"app-m7", 0, "ADDR",
     "vector table of the M7's application (default: as in the flash layout, 0x08020000; or where "
     "the loaded file of that bank has its own)",
     take_app7, offsetof(struct call, d), FILE_NONE},
    {"app-m4", 0, "ADDR", "the same for the M4 (default 0x08120000, with --layout=twin 0x080A0000)",
     take_app4, offsetof(struct call, d), FILE_NONE},
    {"symbols", 0, "FILE.elf",
     "names and lines of a program that is loaded in another form (signed, HEX); repeatable",
     take_symbols, offsetof(struct call, d), FILE_READ},
    {"for", 0, "TIME", "virtual time to watch (default 1s)", option_time,
     offsetof(struct call, d.time), FILE_NONE},
    {"html", 0, "FILE", "the report as a page, with a timeline", option_text,
     offsetof(struct call, d.html), FILE_WRITTEN},
    {"list", 0, NULL, "every finding it can make, as Markdown", option_flag,
     offsetof(struct call, list), FILE_NONE},
    {"explain", 0, "ID", "what that finding means, such as jump.primask", option_text,
     offsetof(struct call, explain), FILE_NONE},
    {0},
};

static const struct option_group options[] = {
    {rows, 0}, {board_rows, offsetof(struct call, d.args)}, {cli_json_rows, OPTIONS_OF_CLI}, {0}};

static const char *parse(struct cli *cli, struct call *c)
{
    const char *mistake = cli_parse(cli, c);

    if (mistake || c->list || c->explain) {
        return mistake;
    }
    c->d.json = cli->json;
    if (cli->operand_count) {
        return cli_mistake(cli, "'%s' is not an option; files are given with --m7, --m4 or --load",
                           cli->operands[0]);
    }
    if (!c->d.args.m7 && !c->d.args.flash_file && !c->d.args.nloads) {
        return "no program of the Cortex-M7, which every board boots; give --m7 FILE, and --m4 "
               "FILE and --load FILE for "
               "the other programs";
    }
    return NULL;
}

/* A stack pointer and a Thumb entry into memory: what a core needs to start at all. */
static bool vector_table(const struct doctor *d, int core, uint32_t at)
{
    uint32_t sp = doctor_peek(d, core, at), entry = doctor_peek(d, core, at + 4);

    return doctor_ram(d, core, sp, true) && entry & 1 &&
           bus_find_mem(&d->board.m->bus, entry & ~1u, (enum core_id)core);
}

static bool blank(const struct doctor *d, int core, uint32_t at)
{
    return doctor_peek(d, core, at + 4) == UINT32_MAX;
}

/* Which programs there are, now that the boot addresses are known. */
static void see_programs(struct doctor *d)
{
    uint32_t boot4 = syscfg_boot_addr(d->board.m->syscfg, CM4);
    bool none7 = blank(d, CM7, (uint32_t)d->app[CM7]), none4 = blank(d, CM4, (uint32_t)d->app[CM4]);

    d->m4_expected = d->args.m4 || !blank(d, CM4, boot4) || !none4;
    d->direct[CM7] = none7 && !none4;
    d->direct[CM4] = none4 && !none7;
    d->findings.direct[CM7] = d->direct[CM7];
    d->findings.direct[CM4] = d->direct[CM4] && d->m4_expected;
}

/* Programs without content are a mistake in the call, not in the firmware. With the banks swapped,
 * or another boot address, that is what the doctor is asked about. */
static int check_files(struct doctor *d)
{
    uint32_t at = syscfg_boot_addr(d->board.m->syscfg, CM7);

    if (!vector_table(d, CM7, at) && !d->args.noptions && !d->args.boot_pin) {
        cli_error("there is no vector table at the Cortex-M7's boot address 0x%08X (words 0x%08X "
                  "0x%08X; a stack pointer in RAM and an odd entry are needed): --m7 takes the "
                  "bootloader, linked to 0x08000000; applications are given with --load",
                  (unsigned)at, (unsigned)doctor_peek(d, CM7, at),
                  (unsigned)doctor_peek(d, CM7, at + 4));
        return EXIT_FILE;
    }
    if (d->args.m4 && !duo_layout.map.twin && doctor_peek(d, CM4, MEM_BANK2_BASE) == UINT32_MAX &&
        !d->args.noptions) {
        cli_error("%s leaves 0x08100000 blank, where the Cortex-M4 boots: --m4 takes its "
                  "bootloader, linked to 0x08100000; applications are given with --load",
                  d->args.m4);
        return EXIT_FILE;
    }
    return 0;
}

/* The ELF files of programs that are loaded in another form. */
static int add_symbols(struct doctor *d)
{
    char err[256] = "it has none";
    struct symbols *all = d->board.symbols[2];

    for (unsigned i = 0; i < d->nsymbol_files; i++) {
        size_t before = symbols_count(all);
        if (!symbols_add(all, d->symbol_files[i], err, sizeof(err)) ||
            symbols_count(all) == before) {
            cli_error("--symbols %s: %s; it takes an ELF file with symbols", d->symbol_files[i],
                      err);
            return EXIT_FILE;
        }
        places_add(&d->findings.places, d->symbol_files[i]);
    }
    return 0;
}

static void add_places(struct doctor *d)
{
    const struct board_args *a = &d->args;

    if (a->m7) {
        places_add(&d->findings.places, a->m7);
    }
    if (a->m4) {
        places_add(&d->findings.places, a->m4);
    }
    for (unsigned i = 0; i < a->nloads; i++) {
        places_add(&d->findings.places, a->loads[i]);
    }
}

/* On without looking at instructions: long enough for a tick of 50 Hz. */
static void see_what_changes(struct doctor *d)
{
    d->capturing = false;
    for (int i = 0; i < CORES; i++) {
        watch_step(d, (enum core_id)i, false);
    }
    machine_run(d->board.m, d->board.m->now + 20 * VT_MS);
    loops_settle(d);
}

static void examine(struct doctor *d)
{
    struct machine *m = d->board.m;
    enum machine_stop why = machine_run(m, m->now + d->time);

    for (int i = 0; i < CORES; i++) {
        watch_step(d, (enum core_id)i, true);
    }
    d->capturing = true; /* a little longer, to see what each core does now */
    if (why == M_TIME) {
        machine_run(m, m->now + 2 * VT_MS);
        see_what_changes(d);
    }
    conclude_run(d);
    findings_link(&d->findings);
}

/* On a terminal they are folded; who reads them from a pipe has a line for each. */
static void print_handovers(const struct doctor *d)
{
    const int width = isatty(STDOUT_FILENO) ? page_width() : INT_MAX;
    char line[sizeof(d->findings.handover[0].from) + 96];

    for (int i = 0; i < CORES; i++) {
        const struct handover *h = &d->findings.handover[i];
        const char *name = i == CM7 ? "Cortex-M7" : "Cortex-M4";
        if (h->seen) {
            int n = snprintf(line, sizeof(line), "%s: application entered at %.6f s from %s", name,
                             (double)h->when / 1e12, h->from);
            if (h->times > 1) {
                snprintf(line + n, sizeof(line) - (size_t)n, ", and %u times more after resets",
                         h->times - 1);
            }
        } else if (d->direct[i] && (i == CM7 || d->m4_expected)) {
            snprintf(line, sizeof(line),
                     "%s: no application at 0x%08X (--load): what it boots is looked at as one",
                     name, (unsigned)d->app[i]);
        } else {
            continue;
        }
        findings_fold(stdout, width, 2, line);
    }
}

static int report(struct doctor *d)
{
    const struct findings *f = &d->findings;
    bool sick = findings_worst(f) != SEV_NOTE;

    if (d->json) {
        if (!findings_json(f)) {
            cli_error("cannot write the findings as JSON");
            return EXIT_FILE;
        }
        return sick ? EXIT_FINDINGS : EXIT_FOUND;
    }
    if (!f->count) {
        printf("%s in %.3f s of virtual time\n",
               f->nlimits ? "nothing found, but not all could be judged,"
                          : "healthy: nothing found",
               (double)d->board.m->now / 1e12);
    }
    findings_summary(f, stdout);
    print_handovers(d);
    putchar('\n');
    findings_print(f, stdout, page_width(), terminal_colour(STDOUT_FILENO));
    return sick ? EXIT_FINDINGS : EXIT_FOUND;
}

static int cannot_write(const struct doctor *d)
{
    cli_error("the report %s cannot be written: %s; %s", d->html, strerror(errno),
              output_hint(errno));
    return EXIT_FILE;
}

/* With a page, too. It is opened before the examination: a folder that is not there is known at
 * once. */
static int examine_and_report(struct doctor *d)
{
    struct output page;

    if (!d->html) {
        examine(d);
        return report(d);
    }
    if (!output_open(&page, d->html, 0666)) {
        return cannot_write(d);
    }
    track_start(d->track, d);
    examine(d);
    doctor_html(d, d->track, page.file);
    int rc = report(d);
    return output_close(&page, true) ? rc : cannot_write(d);
}

static int diagnose(struct doctor *d)
{
    d->findings.board = &d->board;
    add_places(d);
    watch_start(d);
    machine_power_on(d->board.m); /* loads the option bytes: the boot addresses are known */
    see_programs(d);
    int rc = check_files(d);
    rc = rc ? rc : add_symbols(d);
    if (rc) {
        return rc;
    }
    linked_check(d);
    return examine_and_report(d);
}

static int examine_files(struct doctor *d)
{
    int rc = files_read(&d->files, &d->args);

    rc = rc ? rc : board_open(&d->board, &d->args);
    if (rc) {
        return rc;
    }
    rc = files_locate(&d->files, &d->board, d->app, d->app_given);
    if (rc == 0) {
        rc = diagnose(d);
    }
    board_close(&d->board);
    places_free(&d->findings.places);
    return rc;
}

static int doctor(struct cli *cli, struct call *c)
{
    const char *mistake = parse(cli, c);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    if (c->list) {
        list_catalogue(stdout);
        return EXIT_FOUND;
    }
    return c->explain ? explain(c->explain) : examine_files(&c->d);
}

static int run(struct cli *cli)
{
    struct call *c = calloc(1, sizeof(*c));

    if (!c) {
        return cli_fail(cli, EXIT_FILE, NULL, "out of memory");
    }
    c->d.app[CM7] = duo_layout.slot[DUO_CM7].run_base;
    c->d.app[CM4] = duo_layout.slot[DUO_CM4].run_base;
    c->d.time = VT_S;
    c->d.track = calloc(1, sizeof(*c->d.track));
    int rc = c->d.track ? doctor(cli, c) : cli_fail(cli, EXIT_FILE, NULL, "out of memory");
    free(c->d.track);
    free(c);
    return rc;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .summary = "say why a jump from bootloader to application fails",
    .usage = "--m7 BOOT.elf [--m4 BOOT.elf] [--load APP.elf]... [OPTION]...\n--explain ID\n--list",
    .about = "Runs your bootloaders and applications, unmodified, and says why the jump between "
             "them fails.",
    .options = options,
    .example =
        "duoemu doctor --m7 boot_cm7.elf --m4 boot_cm4.elf --load app_m7.elf --load app_m4.elf",
    .run = run,
};
