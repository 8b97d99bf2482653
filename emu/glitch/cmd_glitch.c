/* SPDX-License-Identifier: MIT */
/* duoemu glitch: the command. */
#include "emu/cli/cli.h"
#include "emu/glitch/report.h"
#include "hostlib/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct call {
    struct glitch g;
    const char *report, *only;
    unsigned long long jobs, last;
    bool sample_given;
    struct output out;
};

/* ---- options ---- */

static const char *take_flip(struct cli *cli, void *field, const char *value)
{
    struct glitch_setup *s = field;
    unsigned long long addr;

    if (s->nflips == GLITCH_MAX_FLIPS || !cli_parse_u64(value, &addr) || addr > UINT32_MAX) {
        return cli_mistake(cli, "--flip takes an address in flash, %d times at most",
                           GLITCH_MAX_FLIPS);
    }
    s->flips[s->nflips].addr = (uint32_t)addr;
    s->flips[s->nflips++].device = s->others;
    return NULL;
}

static const char *take_or_flip(struct cli *cli, void *field, const char *value)
{
    struct glitch_setup *s = field;

    if (!s->nflips || s->others + 1 == GLITCH_MAX_DEVICES) {
        return cli_mistake(cli, "--or-flip comes after --flip, %d times at most",
                           GLITCH_MAX_DEVICES - 1);
    }
    s->others++;
    return take_flip(cli, field, value);
}

static const char *take_sample(struct cli *cli, void *field, const char *value)
{
    struct call *c = field;

    c->sample_given = true;
    return option_number(cli, &c->g.want.sample, value);
}

static bool take_kind(struct glitch_want *want, const char *name, size_t len)
{
    for (unsigned k = 0; k < GLITCH_KIND_COUNT; k++) {
        const char *known = glitch_kind_name((enum glitch_kind)k);
        if (strlen(known) == len && memcmp(known, name, len) == 0) {
            want->kinds[k] = true;
            return true;
        }
    }
    return false;
}

static const char *take_kinds(struct cli *cli, void *field, const char *value)
{
    struct call *c = field;

    memset(c->g.want.kinds, 0, sizeof(c->g.want.kinds));
    while (*value) {
        const size_t len = strcspn(value, ",");
        if (!take_kind(&c->g.want, value, len)) {
            return cli_mistake(cli, "--kinds takes skip, zero, flip and code, with commas between");
        }
        value += len + (value[len] == ',');
    }
    return NULL;
}

static const char *take_core(struct cli *cli, void *field, const char *value)
{
    struct call *c = field;
    const bool m7 = strcmp(value, "m7") == 0, m4 = strcmp(value, "m4") == 0;

    if (!m7 && !m4) {
        return cli_mistake(cli, "--core takes m7 or m4");
    }
    c->g.want.core[CM7] = m7;
    c->g.want.core[CM4] = m4;
    return NULL;
}

static const char *take_share(struct cli *cli, void *field, const char *value)
{
    struct glitch_want *want = field;
    char more;

    if (sscanf(value, "%u/%u%c", &want->share, &want->shares, &more) != 2 || want->share < 1 ||
        want->share > want->shares) {
        return cli_mistake(cli, "--share takes I/N, for example 2/4: the second of four shares");
    }
    want->share--;
    return NULL;
}

#define FIELD(name) offsetof(struct call, name)

static const struct option_row rows[] = {
    {"flip", 0, "ADDR", "change a bit of this byte of flash before the boot; can be repeated",
     take_flip, FIELD(g.setup), FILE_NONE},
    {"or-flip", 0, "ADDR",
     "try another device, too, which differs in this byte instead; what both do alike is done once",
     take_or_flip, FIELD(g.setup), FILE_NONE},
    {"warm", 0, NULL,
     "let the device run its applications first; then flash is changed and NRST pulsed",
     option_flag, FIELD(g.setup.warm), FILE_NONE},
    {"all", 0, NULL, "skip every instruction: its first two passes, one of the others, the last",
     option_flag, FIELD(g.want.all), FILE_NONE},
    {"sample", 0, "N", "N single faults, drawn (default 500, or 0 with --all or --twice)",
     take_sample, 0, FILE_NONE},
    {"twice", 0, "N", "N pairs of faults, drawn, up to 32768 cycles apart", option_number,
     FIELD(g.want.twice), FILE_NONE},
    {"kinds", 0, "LIST", "what is drawn from: skip,zero,flip,code (default: all)", take_kinds, 0,
     FILE_NONE},
    {"last", 0, "PERCENT",
     "strike in the last PERCENT of the boot's time alone: what is decided late is cheap to try",
     option_number, FIELD(last), FILE_NONE},
    {"in", 0, "FUNCTION", "strike in this function alone", option_text, FIELD(g.want.in),
     FILE_NONE},
    {"core", 0, "m7|m4", "strike this core alone", take_core, 0, FILE_NONE},
    {"share", 0, "I/N", "the Ith of N equal shares of the points, for a run in several pieces",
     take_share, FIELD(g.want), FILE_NONE},
    {"jobs", 0, "N", "devices at once (default: processors)", option_number, FIELD(jobs),
     FILE_NONE},
    {"report", 0, "FILE", "tables by kind and function, and all wins", option_text, FIELD(report),
     FILE_WRITTEN},
    {"only", 0, "POINT", "repeat one point, as it was printed for a win", option_text, FIELD(only),
     FILE_NONE},
    {0},
};

static const struct option_group options[] = {{rows, 0}, {board_rows, FIELD(g.setup.args)}, {0}};

/* ---- the command ---- */

static bool only_point(struct call *c)
{
    struct glitch_plan *p = &c->g.plan;

    p->points = calloc(1, sizeof(*p->points));
    if (!p->points || !glitch_parse(&p->points[0], c->only)) {
        cli_error("--only takes a point as it was printed for a win, not '%s'", c->only);
        return false;
    }
    p->count = p->room = 1;
    p->points[0].devices = (1u << glitch_devices(&c->g)) - 1;
    return true;
}

static bool plan_devices(struct call *c)
{
    struct glitch *g = &c->g;

    for (unsigned i = 0; i < glitch_devices(g); i++) {
        g->want.from = g->began + g->length[i] - g->length[i] / 100 * c->last;
        if (!glitch_plan_add(&g->plan, &g->want, i, g->coverage[i])) {
            return false;
        }
    }
    glitch_plan_sort(&g->plan, &g->want);
    return true;
}

static bool make_plan(struct call *c)
{
    struct glitch *g = &c->g;

    if (c->only) {
        return only_point(c);
    }
    if (!c->sample_given && !g->want.all && !g->want.twice) {
        g->want.sample = 500;
    }
    if (!plan_devices(c)) {
        cli_error("out of memory for the plan; ask for fewer points");
        return false;
    }
    if (g->plan.count == 0) {
        cli_error("nothing to try: no instruction of the boot is in %s%s",
                  g->want.in ? "function " : "the time of --last, or of --share",
                  g->want.in ? g->want.in : "");
        return false;
    }
    return true;
}

struct outcome {
    size_t untried, won;
};

/* Both cores' instructions that the boot executed, and how the points ended. */
static void conclude_device(const struct glitch *g, unsigned device, struct outcome *o)
{
    const struct glitch_sum one = glitch_sum(g, device, false, -1),
                            two = glitch_sum(g, device, true, -1);
    const size_t tried = one.tried + two.tried, won = one.won + two.won;

    glitch_print(g, device, stdout);
    printf("%zu points over %zu instructions of the M7 and %zu of the M4, %.3f ms: %zu won\n",
           tried, g->coverage[device][CM7].used, g->coverage[device][CM4].used,
           (double)g->length[device] / (double)VT_MS, won);
    o->untried += one.planned + two.planned - tried;
    o->won += won;
}

static int conclude(const struct glitch *g)
{
    struct outcome o = {0};

    for (unsigned i = 0; i < glitch_devices(g); i++) {
        conclude_device(g, i, &o);
    }
    if (o.untried) {
        cli_error("%zu points were not tried to their end", o.untried);
        return EXIT_FILE;
    }
    return o.won ? EXIT_FINDINGS : EXIT_FOUND;
}

static int glitch(struct call *c)
{
    c->g.setup.args.flash_private = true; /* forks share the machine's memory until they write */
    c->g.want.seed = c->g.setup.args.seed;
    int rc = glitch_rehearse(&c->g);
    if (rc) {
        return rc;
    }
    if (!make_plan(c)) {
        return EXIT_USAGE;
    }
    rc = glitch_run(&c->g);
    if (rc) {
        return rc;
    }
    rc = conclude(&c->g);
    if (c->report) {
        glitch_report(&c->g, c->out.file);
    }
    return rc;
}

/* The report is opened first: a folder that is not there is known before the work. */
static int glitch_and_report(struct cli *cli, struct call *c)
{
    if (!c->report) {
        return glitch(c);
    }
    if (!output_open(&c->out, c->report, 0666)) {
        int error = errno;
        return cli_fail(cli, EXIT_FILE, output_hint(error), "%s: cannot be written: %s", c->report,
                        strerror(error));
    }
    int rc = glitch(c);
    bool worth = rc == EXIT_FOUND || rc == EXIT_FINDINGS;
    if (!output_close(&c->out, worth) && worth) {
        int error = errno;
        return cli_fail(cli, EXIT_FILE, output_hint(error), "%s: is not complete: %s", c->report,
                        strerror(error));
    }
    return rc;
}

static const char *parse(struct cli *cli, struct call *c)
{
    const char *mistake = cli_parse(cli, c);

    if (mistake) {
        return mistake;
    }
    if (c->last < 1 || c->last > 100) {
        return "--last takes 1 to 100";
    }
    if (cli->operand_count) {
        return cli_mistake(cli, "'%s' is not an option", cli->operands[0]);
    }
    return c->g.setup.args.m7 || c->g.setup.args.flash_file
               ? NULL
               : "--m7 BOOT, or --flash FILE with a bootloader in it, is needed";
}

static int run(struct cli *cli)
{
    struct call *c = calloc(1, sizeof(*c));

    if (!c) {
        return cli_fail(cli, EXIT_FILE, NULL, "out of memory");
    }
    c->g.want.core[CM7] = c->g.want.core[CM4] = true;
    memset(c->g.want.kinds, true, sizeof(c->g.want.kinds));
    c->last = 100;
    c->g.progress = isatty(STDERR_FILENO);
    const char *mistake = parse(cli, c);
    c->g.children.jobs = c->jobs ? (unsigned)c->jobs : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    int rc = mistake ? cli_usage(cli, mistake) : glitch_and_report(cli, c);
    glitch_free(&c->g);
    free(c);
    return rc;
}

const struct command cmd_glitch = {
    .name = "glitch",
    .summary = "faults at single instructions of a boot that must start nothing",
    .usage = "--m7 BOOT --m4 BOOT [--load FILE | --flash FILE] [--flip ADDR]... [OPTION]...",
    .about =
        "The device holds something that its bootloaders must not run: altered by --flip, or "
        "signed by another key. One instruction of its boot is skipped, a bit of a register or "
        "of an instruction is changed, or a register becomes 0; a fault wins when a core then "
        "executes what lies in an application's slot. FILEs are only read.",
    .options = options,
    .example = "duoemu glitch --m7 boot_cm7.elf --m4 boot_cm4.elf --load factory.hex --flip "
               "0x08020400 --sample 20",
    .run = run,
};
