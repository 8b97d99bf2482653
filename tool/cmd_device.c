/* SPDX-License-Identifier: MIT */
/* duoboot status, confirm, rollback, reset, protect: what is asked of a device, in recovery or of a
 * running application that serves SMP. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "duo/log.h"
#include "tool/commands.h"
#include "tool/device.h"

enum { OS_RESET = 5 };

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
    {"no-reset", 0, NULL, "leave the reset, which does it, to somebody else", option_flag,
     offsetof(struct args, no_reset), FILE_NONE},
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

/* ---- An answer as JSON: maps and arrays of texts, numbers and truth ---- */

static json_t *to_json(const struct duo_cbor_item *item);

static json_t *array_to_json(const struct duo_cbor_item *item)
{
    struct duo_cbor_item rest = *item, value;
    json_t *array = json_array();

    while (duo_cbor_next(&rest, &value)) {
        (void)json_array_append_new(array, to_json(&value));
    }
    return array;
}

static json_t *map_to_json(const struct duo_cbor_item *item)
{
    struct duo_cbor_item rest = *item, key, value;
    json_t *object = json_object();

    while (duo_cbor_next(&rest, &key) && duo_cbor_next(&rest, &value)) {
        char name[64];

        snprintf(name, sizeof(name), "%.*s", (int)key.size, (const char *)key.bytes);
        (void)json_object_set_new(object, name, to_json(&value));
    }
    return object;
}

/* Bytes are hashes here. */
static json_t *bytes_to_json(const struct duo_cbor_item *item)
{
    char hex[2 * 64 + 1] = "";

    for (uint32_t i = 0; i < item->size && i < 64; i++) {
        snprintf(hex + 2 * i, 3, "%02x", item->bytes[i]);
    }
    return json_string(hex);
}

static json_t *text_to_json(const struct duo_cbor_item *item)
{
    char text[256];

    snprintf(text, sizeof(text), "%.*s", (int)item->size, (const char *)item->bytes);
    return cli_json_text(text);
}

/* No deeper than duo_cbor_read_map() has allowed. */
static json_t *to_json(const struct duo_cbor_item *item)
{
    switch (item->type) {
    case DUO_CBOR_NUMBER:
        return json_integer(item->number);
    case DUO_CBOR_BOOL:
        return json_boolean(item->number != 0);
    case DUO_CBOR_TEXT:
        return text_to_json(item);
    case DUO_CBOR_BYTES:
        return bytes_to_json(item);
    case DUO_CBOR_ARRAY:
        return array_to_json(item);
    case DUO_CBOR_MAP:
        return map_to_json(item);
    case DUO_CBOR_OTHER:
        break;
    }
    return json_null();
}

static int ask(struct device *d, uint32_t group, uint8_t id, bool write, const char *what,
               json_t **answer)
{
    struct duo_cbor_item map;
    const int code = device_result(d, smp_ask_plain(&d->smp, group, id, write, &map), what);

    if (code == EXIT_DONE && answer) {
        *answer = to_json(&map);
    }
    return code;
}

/* What older devices do not know may be missing. */
static int ask_if_known(struct device *d, uint8_t id, const char *what, json_t **answer)
{
    enum { NOT_KNOWN = 8 }; /* in both versions of the protocol (proto/smp_error.c) */
    struct duo_cbor_item map;
    const enum smp_result result = smp_ask_plain(&d->smp, DUO_SMP_GROUP, id, false, &map);

    if (result == SMP_DONE) {
        *answer = to_json(&map);
    }
    return result == SMP_REFUSED && d->smp.rc == NOT_KNOWN ? EXIT_DONE
                                                           : device_result(d, result, what);
}

/* ---- status ---- */

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "?";
}

static long long number_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static bool is_true(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

static void print_set(const json_t *status, const char *key, const char *title)
{
    const json_t *set = json_object_get(status, key);

    if (set) {
        printf("%-10s set %s: m7 %s, m4 %s, security counter %lld\n", title, text_of(set, "set"),
               text_of(set, "m7"), text_of(set, "m4"), number_of(set, "counter"));
    }
}

static void print_images(const json_t *images)
{
    size_t i;
    const json_t *image;

    json_array_foreach(json_object_get(images, "images"), i, image)
    {
        printf("m%d slot %lld  %s%s%s%s%s\n", number_of(image, "image") == 0 ? 7 : 4,
               number_of(image, "slot"), text_of(image, "version"),
               is_true(image, "active") ? ", runs" : "",
               is_true(image, "confirmed") ? ", confirmed" : "",
               is_true(image, "pending") ? ", installed at the next reset" : "",
               is_true(image, "bootable") ? "" : ", does not verify");
    }
}

static void print_options(const json_t *options)
{
    size_t i;
    const json_t *option;

    json_array_foreach(json_object_get(options, "options"), i, option)
    {
        const json_t *wanted = json_object_get(option, "wanted");

        if (wanted && json_integer_value(wanted) != number_of(option, "value")) {
            printf("option     %s is 0x%llx and must be 0x%llx: key o of recovery repairs it\n",
                   text_of(option, "name"), (unsigned long long)number_of(option, "value"),
                   (unsigned long long)json_integer_value(wanted));
        }
    }
    if (is_true(options, "good")) {
        printf("options    as the bootloaders need them\n");
    }
}

static void print_log(const json_t *log)
{
    size_t i;
    const json_t *event;

    json_array_foreach(json_object_get(log, "events"), i, event)
    {
        const enum duo_reason reason = (enum duo_reason)number_of(event, "reason");
        const enum duo_status code = (enum duo_status)number_of(event, "code");

        const char *set = json_string_value(json_object_get(event, "set"));

        printf("%-10s %s%s%s%s", i == 0 ? "log" : "", set ? "set " : "", set ? set : "",
               set ? ": " : "", duo_event_text((enum duo_event_kind)number_of(event, "event")));
        if (reason != DUO_REASON_NONE) {
            printf(": %s", duo_reason_text(reason));
        }
        if (code != DUO_OK) {
            printf(", %s", duo_status_text(code));
        }
        printf("\n");
    }
}

static void print_status(const json_t *all)
{
    const json_t *status = json_object_get(all, "status");

    printf("bootloader %s, hardware 0x%llx%s\n", text_of(status, "bootloader"),
           (unsigned long long)number_of(status, "hardware"),
           is_true(status, "recovery") ? ", in recovery" : "");
    printf("state      %s\n", text_of(status, "state"));
    print_set(status, "current", "runs");
    print_set(status, "other", "other");
    if (json_object_get(status, "boots_left")) {
        printf("trial      confirmed by m7: %s, by m4: %s; %lld boots left\n",
               is_true(status, "confirmed_m7") ? "yes" : "no",
               is_true(status, "confirmed_m4") ? "yes" : "no", number_of(status, "boots_left"));
    }
    if (number_of(status, "reason") != 0) {
        printf("last       %s%s%s\n", text_of(status, "reason_text"),
               number_of(status, "code") != 0 ? ": " : "",
               number_of(status, "code") != 0 ? text_of(status, "code_text") : "");
    }
    print_images(json_object_get(all, "images"));
    print_log(json_object_get(all, "log"));
    print_options(json_object_get(all, "options"));
}

static int gather(struct device *d, json_t *all)
{
    json_t *status = NULL, *images = NULL, *log = NULL, *options = NULL;
    int code = ask(d, DUO_SMP_GROUP, DUO_SMP_STATUS, false, "status", &status);

    if (code == EXIT_DONE) {
        code = ask(d, DUO_SMP_GROUP_IMAGE, 0, false, "images", &images);
    }
    if (code == EXIT_DONE) {
        code = ask_if_known(d, DUO_SMP_LOG, "log", &log);
    }
    if (code == EXIT_DONE) { /* a running application does not know them */
        code = ask_if_known(d, DUO_SMP_OPTIONS, "option bytes", &options);
    }
    (void)json_object_set_new(all, "schema", json_integer(1));
    (void)json_object_set_new(all, "status", status);
    (void)json_object_set_new(all, "images", images);
    if (log) {
        (void)json_object_set_new(all, "log", log);
    }
    if (options) {
        (void)json_object_set_new(all, "options", options);
    }
    return code;
}

static int print_all(struct device *d)
{
    json_t *all = json_object();
    int code = gather(d, all);

    if (code != EXIT_DONE || !d->cli->json) {
        if (code == EXIT_DONE) {
            print_status(all);
        }
        json_decref(all);
        return code;
    }
    return cli_print_json(d->cli, all);
}

/* ---- All of them ---- */

static int done(const struct device *d, const char *command, const char *text)
{
    if (d->cli->json) {
        return cli_print_json(
            d->cli, json_pack("{s:i, s:s, s:b}", "schema", 1, "command", command, "done", 1));
    }
    printf("%s\n", text);
    return EXIT_DONE;
}

static int reset_device(struct device *d, bool to_recovery)
{
    struct duo_cbor_out body = smp_body(&d->smp);

    if (to_recovery) {
        duo_cbor_put_number(&body, "boot_mode", 1);
    }
    return device_result(
        d, smp_ask(&d->smp, DUO_SMP_GROUP_OS, OS_RESET, true, &body, 5000, 2, NULL), "reset");
}

static int confirm(struct device *d, const struct args *a)
{
    const int code = ask(d, DUO_SMP_GROUP, DUO_SMP_CONFIRM, true, "confirm", NULL);

    (void)a;
    return code == EXIT_DONE ? done(d, "confirm", "the set is confirmed for both cores") : code;
}

static int rollback(struct device *d, const struct args *a)
{
    int code = ask(d, DUO_SMP_GROUP, DUO_SMP_ROLL_BACK, true, "rollback", NULL);

    if (code == EXIT_DONE && !a->no_reset) {
        code = reset_device(d, false);
    }
    return code == EXIT_DONE ? done(d, "rollback",
                                    a->no_reset ? "the next reset goes back to the other set"
                                                : "the device goes back to the other set")
                             : code;
}

static int reset(struct device *d, const struct args *a)
{
    const int code = reset_device(d, a->recovery);

    return code == EXIT_DONE ? done(d, "reset", "the device resets") : code;
}

static int status(struct device *d, const struct args *a)
{
    (void)a;
    return print_all(d);
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
        return cli_print_json(d->cli, json_pack("{s:i, s:o}", "schema", 1, "protected", answer));
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        printf("%-14s %s\n", regions[i][1],
               is_true(answer, regions[i][1]) ? "protected" : "not protected");
    }
    json_decref(answer);
    return EXIT_DONE;
}

static int protect(struct device *d, const struct args *a)
{
    char **words = d->cli->operands;
    struct duo_cbor_out body = smp_body(&d->smp);
    struct duo_cbor_item map;

    (void)a;
    if (d->cli->operand_count == 2) {
        duo_cbor_put_bool(&body, region_named(words[0]), strcmp(words[1], "on") == 0);
    }
    /* A change of the options takes the chip up to 10 s. */
    const uint32_t patience = d->args->timeout_s < 12u ? 12000u : d->args->timeout_s * 1000u;
    const int code = device_result(d,
                                   smp_ask(&d->smp, DUO_SMP_GROUP, DUO_SMP_PROTECTION,
                                           d->cli->operand_count == 2, &body, patience, 1, &map),
                                   "write protection");
    return code == EXIT_DONE ? print_protection(d, to_json(&map)) : code;
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

static const char *check_nothing(const struct cli *cli)
{
    return cli->operand_count == 0 ? NULL : "no argument is expected";
}

/* ---- Running ---- */

static int run(struct cli *cli, const char *(*check)(const struct cli *cli),
               int (*work)(struct device *d, const struct args *a))
{
    static struct device device;
    struct args a = {.device = DEVICE_DEFAULTS};
    const char *mistake = cli_parse(cli, &a);

    if (!mistake) {
        mistake = check(cli);
    }
    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = device_open(&device, cli, &a.device);
    if (code == EXIT_DONE) {
        code = work(&device, &a);
        device_close(&device);
    }
    return code;
}

static int run_status(struct cli *cli)
{
    return run(cli, check_nothing, status);
}

static int run_confirm(struct cli *cli)
{
    return run(cli, check_nothing, confirm);
}

static int run_rollback(struct cli *cli)
{
    return run(cli, check_nothing, rollback);
}

static int run_reset(struct cli *cli)
{
    return run(cli, check_nothing, reset);
}

static int run_protect(struct cli *cli)
{
    return run(cli, check_protect, protect);
}

const struct command cmd_status = {
    .name = "status",
    .summary = "what a connected device runs, and how it is",
    .usage = "--port DEV [--json]",
    .about = "Asks a device by SMP for its set and its state, the images in its slots, the last "
             "failure, and whether its option bytes are as the bootloaders need them.",
    .options = plain_options,
    .example = "duoboot status --port /dev/ttyACM0",
    .run = run_status,
};

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
