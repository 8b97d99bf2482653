/* SPDX-License-Identifier: MIT */
/* USB/IP: what a client of the emulated board sends, before and after it has the device, in pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/chip/usb_wire.h"
#include "emu/host/usbip_parts.h"
#include "emu/machine.h"
#include "tests/fuzz/fuzz.h"

static struct machine *m;

static void nothing(void *arg)
{
    (void)arg;
}

static void make_machine(void)
{
    const struct machine_config config = {.seed = 1};
    char err[256];

    m = machine_new(&config, err, sizeof(err));
    FUZZ_CHECK(m);
    machine_power_on(m);
}

/* As the server does with what has come: false when this is no client. */
static bool take_all(struct usbip *s)
{
    long taken = 1;

    while (s->in_len > 0 && taken > 0) {
        taken = s->imported ? usbip_take_urb(s) : usbip_take_op(s);
        if (taken > 0) {
            FUZZ_CHECK((size_t)taken <= s->in_len);
            memmove(s->in, s->in + taken, s->in_len - (size_t)taken);
            s->in_len -= (size_t)taken;
        }
    }
    return taken >= 0;
}

/* A fresh block for each piece: the sanitizer sees a read beyond it. */
static void add(struct usbip *s, const uint8_t *piece, size_t n)
{
    uint8_t *larger = malloc(s->in_len + n);

    FUZZ_CHECK(larger);
    if (s->in_len > 0) {
        memcpy(larger, s->in, s->in_len);
    }
    memcpy(larger + s->in_len, piece, n);
    free(s->in);
    s->in = larger;
    s->in_len += n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct usbip s = {.listen_fd = -1, .fd = -1};
    bool client = true;

    if (!m) {
        make_machine();
    }
    s.m = m;
    sched_event_init(&s.too_late, "test", nothing, NULL);
    usb_host_init(&s.host, m, otg_get(m, 0));
    s.imported = fuzz_byte(&in) & 1u;
    while (client && in.left > 0) {
        const size_t wanted = 1u + fuzz_byte(&in);
        const size_t n = wanted < in.left ? wanted : in.left;

        if (n == 0) {
            break;
        }
        add(&s, in.data, n);
        in.data += n;
        in.left -= n;
        client = take_all(&s);
    }
    usb_host_unplug(&s.host);
    sched_cancel(&m->sched, &s.too_late);
    usbip_forget_all(&s);
    free(s.in);
    free(s.out);
    return 0;
}
