/* SPDX-License-Identifier: MIT */
/* duoboot status: what a device runs, and how it is. */
#include <stdio.h>

#include "duo/log.h"
#include "tool/answers.h"
#include "tool/commands.h"

static const struct option_group status_options[] = {
    {device_rows, 0}, {cli_rows, OPTIONS_OF_CLI}, {0}};

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

    char m4[32] = "";
    const long long mark = number_of(status, "bootloader_m4");

    if (mark != 0) {
        snprintf(m4, sizeof(m4), ", of the M4 %lld.%lld.%lld", mark >> 24 & 0xFF, mark >> 16 & 0xFF,
                 mark >> 8 & 0xFF);
    }
    printf("bootloader %s%s, hardware 0x%llx%s\n", text_of(status, "bootloader"), m4,
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
    int code = device_ask(d, DUO_SMP_GROUP, DUO_SMP_STATUS, false, "status", &status);

    if (code == EXIT_DONE) {
        code = device_ask(d, DUO_SMP_GROUP_IMAGE, 0, false, "images", &images);
    }
    if (code == EXIT_DONE) {
        code = device_ask_if_known(d, DUO_SMP_LOG, "log", &log);
    }
    if (code == EXIT_DONE) { /* a running application does not know them */
        code = device_ask_if_known(d, DUO_SMP_OPTIONS, "option bytes", &options);
    }
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

static int status(struct device *d, const void *args)
{
    json_t *all = json_object();
    int code = gather(d, all);

    (void)args;
    if (code != EXIT_DONE || !d->cli->json) {
        if (code == EXIT_DONE) {
            print_status(all);
        }
        json_decref(all);
        return code;
    }
    return cli_print_json(d->cli, all);
}

static int run(struct cli *cli)
{
    struct device_args args = DEVICE_DEFAULTS;

    return device_command(cli, &args, &args, device_no_operand, status);
}

const struct command cmd_status = {
    .name = "status",
    .summary = "what a connected device runs, and how it is",
    .usage = "--port DEV [--json]",
    .about = "Asks a device by SMP for its set and its state, the images in its slots, the last "
             "failure, and whether its option bytes are as the bootloaders need them.",
    .options = status_options,
    .example = "duoboot status --port /dev/ttyACM0",
    .run = run,
};
