/* SPDX-License-Identifier: MIT */
/* duoemu torture: the command. */
#include "emu/cli/cli.h"
#include "emu/torture/html.h"
#include "emu/torture/reproduce.h"
#include "emu/torture/results.h"
#include "emu/torture/torture.h"
#include "hostlib/loader.h"
#include "hostlib/output.h"

#include <bearssl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct call {
    struct torture t;
    struct plan_want want;
    struct duo_keyring ring;
    struct duo_trust trust;
    const char *html, *results;
    const char *only;
    unsigned long long jobs;
    bool moments_given;
    struct output report;
};

static const char *take_moments(struct cli *cli, void *field, const char *value)
{
    struct call *c = field;

    c->moments_given = true;
    return option_number(cli, &c->want.moments, value);
}

#define FIELD(name) offsetof(struct call, name)

static const struct option_row rows[] = {
    {"key", 0, "FILE", "public key of the images: PEM, DER, or 64 bytes X || Y", option_text,
     FIELD(t.key_file), FILE_READ},
    {"all", 0, NULL, "every flash operation once, with a drawn outcome", option_flag,
     FIELD(want.every_op), FILE_NONE},
    {"every-outcome", 0, NULL, "every flash operation with every outcome", option_flag,
     FIELD(want.every_outcome), FILE_NONE},
    {"sample", 0, "N", "N operations, drawn (default 200)", option_number, FIELD(want.sample),
     FILE_NONE},
    {"moments", 0, "N", "and N cuts at any moment, drawn (default: a quarter of the sample)",
     take_moments, 0, FILE_NONE},
    {"resets", 0, "N",
     "and N resets at any moment: NRST, software and watchdogs of either core in turn (default 0)",
     option_number, FIELD(want.resets), FILE_NONE},
    {"twice", 0, "PERCENT", "how many of the cuts are followed by a second one (default 25)",
     option_number, FIELD(want.twice), FILE_NONE},
    {"jobs", 0, "N", "devices at once (default: processors)", option_number, FIELD(jobs),
     FILE_NONE},
    {"for", 0, "TIME", "virtual time a device may take to come to rest (default 120s)", option_time,
     FIELD(t.limit), FILE_NONE},
    {"html", 0, "FILE", "report with the timeline of all sectors", option_text, FIELD(html),
     FILE_WRITTEN},
    {"resume", 0, "FILE",
     "keep the results in FILE; when it has some, of a run that was interrupted, go on from there",
     option_text, FIELD(results), FILE_KEPT},
    {"only", 0, "CUT", "repeat one cut and show the serial line, as printed for a failure",
     option_text, FIELD(only), FILE_NONE},
    {0},
};

static const struct option_group options[] = {{rows, 0}, {board_rows, FIELD(t.args)}, {0}};

static const char *parse(struct cli *cli, struct call *c)
{
    const char *mistake = cli_parse(cli, c);

    if (mistake) {
        return mistake;
    }
    if (cli->operand_count) {
        return cli_mistake(cli, "'%s' is not an option", cli->operands[0]);
    }
    return c->t.key_file && c->t.args.flash_file ? NULL : "--flash FILE and --key FILE are needed";
}

struct pem {
    uint8_t der[512];
    size_t size;
};

static void take_der(void *arg, const void *data, size_t len)
{
    struct pem *pem = arg;
    size_t room = sizeof(pem->der) - pem->size;

    len = len < room ? len : room;
    memcpy(pem->der + pem->size, data, len);
    pem->size += len;
}

/* The first object of a PEM file; false when there is none, or it is no public key. */
static bool decode_pem(struct pem *pem, const uint8_t *data, size_t size)
{
    br_pem_decoder_context decoder;
    bool inside = false;

    br_pem_decoder_init(&decoder);
    while (size > 0) {
        size_t used = br_pem_decoder_push(&decoder, data, size);
        data += used;
        size -= used;
        switch (br_pem_decoder_event(&decoder)) {
        case BR_PEM_BEGIN_OBJ:
            inside = strcmp(br_pem_decoder_name(&decoder), "PUBLIC KEY") == 0;
            br_pem_decoder_setdest(&decoder, inside ? take_der : NULL, pem);
            break;
        case BR_PEM_END_OBJ:
            return inside;
        case BR_PEM_ERROR:
            return false;
        default:
            break;
        }
    }
    return false;
}

static bool read_key(struct call *c)
{
    char err[256];
    uint8_t *data;
    size_t size;
    struct pem pem = {0};
    struct duo_pubkey key;

    if (!load_bytes(c->t.key_file, 4096, &data, &size, err, sizeof(err))) {
        cli_error("%s", err);
        return false;
    }
    bool good = decode_pem(&pem, data, size) ? duo_pubkey_load(&key, pem.der, pem.size) == DUO_OK
                                             : duo_pubkey_load(&key, data, size) == DUO_OK;
    free(data);
    if (!good) {
        cli_error("%s is not a public key of P-256: PEM, DER or 64 bytes X || Y (duoboot keygen "
                  "--from KEY --public FILE)",
                  c->t.key_file);
        return false;
    }
    c->trust = duo_trust_one(&c->ring, &key);
    c->trust.passes_second = true; /* the bootloaders verify it */
    return true;
}

/* ---- the plan ---- */

static bool only_plan(struct call *c)
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

static bool make_plan(struct call *c)
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

    printf("FAIL %s: %s\n     reproduce: %s\n", fate_name(torture_fate(t, cut)),
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
        if (!fate_good(torture_fate(t, i))) {
            print_failure(t, i);
        }
    }
    printf(
        "%zu cuts over %zu flash operations (%zu of them cut twice): %zu devices run the set "
        "after, %zu the set before, %zu stuck or broken; at most %u power cycles to come to rest, "
        "%llu operations repeated\n",
        s.cuts, t->log.count, s.twice, s.after, s.before, s.bad, (unsigned)s.boots,
        (unsigned long long)s.repeated);
    return s.bad ? EXIT_FINDINGS : EXIT_FOUND;
}

static int torture(struct call *c)
{
    c->t.trust = &c->trust;
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
    if (c->html) {
        torture_report_html(&c->t, c->report.file);
    }
    results_close(&c->t);
    return rc;
}

/* The report is opened first: a run may take hours, and a folder that is not there is known now. */
static int torture_and_report(struct cli *cli, struct call *c)
{
    if (!c->html) {
        return torture(c);
    }
    if (!output_open(&c->report, c->html, 0666)) {
        int error = errno;
        return cli_fail(cli, EXIT_FILE, output_hint(error), "%s: cannot be written: %s", c->html,
                        strerror(error));
    }
    int rc = torture(c);
    bool worth = rc == EXIT_FOUND || rc == EXIT_FINDINGS;
    if (!output_close(&c->report, worth) && worth) {
        int error = errno;
        return cli_fail(cli, EXIT_FILE, output_hint(error), "%s: is not complete: %s", c->html,
                        strerror(error));
    }
    return rc;
}

static int run(struct cli *cli)
{
    struct call *c = calloc(1, sizeof(*c));

    if (!c) {
        return cli_fail(cli, EXIT_FILE, NULL, "out of memory");
    }
    c->want.sample = 200;
    c->want.twice = 25;
    c->t.limit = 120 * VT_S;
    c->t.progress = isatty(STDERR_FILENO);
    const char *mistake = parse(cli, c);
    c->t.children.jobs = c->jobs ? (unsigned)c->jobs : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    int rc = mistake ? cli_usage(cli, mistake) : torture_and_report(cli, c);
    plan_free(&c->t.plan);
    timeline_free(&c->t.timeline);
    free(c->t.log.ops);
    free(c);
    return rc;
}

const struct command cmd_torture = {
    .name = "torture",
    .summary = "cut the power all through an update",
    .usage = "--flash FILE --key PUBKEY [--m7 BOOT --m4 BOOT] [OPTION]...",
    .about = "The flash FILE is that of a device in which an update is staged (or a revert is due) "
             "and not yet begun; it "
             "is only read. The power is cut during the exchange, the device boots, and both cores "
             "must run one whole "
             "verified set.",
    .options = options,
    .example = "duoemu torture --m7 boot_cm7.elf --m4 boot_cm4.elf --flash staged.flash --key "
               "product.pub.pem --sample 4",
    .run = run,
};
