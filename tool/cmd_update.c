/* SPDX-License-Identifier: MIT */
/* duoboot update: brings a bundle into a device over a serial line or USB, and watches it start. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/image/bundle.h"
#include "tool/commands.h"
#include "tool/device.h"
#include "tool/inputs.h"
#include "tool/ports.h"
#include "tool/refuse.h"
#include "tool/update_many.h"
#include "tool/update_usb.h"

struct args {
    const char *in, *port, *enter; /* port: the only one */
    struct update_ports ports;
    struct key_args key;
    uint32_t baud, timeout_s;
    bool no_wait, ymodem;
    struct usb_args usb;
};

static option_setter take_port;

static const struct option_row rows[] = {
    {"port", 'p', "DEV",
     "the serial port, as /dev/ttyACM0; auto: the one that a device answers on; "
     "usb:VID:PID[:SERIAL]: of that USB device's. Several: that many devices at once",
     take_port, offsetof(struct args, ports), FILE_NONE},
    {"baud", 'b', "N", "115200 unless given", device_baud, offsetof(struct args, baud), FILE_NONE},
    {"timeout", 0, "SECONDS",
     "longest wait for the device to answer, and for both cores to confirm: 60", device_timeout,
     offsetof(struct args, timeout_s), FILE_NONE},
    {"enter", 0, "TEXT", "sent first: the key that makes the application enter recovery",
     option_text, offsetof(struct args, enter), FILE_NONE},
    {"no-wait", 0, NULL,
     "end when the device has taken the bundle, without waiting for its confirmation", option_flag,
     offsetof(struct args, no_wait), FILE_NONE},
    {"ymodem", 0, NULL, "send by YMODEM, though the device serves SMP", option_flag,
     offsetof(struct args, ymodem), FILE_NONE},
    {"usb", 0, NULL,
     "send by USB (DFU); with --port as well the device is followed on its serial line",
     option_flag, offsetof(struct args, usb.on), FILE_NONE},
    {"usb-device", 0, "ID", "VID:PID of the product, or a serial number: 1209:0001", option_text,
     offsetof(struct args, usb.device), FILE_NONE},
    {"usbip", 0, "PORT", "by USB of an emulated board: of `duoemu run --usb OTG_FS=usbip:PORT`",
     option_u32, offsetof(struct args, usb.emulated), FILE_NONE},
    {0},
};

static const struct option_group options[] = {
    {rows, 0}, {key_rows, offsetof(struct args, key)}, {cli_rows, OPTIONS_OF_CLI}, {0}};

static const char *take_port(struct cli *cli, void *field, const char *value)
{
    struct update_ports *ports = field;

    for (unsigned i = 0; i < ports->count; i++) {
        if (strcmp(ports->name[i], value) == 0) {
            return cli_mistake(cli, "--port %s is given twice", value);
        }
    }
    if (ports->count == UPDATE_PORTS_MAX) {
        return cli_mistake(cli, "--port can be given %u times", UPDATE_PORTS_MAX);
    }
    ports->name[ports->count++] = value;
    return NULL;
}

static const char *check_ports(struct cli *cli, struct args *a)
{
    a->port = a->ports.name[0];
    if (a->ports.count < 2) {
        return NULL;
    }
    for (unsigned i = 0; i < a->ports.count; i++) {
        if (strcmp(a->ports.name[i], "auto") == 0) {
            return cli_mistake(cli, "--port auto finds one device: name each of several");
        }
    }
    return a->usb.on ? "--usb takes one --port, that of the same device" : NULL;
}

static const char *parse(struct cli *cli, struct args *a)
{
    const char *mistake = cli_parse(cli, a);

    if (mistake) {
        return mistake;
    }
    a->usb.on = a->usb.on || a->usb.device || a->usb.emulated != 0;
    if (a->ports.count == 0 && !a->usb.on) {
        return "--port is needed: the serial port of the device, as /dev/ttyACM0; or --usb";
    }
    if (a->usb.on && (a->ymodem || a->enter)) {
        return "--ymodem and --enter are for a serial line, not for --usb";
    }
    mistake = update_usb_mistake(&a->usb);
    if (!mistake) {
        mistake = check_ports(cli, a);
    }
    if (mistake) {
        return mistake;
    }
    if (cli->operand_count != 1) {
        return "give exactly one bundle";
    }
    a->in = cli->operands[0];
    return NULL;
}

/* ---- The bundle, before anything is sent ---- */

/* Without a key everything but the signature is checked; the device checks that in any case. */
static enum duo_status check_images(const struct update *u)
{
    uint32_t pos = duo_manifest_size(u->bundle.data);

    if (duo_bundle_size(&u->manifest) != u->bundle.size) {
        return duo_bundle_size(&u->manifest) > u->bundle.size ? DUO_E_TRUNCATED : DUO_E_TRAILING;
    }
    for (unsigned i = 0; i < DUO_CORES; i++) {
        const struct duo_manifest_image *image = &u->manifest.image[i];
        uint8_t hash[DUO_HASH_SIZE];

        if (!image->present) {
            continue;
        }
        duo_sha256_of(u->bundle.data + pos, image->file_size, hash);
        if (memcmp(hash, image->file_hash, sizeof(hash)) != 0) {
            return DUO_E_HASH;
        }
        pos += image->file_size;
    }
    return DUO_OK;
}

static int check_signature(const struct cli *cli, const struct args *a, const struct update *u)
{
    struct key *key = NULL;
    int code = input_key(cli, &a->key, false, &key);

    if (code == EXIT_DONE) {
        const struct duo_pubkey pub = key_public(key);
        struct duo_keyring ring;
        struct duo_trust trust = duo_trust_one(&ring, &pub);
        trust.passes_second = true;
        enum duo_status status = duo_manifest_check_signature(u->bundle.data, &trust);

        code = status == DUO_OK ? EXIT_DONE : input_refuse(cli, EXIT_VERIFY, a->in, status);
    }
    key_free(key);
    return code;
}

static int load_bundle(const struct cli *cli, const struct args *a, struct update *u)
{
    int code = input_read(cli, a->in, &u->bundle);
    enum file_kind kind;
    enum duo_status status;

    if (code != EXIT_DONE) {
        return code;
    }
    kind = file_kind_of(u->bundle.data, u->bundle.size);
    if (kind != KIND_BUNDLE) {
        return cli_fail(cli, EXIT_REJECTED,
                        "make a bundle of both cores' images with `duoboot bundle`",
                        "%s is %s, not a bundle", a->in, file_kind_text(kind));
    }
    status = u->bundle.size < DUO_MANIFEST_SIZE ? DUO_E_TRUNCATED
                                                : duo_manifest_decode(u->bundle.data, &u->manifest);
    if (status == DUO_OK) {
        status = check_images(u);
    }
    if (status != DUO_OK) {
        return input_refuse(cli, EXIT_VERIFY, a->in, status);
    }
    return a->key.path ? check_signature(cli, a, u) : EXIT_DONE;
}

/* ---- Reporting ---- */

static void device_line(void *ctx, const char *text)
{
    const struct cli *cli = ctx;

    if (cli->verbosity > 0 || strncmp(text, "duoboot: ", 9) == 0) {
        cli_note(cli, "  device: %s", text);
    }
}

static json_t *core_json(const struct update *u, unsigned core)
{
    char text[24];

    if (!u->follow.ran[core]) {
        return json_null();
    }
    return json_string(format_version(&u->follow.version[core], text, sizeof(text)));
}

static int report_json(const struct cli *cli, const struct update *u, bool followed)
{
    char set[24];
    json_t *o = json_pack("{s:s, s:I, s:f, s:b, s:b, s:o, s:o, s:s*}", "set",
                          format_version(&u->manifest.set_version, set, sizeof(set)), "bytes",
                          (json_int_t)u->bundle.size, "seconds", u->transfer_ms / 1000.0, "running",
                          followed, "confirmed", followed, "m7", core_json(u, DUO_CM7), "m4",
                          core_json(u, DUO_CM4), "state",
                          u->follow.state[0] != '\0' ? u->follow.state : NULL);

    return cli_print_json(cli, o);
}

static int report(const struct cli *cli, const struct update *u, bool followed)
{
    char set[24], m7[24], m4[24];

    if (cli->json) {
        return report_json(cli, u, followed);
    }
    (void)format_version(&u->manifest.set_version, set, sizeof(set));
    if (!followed) {
        printf(
            "set %s sent; the device installs it now, and nobody has waited for its confirmation\n",
            set);
        return EXIT_DONE;
    }
    printf("set %s runs: m7 %s, m4 %s%s%s\n", set,
           format_version(&u->follow.version[DUO_CM7], m7, sizeof(m7)),
           format_version(&u->follow.version[DUO_CM4], m4, sizeof(m4)),
           u->follow.state[0] != '\0' ? ", state " : "", u->follow.state);
    return EXIT_DONE;
}

static int send_by_serial(struct update *u)
{
    cli_note(u->cli, "waiting for the device on %s to ask for an update", u->port);
    int code = update_wait(u);

    if (code == EXIT_DONE) {
        cli_note(u->cli, "sending %s, %zu bytes", u->name, u->bundle.size);
        code = update_send(u);
    }
    return code;
}

/* Is there a serial line to follow the device on? */
static bool follows(const struct args *a)
{
    return a->port && !a->no_wait;
}

static int transfer(const struct args *a, struct update *u)
{
    int code = a->usb.on ? update_usb(u, &a->usb) : send_by_serial(u);

    if (code != EXIT_DONE) {
        return code;
    }
    cli_note(u->cli, "sent in %.1f s", u->transfer_ms / 1000.0);
    return follows(a) ? update_follow(u) : EXIT_DONE;
}

static void on_signal(int number)
{
    (void)number;
    update_interrupted = 1;
}

static int open_port(const struct cli *cli, const struct args *a, struct update *u,
                     char port[PORT_NAME])
{
    int code = port_find(cli, a->port, a->baud, a->timeout_s, port);

    if (code != EXIT_DONE) {
        return code;
    }
    u->port = port;
    u->baud = a->baud;
    if (!serial_open(&u->serial, u->port, a->baud)) {
        serial_close(&u->serial);
        return cli_fail(cli, EXIT_IO,
                        "`ls /dev/ttyACM* /dev/ttyUSB*` shows ports; is another program on it?",
                        "%s", u->serial.error);
    }
    return EXIT_DONE;
}

static int update(struct cli *cli, const struct args *a, struct update *u)
{
    const struct sigaction action = {.sa_handler = on_signal};
    const char *slash = strrchr(a->in, '/');
    char port[PORT_NAME];
    int code = load_bundle(cli, a, u);

    if (code == EXIT_DONE && a->port) {
        code = open_port(cli, a, u, port);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    u->cli = cli;
    u->name = slash ? slash + 1 : a->in;
    u->enter = a->enter;
    u->ymodem = a->ymodem;
    u->no_wait = a->no_wait;
    u->timeout_ms = a->timeout_s * 1000u;
    u->follow.line = device_line;
    u->follow.ctx = cli;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    code = transfer(a, u);
    if (a->port) {
        serial_close(&u->serial);
    }
    return code == EXIT_DONE ? report(cli, u, follows(a)) : code;
}

struct call {
    struct cli *cli;
    struct args args;
};

static int update_one(void *ctx, const char *port)
{
    struct call *call = ctx;
    struct update *u = calloc(1, sizeof(*u));

    if (!u) {
        return cli_fail(call->cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    call->args.port = port;
    const int code = update(call->cli, &call->args, u);
    free(u->bundle.data);
    free(u);
    return code;
}

/* A bundle that is no good is told of once. */
static int update_all(struct call *call)
{
    struct update u = {0};
    const int code = load_bundle(call->cli, &call->args, &u);

    free(u.bundle.data);
    return code == EXIT_DONE ? update_many(call->cli, &call->args.ports, update_one, call) : code;
}

static int run(struct cli *cli)
{
    struct call call = {.cli = cli, .args = {.baud = 115200, .timeout_s = 60}};
    const char *mistake = parse(cli, &call.args);

    if (mistake) {
        return cli_usage(cli, mistake);
    }
    return call.args.ports.count > 1 ? update_all(&call) : update_one(&call, call.args.port);
}

const struct command cmd_update = {
    .name = "update",
    .summary = "bring a bundle into a device over a serial line or USB, and see it confirmed",
    .usage = "--port DEV [--port DEV]... [--baud N] [--timeout SECONDS] BUNDLE\n"
             "--usb [--usb-device ID] [--port DEV] BUNDLE",
    .about =
        "Waits for the device on the serial port (or pseudo-terminal) DEV, its recovery or a "
        "running application that serves SMP, sends "
        "the bundle by SMP, or by YMODEM to a recovery that serves nothing else, "
        "follows the installation and the trial, and ends when the set is confirmed. With --key "
        "the bundle's "
        "signature is checked "
        "with that key first. With --usb it waits for a device in recovery at this machine's USB "
        "and sends the bundle by DFU; it ends when the device has verified it.",
    .options = options,
    .notes =
        "Exit code 0 means that the device says the set is confirmed by both cores: the "
        "running application when it serves SMP (libduo's server does), else the recovery "
        "that it is in. An application that cannot be asked needs --no-wait. A device that "
        "refuses the bundle, falls back into recovery or takes the set back ends with exit "
        "code 5 and its reason; a set that nobody confirms, and silence, with 4; a port that "
        "fails with 3. A port that goes while the bundle is sent or the device is followed "
        "may come back within the timeout: it goes on where it stopped. With several ports each "
        "line has its port in front (under --json each object a member \"port\"), the last "
        "lines say which devices were not updated and why, and the exit code is the highest.",
    .example = "duoboot update --port /dev/ttyACM0 set.duo",
    .run = run,
};
