/* SPDX-License-Identifier: MIT */
/* duoemu torture: the command. */
#include "emu/cli/cli.h"
#include "emu/torture/html.h"
#include "emu/torture/reproduce.h"
#include "emu/torture/results.h"
#include "emu/torture/torture.h"
#include "hostlib/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPT_KEY = BOARD_OPT_END,
    OPT_ALL,
    OPT_EVERY,
    OPT_SAMPLE,
    OPT_MOMENTS,
    OPT_RESETS,
    OPT_TWICE,
    OPT_JOBS,
    OPT_FOR,
    OPT_ONLY,
    OPT_HTML,
    OPT_RESUME
};

static const struct option long_options[] = {
    BOARD_LONG_OPTIONS,
    {"key", required_argument, NULL, OPT_KEY},
    {"all", no_argument, NULL, OPT_ALL},
    {"every-outcome", no_argument, NULL, OPT_EVERY},
    {"sample", required_argument, NULL, OPT_SAMPLE},
    {"moments", required_argument, NULL, OPT_MOMENTS},
    {"resets", required_argument, NULL, OPT_RESETS},
    {"twice", required_argument, NULL, OPT_TWICE},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"for", required_argument, NULL, OPT_FOR},
    {"only", required_argument, NULL, OPT_ONLY},
    {"html", required_argument, NULL, OPT_HTML},
    {"resume", required_argument, NULL, OPT_RESUME},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: duoemu torture --flash FILE --key PUBKEY [--m7 BOOT --m4 BOOT] [OPTIONS]\n\n"
    "FILE is the flash of a device in which an update is staged (or a revert is due) and not yet "
    "begun; it is only\n"
    "read. The power is cut during the exchange, the device boots, and both cores must run one "
    "whole verified set.\n\n"
    "  --key FILE         public key of the images: 64 bytes X||Y, or DER\n"
    "  --all              every flash operation once, with a drawn outcome\n"
    "  --every-outcome    every flash operation with every outcome\n"
    "  --sample N         N operations, drawn (default 200)\n"
    "  --moments N        and N cuts at any moment, drawn (default: a quarter of the sample)\n"
    "  --resets N         and N resets at any moment: NRST, software and watchdogs of either core "
    "in "
    "turn (default 0)\n"
    "  --twice PERCENT    how many of the cuts are followed by a second one (default 25)\n"
    "  --seed N           of what is drawn\n"
    "  --jobs N           devices at once (default: processors)\n"
    "  --for TIME         virtual time a device may take to a verdict (default 120s)\n"
    "  --html FILE        report with the timeline of all sectors\n"
    "  --resume FILE      keep the results in FILE; when it has some, of a run that was "
    "interrupted, go "
    "on from there\n"
    "  --only CUT         repeat one cut and show the serial line, as printed for a failure\n"
    "  and --m7 --m4 --load --option --quantum as in duoemu run\n\n"
    "Exit: 0 every device runs one whole set, 1 some do not, 2 usage, 5 bad file.\n";

struct command {
    struct torture t;
    struct plan_want want;
    struct duo_pubkey key;
    const char *html, *results;
    const char *only;
    unsigned long long jobs;
    bool moments_given;
};

static bool number(unsigned long long *out, const char *name)
{
    if (cli_parse_u64(optarg, out)) {
        return true;
    }
    cli_error("%s takes a number, not '%s'", name, optarg);
    return false;
}

static bool take_option(struct command *c, int opt)
{
    switch (opt) {
    case OPT_KEY:
        c->t.key_file = optarg;
        return true;
    case OPT_ALL:
        return c->want.every_op = true;
    case OPT_EVERY:
        return c->want.every_outcome = true;
    case OPT_SAMPLE:
        return number(&c->want.sample, "--sample");
    case OPT_MOMENTS:
        c->moments_given = true;
        return number(&c->want.moments, "--moments");
    case OPT_RESETS:
        return number(&c->want.resets, "--resets");
    case OPT_TWICE:
        return number(&c->want.twice, "--twice");
    case OPT_JOBS:
        return number(&c->jobs, "--jobs");
    case OPT_FOR:
        if (cli_parse_time(optarg, &c->t.limit) && c->t.limit) {
            return true;
        }
        cli_error("--for takes a time such as 60s, not '%s'", optarg);
        return false;
    case OPT_ONLY:
        c->only = optarg;
        return true;
    case OPT_RESUME:
        c->results = optarg;
        return true;
    case OPT_HTML:
        c->html = optarg;
        return true;
    default:
        return board_option(&c->t.args, opt, optarg);
    }
}

static int parse(struct command *c, int argc, char **argv)
{
    int opt;

    optind = 1;
    while ((opt = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(help, stdout);
            return 1;
        }
        if (opt == '?' || !take_option(c, opt)) {
            fputs("duoemu torture --help lists the options\n", stderr);
            return EXIT_USAGE + 1;
        }
    }
    if (optind < argc || !c->t.key_file || !c->t.args.flash_file) {
        cli_error(optind < argc ? "'%s' is not an option"
                                : "--flash FILE and --key FILE are needed%s",
                  optind < argc ? argv[optind] : "");
        return EXIT_USAGE + 1;
    }
    return 0;
}

static bool read_key(struct command *c)
{
    char err[256];
    uint8_t *data;
    size_t size;

    if (!load_bytes(c->t.key_file, 4096, &data, &size, err, sizeof(err))) {
        cli_error("%s", err);
        return false;
    }
    bool good = duo_pubkey_load(&c->key, data, size) == DUO_OK;
    free(data);
    if (!good) {
        cli_error("%s is not a public key: give 64 bytes X||Y or DER (duoboot keygen writes them)",
                  c->t.key_file);
    }
    return good;
}

/* ---- the plan ---- */

static bool only_plan(struct command *c)
{
    struct plan *p = &c->t.plan;

    p->cuts = calloc(1, sizeof(*p->cuts));
    if (!p->cuts || !cut_parse(&p->cuts[0], c->only)) {
        cli_error("--only takes a cut as it was printed for a failure, not '%s'", c->only);
        return false;
    }
    p->count = p->room = 1;
    c->t.show = true;
    return true;
}

static bool make_plan(struct command *c)
{
    if (c->only) {
        return only_plan(c);
    }
    c->want.seed = c->t.args.seed;
    if (!c->moments_given) {
        c->want.moments =
            c->want.every_op || c->want.every_outcome ? c->t.log.count / 4 : c->want.sample / 4;
    }
    if (plan_make(&c->t.plan, &c->want, &c->t.log)) {
        return true;
    }
    cli_error("out of memory for the plan; ask for fewer cuts");
    return false;
}

/* ---- the result ---- */

static void print_failure(const struct torture *t, size_t cut)
{
    char text[160], line[4096];

    printf("FAIL %s: %s\n     reproduce: %s\n", verdict_name(torture_verdict(t, cut)),
           cut_format(&t->plan.cuts[cut], text, sizeof(text)),
           reproduce(t, &t->plan.cuts[cut], line, sizeof(line)));
}

static int summarize(const struct torture *t)
{
    struct torture_sum s = torture_sum(t);

    if (t->show) {
        putchar('\n'); /* the device's last line may not have ended */
    }
    for (size_t i = 0; i < t->plan.count; i++) {
        if (!verdict_good(torture_verdict(t, i))) {
            print_failure(t, i);
        }
    }
    printf("%zu cuts over %zu flash operations (%zu of them cut twice): %zu devices run the set "
           "after, %zu the set before, %zu stuck or broken; at most %u power-ups to the verdict, "
           "%llu operations repeated\n",
           s.cuts, t->log.count, s.twice, s.after, s.before, s.bad, (unsigned)s.boots,
           (unsigned long long)s.repeated);
    return s.bad ? EXIT_FINDINGS : EXIT_FOUND;
}

static int torture(struct command *c)
{
    c->t.key = &c->key;
    c->t.args.flash_private = true; /* forks share the machine's memory only until they write */
    if (!read_key(c)) {
        return EXIT_FILE;
    }
    int rc = torture_rehearse(&c->t);
    if (rc) {
        return rc;
    }
    if (!make_plan(c)) {
        return EXIT_USAGE;
    }
    rc = results_open(&c->t, c->results);
    if (rc) {
        return rc;
    }
    rc = torture_run(&c->t);
    if (!rc) {
        rc = summarize(&c->t);
    }
    if (c->html && !torture_report_html(&c->t, c->html) && !rc) {
        rc = EXIT_FILE;
    }
    results_close(&c->t);
    return rc;
}

int cmd_torture(int argc, char **argv)
{
    struct command *c = calloc(1, sizeof(*c));

    if (!c) {
        cli_error("out of memory");
        return EXIT_FILE;
    }
    c->want.sample = 200;
    c->want.twice = 25;
    c->t.limit = 120 * VT_S;
    c->t.progress = isatty(STDERR_FILENO);
    int rc = parse(c, argc, argv);
    c->t.jobs = c->jobs ? (unsigned)c->jobs : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    rc = rc ? rc - 1 : torture(c);
    plan_free(&c->t.plan);
    timeline_free(&c->t.timeline);
    free(c->t.log.ops);
    free(c);
    return rc;
}
