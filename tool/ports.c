/* SPDX-License-Identifier: MIT */
#include "tool/ports.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/port_usb.h"
#include "tool/smp.h"
#include "tool/update.h"

enum { PORTS = 32, KNOCK_MS = 400 };

struct port {
    char name[PORT_NAME];
    struct serial serial;
    struct smp smp;
    bool open, answered;
};

struct ports {
    struct port list[PORTS];
    unsigned count;
    const struct usb_id *wanted; /* ports of this USB device alone; NULL: all */
    char others[256];            /* those of other devices, for a message */
};

/* A note of a port that is not wanted, and why. */
static void pass_over(struct ports *p, const char *name, const struct usb_id *id)
{
    const size_t used = strlen(p->others);
    char what[32] = "no USB device";

    if (id) {
        snprintf(what, sizeof(what), "%04x:%04x", id->vendor, id->product);
    }
    snprintf(p->others + used, sizeof(p->others) - used, "%s%s is %s%s%s", used ? ", " : "", name,
             what, id && id->serial[0] != '\0' ? ":" : "", id ? id->serial : "");
}

static void add(struct ports *p, const char *name)
{
    struct usb_id id;

    if (name[0] == '\0' || p->count == PORTS) {
        return;
    }
    if (p->wanted) {
        const bool is_usb = usb_id_of_port("/sys", name, &id);
        if (!is_usb || !usb_id_fits(p->wanted, &id)) {
            pass_over(p, name, is_usb ? &id : NULL);
            return;
        }
    }
    snprintf(p->list[p->count++].name, PORT_NAME, "%s", name);
}

static void add_matching(struct ports *p, const char *pattern)
{
    glob_t names;

    if (glob(pattern, 0, NULL, &names) != 0) {
        return;
    }
    for (size_t i = 0; i < names.gl_pathc; i++) {
        add(p, names.gl_pathv[i]);
    }
    globfree(&names);
}

static void add_named(struct ports *p, const char *names)
{
    while (names && *names != '\0') {
        char name[PORT_NAME];
        const size_t n = strcspn(names, ":");

        snprintf(name, sizeof(name), "%.*s", (int)n, names);
        add(p, name);
        names += n + (names[n] == ':');
    }
}

/* How many; a port that is in use, or is no port, is passed over. */
static unsigned open_all(struct ports *p, uint32_t baud)
{
    unsigned opened = 0;

    for (unsigned i = 0; i < p->count; i++) {
        struct port *port = &p->list[i];

        port->open = serial_open(&port->serial, port->name, baud);
        if (!port->open) {
            serial_close(&port->serial);
        }
        opened += port->open ? 1u : 0;
        smp_start(&port->smp, &port->serial, NULL);
    }
    return opened;
}

static int fail_without_ports(const struct cli *cli, const struct ports *p)
{
    if (p->count == 0 && p->wanted) {
        return cli_fail(cli, EXIT_IO, "plug the device in, or give the id of its port",
                        "no serial port belongs to that USB device%s%s",
                        p->others[0] != '\0' ? ": " : "", p->others);
    }
    if (p->count == 0) {
        return cli_fail(cli, EXIT_IO, "plug the device in, or name its port with --port",
                        "this machine has no USB serial port");
    }
    return cli_fail(cli, EXIT_IO, "end the program that uses it, or name another port with --port",
                    "no serial port can be opened, of %u: %s%s", p->count, p->list[0].name,
                    p->count > 1 ? ", ..." : "");
}

static void listen_to(struct port *port)
{
    uint8_t bytes[256];
    const int n = port->open ? serial_read(&port->serial, bytes, sizeof(bytes), false, 5) : 0;

    if (n > 0) {
        port->answered = smp_found(&port->smp, bytes, (size_t)n) || port->answered;
    }
}

/* Some knocks more after the first answer: there may be a second device. */
static unsigned knock_on_all(struct ports *p, uint32_t seconds)
{
    const uint32_t start = serial_now();
    uint32_t end = start + seconds * 1000u, knocked = start - KNOCK_MS;
    unsigned answers = 0;

    while ((int32_t)(end - serial_now()) > 0 && !update_interrupted) {
        const unsigned before = answers;

        if (serial_now() - knocked >= KNOCK_MS) {
            for (unsigned i = 0; i < p->count; i++) {
                if (p->list[i].open) {
                    smp_knock(&p->list[i].smp);
                }
            }
            knocked = serial_now();
        }
        answers = 0;
        for (unsigned i = 0; i < p->count; i++) {
            listen_to(&p->list[i]);
            answers += p->list[i].answered;
        }
        if (before == 0 && answers > 0) {
            end = serial_now() + 5u * KNOCK_MS;
        }
    }
    return answers;
}

static int choose(const struct cli *cli, const struct ports *p, unsigned answers,
                  char found[PORT_NAME])
{
    char names[512] = "";

    for (unsigned i = 0; i < p->count; i++) {
        if (p->list[i].answered) {
            snprintf(found, PORT_NAME, "%s", p->list[i].name);
            snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s", p->list[i].name);
        }
    }
    if (answers == 0) {
        return cli_fail(cli, EXIT_TIMEOUT,
                        "bring the device into recovery: hold its button during a reset; or name "
                        "its port",
                        "no device answered on %u serial ports", p->count);
    }
    if (answers > 1) {
        return cli_fail(cli, EXIT_REJECTED, "name one of them with --port",
                        "%u devices answered:%s", answers, names);
    }
    cli_note(cli, "a device answered on %s", found);
    return EXIT_DONE;
}

static int find(const struct cli *cli, struct ports *p, uint32_t baud, uint32_t seconds,
                char found[PORT_NAME])
{
    add_matching(p, "/dev/ttyACM*");
    add_matching(p, "/dev/ttyUSB*");
    add_named(p, getenv("DUO_PORTS"));
    const int code = open_all(p, baud) > 0 ? choose(cli, p, knock_on_all(p, seconds), found)
                                           : fail_without_ports(cli, p);
    for (unsigned i = 0; i < p->count; i++) {
        serial_close(&p->list[i].serial);
    }
    return code;
}

int port_find(const struct cli *cli, const char *port, uint32_t baud, uint32_t seconds,
              char found[PORT_NAME])
{
    const bool by_id = strncmp(port, "usb:", 4) == 0;
    struct usb_id wanted;

    if (!by_id && strcmp(port, "auto") != 0) {
        snprintf(found, PORT_NAME, "%s", port);
        return EXIT_DONE;
    }
    if (by_id && !usb_id_parse(port + 4, &wanted)) {
        return cli_usage(cli, "--port by USB id is usb:VID:PID or usb:VID:PID:SERIAL, as "
                              "usb:0483:374e");
    }
    struct ports *p = calloc(1, sizeof(*p));
    if (!p) {
        return cli_fail(cli, EXIT_INTERNAL, NULL, "out of memory");
    }
    p->wanted = by_id ? &wanted : NULL;
    const int code = find(cli, p, baud, seconds, found);
    free(p);
    return code;
}
