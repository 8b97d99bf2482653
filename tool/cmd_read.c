/* SPDX-License-Identifier: MIT */
/* duoboot read: an image or a bank out of a device. duoboot monitor: what a device says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/commands.h"
#include "tool/device.h"
#include "tool/progress.h"
#include "tool/update.h"

enum { READ_BACK = 5, LARGEST = 0x200000 };

struct args {
    struct device_args device;
    const char *out;
    uint32_t seconds;
};

static const struct option_row read_rows[] = {
    {"out", 'o', "FILE", "where to; - is standard output", option_text, offsetof(struct args, out),
     FILE_WRITTEN},
    {0},
};

static const struct option_row monitor_rows[] = {
    {"for", 0, "SECONDS", "how long to read (default: until Ctrl-C)", option_u32,
     offsetof(struct args, seconds), FILE_NONE},
    {0},
};

static const struct option_group read_options[] = {
    {read_rows, 0}, {device_rows, offsetof(struct args, device)}, {cli_rows, OPTIONS_OF_CLI}, {0}};
static const struct option_group monitor_options[] = {{monitor_rows, 0},
                                                      {device_rows, offsetof(struct args, device)},
                                                      {cli_rows, OPTIONS_OF_CLI},
                                                      {0}};

/* ---- read ---- */

static bool is_place(const char *word)
{
    static const char *const places[] = {"m7", "m4", "bank1", "bank2"};

    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(word, places[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A piece from `offset` on, into `data`. */
static enum smp_result read_piece(struct smp *c, const char *what, uint8_t *data, uint32_t offset,
                                  uint32_t *n, uint32_t *size)
{
    struct duo_cbor_out body = smp_body(c);
    struct duo_cbor_item answer, bytes, length;

    duo_cbor_put_text(&body, "what", what);
    duo_cbor_put_number(&body, "off", offset);
    const enum smp_result result =
        smp_ask(c, DUO_SMP_GROUP, READ_BACK, false, &body, 3000, 4, &answer);
    if (result != SMP_DONE) {
        return result;
    }
    if (!duo_cbor_get(&answer, "data", DUO_CBOR_BYTES, &bytes) ||
        !duo_cbor_get(&answer, "len", DUO_CBOR_NUMBER, &length) || length.number > LARGEST ||
        bytes.size > length.number - offset || (bytes.size == 0 && offset < length.number)) {
        snprintf(c->error, sizeof(c->error), "its answer makes no sense");
        return SMP_REFUSED;
    }
    memcpy(data + offset, bytes.bytes, bytes.size);
    *n = bytes.size;
    *size = length.number;
    return SMP_DONE;
}

static int read_all(struct device *d, const char *what, uint8_t *data, uint32_t *size)
{
    struct progress progress = {0};
    enum smp_result result = SMP_DONE;
    uint32_t offset = 0, n = 0;

    *size = 1; /* not known yet */
    while (result == SMP_DONE && offset < *size) {
        result = read_piece(&d->smp, what, data, offset, &n, size);
        if (result == SMP_DONE && offset == 0) {
            progress_start(&progress, d->cli, *size, serial_now());
        }
        offset += result == SMP_DONE ? n : 0;
        progress_show(&progress, offset, serial_now());
    }
    progress_end(&progress);
    return device_result(d, result, what);
}

static int read_to_file(struct device *d, const struct args *a)
{
    uint8_t *data = malloc(LARGEST);
    uint32_t size = 0;

    if (!data) {
        return cli_fail(d->cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    int code = read_all(d, d->cli->operands[0], data, &size);
    if (code == EXIT_DONE) {
        code = cli_write(d->cli, a->out, data, size, 0644);
    }
    free(data);
    if (code == EXIT_DONE) {
        cli_note(d->cli, "%s: %u bytes", a->out, size);
    }
    return code;
}

static int run_read(struct cli *cli)
{
    static struct device device;
    struct args a = {.device = DEVICE_DEFAULTS};
    const char *mistake = cli_parse(cli, &a);

    if (!mistake && (cli->operand_count != 1 || !is_place(cli->operands[0]))) {
        mistake = "say what: m7 or m4 (the image that runs), bank1 or bank2";
    }
    if (!mistake && !a.out) {
        mistake = "--out is needed: the file to write";
    }
    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = device_open(&device, cli, &a.device);
    if (code == EXIT_DONE) {
        code = read_to_file(&device, &a);
        device_close(&device);
    }
    return code;
}

/* ---- monitor ---- */

static void print_line(void *ctx, const char *text)
{
    const struct cli *cli = ctx;

    if (cli->json) {
        (void)cli_print_json(cli, json_pack("{s:o}", "line", cli_json_text(text)));
    } else {
        printf("%s\n", text);
    }
    (void)fflush(stdout);
}

static int listen_for(struct device *d, uint32_t seconds)
{
    struct follow follow = {.line = print_line, .ctx = (void *)(uintptr_t)d->cli};
    const uint32_t start = serial_now();
    uint8_t bytes[512];

    while (!update_interrupted && (seconds == 0 || serial_now() - start < seconds * 1000u)) {
        const int n = serial_read(&d->serial, bytes, sizeof(bytes), false, 50);

        if (n < 0) {
            return device_result(d, SMP_GONE, "monitor");
        }
        follow_bytes(&follow, serial_now(), bytes, (size_t)n);
    }
    return EXIT_DONE;
}

static int run_monitor(struct cli *cli)
{
    static struct device device;
    struct args a = {.device = DEVICE_DEFAULTS};
    const char *mistake = cli_parse(cli, &a);

    if (!mistake && cli->operand_count != 0) {
        mistake = "no argument is expected";
    }
    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = device_port(&device, cli, &a.device);
    if (code == EXIT_DONE) {
        code = listen_for(&device, a.seconds);
        device_close(&device);
    }
    return code;
}

const struct command cmd_read = {
    .name = "read",
    .summary = "read an image or a bank out of a device",
    .usage = "--port DEV -o FILE m7|m4|bank1|bank2",
    .about = "m7 and m4 are the images that run, byte for byte the signed files that were "
             "installed; a bank is a MiB as it lies in flash. Refused by a device that is "
             "read-protected.",
    .options = read_options,
    .example = "duoboot read --port /dev/ttyACM0 -o m7.img m7",
    .run = run_read,
};

const struct command cmd_monitor = {
    .name = "monitor",
    .summary = "show what a device says",
    .usage = "--port DEV [--for SECONDS]",
    .about = "Prints the lines of a device's serial line, and sends nothing.",
    .options = monitor_options,
    .example = "duoboot monitor --port /dev/ttyACM0 --for 10",
    .run = run_monitor,
};
