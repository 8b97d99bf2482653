/* SPDX-License-Identifier: MIT */
/* MDMA and BDMA with DMAMUX2: a rule of RM0399 each. */
#include "fixture.h"

#define RCC     0x58024400u
#define MDMA    0x52000000u
#define CH(n)   (MDMA + 0x40u + 0x40u * (n))
#define BDMA    0x58025400u
#define B(n)    (BDMA + 8u + 0x14u * (n))
#define MUX2(n) (0x58025800u + 4u * (n))
#define DTCM    0x20000000u
#define AXI     0x24000000u
#define SRAM4   0x38000000u
enum { ISR = 0, IFCR = 4, ESR = 8, CR = 0xC, TCR = 0x10, BNDTR = 0x14, SAR = 0x18, DAR = 0x1C };
enum { BRUR = 0x20, LAR = 0x24, TBR = 0x28, MAR = 0x30, MDR = 0x34 };

#define SW      BIT(30)
#define BYTES   (2u | 2u << 2) /* both addresses rise */
#define WORDS   (BYTES | 2u << 4 | 2u << 6 | 2u << 8 | 2u << 10)
#define TLEN(n) (((n)-1u) << 18)
#define TRGM(n) ((n) << 28)
#define SWRQ    BIT(16)

static int mdma_setup(void **state)
{
    setup(state);
    wr(CM7, RCC + 0xD4, BIT(0));            /* MDMA */
    wr(CM7, RCC + 0xE0, BIT(21) | BIT(28)); /* BDMA, backup SRAM */
    wr(CM7, RCC + 0xD8, BIT(0));            /* DMA1 */
    for (uint32_t i = 0; i < 256; i += 4) {
        wr(CM7, DTCM + i, 0x01010101u * (i / 4) + 0x03020100);
        wr(CM7, AXI + i, 0);
        wr(CM7, SRAM4 + i, 0);
    }
    clear_notes();
    return 0;
}

static void set(unsigned n, uint32_t tcr, uint32_t bndtr, uint32_t from, uint32_t to)
{
    wr(CM7, CH(n) + TCR, tcr);
    wr(CM7, CH(n) + BNDTR, bndtr);
    wr(CM7, CH(n) + SAR, from);
    wr(CM7, CH(n) + DAR, to);
}

static void a_block_out_of_tcm(void **state)
{
    (void)state;
    set(0, SW | TRGM(1) | WORDS | TLEN(32), 64, DTCM, AXI);
    wr(CM7, CH(0) + CR, 0x3F);
    pass(VT_MS);
    assert_int_equal(rd(CM7, CH(0) + ISR), 0); /* nobody has asked */
    wr(CM7, CH(0) + CR, 0x3F | SWRQ);
    assert_int_equal(rd(CM7, CH(0) + ISR), BIT(16));
    pass(VT_MS);
    assert_int_equal(rd(CM7, CH(0) + ISR), 0x1E); /* CTC, BRT, BT, TC */
    assert_int_equal(rd(CM7, CH(0) + CR), 0x3E);
    assert_true(fx.core[CM7].irq[122] && fx.core[CM4].irq[122]);
    assert_int_equal(rd(CM7, MDMA), 1);
    for (uint32_t i = 0; i < 64; i += 4) {
        assert_int_equal(rd(CM7, AXI + i), rd(CM7, DTCM + i));
    }
    assert_int_equal(rd(CM7, AXI + 64), 0);
    assert_int_equal(rd(CM7, CH(0) + BNDTR), 0);
    wr(CM7, CH(0) + IFCR, 0x1F);
    assert_false(fx.core[CM7].irq[122]);
    assert_no_note();
}

static void one_request_moves_one_buffer(void **state)
{
    (void)state;
    set(3, SW | BYTES | TLEN(4), 8, DTCM, AXI);
    wr(CM7, CH(3) + CR, 1);
    wr(CM7, CH(3) + CR, 1 | SWRQ);
    pass(VT_MS);
    assert_int_equal(rd(CM7, CH(3) + ISR), BIT(4));
    assert_int_equal(rd(CM7, CH(3) + BNDTR), 4);
    assert_int_equal(rd(CM7, AXI), 0x03020100);
    assert_int_equal(rd(CM7, AXI + 4), 0);
    wr(CM7, CH(3) + CR, 1 | SWRQ);
    pass(VT_MS);
    assert_int_equal(rd(CM7, CH(3) + ISR), 0x1E);
}

static void blocks_repeat_with_a_step(void **state)
{
    (void)state;
    set(1, SW | TRGM(2) | WORDS | TLEN(8), 2u << 20 | 8, DTCM, AXI);
    wr(CM7, CH(1) + BRUR, 24u << 16 | 8); /* every other 8 bytes, 32 bytes apart */
    wr(CM7, CH(1) + CR, 1);
    wr(CM7, CH(1) + CR, 1 | SWRQ);
    pass(VT_MS);
    assert_int_equal(rd(CM7, CH(1) + ISR), 0x1E);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(rd(CM7, AXI + 32 * i), rd(CM7, DTCM + 16 * i));
        assert_int_equal(rd(CM7, AXI + 32 * i + 4), rd(CM7, DTCM + 16 * i + 4));
        assert_int_equal(rd(CM7, AXI + 32 * i + 8), 0);
    }
}

static void lists_go_to_their_end(void **state)
{
    (void)state;
    uint32_t node = AXI + 0x800;
    const uint32_t words[10] = {
        SW | TRGM(3) | WORDS | TLEN(4), 4, DTCM + 64, AXI + 16, 0, 0, 0, 0, 0, 0};
    for (unsigned i = 0; i < 10; i++) {
        wr(CM7, node + 4 * i, words[i]);
    }
    set(2, SW | TRGM(3) | WORDS | TLEN(4), 8, DTCM, AXI);
    wr(CM7, CH(2) + LAR, node);
    wr(CM7, CH(2) + CR, 1);
    wr(CM7, CH(2) + CR, 1 | SWRQ);
    pass(VT_MS);
    assert_int_equal(rd(CM7, CH(2) + ISR), 0x1E);
    assert_int_equal(rd(CM7, AXI + 4), rd(CM7, DTCM + 4));
    assert_int_equal(rd(CM7, AXI + 16), rd(CM7, DTCM + 64));
    assert_int_equal(rd(CM7, CH(2) + LAR), 0);
}

static void widths_are_packed_or_padded(void **state)
{
    (void)state;
    uint32_t widen = SW | TRGM(1) | 2u | 2u << 2 | 2u << 6 | 2u << 10; /* bytes to words */
    wr_sized(CM7, DTCM + 1, 1, 0x81);
    set(4, widen | 1u << 26 | TLEN(4), 4, DTCM, AXI); /* sign */
    wr(CM7, CH(4) + CR, 1);
    wr(CM7, CH(4) + CR, 1 | SWRQ);
    pass(VT_MS);
    assert_int_equal(rd(CM7, AXI), 0);
    assert_int_equal(rd(CM7, AXI + 4), 0xFFFFFF81);
    set(4, widen | BIT(25) | TLEN(4), 4, DTCM, AXI + 32); /* packed */
    wr(CM7, CH(4) + CR, 1);
    wr(CM7, CH(4) + CR, 1 | SWRQ);
    pass(VT_MS);
    assert_int_equal(rd(CM7, AXI + 32), 0x03028100);
    assert_int_equal(rd(CM7, AXI + 36), 0);
}

static void a_stream_s_end_is_a_request(void **state)
{
    (void)state;
    set(5, TRGM(1) | WORDS | TLEN(8), 8, DTCM, AXI);
    wr(CM7, CH(5) + MAR, 0x40020008); /* LIFCR */
    wr(CM7, CH(5) + MDR, BIT(5));
    wr(CM7, CH(5) + TBR, 0); /* DMA1, stream 0 */
    wr(CM7, CH(5) + CR, 1);
    wr(CM7, 0x40020014, 1);
    wr(CM7, 0x40020018, AXI + 64);
    wr(CM7, 0x4002001C, AXI + 68);
    wr(CM7, 0x40020010, 2u << 6 | 1);
    pass(VT_MS);
    assert_int_equal(rd(CM7, CH(5) + ISR), 0x1E);
    assert_int_equal(rd(CM7, AXI), rd(CM7, DTCM));
    assert_int_equal(rd(CM7, 0x40020000) & BIT(5), 0); /* cleared by MAR and MDR */
}

static void errors_end_a_channel(void **state)
{
    (void)state;
    set(6, SW | TRGM(1) | WORDS | TLEN(4), 4, DTCM, 0x70000010);
    wr(CM7, CH(6) + CR, 1 | BIT(1));
    wr(CM7, CH(6) + TCR, 0); /* it is on */
    assert_note("dma.running");
    wr(CM7, CH(6) + CR, 1 | BIT(1) | SWRQ);
    pass(VT_MS);
    assert_note("dma.bus-error");
    assert_int_equal(rd(CM7, CH(6) + ISR), 1);
    assert_int_equal(rd(CM7, CH(6) + ESR), BIT(7) | 0x10);
    assert_int_equal(rd(CM7, CH(6) + CR) & 1, 0);
    assert_true(fx.core[CM7].irq[122]);
}

static void bdma_within_d3(void **state)
{
    (void)state;
    wr(CM7, SRAM4, 0x44332211);
    wr(CM7, B(1) + 4, 4);
    wr(CM7, B(1) + 8, SRAM4);
    wr(CM7, B(1) + 0xC, SRAM4 + 64);
    wr(CM7, B(1), BIT(14) | BIT(7) | BIT(6) | BIT(1) | 1);
    pass(VT_MS);
    assert_int_equal(rd(CM7, SRAM4 + 64), 0x44332211);
    assert_int_equal(rd(CM7, BDMA), 0x70); /* GIF, TCIF, HTIF */
    assert_true(fx.core[CM4].irq[130]);
    wr(CM7, BDMA + 4, BIT(4));
    assert_int_equal(rd(CM7, BDMA), 0);
    assert_false(fx.core[CM4].irq[130]);
    assert_no_note();
    wr(CM7, B(2) + 4, 4);
    wr(CM7, B(2) + 8, SRAM4);
    wr(CM7, B(2) + 0xC, AXI);
    wr(CM7, B(2), BIT(14) | BIT(7) | BIT(6) | 1);
    pass(VT_MS);
    assert_note("dma.bus-error");
    assert_int_equal(rd(CM7, BDMA), 0x900); /* GIF, TEIF */
}

static void bdma_follows_its_request_round(void **state)
{
    (void)state;
    wr(CM7, SRAM4, 0x55);
    wr(CM7, MUX2(0), 13); /* I2C4, receiver */
    wr(CM7, B(0) + 4, 2);
    wr(CM7, B(0) + 8, SRAM4);
    wr(CM7, B(0) + 0xC, SRAM4 + 64);
    wr(CM7, B(0), BIT(7) | BIT(5) | BIT(2) | 1);
    pass(VT_MS);
    assert_int_equal(rd(CM7, B(0) + 4), 2);
    for (unsigned i = 0; i < 3; i++) {
        dma_request(&fx.m, DMAMUX2_REQUEST(13), true);
        pass(130 * VT_NS);
        dma_request(&fx.m, DMAMUX2_REQUEST(13), false);
        pass(VT_US);
    }
    assert_int_equal(rd(CM7, B(0) + 4), 1);
    assert_int_equal(rd(CM7, SRAM4 + 64), 0x5555);
    assert_true(fx.core[CM7].irq[129]);
    wr(CM7, B(0), 0);
    wr(CM7, MUX2(0), 15); /* SAI4 */
    wr(CM7, B(0) + 4, 2);
    clear_notes();
    wr(CM7, B(0), 1);
    assert_note("dma.request");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, mdma_setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_block_out_of_tcm),
        TEST(one_request_moves_one_buffer),
        TEST(blocks_repeat_with_a_step),
        TEST(lists_go_to_their_end),
        TEST(widths_are_packed_or_padded),
        TEST(a_stream_s_end_is_a_request),
        TEST(errors_end_a_channel),
        TEST(bdma_within_d3),
        TEST(bdma_follows_its_request_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
