/* SPDX-License-Identifier: MIT */
/* DMA1, DMA2 and DMAMUX1 (RM0399, direct memory access controller, request multiplexer). */
#include "fixture.h"

#define DMA1      0x40020000u
#define DMA2      0x40020400u
#define S(dma, n) ((dma) + 0x10 + 0x18 * (n))
#define MUX(n)    (0x40020800u + 4 * (n))
enum { LISR = 0, HISR = 4, LIFCR = 8, HIFCR = 0xC };
enum { CR = 0, NDTR = 4, PAR = 8, M0AR = 0xC, M1AR = 0x10, FCR = 0x14 };

#define EN      BIT(0)
#define TEIE    BIT(2)
#define HTIE    BIT(3)
#define TCIE    BIT(4)
#define M2P     BIT(6)
#define M2M     BIT(7)
#define CIRC    BIT(8)
#define PINC    BIT(9)
#define MINC    BIT(10)
#define P16     BIT(11)
#define P32     BIT(12)
#define M32     BIT(14)
#define DBM     BIT(18)
#define CT      BIT(19)
#define FIFO_ON 0x04u
#define FULL    0x03u

#define RAM   0x10000000u
#define USART 45u /* request of USART3's receiver */
#define MS    VT_MS

static int setup_on(void **state)
{
    setup(state);
    wr(CM7, 0x58024400 + 0xD8, BIT(0) | BIT(1)); /* DMA1EN, DMA2EN */
    for (uint32_t i = 0; i < 256; i++) {
        wr_sized(CM7, RAM + i, 1, i + 1);
    }
    for (uint32_t i = 256; i < 1024; i++) {
        wr_sized(CM7, RAM + i, 1, 0);
    }
    dma_request(&fx.m, USART, false);
    return 0;
}

static void prepare(uint32_t s, uint32_t items, uint32_t par, uint32_t memory, uint32_t fcr)
{
    wr(CM7, s + NDTR, items);
    wr(CM7, s + PAR, par);
    wr(CM7, s + M0AR, memory);
    wr(CM7, s + FCR, fcr);
}

/* One request of the peripheral, as a receiver makes them: it falls when its register was read. */
static void request(void)
{
    dma_request(&fx.m, USART, true);
    pass(130 * VT_NS); /* eight cycles of 64 MHz, and no second time */
    dma_request(&fx.m, USART, false);
    pass(VT_US);
}

static void test_memory_to_memory(void **state)
{
    (void)state;
    uint32_t s = S(DMA2, 0);
    prepare(s, 64, RAM, RAM + 256, FIFO_ON | FULL);
    wr(CM7, s + CR, M2M | PINC | MINC | P32 | M32 | TCIE);
    assert_int_equal(rd(CM7, s + NDTR), 64);
    wr(CM7, s + CR, rd(CM7, s + CR) | EN);
    pass(VT_US); /* the first burst is through, not all */
    assert_in_range(rd(CM7, s + NDTR), 1, 63);
    assert_false(fx.core[CM7].irq[56]);
    pass(MS);
    assert_int_equal(rd(CM7, s + NDTR), 0);
    assert_int_equal(rd(CM7, s + CR) & EN, 0);
    assert_int_equal(rd(CM7, DMA2 + LISR), BIT(5) | BIT(4)); /* TCIF0, HTIF0 */
    assert_true(fx.core[CM7].irq[56] && fx.core[CM4].irq[56]);
    for (uint32_t i = 0; i < 256; i++) {
        assert_int_equal(rd_sized(CM7, RAM + 256 + i, 1), (uint8_t)(i + 1));
    }
    wr(CM7, DMA2 + LIFCR, 0x3D);
    assert_false(fx.core[CM7].irq[56]);
    assert_int_equal(rd(CM7, DMA2 + LISR), 0);
    assert_no_note();
}

static void test_nothing_without_a_clock(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 1);
    prepare(s, 4, RAM, RAM + 256, FIFO_ON);
    wr(CM7, s + CR, M2M | PINC | MINC | EN);
    wr(CM7, 0x58024400 + 0xD8, 0);
    pass(MS);
    assert_int_equal(rd(CM7, RAM + 256), 0);
    wr(CM7, 0x58024400 + 0xD8, BIT(0));
    pass(MS);
    assert_int_equal(rd(CM7, RAM + 256), 0x04030201);
}

static void test_tcm_is_out_of_reach(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 3);
    prepare(s, 4, 0x00000000, RAM + 256, FIFO_ON); /* ITCM */
    wr(CM7, s + CR, M2M | PINC | MINC | TEIE | EN);
    pass(MS);
    assert_int_equal(rd(CM7, DMA1 + LISR), BIT(25)); /* TEIF3 */
    assert_int_equal(rd(CM7, s + CR) & EN, 0);
    assert_true(fx.core[CM4].irq[14]);
    assert_note("dma.bus-error");
}

static void test_a_stream_follows_its_request(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 5);
    wr(CM7, MUX(5), USART);
    prepare(s, 4, RAM + 7, RAM + 256, 0);
    wr(CM7, s + CR, MINC | HTIE | TCIE | EN);
    pass(MS);
    assert_int_equal(rd(CM7, s + NDTR), 4);
    request();
    assert_int_equal(rd(CM7, s + NDTR), 3);
    assert_int_equal(rd(CM7, RAM + 256), 0x08); /* direct mode: at once */
    request();
    assert_int_equal(rd(CM7, DMA1 + HISR), BIT(10)); /* HTIF5 */
    request();
    request();
    assert_int_equal(rd(CM7, DMA1 + HISR), BIT(10) | BIT(11));
    assert_int_equal(rd(CM7, RAM + 256), 0x08080808);
    request(); /* over: nothing more */
    assert_int_equal(rd(CM7, RAM + 260), 0);
    assert_no_note();
}

static void test_a_request_nobody_makes_is_reported(void **state)
{
    (void)state;
    wr(CM7, MUX(0), 67); /* DAC1 */
    prepare(S(DMA1, 0), 4, 0x40007408, RAM + 256, 0);
    wr(CM7, S(DMA1, 0) + CR, MINC | EN);
    assert_note("dma.request");
    assert_int_equal(fx.last_kind, NOTE_FEATURE);
}

static void test_fifo_packs_bytes_into_words(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 0);
    wr(CM7, MUX(0), USART);
    prepare(s, 6, RAM + 1, RAM + 256, FIFO_ON); /* threshold: a quarter, 4 bytes */
    wr(CM7, s + CR, PINC | MINC | M32 | EN);
    for (unsigned i = 0; i < 3; i++) {
        request();
    }
    assert_int_equal(rd(CM7, RAM + 256), 0); /* in the FIFO still */
    request();
    assert_int_equal(rd(CM7, RAM + 256), 0x05040302);
    request();
    request(); /* the end empties the rest */
    assert_int_equal(rd(CM7, RAM + 260), 0x0706);
    assert_int_equal(rd(CM7, DMA1 + LISR) & BIT(5), BIT(5));
}

static void test_to_a_peripheral(void **state)
{
    (void)state;
    uint32_t s = S(DMA2, 7);
    wr(CM7, MUX(15), USART);
    prepare(s, 3, RAM + 512, RAM + 16, FIFO_ON | FULL);
    wr(CM7, s + CR, M2P | PINC | MINC | P16 | M32 | EN);
    request();
    request();
    assert_int_equal(rd(CM7, RAM + 512), 0x14131211);
    request();
    assert_int_equal(rd(CM7, RAM + 516), 0x1615); /* and not a byte more */
    assert_int_equal(rd(CM7, DMA2 + HISR) >> 22, BIT(5) | BIT(4));
}

static void test_circular(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 2);
    wr(CM7, MUX(2), USART);
    prepare(s, 2, RAM + 3, RAM + 256, 0);
    wr(CM7, s + CR, MINC | CIRC | TCIE | EN);
    for (unsigned i = 0; i < 3; i++) {
        request();
    }
    assert_int_equal(rd(CM7, s + NDTR), 1);
    assert_int_equal(rd(CM7, s + CR) & EN, EN);
    assert_int_equal(rd(CM7, RAM + 256), 0x0404);
    assert_true(fx.core[CM7].irq[13]);
}

static void test_double_buffer(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 2);
    wr(CM7, MUX(2), USART);
    prepare(s, 2, RAM + 3, RAM + 256, 0);
    wr(CM7, s + M1AR, RAM + 512);
    wr(CM7, s + CR, MINC | DBM | EN);
    request();
    request();
    assert_int_equal(rd(CM7, s + CR) & CT, CT);
    wr(CM7, s + M0AR, RAM + 300); /* the one not in use */
    assert_no_note();
    wr(CM7, s + M1AR, RAM + 600);
    assert_note("dma.running");
    for (unsigned i = 0; i < 3; i++) {
        request();
    }
    assert_int_equal(rd(CM7, RAM + 256), 0x0404);
    assert_int_equal(rd(CM7, RAM + 512), 0x0404);
    assert_int_equal(rd(CM7, RAM + 300), 0x04);
}

/* HAL_DMA_Abort_IT waits for this interrupt. */
static void test_switching_off_ends_with_tc(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 4);
    wr(CM7, MUX(4), USART);
    prepare(s, 8, RAM + 3, RAM + 256, FIFO_ON | FULL);
    wr(CM7, s + CR, MINC | TCIE | EN);
    request();
    assert_int_equal(rd_sized(CM7, RAM + 256, 1), 0);
    wr(CM7, s + CR, MINC | TCIE);
    assert_int_equal(rd(CM7, DMA1 + HISR), BIT(5));
    assert_true(fx.core[CM7].irq[15]);
    assert_int_equal(rd_sized(CM7, RAM + 256, 1), 4); /* the FIFO was emptied */
    assert_int_equal(rd(CM7, s + NDTR), 7);
}

static void test_old_flags_keep_a_stream_off(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 0);
    prepare(s, 4, RAM, RAM + 256, FIFO_ON);
    wr(CM7, s + CR, M2M | PINC | MINC | EN);
    pass(MS);
    wr(CM7, s + NDTR, 4);
    wr(CM7, s + CR, M2M | PINC | MINC | EN);
    assert_note("dma.flags-set");
    assert_int_equal(rd(CM7, s + CR) & EN, 0);
    wr(CM7, DMA1 + LIFCR, 0x3F);
    clear_notes();
    wr(CM7, s + CR, M2M | PINC | MINC | EN);
    assert_no_note();
    assert_int_equal(rd(CM7, s + CR) & EN, EN);
}

static void test_registers_are_locked_while_running(void **state)
{
    (void)state;
    uint32_t s = S(DMA1, 0);
    wr(CM7, MUX(0), USART);
    prepare(s, 4, RAM, RAM + 256, 0);
    wr(CM7, s + CR, MINC | EN);
    wr(CM7, s + NDTR, 9);
    assert_note("dma.running");
    assert_int_equal(rd(CM7, s + NDTR), 4);
    clear_notes();
    wr(CM7, s + CR, MINC | TCIE | EN); /* interrupt enables may change */
    assert_no_note();
    assert_int_equal(rd(CM7, s + CR), MINC | TCIE | EN);
}

static void test_reset(void **state)
{
    (void)state;
    wr(CM7, MUX(0), USART);
    prepare(S(DMA1, 0), 4, RAM, RAM + 256, FIFO_ON);
    wr(CM7, S(DMA1, 0) + CR, M2M | EN);
    wr(CM7, 0x58024400 + 0x80, BIT(0)); /* DMA1RST */
    wr(CM7, 0x58024400 + 0x80, 0);
    assert_int_equal(rd(CM7, S(DMA1, 0) + CR), 0);
    assert_int_equal(rd(CM7, S(DMA1, 0) + FCR), 0x21);
    pass(MS);
    assert_int_equal(rd(CM7, RAM + 256), 0);
    assert_int_equal(rd(CM7, MUX(0)), USART); /* DMAMUX1 has no reset bit */
    do_reset(RESET_PIN);
    wr(CM7, 0x58024400 + 0xD8, BIT(0));
    assert_int_equal(rd(CM7, MUX(0)), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup_on, teardown)
    const struct CMUnitTest tests[] = {
        T(memory_to_memory),
        T(nothing_without_a_clock),
        T(tcm_is_out_of_reach),
        T(a_stream_follows_its_request),
        T(a_request_nobody_makes_is_reported),
        T(fifo_packs_bytes_into_words),
        T(to_a_peripheral),
        T(circular),
        T(double_buffer),
        T(switching_off_ends_with_tc),
        T(old_flags_keep_a_stream_off),
        T(registers_are_locked_while_running),
        T(reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
