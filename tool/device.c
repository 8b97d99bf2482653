/* SPDX-License-Identifier: MIT */
#include "tool/device.h"

#include <signal.h>

#include "tool/update.h"

const char *device_baud(struct cli *cli, void *field, const char *value)
{
    uint32_t *baud = field;

    if (!cli_number(value, 4000000, baud)) {
        return "--baud is a number up to 4000000";
    }
    return serial_knows(*baud)
               ? NULL
               : cli_mistake(cli, "%u baud is no usual rate: 115200, 230400, 460800, 921600...",
                             *baud);
}

const char *device_timeout(struct cli *cli, void *field, const char *value)
{
    uint32_t *seconds = field;

    (void)cli;
    return cli_number(value, 86400, seconds) && *seconds > 0
               ? NULL
               : "--timeout is a number of seconds, 1 to 86400";
}

const struct option_row device_rows[] = {
    {"port", 'p', "DEV",
     "the serial port, as /dev/ttyACM0; auto: the one that a device answers on; "
     "usb:VID:PID[:SERIAL]: of that USB device's",
     option_text, offsetof(struct device_args, port), FILE_NONE},
    {"baud", 'b', "N", "115200 unless given", device_baud, offsetof(struct device_args, baud),
     FILE_NONE},
    {"timeout", 0, "SECONDS", "longest wait for the device", device_timeout,
     offsetof(struct device_args, timeout_s), FILE_NONE},
    {0},
};

static void on_signal(int number)
{
    (void)number;
    update_interrupted = 1;
}

int device_port(struct device *d, const struct cli *cli, const struct device_args *args)
{
    const struct sigaction action = {.sa_handler = on_signal};

    d->cli = cli;
    d->args = args;
    if (!args->port) {
        return cli_usage(cli, "--port is needed: the serial port of the device, as /dev/ttyACM0");
    }
    const int code = port_find(cli, args->port, args->baud, args->timeout_s, d->port);
    if (code != EXIT_DONE) {
        return code;
    }
    if (!serial_open(&d->serial, d->port, args->baud)) {
        serial_close(&d->serial);
        return cli_fail(cli, EXIT_IO,
                        "`ls /dev/ttyACM* /dev/ttyUSB*` shows ports; is another program on it?",
                        "%s", d->serial.error);
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    smp_start(&d->smp, &d->serial, NULL);
    return EXIT_DONE;
}

int device_open(struct device *d, const struct cli *cli, const struct device_args *args)
{
    int code = device_port(d, cli, args);

    if (code != EXIT_DONE) {
        return code;
    }
    code = device_result(d, smp_connect(&d->smp, args->timeout_s * 1000u), "finding the device");
    if (code != EXIT_DONE) {
        device_close(d);
    }
    return code;
}

void device_close(struct device *d)
{
    serial_close(&d->serial);
}

int device_result(const struct device *d, enum smp_result result, const char *what)
{
    switch (result) {
    case SMP_DONE:
        return EXIT_DONE;
    case SMP_REFUSED:
        return cli_fail(d->cli, EXIT_REJECTED, "`duoboot status` shows how the device is",
                        "%s: the device refused: %s", what, d->smp.error);
    case SMP_GONE:
        return cli_fail(d->cli, EXIT_IO, "check the cable, then start again", "%s: %s", d->port,
                        d->serial.error);
    case SMP_STOPPED:
        return cli_fail(d->cli, EXIT_IO, "start again: the device keeps what it runs",
                        "interrupted");
    case SMP_SILENT:
        break;
    }
    return cli_fail(d->cli, EXIT_TIMEOUT,
                    "check port, cable and --baud; bring the device into recovery: hold its "
                    "button during a reset",
                    "%s: no answer on %s within %u s", what, d->port, d->args->timeout_s);
}

const char *device_no_operand(const struct cli *cli)
{
    return cli->operand_count == 0 ? NULL : "no argument is expected";
}

int device_command(struct cli *cli, void *args, const struct device_args *device,
                   const char *(*check)(const struct cli *cli),
                   int (*work)(struct device *d, const void *args))
{
    static struct device d;
    const char *mistake = cli_parse(cli, args);

    if (!mistake) {
        mistake = check(cli);
    }
    if (mistake) {
        return cli_usage(cli, mistake);
    }
    int code = device_open(&d, cli, device);
    if (code == EXIT_DONE) {
        code = work(&d, args);
        device_close(&d);
    }
    return code;
}
