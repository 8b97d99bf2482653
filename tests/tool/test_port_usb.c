/* SPDX-License-Identifier: MIT */
/* Which USB device is behind a serial port, in a tree as the kernel's sysfs has it. */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/port_usb.h"

static char sys[] = "/tmp/port_usb.XXXXXX";

static void folder(const char *path)
{
    char at[PATH_MAX];

    snprintf(at, sizeof(at), "%s/%s", sys, path);
    assert_int_equal(mkdir(at, 0777), 0);
}

static void file(const char *path, const char *text)
{
    char at[PATH_MAX];

    snprintf(at, sizeof(at), "%s/%s", sys, path);
    FILE *f = fopen(at, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void link_to(const char *path, const char *target)
{
    char at[PATH_MAX];

    snprintf(at, sizeof(at), "%s/%s", sys, path);
    assert_int_equal(symlink(target, at), 0);
}

static int make_tree(void **state)
{
    static const char *const folders[] = {"class",
                                          "class/tty",
                                          "class/tty/ttyACM0",
                                          "class/tty/ttyUSB1",
                                          "class/tty/ttyUSB2",
                                          "class/tty/ttyS0",
                                          "class/tty/ttyACM9",
                                          "hub",
                                          "hub/1-2",
                                          "hub/1-2/1-2:1.1",
                                          "hub/1-3",
                                          "hub/1-3/1-3:1.0",
                                          "hub/1-3/1-3:1.0/ttyUSB1",
                                          "hub/1-4",
                                          "hub/1-4/1-4:1.0",
                                          "serial8250"};

    (void)state;
    if (!mkdtemp(sys)) {
        return -1;
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        folder(folders[i]);
    }
    file("hub/idVendor", "1d6b\n"); /* of the hub above them */
    file("hub/idProduct", "0002\n");
    file("hub/1-2/idVendor", "0483\n");
    file("hub/1-2/idProduct", "374e\n");
    file("hub/1-2/serial", "0670FF48\n");
    file("hub/1-3/idVendor", "0403\n"); /* no serial number */
    file("hub/1-3/idProduct", "6001\n");
    file("hub/1-4/serial", "unused\n");
    file("hub/serial", "\033[2J1\n");
    file("hub/1-4/idVendor", "04 83\n"); /* no number: what is above answers */
    file("hub/1-4/idProduct", "374e\n");
    link_to("class/tty/ttyACM0/device", "../../../hub/1-2/1-2:1.1");
    link_to("class/tty/ttyUSB1/device", "../../../hub/1-3/1-3:1.0/ttyUSB1");
    link_to("class/tty/ttyUSB2/device", "../../../hub/1-4/1-4:1.0");
    link_to("class/tty/ttyS0/device", "../../../serial8250");
    link_to("class/tty/ttyACM9/device", "../../../gone");
    return 0;
}

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *at)
{
    (void)s;
    (void)kind;
    (void)at;
    return remove(path);
}

static int remove_tree(void **state)
{
    (void)state;
    return nftw(sys, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct usb_id id_of(const char *port, bool wanted)
{
    struct usb_id id;

    assert_int_equal(usb_id_of_port(sys, port, &id), wanted);
    return id;
}

static void a_port_names_its_device(void **state)
{
    (void)state;
    struct usb_id id = id_of("/dev/ttyACM0", true);
    assert_int_equal(id.vendor, 0x0483);
    assert_int_equal(id.product, 0x374E);
    assert_string_equal(id.serial, "0670FF48");
    id = id_of("/dev/ttyUSB1", true);
    assert_int_equal(id.vendor, 0x0403);
    assert_int_equal(id.product, 0x6001);
    assert_string_equal(id.serial, "");
}

static void other_ports_have_none(void **state)
{
    (void)state;
    (void)id_of("/dev/ttyS0", false);
    (void)id_of("/dev/ttyACM9", false); /* unplugged between two looks */
    (void)id_of("/dev/pts/3", false);
    (void)id_of("", false);
    const struct usb_id hub = id_of("ttyUSB2", true);
    assert_int_equal(hub.vendor, 0x1D6B);
    assert_string_equal(hub.serial, "?[2J1");
}

static void ids_are_read_as_they_are_written(void **state)
{
    static const char *const wrong[] = {
        "",           ":",          "0483",       "0483:",     ":374e",
        "0483:374e:", "00483:374e", "0483:0374e", "0483-374e", "g483:374e",
        "0483:374e ", " 0483:374e", "0x483:374e", "-483:374e", "0483:374eX:1"};
    char long_one[USB_SERIAL_NUMBER + 16] = "0483:374e:";
    struct usb_id id;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(usb_id_parse(wrong[i], &id));
    }
    memset(long_one + strlen(long_one), '7', USB_SERIAL_NUMBER);
    assert_false(usb_id_parse(long_one, &id));
    assert_true(usb_id_parse("483:374E", &id));
    assert_int_equal(id.vendor, 0x483);
    assert_true(usb_id_parse("0483:374e:a:b", &id)); /* a serial number may have colons */
    assert_string_equal(id.serial, "a:b");
}

static void a_serial_number_chooses_among_equal_devices(void **state)
{
    const struct usb_id here = id_of("/dev/ttyACM0", true);
    struct usb_id wanted;

    (void)state;
    assert_true(usb_id_parse("0483:374e", &wanted) && usb_id_fits(&wanted, &here));
    assert_true(usb_id_parse("0483:374e:0670FF48", &wanted) && usb_id_fits(&wanted, &here));
    assert_true(usb_id_parse("0483:374e:0670FF4", &wanted) && !usb_id_fits(&wanted, &here));
    assert_true(usb_id_parse("0483:374f", &wanted) && !usb_id_fits(&wanted, &here));
    assert_true(usb_id_parse("0484:374e", &wanted) && !usb_id_fits(&wanted, &here));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_names_its_device),
        cmocka_unit_test(other_ports_have_none),
        cmocka_unit_test(ids_are_read_as_they_are_written),
        cmocka_unit_test(a_serial_number_chooses_among_equal_devices),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
