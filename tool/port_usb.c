/* SPDX-License-Identifier: MIT */
#include "tool/port_usb.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_DIGITS = 4, LINE = USB_SERIAL_NUMBER };

/* Up to four digits at `*text`, which moves past them. */
static bool take_hex(const char **text, uint16_t *value)
{
    char digits[HEX_DIGITS + 1] = "";
    const size_t n = strspn(*text, "0123456789abcdefABCDEF");

    if (n == 0 || n > HEX_DIGITS) {
        return false;
    }
    memcpy(digits, *text, n);
    *value = (uint16_t)strtoul(digits, NULL, 16);
    *text += n;
    return true;
}

bool usb_id_parse(const char *text, struct usb_id *id)
{
    memset(id, 0, sizeof(*id));
    if (!take_hex(&text, &id->vendor) || *text++ != ':' || !take_hex(&text, &id->product)) {
        return false;
    }
    if (*text == '\0') {
        return true;
    }
    const int n = *text == ':' ? snprintf(id->serial, sizeof(id->serial), "%s", text + 1) : 0;
    return n > 0 && (size_t)n < sizeof(id->serial);
}

/* The first line of a file of a device's folder, without its end. */
static bool read_line(const char *folder, const char *name, char line[LINE])
{
    char path[PATH_MAX];

    line[0] = '\0';
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path)) {
        return false;
    }
    FILE *f = fopen(path, "r");
    if (!f) {
        return false;
    }
    if (!fgets(line, LINE, f)) {
        line[0] = '\0';
    }
    (void)fclose(f);
    line[strcspn(line, "\n")] = '\0';
    for (char *c = line; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c)) {
            *c = '?'; /* a device chooses its serial number, and it goes to a terminal */
        }
    }
    return line[0] != '\0';
}

static bool read_hex(const char *folder, const char *name, uint16_t *value)
{
    char line[LINE];
    const char *at = line;

    return read_line(folder, name, line) && take_hex(&at, value) && *at == '\0';
}

bool usb_id_of_port(const char *sys, const char *port, struct usb_id *id)
{
    const char *slash = strrchr(port, '/');
    char link[PATH_MAX], folder[PATH_MAX];

    memset(id, 0, sizeof(*id));
    if ((size_t)snprintf(link, sizeof(link), "%s/class/tty/%s/device", sys,
                         slash ? slash + 1 : port) >= sizeof(link) ||
        !realpath(link, folder)) {
        return false;
    }
    /* That is an interface of the device, or (ttyUSB) what lies below one: the device is above. */
    for (;;) {
        if (read_hex(folder, "idVendor", &id->vendor) &&
            read_hex(folder, "idProduct", &id->product)) {
            (void)read_line(folder, "serial", id->serial); /* not every device has one */
            return true;
        }
        char *last = strrchr(folder, '/');
        if (!last || last == folder) {
            return false;
        }
        *last = '\0';
    }
}

bool usb_id_fits(const struct usb_id *wanted, const struct usb_id *found)
{
    return wanted->vendor == found->vendor && wanted->product == found->product &&
           (wanted->serial[0] == '\0' || strcmp(wanted->serial, found->serial) == 0);
}
