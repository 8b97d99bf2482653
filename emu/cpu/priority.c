/* SPDX-License-Identifier: MIT */
/* Priorities (ARMv7-M, B1.5.4): what is pending, what may preempt, what wakes. */
#include "emu/chip/chip.h"
#include "emu/cpu/internal.h"

static uint32_t group_mask(const struct core *c)
{
    return 0xffu << (c->prigroup + 1) & 0xff;
}

static int full_priority(const struct core *c, unsigned n)
{
    return n == EXC_NMI ? -2 : n == EXC_HARDFAULT ? -1 : c->prio[n];
}

int exc_group_priority(const struct core *c, unsigned n)
{
    int p = full_priority(c, n);

    return p < 0 ? p : (int)((uint32_t)p & group_mask(c));
}

static int active_priority(const struct core *c)
{
    int best = NO_PRIORITY;

    for (unsigned w = 0; w < EXC_WORDS; w++) {
        for (uint32_t bits = c->act[w]; bits; bits &= bits - 1) {
            int p = exc_group_priority(c, w * 32 + (unsigned)__builtin_ctz(bits));
            best = p < best ? p : best;
        }
    }
    return best;
}

static int boosted(const struct core *c, uint32_t primask)
{
    int p = active_priority(c);

    if (c->basepri) {
        int b = (int)(c->basepri & group_mask(c));
        p = b < p ? b : p;
    }
    if (primask && p > 0) {
        p = 0;
    }
    if (c->faultmask && p > -1) {
        p = -1;
    }
    return p;
}

int exc_exec_priority(const struct core *c)
{
    return boosted(c, c->primask);
}

unsigned exc_best(const struct core *c)
{
    unsigned best = 0;
    int best_priority = NO_PRIORITY;

    for (unsigned w = 0; w < EXC_WORDS; w++) {
        for (uint32_t bits = c->pend[w] & c->en[w]; bits; bits &= bits - 1) {
            unsigned n = w * 32 + (unsigned)__builtin_ctz(bits);
            int p = full_priority(c, n); /* group and sub-priority; then the lower number */
            if (p < best_priority) {
                best_priority = p;
                best = n;
            }
        }
    }
    return best;
}

unsigned exc_visible(const struct core *c)
{
    unsigned n = exc_best(c);
    int p = n ? exc_group_priority(c, n) : 0;

    if (c->faultmask && p > -2) {
        return 0;
    }
    return c->basepri && p >= (int)(c->basepri & group_mask(c)) ? 0 : n;
}

static bool preempts(const struct core *c, uint32_t primask)
{
    uint32_t any = 0;

    for (unsigned w = 0; w < EXC_WORDS; w++) {
        any |= c->pend[w] & c->en[w];
    }
    if (!any) {
        return false;
    }
    return exc_group_priority(c, exc_best(c)) < boosted(c, primask);
}

bool exc_takable(const struct core *c)
{
    return preempts(c, c->primask);
}

bool exc_wakes(const struct core *c)
{
    return preempts(c, 0);
}

/* SysTick and the like stand still in CStop; the interrupts need a way through the EXTI. */
static bool starts_the_clock(const struct core *c, unsigned n)
{
    return n == EXC_NMI || (n >= EXC_IRQ0 && exti_wakes(c->m->exti, c->id, n - EXC_IRQ0));
}

bool exc_wakes_from_stop(const struct core *c)
{
    int now = boosted(c, 0);

    for (unsigned w = 0; w < EXC_WORDS; w++) {
        for (uint32_t bits = c->pend[w] & c->en[w]; bits; bits &= bits - 1) {
            unsigned n = w * 32 + (unsigned)__builtin_ctz(bits);
            if (exc_group_priority(c, n) < now && starts_the_clock(c, n)) {
                return true;
            }
        }
    }
    return false;
}

void exc_pend(struct core *c, unsigned n)
{
    if (!bit_get(c->pend, n) && c->scr & SCR_SEVONPEND &&
        (c->power != POWER_DEEPSLEEP || starts_the_clock(c, n))) {
        c->event = true;
    }
    bit_set(c->pend, n);
    core_look(c);
}
