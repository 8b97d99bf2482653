/* SPDX-License-Identifier: MIT */
/*
 * What BDMA and MDMA have in common: channels whose registers lie in the register file, requests of
 * other blocks, and the moment at which a transfer is done. Both structs are the first member of
 * the controller's own.
 */
#ifndef EMU_CHIP_CHANNEL_H
#define EMU_CHIP_CHANNEL_H

#include "emu/chip/regfile.h"

struct channel {
    struct controller *d;
    unsigned index;
    struct sched_event ev; /* what is under way is done */
};

struct controller {
    struct regfile *f;
    struct machine *m;
    const char *name;
    uint32_t first, stride; /* of the channels' registers */
    int gate;
    /* Begins a transfer, by channel_start(), if there is something to do. */
    void (*kick)(struct channel *ch);
    bool asks[64]; /* request lines */
    struct channel *channel[16];
    unsigned channels;
};

/* Takes the register file's block; the fields above `asks` but f and m are the caller's. */
void controller_init(struct controller *d, struct regfile *f);
void controller_add(struct controller *d, struct channel *ch, const char *event,
                    void (*served)(void *arg));
/* Kicks all channels; of that type for rcc_on_change(). */
void controller_kick(void *arg);
/* A request line of the controller of that name. */
void controller_request(const struct machine *m, const char *name, unsigned request, bool level);

uint32_t channel_place(const struct channel *ch, uint32_t reg);
uint32_t channel_held(const struct channel *ch, uint32_t reg);
void channel_set(const struct channel *ch, uint32_t reg, uint32_t value);
/* Is its clock there, and nothing under way? */
bool channel_ready(const struct channel *ch);
/* `cycles` of HCLK from now `served` is called. */
void channel_start(struct channel *ch, uint64_t cycles);
/* The same later: somebody is busy. */
void channel_retry(struct channel *ch);
void channel_cancel(struct channel *ch);
/* A register was written while the channel is on: it keeps what it held. */
void channel_refuse(const struct channel *ch, uint32_t reg, uint32_t old);

#endif
