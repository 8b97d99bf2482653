/* SPDX-License-Identifier: MIT */
#include "emu/chip/channel.h"

#define RETRY VT_US

void controller_kick(void *arg)
{
    const struct controller *d = arg;

    for (unsigned i = 0; i < d->channels; i++) {
        d->kick(d->channel[i]);
    }
}

void controller_init(struct controller *d, struct regfile *f)
{
    d->f = f;
    d->m = rf_machine(f);
    rcc_on_change(d->m->rcc, controller_kick, d);
}

void controller_add(struct controller *d, struct channel *ch, const char *event,
                    void (*served)(void *arg))
{
    ch->d = d;
    ch->index = d->channels;
    sched_event_init(&ch->ev, event, served, ch);
    d->channel[d->channels++] = ch;
}

void controller_request(const struct machine *m, const char *name, unsigned request, bool level)
{
    struct controller *d = rf_model_named(m, name);

    if (d && d->asks[request] != level) {
        d->asks[request] = level;
        controller_kick(d);
    }
}

uint32_t channel_place(const struct channel *ch, uint32_t reg)
{
    return ch->d->first + ch->index * ch->d->stride + reg;
}

uint32_t channel_held(const struct channel *ch, uint32_t reg)
{
    return rf_held(ch->d->f, channel_place(ch, reg));
}

void channel_set(const struct channel *ch, uint32_t reg, uint32_t value)
{
    rf_change(ch->d->f, channel_place(ch, reg), value, 0xFFFFFFFF);
}

bool channel_ready(const struct channel *ch)
{
    return !sched_pending(&ch->ev) && rcc_gate_on(ch->d->m->rcc, ch->d->gate) &&
           rcc_hz(ch->d->m->rcc, CLK_HCLK);
}

void channel_start(struct channel *ch, uint64_t cycles)
{
    sched_at(&ch->d->m->sched, &ch->ev,
             machine_now(ch->d->m) + cycles * VT_S / rcc_hz(ch->d->m->rcc, CLK_HCLK));
}

void channel_retry(struct channel *ch)
{
    sched_at(&ch->d->m->sched, &ch->ev, machine_now(ch->d->m) + RETRY);
}

void channel_cancel(struct channel *ch)
{
    sched_cancel(&ch->d->m->sched, &ch->ev);
}

void channel_refuse(const struct channel *ch, uint32_t reg, uint32_t old)
{
    machine_note(ch->d->m, N_DMA_RUNNING, rf_block_of(ch->d->f)->base + channel_place(ch, reg),
                 "%s channel %u: a register is written while the channel is on: ignored",
                 ch->d->name, ch->index);
    channel_set(ch, reg, old);
}
