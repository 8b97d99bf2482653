/* SPDX-License-Identifier: MIT */
#include "examples/app_m7/usb/otg.h"

#include <string.h>

#include "examples/app_m7/usb/otg_regs.h"
#include "examples/common/start.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/tick.h"

/* FIFO RAM, in words (RM0399, FIFO RAM allocation in device mode). */
enum { RX_WORDS = 128, TX0_WORDS = 32, TX1_WORDS = 32 };
enum { MODE_MS = 50, GONE_MS = 5, PRIORITY = 8, TURNAROUND = 6 /* HCLK of 32 MHz and more */ };
#define WAIT_LIMIT 1000000u

static const struct otg_events *on;
/* What endpoint n has still to send; of endpoint 0 all packets, of 1 one. */
static struct {
    const uint8_t *bytes;
    size_t left, packet; /* packet: of the one at hand what is not in the FIFO yet */
} tx[2];
static uint32_t setup_words[2], rx_words[OTG_PACKET / 4];
static uint8_t bulk_out[OTG_PACKET], bulk_in[OTG_PACKET];
static size_t rx_length;
static volatile bool bulk_full, bulk_sending;
static volatile size_t bulk_length;

static bool wait_for(volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < WAIT_LIMIT; i++) {
        if ((*reg & mask) == value) {
            return true;
        }
    }
    return false;
}

static void wait_ms(uint32_t ms)
{
    const uint32_t start = tick_ms();

    while (tick_ms() - start <= ms) {
        cpu_wfi();
    }
}

/* ---- to the host ---- */

static void begin_packet(unsigned n)
{
    const size_t size = tx[n].left < OTG_PACKET ? tx[n].left : OTG_PACKET;

    tx[n].packet = size;
    DIEPTSIZ(n) = TSIZ_PACKETS(1) | (uint32_t)size;
    DIEPCTL(n) |= EP_CNAK | EP_EPENA;
    if (size > 0) {
        DIEPEMPMSK |= BIT(n); /* the FIFO is filled when its interrupt says that it is empty */
    }
}

static void fill_fifo(unsigned n)
{
    for (; tx[n].packet > 0;) {
        const size_t size = tx[n].packet < 4 ? tx[n].packet : 4;
        uint32_t word = 0;
        memcpy(&word, tx[n].bytes, size);
        FIFO(n) = word;
        tx[n].bytes += size;
        tx[n].left -= size;
        tx[n].packet -= size;
    }
    DIEPEMPMSK &= ~BIT(n);
}

static void send(unsigned n, const uint8_t *bytes, size_t length)
{
    tx[n].bytes = bytes;
    tx[n].left = length;
    begin_packet(n);
}

/* ---- endpoint 0 ---- */

static bool answering; /* a request with data for the host */

/* Ready for the next SETUP; `packet`: and for one packet of the status stage. */
static void arm_ep0(bool packet)
{
    DOEPTSIZ(0) = TSIZ_SETUPS(3) | TSIZ_PACKETS(1) | 3 * 8;
    if (packet) {
        DOEPCTL(0) |= EP_CNAK | EP_EPENA;
    }
}

static void forget_answer(void)
{
    if (DIEPCTL(0) & EP_EPENA) {
        DIEPCTL(0) |= EP_EPDIS | EP_SNAK;
        (void)wait_for(&DIEPCTL(0), EP_EPENA, 0);
    }
    GRSTCTL = GRSTCTL_TXFNUM(0) | GRSTCTL_TXFFLSH;
    (void)wait_for(&GRSTCTL, GRSTCTL_TXFFLSH, 0);
    DIEPEMPMSK &= ~BIT(0);
    DIEPINT(0) = EPINT_XFRC;
}

static void take_setup(void)
{
    const uint8_t *b = (const uint8_t *)setup_words, *answer = NULL;
    const struct otg_setup s = {b[0], b[1], (uint16_t)(b[2] | b[3] << 8),
                                (uint16_t)(b[4] | b[5] << 8), (uint16_t)(b[6] | b[7] << 8)};
    size_t length = 0;

    forget_answer();
    if (!on->setup(&s, &answer, &length)) {
        DIEPCTL(0) |= EP_STALL;
        DOEPCTL(0) |= EP_STALL;
        arm_ep0(false);
        return;
    }
    answering = (s.type & 0x80u) && s.length > 0;
    send(0, answer, length < s.length ? length : s.length);
}

/* A packet of endpoint 0 has gone: the next one, or the end. */
static void ep0_sent(void)
{
    if (tx[0].left > 0) {
        begin_packet(0);
        return;
    }
    if (answering) {
        arm_ep0(true); /* for the host's empty packet */
        return;
    }
    on->done();
    arm_ep0(false);
}

static void ep0_received(void)
{
    if (answering) {
        answering = false;
        on->done();
    }
    arm_ep0(false);
}

/* ---- interrupts ---- */

static void pop(uint32_t *words, size_t bytes, size_t room)
{
    for (size_t i = 0; i < (bytes + 3) / 4; i++) {
        const uint32_t word = FIFO(0);
        if (i < room) {
            words[i] = word;
        }
    }
}

static void take_packet(void)
{
    const uint32_t status = GRXSTSP;
    const size_t n = status >> 4 & 0x7FFu;

    switch (status >> 17 & 0xFu) {
    case PKTSTS_SETUP:
        pop(setup_words, n, 2);
        break;
    case PKTSTS_OUT:
        pop(rx_words, n, OTG_PACKET / 4);
        rx_length = n < OTG_PACKET ? n : OTG_PACKET;
        if ((status & 0xFu) == 1) {
            memcpy(bulk_out, rx_words, rx_length);
            bulk_length = rx_length;
        }
        break;
    default: /* the end of a transfer or of a SETUP: its endpoint has an interrupt of its own */
        break;
    }
}

static void serve_out(void)
{
    for (unsigned n = 0; n < 2; n++) {
        const uint32_t flags = DAINT & BIT(16 + n) ? DOEPINT(n) & DOEPMSK : 0;
        if (flags & EPINT_XFRC) {
            DOEPINT(n) = EPINT_XFRC;
            if (n == 0) {
                ep0_received();
            } else {
                bulk_full = true;
            }
        }
        if (flags & EPINT_STUP) {
            DOEPINT(n) = EPINT_STUP;
            take_setup();
        }
    }
}

static void serve_in(void)
{
    for (unsigned n = 0; n < 2; n++) {
        const uint32_t mask = DIEPMSK | (DIEPEMPMSK & BIT(n) ? EPINT_TXFE : 0);
        const uint32_t flags = DAINT & BIT(n) ? DIEPINT(n) & mask : 0;
        if (flags & EPINT_XFRC) {
            DIEPINT(n) = EPINT_XFRC;
            if (n == 0) {
                ep0_sent();
            } else {
                bulk_sending = false;
            }
        }
        if (flags & EPINT_TXFE) {
            fill_fifo(n);
        }
    }
}

static void bus_reset(void)
{
    DCTL &= ~DCTL_RWUSIG;
    GRSTCTL = GRSTCTL_ALL_TX | GRSTCTL_TXFFLSH;
    (void)wait_for(&GRSTCTL, GRSTCTL_TXFFLSH, 0);
    for (unsigned n = 0; n < OTG_ENDPOINTS; n++) {
        DIEPINT(n) = EPINT_ALL;
        DIEPCTL(n) &= ~EP_STALL;
        DOEPINT(n) = EPINT_ALL;
        DOEPCTL(n) = (DOEPCTL(n) & ~EP_STALL) | EP_SNAK;
    }
    DIEPEMPMSK = 0;
    DAINTMSK = BIT(16) | BIT(0);
    DOEPMSK = EPINT_STUP | EPINT_XFRC;
    DIEPMSK = EPINT_XFRC;
    DCFG &= ~DCFG_DAD_ALL;
    bulk_full = bulk_sending = answering = false;
    arm_ep0(false);
    on->reset();
}

static void enumerated(void)
{
    DIEPCTL(0) &= ~EP_MPSIZ_0;
    DCTL |= DCTL_CGINAK;
    GUSBCFG = (GUSBCFG & ~GUSBCFG_TRDT_ALL) | GUSBCFG_TRDT(TURNAROUND);
}

void otg_fs_handler(void)
{
    const uint32_t flags = GINTSTS & GINTMSK;

    if (flags & GINT_RXFLVL) {
        GINTMSK &= ~GINT_RXFLVL;
        take_packet();
        GINTMSK |= GINT_RXFLVL;
    }
    if (flags & GINT_OEPINT) {
        serve_out();
    }
    if (flags & GINT_IEPINT) {
        serve_in();
    }
    GINTSTS = flags & (GINT_WKUPINT | GINT_USBSUSP);
    if (flags & GINT_USBRST) {
        GINTSTS = GINT_USBRST;
        bus_reset();
    }
    if (flags & GINT_ENUMDNE) {
        GINTSTS = GINT_ENUMDNE;
        enumerated();
    }
}

/* ---- endpoint 1 ---- */

void otg_bulk_open(void)
{
    DAINTMSK |= BIT(17) | BIT(1);
    DOEPCTL(1) = OTG_PACKET | EP_BULK | EP_SD0PID | EP_USBAEP | EP_SNAK;
    DIEPCTL(1) = OTG_PACKET | EP_BULK | EP_SD0PID | EP_USBAEP | EP_SNAK | EP_TXFNUM(1);
    bulk_full = bulk_sending = false;
}

void otg_bulk_receive(void)
{
    bulk_full = false;
    DOEPTSIZ(1) = TSIZ_PACKETS(1) | OTG_PACKET;
    DOEPCTL(1) |= EP_CNAK | EP_EPENA;
}

bool otg_bulk_packet(const uint8_t **bytes, size_t *n)
{
    *bytes = bulk_out;
    *n = bulk_length;
    return bulk_full;
}

bool otg_bulk_idle(void)
{
    return !bulk_sending;
}

void otg_bulk_send(const void *bytes, size_t n)
{
    memcpy(bulk_in, bytes, n < sizeof(bulk_in) ? n : sizeof(bulk_in));
    bulk_sending = true;
    nvic_disable(IRQ_OTG_FS); /* registers that the interrupt changes, too */
    send(1, bulk_in, n);
    nvic_enable(IRQ_OTG_FS);
}

/* ---- on and off ---- */

static bool clocks(void)
{
    REG8_AT(PWR_BASE, PWR_CR3 + 3u) = 1u; /* USB33DEN; the low byte can be written once only */
    REG(RCC, CR) |= BIT(12);              /* HSI48ON */
    if (!wait_for(&REG(PWR, CR3), BIT(26), BIT(26)) || !wait_for(&REG(RCC, CR), BIT(13), BIT(13))) {
        return false;
    }
    REG(RCC, D2CCIP2R) |= 3u << 20;      /* USBSEL: HSI48 */
    REG_AT(RCC_BASE, 0x0D8u) |= BIT(27); /* AHB1ENR: USB2OTGEN */
    REG_AT(RCC_BASE, 0x100u) &=
        ~BIT(28); /* AHB1LPENR: no external PHY, which sleep would wait for */
    (void)REG_AT(RCC_BASE, 0x0D8u);
    return true;
}

/* PA11 and PA12: alternate function 10, very high speed. */
static void pins(void)
{
    REG(RCC, AHB4ENR) |= BIT(0);
    (void)REG(RCC, AHB4ENR);
    REG_AT(GPIOA_BASE, 0x08u) |= 0xFu << 22;
    REG_AT(GPIOA_BASE, GPIO_AFRH) = (REG_AT(GPIOA_BASE, GPIO_AFRH) & ~(0xFFu << 12)) | 0xAAu << 12;
    REG_AT(GPIOA_BASE, GPIO_MODER) = (REG_AT(GPIOA_BASE, GPIO_MODER) & ~(0xFu << 22)) | 0xAu << 22;
}

static bool core_init(void)
{
    GAHBCFG &= ~GAHBCFG_GINTMSK;
    GUSBCFG |= GUSBCFG_PHYSEL;
    if (!wait_for(&GRSTCTL, GRSTCTL_AHBIDL, GRSTCTL_AHBIDL)) {
        return false;
    }
    GRSTCTL |= GRSTCTL_CSRST;
    if (!wait_for(&GRSTCTL, GRSTCTL_CSRST, 0)) {
        return false;
    }
    GCCFG |= GCCFG_PWRDWN;
    GUSBCFG = (GUSBCFG & ~GUSBCFG_FHMOD) | GUSBCFG_FDMOD;
    wait_ms(MODE_MS);
    return true;
}

static void quiet_endpoints(void)
{
    DIEPMSK = DOEPMSK = DAINTMSK = 0;
    for (unsigned n = 0; n < OTG_ENDPOINTS; n++) {
        DIEPCTL(n) = DIEPCTL(n) & EP_EPENA ? EP_EPDIS | EP_SNAK : 0;
        DIEPTSIZ(n) = 0;
        DIEPINT(n) = EPINT_ALL;
        DOEPCTL(n) = DOEPCTL(n) & EP_EPENA ? EP_EPDIS | EP_SNAK : 0;
        DOEPTSIZ(n) = 0;
        DOEPINT(n) = EPINT_ALL;
    }
}

static void device_init(void)
{
    DCTL |= DCTL_SDIS;
    GCCFG &= ~GCCFG_VBDEN;
    GOTGCTL |= GOTGCTL_BVALID;
    PCGCCTL = 0;
    DCFG |= DCFG_DSPD_FS;
    GRSTCTL = GRSTCTL_ALL_TX | GRSTCTL_TXFFLSH;
    (void)wait_for(&GRSTCTL, GRSTCTL_TXFFLSH, 0);
    GRSTCTL = GRSTCTL_RXFFLSH;
    (void)wait_for(&GRSTCTL, GRSTCTL_RXFFLSH, 0);
    quiet_endpoints();
    GINTMSK = 0;
    GINTSTS = GINT_ALL;
    GINTMSK = GINT_RXFLVL | GINT_USBSUSP | GINT_USBRST | GINT_ENUMDNE | GINT_IEPINT | GINT_OEPINT |
              GINT_WKUPINT;
    GRXFSIZ = RX_WORDS;
    DIEPTXF0 = TX0_WORDS << 16 | RX_WORDS;
    DIEPTXF1 = TX1_WORDS << 16 | (RX_WORDS + TX0_WORDS);
}

bool otg_start(const struct otg_events *events)
{
    on = events;
    if (!clocks()) {
        return false;
    }
    pins();
    if (!core_init()) {
        return false;
    }
    device_init();
    nvic_priority(IRQ_OTG_FS, PRIORITY);
    nvic_enable(IRQ_OTG_FS);
    GAHBCFG |= GAHBCFG_GINTMSK;
    DCTL &= ~DCTL_SDIS;
    return true;
}

void otg_stop(void)
{
    nvic_disable(IRQ_OTG_FS);
    DCTL |= DCTL_SDIS;
    wait_ms(GONE_MS);
}

void otg_address(uint8_t address)
{
    DCFG = (DCFG & ~DCFG_DAD_ALL) | DCFG_DAD(address);
}
