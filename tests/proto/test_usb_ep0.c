/* SPDX-License-Identifier: MIT */
/* Control transfers of endpoint 0, packet by packet: standard requests, stages, a host that breaks
 * off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/usb_ep0.h"
#include "tests/proto/story.h"

enum {
    GET = 0x80,
    SET = 0x00,
    GET_INTERFACE = 0x81,
    SET_INTERFACE = 0x01,
    GET_ENDPOINT = 0x82,
    SET_ENDPOINT = 0x02
};
enum {
    STATUS = 0,
    CLEAR = 1,
    ADDRESS = 5,
    DESCRIPTOR = 6,
    CONFIGURED = 8,
    CONFIGURE = 9,
    ALTERNATE = 10,
    ALTER = 11
};
enum { CLASS_IN = 0xA1, CLASS_OUT = 0x21 };

#define ALTERNATES 3u
#define LONG_TEXT  200u /* characters: more than a string descriptor holds */

static const uint8_t device[18] = {18, 1};
static const uint8_t configuration[130] = {9, 2, 130, 0, 1, 1};

static struct duo_usb usb;
static enum duo_usb_answer next_answer;
static uint16_t next_length; /* of the class's data for the host */
static uint8_t class_data[256];
static uint8_t last[DUO_USB_PACKET];
static size_t last_length;

/* ---- The controller ---- */

static void send(const uint8_t *bytes, size_t n)
{
    assert_true(n <= sizeof(last));
    if (n > 0) {
        memcpy(last, bytes, n);
    }
    last_length = n;
    tell("<%zu>", n);
}

static void receive(void)
{
    tell("r");
}

static void stall(void)
{
    tell("stall");
}

static void address(uint8_t number)
{
    tell("@%u", number);
}

static const struct duo_usb_driver driver = {send, receive, stall, address};

/* ---- The device ---- */

static const char *string(void *ctx, uint8_t index)
{
    static char text[LONG_TEXT + 1u];

    (void)ctx;
    memset(text, 'x', LONG_TEXT);
    return index == 1 ? "ab" : index == 2 ? text : NULL;
}

static enum duo_usb_answer request(void *ctx, const struct duo_usb_setup *setup, uint8_t **data,
                                   uint16_t *length)
{
    (void)ctx;
    tell("[request %u]", setup->request);
    *data = class_data;
    *length = next_length;
    return next_answer;
}

static void complete(void *ctx, const struct duo_usb_setup *setup)
{
    (void)ctx;
    tell("[complete %u]", setup->request);
}

static enum duo_usb_answer alternate(void *ctx, uint8_t number)
{
    (void)ctx;
    tell("[alternate %u]", number);
    return next_answer;
}

static void reset(void *ctx)
{
    (void)ctx;
    tell("[reset]");
}

static const struct duo_usb_function function = {device,  configuration, ALTERNATES, string,
                                                 request, complete,      alternate,  reset};

/* ---- The host ---- */

static void setup(uint8_t type, uint8_t what, uint16_t value, uint16_t index, uint16_t length)
{
    const uint8_t bytes[8] = {type,
                              what,
                              (uint8_t)value,
                              (uint8_t)(value >> 8),
                              (uint8_t)index,
                              (uint8_t)(index >> 8),
                              (uint8_t)length,
                              (uint8_t)(length >> 8)};

    duo_usb_setup(&usb, bytes);
}

static int attach(void **state)
{
    (void)state;
    story_begin();
    next_answer = DUO_USB_ACCEPT;
    next_length = 0;
    duo_usb_start(&usb, &driver, &function, NULL);
    return 0;
}

static int configure(void **state)
{
    attach(state);
    setup(SET, CONFIGURE, 1, 0, 0);
    duo_usb_sent(&usb);
    expect("[alternate 0]<0>");
    return 0;
}

/* One byte, or two, that a GET tells. */
static void expect_told(uint8_t type, uint8_t what, uint16_t index, uint8_t value, uint16_t n)
{
    setup(type, what, 0, index, n);
    expect(n == 1 ? "r<1>" : "r<2>");
    assert_int_equal(last[0], value);
    duo_usb_received(&usb, NULL, 0);
}

static void expect_stall(uint8_t type, uint8_t what, uint16_t value, uint16_t index,
                         uint16_t length)
{
    setup(type, what, value, index, length);
    expect("stall");
    duo_usb_sent(&usb);
    duo_usb_received(&usb, NULL, 0); /* nothing is under way */
    expect("");
}

static void descriptors(void **state)
{
    (void)state;
    setup(GET, DESCRIPTOR, 0x0100, 0, 64);
    expect("r<18>");
    duo_usb_sent(&usb);
    duo_usb_received(&usb, NULL, 0);
    setup(GET, DESCRIPTOR, 0x0100, 0, 8); /* as a host asks first */
    expect("r<8>");
    setup(GET, DESCRIPTOR, 0x0200, 0, 255);
    expect("r<64>");
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    expect("<64><2>");
    duo_usb_sent(&usb); /* a short packet was the end */
    duo_usb_received(&usb, NULL, 0);
    expect("");
    setup(GET, DESCRIPTOR, 0x0200, 0, 130);
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    expect("r<64><64><2>");
    expect_stall(GET, DESCRIPTOR, 0x0101, 0, 64); /* a second device */
    expect_stall(GET, DESCRIPTOR, 0x0201, 0, 64);
    expect_stall(GET, DESCRIPTOR, 0x0600, 0, 10); /* qualifier: there is no high speed */
}

static void strings(void **state)
{
    (void)state;
    setup(GET, DESCRIPTOR, 0x0300, 0, 255);
    expect("r<4>");
    assert_memory_equal(last, "\x04\x03\x09\x04", 4);
    setup(GET, DESCRIPTOR, 0x0301, 0x0409, 255);
    expect("r<6>");
    assert_memory_equal(last,
                        "\x06\x03"
                        "a\0b\0",
                        6);
    expect_stall(GET, DESCRIPTOR, 0x0303, 0x0409, 255);
    setup(GET, DESCRIPTOR, 0x0302, 0x0409, 255);
    assert_int_equal(last[0], 254); /* cut at the descriptor's end, which is even */
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    expect("r<64><64><64><62>");
}

/* Without it a host would wait on: what it gets ends with a whole packet, and it has asked for
 * more. */
static void an_empty_packet_ends_what_is_shorter_than_asked_for(void **state)
{
    (void)state;
    next_length = 128;
    setup(CLASS_IN, 2, 0, 0, 200);
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    expect("[request 2]r<64><64><0>");
    duo_usb_received(&usb, NULL, 0);
    expect("[complete 2]");
    setup(CLASS_IN, 2, 0, 0, 128); /* all that was asked for */
    duo_usb_sent(&usb);
    duo_usb_sent(&usb);
    expect("[request 2]r<64><64>");
    next_length = 255;
    setup(CLASS_IN, 2, 0, 0, 10); /* never more than that */
    expect("[request 2]r<10>");
}

static void configurations_and_interfaces(void **state)
{
    (void)state;
    expect_told(GET, STATUS, 0, 1, 2);
    expect_told(GET, CONFIGURED, 0, 0, 1);
    expect_stall(GET_INTERFACE, STATUS, 0, 0, 2); /* not configured */
    expect_stall(GET_INTERFACE, ALTERNATE, 0, 0, 1);
    expect_stall(SET_INTERFACE, ALTER, 0, 0, 0);
    expect_stall(CLASS_IN, 3, 0, 0, 6);
    expect_stall(SET, CONFIGURE, 2, 0, 0);
    setup(SET, CONFIGURE, 1, 0, 0);
    duo_usb_sent(&usb);
    expect("[alternate 0]<0>");
    expect_told(GET, CONFIGURED, 0, 1, 1);
    expect_told(GET_INTERFACE, STATUS, 0, 0, 2);
    setup(SET_INTERFACE, ALTER, 2, 0, 0);
    duo_usb_sent(&usb);
    expect("[alternate 2]<0>");
    expect_told(GET_INTERFACE, ALTERNATE, 0, 2, 1);
    expect_stall(SET_INTERFACE, ALTER, ALTERNATES, 0, 0);
    expect_stall(SET_INTERFACE, ALTER, 0, 1, 0); /* a second interface */
    expect_stall(GET_INTERFACE, ALTERNATE, 0, 1, 1);
    expect_stall(GET_INTERFACE, STATUS, 0, 1, 2);
    next_answer = DUO_USB_STALL;
    setup(SET_INTERFACE, ALTER, 1, 0, 0);
    expect("[alternate 1]stall");
    setup(SET, CONFIGURE, 0, 0, 0);
    expect("[alternate 0]stall");
    expect_told(GET, CONFIGURED, 0, 1, 1);
    expect_told(GET_INTERFACE, ALTERNATE, 0, 2, 1);
    duo_usb_reset(&usb);
    expect("[reset]");
    expect_told(GET, CONFIGURED, 0, 0, 1);
}

static void addresses_and_features(void **state)
{
    (void)state;
    setup(SET, ADDRESS, 127, 0, 0);
    duo_usb_sent(&usb);
    expect("@127<0>");
    expect_stall(SET, ADDRESS, 128, 0, 0);
    expect_stall(SET, ADDRESS, 1, 0, 1); /* with data */
    expect_told(GET_ENDPOINT, STATUS, 0x80, 0, 2);
    expect_stall(GET_ENDPOINT, STATUS, 0, 0x81, 2);
    setup(SET_ENDPOINT, CLEAR, 0, 0x80, 0);
    expect("<0>");
    expect_stall(SET_ENDPOINT, CLEAR, 0, 1, 0);
    expect_stall(SET_ENDPOINT, CLEAR, 1, 0, 0);
    expect_stall(SET, 3, 0, 0, 0);
    expect_stall(GET, 12, 0, 0, 2);
}

static void data_from_the_host(void **state)
{
    const uint8_t bytes[DUO_USB_PACKET] = {0xC1};

    (void)state;
    setup(CLASS_OUT, 1, 0, 0, 70);
    expect("[request 1]r");
    duo_usb_received(&usb, bytes, 64);
    expect("r");
    duo_usb_received(&usb, bytes, 6);
    expect("<0>");
    duo_usb_sent(&usb);
    expect("[complete 1]");
    assert_int_equal(class_data[0], 0xC1);
    assert_int_equal(class_data[64], 0xC1);
    setup(CLASS_OUT, 6, 0, 0, 0); /* none at all */
    duo_usb_sent(&usb);
    expect("[request 6]<0>[complete 6]");
}

static void more_or_less_data_than_announced(void **state)
{
    static const uint16_t wrong[][2] = {{10, 11}, {10, 9}, {100, 63}};
    const uint8_t bytes[DUO_USB_PACKET] = {0};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        setup(CLASS_OUT, 1, 0, 0, wrong[i][0]);
        duo_usb_received(&usb, bytes, wrong[i][1]);
        expect("[request 1]rstall");
        duo_usb_received(&usb, bytes, 1);
        duo_usb_sent(&usb);
        expect(""); /* and nothing is complete */
    }
}

static void a_host_that_begins_anew(void **state)
{
    const uint8_t bytes[DUO_USB_PACKET] = {0};

    (void)state;
    setup(CLASS_OUT, 1, 0, 0, 100);
    duo_usb_received(&usb, bytes, 64);
    expect("[request 1]rr");
    expect_told(GET, CONFIGURED, 0, 1, 1); /* the first one is never complete */
    next_length = 200;
    setup(CLASS_IN, 2, 0, 0, 200);
    duo_usb_received(&usb, NULL, 0); /* it has enough */
    expect("[request 2]r<64>[complete 2]");
    duo_usb_sent(&usb);
    expect("");
}

static void a_host_that_is_kept_waiting(void **state)
{
    (void)state;
    duo_usb_again(&usb); /* nothing waits */
    next_answer = DUO_USB_LATER;
    setup(CLASS_OUT, 6, 0, 0, 0);
    duo_usb_again(&usb);
    expect("[request 6][request 6]");
    next_answer = DUO_USB_ACCEPT;
    duo_usb_again(&usb);
    duo_usb_sent(&usb);
    expect("[request 6]<0>[complete 6]");
    next_answer = DUO_USB_LATER;
    setup(SET_INTERFACE, ALTER, 1, 0, 0);
    duo_usb_reset(&usb);
    duo_usb_again(&usb); /* it has gone */
    expect("[alternate 1][reset]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(descriptors, attach),
        cmocka_unit_test_setup(strings, attach),
        cmocka_unit_test_setup(an_empty_packet_ends_what_is_shorter_than_asked_for, configure),
        cmocka_unit_test_setup(configurations_and_interfaces, attach),
        cmocka_unit_test_setup(addresses_and_features, attach),
        cmocka_unit_test_setup(data_from_the_host, configure),
        cmocka_unit_test_setup(more_or_less_data_than_announced, configure),
        cmocka_unit_test_setup(a_host_that_begins_anew, configure),
        cmocka_unit_test_setup(a_host_that_is_kept_waiting, configure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
