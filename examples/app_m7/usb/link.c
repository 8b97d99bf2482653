/* SPDX-License-Identifier: MIT */
#include "examples/app_m7/usb/link.h"

#include <string.h>

#include "duo/duo.h"
#include "examples/app_m7/beats.h"
#include "examples/app_m7/print.h"
#include "examples/app_m7/usb/otg.h"
#include "port/stm32h7/usart.h"

/* ---- What the host sees ---- */

enum {
    GET_STATUS = 0,
    CLEAR_FEATURE = 1,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR = 6,
    GET_CONFIGURATION = 8,
    SET_CONFIGURATION = 9,
    SET_INTERFACE = 11
};
enum { DFU_DETACH = 0, DFU_GETSTATUS = 3, DFU_GETSTATE = 5 };
enum { INTERFACE_DFU, INTERFACE_LINK };

/* The id of recovery: a host knows both by it. pid.codes' id for tests; a product has its own. */
static const uint8_t device[18] = {18,   1,    0x00, 0x02, 0, 0, 0, OTG_PACKET, 0x09,
                                   0x12, 0x01, 0x00, 0x00, 1, 1, 2, 0,          1};
/* DFU 1.1, 4.1: class FE, subclass 1, protocol 1 (run time), bitWillDetach. */
static const uint8_t configuration[] = {
    9,    2,          9 + 9 + 9 + 9 + 7 + 7,
    0,    2,          1,
    0,    0xC0,       50, /**/
    9,    4,          INTERFACE_DFU,
    0,    0,          0xFE,
    1,    1,          3, /**/
    9,    0x21,       1 | 8,
    255,  0,          0x00,
    0x10, 0x10,       0x01, /**/
    9,    4,          INTERFACE_LINK,
    0,    2,          0xFF,
    0,    0,          4, /**/
    7,    5,          0x01,
    2,    OTG_PACKET, 0,
    0, /**/
    7,    5,          0x81,
    2,    OTG_PACKET, 0,
    0,
};
static const char *const strings[] = {"duoboot", "duoboot example", "DFU, run time", "update"};
static const uint8_t english[] = {4, 3, 0x09, 0x04};
static const uint8_t app_idle[6]; /* OK, appIDLE: all zero (DFU 1.1, 6.1.2) */

static uint8_t text[2 + 2 * 32], configured;
static volatile bool begin_asked, give_up_asked, detach_asked;
static bool detach_pending; /* accepted, and not acknowledged yet */

static bool answer_with(const void *bytes, size_t n, const uint8_t **answer, size_t *length)
{
    *answer = bytes;
    *length = n;
    return true;
}

static bool string(unsigned index, const uint8_t **answer, size_t *length)
{
    if (index == 0) {
        return answer_with(english, sizeof(english), answer, length);
    }
    if (index > sizeof(strings) / sizeof(strings[0])) {
        return false;
    }
    const char *s = strings[index - 1];
    size_t n = 0;
    for (; s[n] != '\0' && 2 + 2 * n < sizeof(text); n++) {
        text[2 + 2 * n] = (uint8_t)s[n];
        text[3 + 2 * n] = 0;
    }
    text[0] = (uint8_t)(2 + 2 * n);
    text[1] = 3;
    return answer_with(text, text[0], answer, length);
}

static bool descriptor(uint16_t value, const uint8_t **answer, size_t *length)
{
    switch (value >> 8) {
    case 1:
        return answer_with(device, sizeof(device), answer, length);
    case 2:
        return answer_with(configuration, sizeof(configuration), answer, length);
    case 3:
        return string(value & 0xFFu, answer, length);
    default:
        return false;
    }
}

static bool configure(uint16_t value)
{
    if (value > 1) {
        return false;
    }
    configured = (uint8_t)value;
    if (configured) {
        otg_bulk_open();
        otg_bulk_receive();
    }
    return true;
}

static bool standard(const struct otg_setup *s, const uint8_t **answer, size_t *length)
{
    switch (s->request) {
    case GET_STATUS:
        return answer_with(app_idle, 2, answer, length);
    case SET_ADDRESS:
        otg_address((uint8_t)s->value);
        return true;
    case GET_DESCRIPTOR:
        return descriptor(s->value, answer, length);
    case GET_CONFIGURATION:
        return answer_with(&configured, 1, answer, length);
    case SET_CONFIGURATION:
        return configure(s->value);
    case SET_INTERFACE:
        return s->value == 0;
    case CLEAR_FEATURE: /* no endpoint is ever halted; its data toggle begins again */
        return configure(configured);
    default:
        return false;
    }
}

static bool dfu(const struct otg_setup *s, const uint8_t **answer, size_t *length)
{
    if (s->type == 0x21 && s->request == DFU_DETACH) {
        detach_pending = true;
        return true;
    }
    if (s->type == 0xA1 && s->request == DFU_GETSTATUS) {
        return answer_with(app_idle, sizeof(app_idle), answer, length);
    }
    return s->type == 0xA1 && s->request == DFU_GETSTATE &&
           answer_with(app_idle, 1, answer, length);
}

static bool setup(const struct otg_setup *s, const uint8_t **answer, size_t *length)
{
    if ((s->type & 0x60u) == 0) {
        return standard(s, answer, length);
    }
    if ((s->type & 0x60u) == 0x20u && s->index == INTERFACE_DFU) {
        return dfu(s, answer, length);
    }
    if (s->type != 0x41 || s->index != INTERFACE_LINK || !configured) {
        return false;
    }
    begin_asked = begin_asked || s->request == LINK_BEGIN;
    give_up_asked = give_up_asked || s->request == LINK_GIVE_UP;
    return s->request == LINK_BEGIN || s->request == LINK_GIVE_UP;
}

static void done(void)
{
    detach_asked = detach_pending;
}

static void reset(void)
{
    configured = 0;
    detach_pending = false;
}

/* ---- The update session ---- */

static bool active;
static size_t used; /* of the packet at hand */
static struct link_report reported;

static void begin(void)
{
    enum duo_status status = duo_update_resume();

    if (status == DUO_E_NO_IMAGE) {
        status = duo_update_begin();
    }
    print("app m7: update by usb: %s\r\n", duo_status_text(status));
    active = status == DUO_OK;
    used = 0;
    memset(&reported, 0xFF,
           sizeof(reported)); /* like nothing that there is: the host hears of it */
}

static void give_up(void)
{
    duo_update_abort();
    active = false;
}

/* What the queue does not take waits in the endpoint's packet, and the host with it. */
static void feed(void)
{
    const uint8_t *bytes;
    size_t n, taken = 0;

    if (!otg_bulk_packet(&bytes, &n)) {
        return;
    }
    if (active && duo_update_write(bytes + used, n - used, &taken) == DUO_OK && used + taken < n) {
        used += taken;
        return;
    }
    used = 0; /* also what came without a session, or after its end */
    otg_bulk_receive();
}

static void report(const struct duo_update_progress *p)
{
    const struct link_report now = {p->phase, p->error, p->received, p->total};

    if (otg_bulk_idle() && memcmp(&now, &reported, sizeof(now)) != 0) {
        reported = now;
        otg_bulk_send(&now, sizeof(now));
    }
}

/* After the host has fetched the report that says so. */
static void end_session(const struct duo_update_progress *p)
{
    const bool ended = p->phase == DUO_UPDATE_COMPLETE || p->phase == DUO_UPDATE_FAILED;

    if (!ended || reported.phase != p->phase || !otg_bulk_idle()) {
        return;
    }
    if (p->phase == DUO_UPDATE_COMPLETE) {
        beats_print();
        print("app m7: the set is complete, installing\r\n");
        usart_flush();
        otg_stop();
        (void)duo_update_install(true);
    }
    print("app m7: update: %s\r\n", duo_status_text(p->error));
    give_up();
}

void link_start(void)
{
    static const struct otg_events events = {reset, setup, done};

    if (!otg_start(&events)) {
        print("app m7: usb does not start\r\n");
    }
}

void link_run(void)
{
    struct duo_update_progress p;

    if (detach_asked) {
        print("app m7: detached, resetting into recovery\r\n");
        usart_flush();
        otg_stop();
        duo_enter_recovery();
    }
    if (give_up_asked) {
        give_up_asked = false;
        give_up();
    }
    if (begin_asked) {
        begin_asked = false;
        begin();
    }
    feed();
    if (active) {
        duo_update_look(&p);
        report(&p);
        end_session(&p);
    }
}
