/* SPDX-License-Identifier: MIT */
/* duoboot confirm, rollback, reset, protect: what is asked of a device, in recovery or of a running
 * application that serves SMP. */
#include <stdio.h>
#include <string.h>

#include "tool/answers.h"
#include "tool/commands.h"

struct args {
    struct device_args device;
    bool recovery, no_reset;
};

static const struct option_row reset_rows[] = {
    {"recovery", 0, NULL, "the device comes back to recovery", option_flag,
     offsetof(struct args, recovery), FILE_NONE},
    {0},
};

static const struct option_row rollback_rows[] = {
    {"no-reset", 0, NULL, "do not reset the device: the exchange waits for its next reset",
     option_flag, offsetof(struct args, no_reset), FILE_NONE},
    {0},
};

#define DEVICE_GROUPS                                                                              \
    {device_rows, offsetof(struct args, device)}, {cli_rows, OPTIONS_OF_CLI},                      \
    {                                                                                              \
        0                                                                                          \
    }

static const struct option_group plain_options[] = {DEVICE_GROUPS};
static const struct option_group reset_options[] = {{reset_rows, 0}, DEVICE_GROUPS};
static const struct option_group rollback_options[] = {{rollback_rows, 0}, DEVICE_GROUPS};

/* ---- confirm, rollback, reset ---- */

static int done(const struct device *d, const char *command, const char *text)
{
    if (d->cli->json) {
        return cli_print_json(d->cli, json_pack("{s:s, s:b}", "command", command, "done", 1));
    }
    printf("%s\n", text);
    return EXIT_DONE;
}

static int reset_device(struct device *d, bool to_recovery)
{
    const enum smp_result result = smp_reset(&d->smp, to_recovery);

    if (result == SMP_SILENT) {
        return cli_fail(d->cli, EXIT_TIMEOUT, "`duoboot status` shows what it runs now",
                        "reset: no answer from %s: the device may have reset all the same",
                        d->port);
    }
    return device_result(d, result, "reset");
}

static int confirm(struct device *d, const void *args)
{
    const int code = device_ask(d, DUO_SMP_GROUP, DUO_SMP_CONFIRM, true, "confirm", NULL);

    (void)args;
    return code == EXIT_DONE ? done(d, "confirm", "the set is confirmed for both cores") : code;
}

static int rollback(struct device *d, const void *args)
{
    const struct args *a = args;
    int code = device_ask(d, DUO_SMP_GROUP, DUO_SMP_ROLL_BACK, true, "rollback", NULL);

    if (code == EXIT_DONE && !a->no_reset) {
        code = reset_device(d, false);
    }
    return code == EXIT_DONE ? done(d, "rollback",
                                    a->no_reset ? "the next reset goes back to the other set"
                                                : "the device goes back to the other set")
                             : code;
}

static int reset(struct device *d, const void *args)
{
    const struct args *a = args;
    const int code = reset_device(d, a->recovery);

    return code == EXIT_DONE ? done(d, "reset", "the device resets") : code;
}

/* ---- protect ---- */

static const char *const regions[][2] = {
    {"bootloaders", "bootloaders"}, {"m7", "m7 application"}, {"m4", "m4 application"}};
enum { REGIONS = sizeof(regions) / sizeof(regions[0]) };

static const char *region_named(const char *word)
{
    for (unsigned i = 0; i < REGIONS; i++) {
        if (strcmp(word, regions[i][0]) == 0) {
            return regions[i][1];
        }
    }
    return NULL;
}

static int print_protection(const struct device *d, json_t *answer)
{
    if (d->cli->json) {
        return cli_print_json(d->cli, json_pack("{s:o}", "protected", answer));
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        printf("%-14s %s\n", regions[i][1],
               json_is_true(json_object_get(answer, regions[i][1])) ? "protected"
                                                                    : "not protected");
    }
    json_decref(answer);
    return EXIT_DONE;
}

static int protect(struct device *d, const void *args)
{
    char **words = d->cli->operands;
    struct duo_cbor_out body = smp_body(&d->smp);
    struct duo_cbor_item map;

    (void)args;
    if (d->cli->operand_count == 2) {
        duo_cbor_put_bool(&body, region_named(words[0]), strcmp(words[1], "on") == 0);
    }
    /* A change of the options takes the chip up to 10 s. */
    const uint32_t patience = d->args->timeout_s < 12u ? 12000u : d->args->timeout_s * 1000u;
    const int code = device_result(d,
                                   smp_ask(&d->smp, DUO_SMP_GROUP, DUO_SMP_PROTECTION,
                                           d->cli->operand_count == 2, &body, patience, 1, &map),
                                   "write protection");
    return code == EXIT_DONE ? print_protection(d, device_json(&map)) : code;
}

static const char *check_protect(const struct cli *cli)
{
    char **words = cli->operands;

    if (cli->operand_count == 0) {
        return NULL;
    }
    if (cli->operand_count != 2 || !region_named(words[0]) ||
        (strcmp(words[1], "on") != 0 && strcmp(words[1], "off") != 0)) {
        return "give a region (bootloaders, m7, m4) and on or off, or nothing";
    }
    return NULL;
}

/* ---- Running ---- */

static int run(struct cli *cli, const char *(*check)(const struct cli *cli),
               int (*work)(struct device *d, const void *args))
{
    struct args a = {.device = DEVICE_DEFAULTS};

    return device_command(cli, &a, &a.device, check, work);
}

static int run_confirm(struct cli *cli)
{
    return run(cli, device_no_operand, confirm);
}

static int run_rollback(struct cli *cli)
{
    return run(cli, device_no_operand, rollback);
}

static int run_reset(struct cli *cli)
{
    return run(cli, device_no_operand, reset);
}

static int run_protect(struct cli *cli)
{
    return run(cli, check_protect, protect);
}

const struct command cmd_confirm = {
    .name = "confirm",
    .summary = "confirm the set on trial, for both cores",
    .usage = "--port DEV",
    .about = "Ends the trial of a new set in place of its applications: it stays. Nothing happens "
             "when no set is on trial.",
    .options = plain_options,
    .example = "duoboot confirm --port /dev/ttyACM0",
    .run = run_confirm,
};

const struct command cmd_rollback = {
    .name = "rollback",
    .summary = "go back to the other set, both cores",
    .usage = "--port DEV [--no-reset]",
    .about = "Has the device verify the other set and exchange the sets at a reset, which is asked "
             "for at once.",
    .options = rollback_options,
    .example = "duoboot rollback --port /dev/ttyACM0",
    .run = run_rollback,
};

const struct command cmd_reset = {
    .name = "reset",
    .summary = "reset a device",
    .usage = "--port DEV [--recovery]",
    .about = "What has been uploaded and is in no set yet is made one and installed.",
    .options = reset_options,
    .example = "duoboot reset --port /dev/ttyACM0 --recovery",
    .run = run_reset,
};

const struct command cmd_protect = {
    .name = "protect",
    .summary = "write protection of bootloaders and applications",
    .usage = "--port DEV [bootloaders|m7|m4 on|off]",
    .about = "Shows the write protection of a device, or changes that of one region. With an "
             "application's sectors protected no update can be installed.",
    .options = plain_options,
    .example = "duoboot protect --port /dev/ttyACM0 bootloaders on",
    .run = run_protect,
};
