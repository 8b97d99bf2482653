/* SPDX-License-Identifier: MIT */
/*
 * Our sender against our receiver over a simulated serial line with seeded faults: dropped,
 * doubled, flipped and delayed bytes. A transfer must complete, or fail on its own within bounded
 * time, and never deliver anything but the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ym_store.h"

enum { LIMIT_MS = 20 * 60 * 1000, BYTES_PER_MS = 12 /* 115200 8N1 */, WIRE = 8192 };

struct wire {
    uint8_t bytes[WIRE];
    size_t n;
    uint32_t stalled_ms;
};

struct faults {
    uint32_t seed;
    uint32_t per_million; /* of each kind, per byte */
    uint32_t bias_to;     /* 1: only towards the receiver, 2: only towards the sender, 0: both */
};

struct link {
    struct ym_store from, to;
    struct duo_ymodem_tx tx;
    struct duo_ymodem_rx rx;
    struct wire down, up;
    struct faults faults;
    uint32_t now, busy_until, busy_ms;
};

static bool hit(struct faults *f)
{
    return ym_random(&f->seed) % 1000000 < f->per_million;
}

static void put_wire(struct wire *w, uint8_t byte)
{
    assert_true(w->n < sizeof(w->bytes));
    w->bytes[w->n++] = byte;
}

static void carry(struct link *l, struct wire *w, const uint8_t *bytes, size_t n, bool faulty)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = bytes[i];

        if (faulty && hit(&l->faults)) {
            continue;
        }
        if (faulty && hit(&l->faults)) {
            byte ^= (uint8_t)(1u << (ym_random(&l->faults.seed) % 8));
        }
        if (faulty && hit(&l->faults)) {
            put_wire(w, byte);
        }
        if (faulty && hit(&l->faults)) {
            w->stalled_ms = ym_random(&l->faults.seed) % 3000;
        }
        put_wire(w, byte);
    }
}

static void drain(struct ym_out *out, struct link *l, struct wire *w, bool faulty)
{
    size_t n = out->n < BYTES_PER_MS ? out->n : BYTES_PER_MS;

    carry(l, w, out->bytes, n, faulty);
    memmove(out->bytes, out->bytes + n, out->n - n);
    out->n -= n;
}

/* Delivers what has arrived; a stalled line delivers nothing for a while, then all at once. */
static size_t arrived(struct wire *w)
{
    if (w->stalled_ms > 0) {
        w->stalled_ms--;
        return w->n < WIRE - 64 ? 0 : w->n;
    }
    return w->n;
}

static void one_ms(struct link *l)
{
    size_t n;

    l->now++;
    duo_ymodem_tx_pump(&l->tx, l->now);
    drain(&l->from.out, l, &l->down, l->faults.bias_to != 2);
    drain(&l->to.out, l, &l->up, l->faults.bias_to != 1);
    n = arrived(&l->down);
    if (n > 0) {
        duo_ymodem_rx_input(&l->rx, l->now, l->down.bytes, n);
        l->down.n = 0;
    }
    n = arrived(&l->up);
    if (n > 0) {
        duo_ymodem_tx_input(&l->tx, l->now, l->up.bytes, n);
        l->up.n = 0;
    }
    if (l->to.later && l->now >= l->busy_until) {
        l->busy_until = l->now + l->busy_ms;
        duo_ymodem_rx_ready(&l->rx);
    }
    duo_ymodem_rx_tick(&l->rx, l->now);
}

static void run(struct link *l, const struct duo_ymodem_rx_config *config)
{
    uint32_t start = l->now;

    l->from.next = 0;
    duo_ymodem_rx_start(&l->rx, &ym_store_rx_ops, &l->to, config, l->now);
    duo_ymodem_tx_start(&l->tx, &ym_store_tx_ops, &l->from, NULL, l->now);
    while (!(l->from.over && l->to.over)) {
        one_ms(l);
        assert_true(l->now - start < LIMIT_MS);
    }
    for (unsigned i = 0; i < l->to.count; i++) {
        if (l->to.complete[i]) {
            ym_check_same(&l->from, &l->to, i);
        }
    }
}

static void link_init(struct link *l, uint32_t now)
{
    memset(l, 0, sizeof(*l));
    ym_store_init(&l->from);
    ym_store_init(&l->to);
    l->from.out.room = 64;
    l->now = now;
}

static void link_free(struct link *l)
{
    ym_store_free(&l->from);
    ym_store_free(&l->to);
}

static struct link l;

static void all_sizes_arrive(void **state)
{
    static const uint32_t sizes[] = {0,    1,    127,  128,   129,    895,   896,       897,
                                     1023, 1024, 1025, 10000, 262144, 65537, 1024 * 300};

    (void)state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        link_init(&l, UINT32_MAX - 1000); /* the clock wraps during the transfer */
        ym_store_add(&l.from, "one.bin", sizes[i], 7);
        run(&l, NULL);
        assert_int_equal(l.from.result, DUO_YM_OK);
        assert_int_equal(l.to.result, DUO_YM_OK);
        assert_int_equal(l.to.count, 1);
        assert_true(l.to.complete[0]);
        link_free(&l);
    }
}

static void batch_arrives(bool streaming)
{
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

    config.streaming = streaming;
    link_init(&l, 0);
    ym_store_add(&l.from, "m7.bin", 40000, 1);
    ym_store_add(&l.from, "empty.bin", 0, 2);
    ym_store_add(&l.from, "m4.bin", 20001, 3);
    run(&l, &config);
    assert_int_equal(l.from.result, DUO_YM_OK);
    assert_int_equal(l.to.result, DUO_YM_OK);
    assert_int_equal(l.to.count, 3);
    assert_true(l.to.complete[0] && l.to.complete[1] && l.to.complete[2]);
    link_free(&l);
}

static void batches(void **state)
{
    (void)state;
    batch_arrives(false);
    batch_arrives(true);
}

static void payload_share_of_line(void **state)
{
    uint32_t start;

    (void)state;

    link_init(&l, 0);
    ym_store_add(&l.from, "big.bin", 200000, 1);
    start = l.now;
    run(&l, NULL);
    /* 200000 bytes at 12 a millisecond are 16.7 s; headers, answers and two settling pauses: 5 %.
     */
    assert_in_range(l.now - start, 16666, 17500);
    link_free(&l);
}

static void slow_flash_holds_the_sender(void **state)
{
    (void)state;
    link_init(&l, 0);
    ym_store_add(&l.from, "slow.bin", 8000, 9);
    l.to.later = true;
    l.busy_ms = 7000; /* each answer up to 7 s late */
    run(&l, NULL);
    assert_int_equal(l.from.result, DUO_YM_OK);
    assert_int_equal(l.to.result, DUO_YM_OK);
    assert_true(l.to.complete[0]);
    link_free(&l);
}

static void held_longer_than_the_sender_waits(void **state)
{
    (void)state;
    link_init(&l, 0);
    ym_store_add(&l.from, "slow.bin", 5000, 9);
    l.to.later = true;
    l.busy_ms = 13000; /* the sender repeats its block at 10 s: the repeat must vanish */
    run(&l, NULL);
    assert_int_equal(l.from.result, DUO_YM_OK);
    assert_int_equal(l.to.result, DUO_YM_OK);
    assert_true(l.to.complete[0]);
    link_free(&l);
}

static void refusal_reaches_the_sender(void **state)
{
    (void)state;
    for (int streaming = 0; streaming < 2; streaming++) {
        struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;

        config.streaming = streaming != 0;
        link_init(&l, 0);
        ym_store_add(&l.from, "a.bin", 3000, 9);
        ym_store_add(&l.from, "b.bin", 3000, 9);
        l.to.refuse_file = 1;
        run(&l, &config);
        assert_int_equal(l.from.result, DUO_YM_CANCELLED);
        assert_int_equal(l.to.result, DUO_YM_REFUSED);
        assert_true(l.to.complete[0] && !l.to.complete[1]);
        link_free(&l);
    }
}

/* Lost acknowledgements only: everything must still arrive. */
static void lost_answers_are_survived(void **state)
{
    unsigned failed = 0;

    (void)state;

    for (uint32_t seed = 1; seed <= 40; seed++) {
        link_init(&l, seed * 77777);
        l.faults = (struct faults){seed * 2654435761u, 5000, 2};
        ym_store_add(&l.from, "x.bin", 60000, seed);
        run(&l, NULL);
        failed += l.from.result != DUO_YM_OK || l.to.result != DUO_YM_OK;
        link_free(&l);
    }
    printf("lost answers: %u of 40 transfers failed cleanly\n", failed);
    assert_in_range(failed, 0, 4);
}

static bool transfer_ok(uint32_t seed, uint32_t per_million)
{
    struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;
    bool ok;

    link_init(&l, seed);
    l.faults = (struct faults){seed * 2654435761u | 1, per_million, 0};
    ym_store_add(&l.from, "m7.bin", 50000, seed);
    ym_store_add(&l.from, "m4.bin", 30000, seed + 1);
    config.start_polls = 60; /* or it waits forever for a sender that has given up */
    run(&l, &config);
    ok = l.from.result == DUO_YM_OK && l.to.result == DUO_YM_OK && l.to.count == 2;
    /* The receiver's word counts: what it calls complete is complete (checked in run). */
    link_free(&l);
    return ok;
}

static void faulty_line(void **state)
{
    unsigned failed = 0, twice = 0;

    (void)state;

    for (uint32_t seed = 1; seed <= 100; seed++) {
        if (!transfer_ok(seed, 100)) {
            failed++;
            twice += !transfer_ok(seed + 1000, 100);
        }
    }
    printf("1e-4 of each fault per byte: %u of 100 failed cleanly, %u also on the next try\n",
           failed, twice);
    assert_in_range(failed, 0, 10);
    assert_int_equal(twice, 0);
}

static void hopeless_line_ends(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 10; seed++) {
        transfer_ok(seed, 20000);
    }
}

/* The cable is pulled after n bytes: both sides must end on their own. */
static void unplugged_at_any_byte(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 4000; at += 13) {
        uint32_t cut = 1050 + at / BYTES_PER_MS;

        link_init(&l, 0);
        ym_store_add(&l.from, "x.bin", 2500, 5);
        struct duo_ymodem_rx_config config = duo_ymodem_rx_defaults;
        config.start_polls = 5;
        duo_ymodem_rx_start(&l.rx, &ym_store_rx_ops, &l.to, &config, l.now);
        duo_ymodem_tx_start(&l.tx, &ym_store_tx_ops, &l.from, NULL, l.now);
        while (!(l.from.over && l.to.over)) {
            one_ms(&l);
            if (l.now >= cut) {
                l.down.n = l.up.n = 0;
                l.from.out.n = l.to.out.n = 0;
            }
            assert_true(l.now < LIMIT_MS);
        }
        link_free(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes_arrive),
        cmocka_unit_test(batches),
        cmocka_unit_test(payload_share_of_line),
        cmocka_unit_test(slow_flash_holds_the_sender),
        cmocka_unit_test(held_longer_than_the_sender_waits),
        cmocka_unit_test(refusal_reaches_the_sender),
        cmocka_unit_test(lost_answers_are_survived),
        cmocka_unit_test(faulty_line),
        cmocka_unit_test(hopeless_line_ends),
        cmocka_unit_test(unplugged_at_any_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
