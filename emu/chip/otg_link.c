/* SPDX-License-Identifier: MIT */
/*
 * The USB controllers at the cable: what a connection needs, frames, suspend, and resets of the bus
 * (USB 2.0, 7.1.7; RM0399, OTG_HS).
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/otg.h"

#define FRAME         VT_MS
#define SUSPEND_AFTER (3 * VT_MS) /* USB 2.0, 7.1.7.6 */
/* From the end of a bus reset until the controller says which speed: without the chirps of high
 * speed, soon. */
#define SPEED_AFTER (100 * VT_US)
#define CLOCK_HZ    48000000u
#define TOLERANCE   120000u /* 0.25 %, USB 2.0, 7.1.11 */

/* ---- what it needs to work ---- */

uint64_t otg_clock_hz(const struct otg *o)
{
    return rcc_kernel_hz(o->m->rcc, &kernel_usb);
}

bool otg_clock_good(const struct otg *o)
{
    uint64_t hz = otg_clock_hz(o);

    return hz >= CLOCK_HZ - TOLERANCE && hz <= CLOCK_HZ + TOLERANCE;
}

static bool supplied(const struct otg *o)
{
    uint32_t cr3 = 0;

    return bus_peek(&o->m->bus, MASTER_DEBUG, ADDR(PWR, CR3), &cr3, sizeof(cr3)) &&
           (cr3 & BIT(24)) && (cr3 & BIT(26)); /* PWR_CR3: USB33DEN, USB33RDY */
}

static bool pins_given(const struct otg *o)
{
    struct gpio *g = o->m->gpio;

    return !g || (gpio_alternate(g, o->place->pin[0]) == (int)o->place->af &&
                  gpio_alternate(g, o->place->pin[1]) == (int)o->place->af);
}

bool otg_alive(const struct otg *o)
{
    return rcc_gate_on(o->m->rcc, o->place->gate) && otg_clock_good(o) && supplied(o);
}

/* VBUS is at the plug; the controller takes its own word for it when told so. */
bool otg_session_valid(const struct otg *o)
{
    uint32_t ctl = o->word[OTG_GOTGCTL / 4];

    if (ctl & OTG_GOTGCTL_BVALOEN) {
        return ctl & OTG_GOTGCTL_BVALOVAL;
    }
    return o->plugged && (o->word[OTG_GCCFG / 4] & GCCFG_VBDEN);
}

bool otg_attached(const struct otg *o)
{
    return o->plugged && (o->word[OTG_GCCFG / 4] & OTG_GCCFG_PWRDWN) &&
           !(o->word[OTG_DCTL / 4] & OTG_DCTL_SDIS) &&
           !(o->word[OTG_GUSBCFG / 4] & GUSBCFG_FHMOD) && otg_session_valid(o) && otg_alive(o) &&
           pins_given(o);
}

/* ---- the bus ---- */

void otg_tell(struct otg *o)
{
    if (o->changed) {
        o->changed(o->changed_arg);
    }
}

/* Nothing on the bus. */
void otg_idle_from_now(struct otg *o)
{
    if (!o->framing && !o->resetting && otg_attached(o) && !sched_pending(&o->suspend) &&
        !(*otg_word(o, OTG_DSTS) & DSTS_SUSPSTS)) {
        sched_at(&o->m->sched, &o->suspend, machine_now(o->m) + SUSPEND_AFTER);
    }
}

static void suspended(void *arg)
{
    struct otg *o = arg;

    if (otg_attached(o)) {
        *otg_word(o, OTG_DSTS) |= DSTS_SUSPSTS;
        otg_raise(o, INT_ESUSP | INT_USBSUSP);
    }
}

static void next_frame(void *arg)
{
    struct otg *o = arg;

    o->frame = (o->frame + 1) & 0x3FFF;
    sched_at(&o->m->sched, &o->next_frame, machine_now(o->m) + FRAME);
    if (otg_attached(o)) {
        crs_sync(o->m, o->place->sof_source);
        otg_raise(o, INT_SOF);
    }
}

static void speed_known(void *arg)
{
    struct otg *o = arg;

    if (otg_attached(o)) {
        *otg_word(o, OTG_DSTS) |= 3u << 1; /* ENUMSPD: full speed */
        otg_raise(o, OTG_GINT_ENUMDNE);
    }
}

/* WKUINT: the host's signals end a suspend. */
static void wake(struct otg *o)
{
    uint32_t *dsts = otg_word(o, OTG_DSTS);

    sched_cancel(&o->m->sched, &o->suspend);
    if (*dsts & DSTS_SUSPSTS) {
        *dsts &= ~(uint32_t)DSTS_SUSPSTS;
        otg_raise(o, INT_WKUINT);
    }
}

void otg_bus_reset(struct otg *o, bool active)
{
    o->resetting = active;
    o->framing = !active;
    sched_cancel(&o->m->sched, &o->next_frame);
    sched_cancel(&o->m->sched, &o->speed_known);
    wake(o);
    if (!active) {
        sched_at(&o->m->sched, &o->next_frame, machine_now(o->m) + FRAME);
        sched_at(&o->m->sched, &o->speed_known, machine_now(o->m) + SPEED_AFTER);
    } else if (otg_attached(o)) {
        otg_ep_bus_reset(o);
        otg_raise(o, OTG_GINT_USBRST);
    }
}

void otg_idle(struct otg *o)
{
    o->resetting = o->framing = false;
    sched_cancel(&o->m->sched, &o->next_frame);
    sched_cancel(&o->m->sched, &o->speed_known);
    otg_idle_from_now(o);
}

void otg_plug(struct otg *o, bool plugged)
{
    o->plugged = plugged;
    if (!plugged) {
        /* Without the pull-up's other end the line is idle for a device that takes VBUS for
         * granted. */
        o->resetting = o->framing = false;
        sched_cancel(&o->m->sched, &o->next_frame);
        sched_cancel(&o->m->sched, &o->speed_known);
        if (!(*otg_word(o, OTG_DSTS) & DSTS_SUSPSTS) &&
            *otg_word(o, OTG_GCCFG) & OTG_GCCFG_PWRDWN) {
            *otg_word(o, OTG_DSTS) |= DSTS_SUSPSTS;
            otg_raise(o, INT_ESUSP | INT_USBSUSP);
        }
    }
    otg_idle_from_now(o);
}

void otg_listen(struct otg *o, void (*fn)(void *arg), void *arg)
{
    o->changed = fn;
    o->changed_arg = arg;
}

void otg_link_init(struct otg *o)
{
    sched_event_init(&o->next_frame, "OTG: start of frame", next_frame, o);
    sched_event_init(&o->suspend, "OTG: the bus is suspended", suspended, o);
    sched_event_init(&o->speed_known, "OTG: the speed is known", speed_known, o);
}
