/* SPDX-License-Identifier: MIT */
/*
 * Runs random blocks and prints a sum over everything they left behind and their handlers saw, a
 * line for every GROUP blocks. To find where two runs part, build it with FUZZ_SHOW, a group's
 * number: that group then prints everything it sums up, block by block.
 */
#include "fuzz.h"
#include "test.h"

#ifndef FUZZ_GROUPS
#define FUZZ_GROUPS 200
#endif
#define GROUP 20
#define STEPS 24

uint16_t fuzz_code[FUZZ_CODE] __attribute__((aligned(8)));
uint8_t fuzz_scratch[FUZZ_SCRATCH] __attribute__((aligned(32)));
__attribute__((used)) static struct fuzz_state state;
__attribute__((used)) static uint32_t run_sp;
static uint64_t psp_stack[128];
static uint32_t seed, sum, depth;

uint32_t fuzz_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

#ifdef FUZZ_SHOW
static uint32_t seen[512], nseen;
#endif

static void add(uint32_t v)
{
#ifdef FUZZ_SHOW
    if (nseen < sizeof(seen) / sizeof(seen[0])) {
        seen[nseen++] = v;
    }
#endif
    sum = (sum ^ v) * 0x01000193;
    sum ^= sum >> 15;
}

/* ---- handlers: a float, so that lazily stacked registers get stacked ---- */

static volatile float accumulator;

static void on_interrupt(uint32_t *frame, uint32_t lr, uint32_t n)
{
    add(n);
    add(lr);
    accumulator = accumulator * 0.5f + (float)n;
    if (n == 16 + LINE_A &&
        depth++ < 2) { /* preempted by those above, tail-chained to those below */
        irq_pend(LINE_B);
    }
    uint32_t at = frame[6] - (uint32_t)(uintptr_t)fuzz_code;
    if (at >= sizeof(fuzz_code)) {
        return; /* the frame of another handler, or of what comes after the block */
    }
    for (unsigned i = 0; i < 5; i++) {
        add(frame[i]);
    }
    add(at);
    add(frame[7]);
    frame[0] ^= n;
}

static void on_fault(uint32_t *frame, uint32_t lr, uint32_t n)
{
    uint32_t pc = frame[6], cfsr = SCB(0xd28);

    add(n);
    add(lr);
    add(cfsr);
    add(SCB(0xd2c));
    if (cfsr & 1u << 15) {
        add(SCB(0xd38) - BAD_ADDR);
    }
    if (cfsr & 1u << 7) {
        add(SCB(0xd34) - (uint32_t)(uintptr_t)fuzz_scratch);
    }
    SCB(0xd28) = cfsr;
    SCB(0xd2c) = 0xffffffff;
    add(pc - (uint32_t)(uintptr_t)fuzz_code);
    add(frame[7]);
    for (unsigned i = 0; i < 4; i++) {
        add(frame[i]);
    }
    accumulator += 1.0f;
    if (!cfsr) {
        return; /* an SVC that was masked: the frame is behind it already */
    }
    uint16_t op = *(uint16_t *)(uintptr_t)pc; /* on to the next instruction, out of its condition */
    frame[6] = pc + (op >= 0xe800 ? 4 : 2);
    frame[7] &= ~0x0600fc00u;
}

/* ---- running a block ---- */

/* Everything from `state`, the block, everything back. */
__attribute__((naked)) static void run_block(void)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "vpush {s16-s31}\n"
                     "ldr r0, =run_sp\n"
                     "str sp, [r0]\n"
                     "ldr r0, =state\n"
                     "add r1, r0, #56\n"
                     "vldm r1!, {s0-s31}\n"
                     "ldr r2, [r1]\n"
                     "vmsr fpscr, r2\n"
                     "ldr r1, [r0, #52]\n"
                     "msr apsr_nzcvqg, r1\n"
                     "ldm r0, {r0-r12}\n"
                     "push {r0, r1}\n"
                     "ldr r0, =fuzz_code + 1\n"
                     "str r0, [sp, #4]\n"
                     "pop {r0, pc}\n");
}

__attribute__((naked, used)) static void block_done(void)
{
    __asm__ volatile("push {r0, r1}\n"
                     "ldr r0, =state\n"
                     "add r0, #4\n"
                     "stm r0!, {r1-r12}\n"
                     "mrs r1, apsr\n"
                     "stm r0!, {r1}\n"
                     "vstm r0!, {s0-s31}\n"
                     "vmrs r1, fpscr\n"
                     "str r1, [r0]\n"
                     "pop {r0, r1}\n"
                     "ldr r1, =state\n"
                     "str r0, [r1]\n"
                     "movs r0, #0\n"
                     "msr basepri, r0\n"
                     "msr control, r0\n"
                     "isb\n"
                     "ldr r0, =run_sp\n"
                     "ldr sp, [r0]\n"
                     "movs r0, #0\n"
                     "vmsr fpscr, r0\n"
                     "vpop {s16-s31}\n"
                     "pop {r4-r11, pc}\n");
}

/* Values that floating point finds interesting, now and then. */
static uint32_t operand(void)
{
    static const uint32_t special[] = {0,          0x80000000, 0x3f800000, 0x7f800000, 0xff800000,
                                       0x7fc00001, 0x7f800001, 0x00000001, 0x80000001, 0x00800000,
                                       0x7f7fffff, 0x4f000000, 0xcf000000, 0x40490fdb, 0x7ff00000};

    if (fuzz_below(3)) {
        return fuzz_random();
    }
    return special[fuzz_below(sizeof(special) / sizeof(special[0]))];
}

static void prepare(void)
{
    for (unsigned i = 0; i < 13; i++) {
        state.r[i] = operand();
    }
    state.r[11] = 0xe000e000;
    state.apsr = fuzz_random() & 0xf80f0000;
    for (unsigned i = 0; i < 32; i++) {
        state.s[i] = operand();
    }
    state.fpscr = fuzz_random() & 0xf7c0009f;
    for (unsigned i = 0; i < FUZZ_SCRATCH / 4; i++) {
        ((volatile uint32_t *)(void *)fuzz_scratch)[i] = operand();
    }
    for (unsigned i = 0; i < 4; i++) {
        irq_priority(LINE_A + i, (uint8_t)(fuzz_below(15) << 4 | 0x10));
    }
    exc_priority(11, (uint8_t)(fuzz_below(4) << 6));
    exc_priority(14, 0xf0);
    SCB(0xd0c) = 0x05fa0000 | fuzz_below(8) << 8;
    MSR(psp, (uint32_t)(uintptr_t)(psp_stack + 128));
    depth = 0;
    fuzz_make(STEPS, (uint32_t)(uintptr_t)block_done | 1);
}

static void collect(void)
{
    for (unsigned i = 0; i < 13; i++) {
        if (i != 8 && i != 9) { /* addresses differ between boards */
            add(state.r[i]);
        }
    }
    add(state.apsr);
    for (unsigned i = 0; i < 32; i++) {
        add(state.s[i]);
    }
    add(state.fpscr);
    for (unsigned i = 0; i < FUZZ_SCRATCH / 4; i++) {
        add(((volatile uint32_t *)(void *)fuzz_scratch)[i]);
    }
    add(SCB(0xd04) & 0x1ff);
    add(SCB(0xd24));
}

static void one_block(void)
{
    prepare();
#ifdef FUZZ_SHOW
    for (unsigned i = 0; i < 14; i++) {
        seen[nseen++] = i == 8 || i == 9 ? 0 : state.r[i];
    }
    for (unsigned i = 0; i < 33; i++) {
        seen[nseen++] = i < 32 ? state.s[i] : state.fpscr;
    }
#endif
    SCB(0xf50) = 0; /* ICIALLU: new code in RAM */
    barrier();
    run_block();
    MSR(faultmask, 0);
    SCB(0xd14) = 0x200;
    SCB(0xd94) = 0;
    SCB(0xd98) = 0;
    SCB(0xda0) = 0;
    SCB(0xd98) = 1;
    SCB(0xda0) = 0;
    barrier(); /* whatever a mask held back comes now */
    collect();
}

int main(void)
{
    char name[] = "fuzz.000";

    SCB(0xd88) |= 0xfu << 20;
    SCB(0xd24) |= 7u << 16; /* MemManage, BusFault, UsageFault */
    barrier();
    for (unsigned n = 3; n <= 6; n++) {
        handlers[n] = on_fault;
    }
    handlers[2] = handlers[11] = handlers[14] = on_interrupt;
    for (unsigned i = 0; i < 4; i++) {
        handlers[16 + LINE_A + i] = on_interrupt;
        irq_enable(LINE_A + i);
    }
    for (unsigned group = 0; group < FUZZ_GROUPS; group++) {
        seed = 0x9e3779b9u * (group + 1);
        sum = 0;
        name[5] = (char)('0' + group / 100);
        name[6] = (char)('0' + group / 10 % 10);
        name[7] = (char)('0' + group % 10);
        for (unsigned i = 0; i < GROUP; i++) {
            one_block();
#ifdef FUZZ_SHOW
            for (unsigned k = 0; group == FUZZ_SHOW && k < fuzz_length(); k++) {
                say("fuzz.code", fuzz_code[k]);
            }
            for (unsigned k = 0; group == FUZZ_SHOW && k < nseen; k++) {
                say("fuzz.seen", seen[k]);
            }
            nseen = 0;
            if (group == FUZZ_SHOW) {
                say("fuzz.block", sum);
            }
#endif
        }
        say(name, sum);
    }
    say_text("END", "1");
    board_end();
    return 0;
}
