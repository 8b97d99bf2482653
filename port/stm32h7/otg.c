/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/otg.h"

#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/otg.h"
#include "port/stm32h7/cpu.h"
#include "port/stm32h7/nvic.h"
#include "port/stm32h7/tick.h"

#define OTG(reg) REG_AT(OTG_BASE, OTG_##reg)

/* Some ms at 480 MHz; HSI48 and the supply take microseconds. */
#define WAIT_LIMIT 1000000u
/* After forced device mode (RM0399, OTG_GUSBCFG.FDMOD). */
#define MODE_MS 25u
/* So long the host must see the device gone (USB 2.0, 7.1.7.3: 2.5 us; some hubs need more). */
#define GONE_MS 5u
/* Words. Receive: 10 for SETUPs, 1 for the global NAK, packets of 64 bytes with their status. */
#define RX_WORDS 128u
#define TX_WORDS 32u
/* For HCLK of 32 MHz and more (RM0399, table of TRDT). */
#define TURNAROUND 6u

/* Of serving what has come before the caller goes on. */
#define ROUNDS 8u

enum packet { OUT_DATA = 2, SETUP_DATA = 6 }; /* GRXSTSP.PKTSTS */

static struct duo_usb *usb; /* NULL: not started */
static uint32_t setup[2];
static uint32_t packet[DUO_USB_PACKET / 4];
static uint16_t packet_len;

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
    uint32_t start = tick_ms();

    while (tick_ms() - start <= ms) {
        cpu_wfi();
    }
}

/* ---- packets of endpoint 0 ---- */

static void flush_fifos(void)
{
    OTG(GRSTCTL) = OTG_GRSTCTL_TXFFLSH | FIELD(OTG_GRSTCTL_TXFNUM, 16u);
    (void)wait_for(&OTG(GRSTCTL), OTG_GRSTCTL_TXFFLSH, 0);
    OTG(GRSTCTL) = OTG_GRSTCTL_RXFFLSH;
    (void)wait_for(&OTG(GRSTCTL), OTG_GRSTCTL_RXFFLSH, 0);
}

static void send(const uint8_t *bytes, size_t n)
{
    OTG(DIEPTSIZ0) = OTG_TSIZ_PKTCNT | (uint32_t)n;
    OTG(DIEPCTL0) |= OTG_EPCTL_EPENA | OTG_EPCTL_CNAK;
    for (size_t i = 0; i < n; i += 4) {
        uint32_t word = 0;
        for (size_t k = 0; k < 4 && i + k < n; k++) {
            word |= (uint32_t)bytes[i + k] << (8u * k);
        }
        OTG(FIFO0) = word;
    }
}

static void receive(void)
{
    OTG(DOEPTSIZ0) = OTG_TSIZ_STUP3 | OTG_TSIZ_PKTCNT | DUO_USB_PACKET;
    OTG(DOEPCTL0) |= OTG_EPCTL_EPENA | OTG_EPCTL_CNAK;
}

static void stall(void)
{
    OTG(DIEPCTL0) |= OTG_EPCTL_STALL;
    OTG(DOEPCTL0) |= OTG_EPCTL_STALL;
}

static void address(uint8_t address)
{
    OTG(DCFG) = (OTG(DCFG) & ~OTG_DCFG_DAD) | FIELD(OTG_DCFG_DAD, address);
}

static const struct duo_usb_driver driver = {send, receive, stall, address};

static void pop(uint32_t *words, uint32_t n)
{
    for (uint32_t i = 0; i < (n + 3u) / 4u; i++) {
        uint32_t word = OTG(FIFO0);
        if (i < DUO_USB_PACKET / 4u) {
            words[i] = word;
        }
    }
}

static void take_packet(void)
{
    uint32_t status = OTG(GRXSTSP), n = FIELD_GET(OTG_GRXSTSP_BCNT, status);

    switch (FIELD_GET(OTG_GRXSTSP_PKTSTS, status)) {
    case SETUP_DATA:
        pop(setup, n < sizeof(setup) ? n : sizeof(setup));
        break;
    case OUT_DATA:
        pop(packet, n);
        packet_len = (uint16_t)(n < sizeof(packet) ? n : sizeof(packet));
        break;
    default: /* the end of either: its interrupt flag says so, too */
        break;
    }
}

/* An answer to the transfer before may still wait in the FIFO: the host has given that up. */
static void forget_answer(void)
{
    if (OTG(DIEPCTL0) & OTG_EPCTL_EPENA) {
        OTG(DIEPCTL0) |= OTG_EPCTL_EPDIS | OTG_EPCTL_SNAK;
        (void)wait_for(&OTG(DIEPCTL0), OTG_EPCTL_EPENA, 0);
    }
    OTG(GRSTCTL) = OTG_GRSTCTL_TXFFLSH;
    (void)wait_for(&OTG(GRSTCTL), OTG_GRSTCTL_TXFFLSH, 0);
    OTG(DIEPINT0) = OTG_EPINT_XFRC;
}

static void serve_endpoint(void)
{
    uint32_t in = OTG(DIEPINT0), out = OTG(DOEPINT0);

    /* Before the next SETUP there was the end of the transfer before. */
    if (in & OTG_EPINT_XFRC) {
        OTG(DIEPINT0) = OTG_EPINT_XFRC;
        duo_usb_sent(usb);
    }
    if (out & OTG_EPINT_XFRC) {
        OTG(DOEPINT0) = OTG_EPINT_XFRC;
        duo_usb_received(usb, (const uint8_t *)packet, packet_len);
    }
    if (out & OTG_EPINT_STUP) {
        OTG(DOEPINT0) = OTG_EPINT_STUP;
        forget_answer();
        OTG(DOEPTSIZ0) = OTG_TSIZ_STUP3;
        duo_usb_setup(usb, (const uint8_t *)setup);
    }
}

static void bus_reset(void)
{
    OTG(GINTSTS) = OTG_GINT_USBRST;
    OTG(DOEPCTL0) |= OTG_EPCTL_SNAK;
    address(0);
    forget_answer();
    OTG(DOEPTSIZ0) = OTG_TSIZ_STUP3;
    duo_usb_reset(usb);
    /* What lies in the receive FIFO stays: after a reset long ago it may be the next SETUP. */
}

static void serve(void)
{
    if (OTG(GINTSTS) & OTG_GINT_USBRST) {
        bus_reset();
    }
    OTG(GINTSTS) = OTG_GINT_ENUMDNE; /* full speed is all there is */
    while (OTG(GINTSTS) & OTG_GINT_RXFLVL) {
        take_packet();
    }
    if (OTG(GINTSTS) & (OTG_GINT_IEPINT | OTG_GINT_OEPINT)) {
        serve_endpoint();
    }
    duo_usb_again(usb);
}

void otg_poll(void)
{
    if (!usb) {
        return;
    }
    /* The interrupt is a level: forgotten while it stands it is pending again at once, and what
     * comes next would be no event for WFE. */
    for (unsigned i = 0; i < ROUNDS; i++) {
        serve();
        nvic_forget(IRQ_OTG_FS);
        if ((OTG(GINTSTS) & OTG(GINTMSK)) == 0) {
            break;
        }
    }
}

/* ---- on and off ---- */

static bool clock_on(void)
{
    /* The low byte of CR3 can be written once: it is not touched. */
    REG8_AT(PWR_BASE, PWR_CR3 + 3u) = USB_PWR_CR3_USB33DEN >> 24;
    REG(RCC, CR) |= USB_RCC_CR_HSI48ON;
    if (!wait_for(&REG(PWR, CR3), USB_PWR_CR3_USB33RDY, USB_PWR_CR3_USB33RDY) ||
        !wait_for(&REG(RCC, CR), USB_RCC_CR_HSI48RDY, USB_RCC_CR_HSI48RDY)) {
        return false;
    }
    REG(RCC, D2CCIP2R) |= USB_RCC_USBSEL_HSI48;
    REG_AT(RCC_BASE, USB_RCC_APB1HENR) |= USB_RCC_APB1HENR_CRS;
    REG_AT(RCC_BASE, USB_RCC_AHB1ENR) |= USB_RCC_AHB1ENR_OTG;
    /* Else the sleeping core waits for the clock of a PHY that is not there. */
    REG_AT(RCC_BASE, USB_RCC_AHB1LPENR) &= ~USB_RCC_AHB1LPENR_PHY;
    (void)REG_AT(RCC_BASE, USB_RCC_AHB1ENR); /* the clocks need this long (RM0399 ch. 9) */
    REG_AT(USB_CRS_BASE, USB_CRS_CFGR) = USB_CRS_CFGR_FRAMES;
    REG_AT(USB_CRS_BASE, USB_CRS_CR) |= USB_CRS_CR_ON;
    return true;
}

static void set_pins(uint32_t mode, uint32_t af)
{
    const uint32_t pins = 1u << (2u * USB_PIN_DM) | 1u << (2u * USB_PIN_DP);
    const uint32_t functions = 1u << (4u * (USB_PIN_DM - 8u)) | 1u << (4u * (USB_PIN_DP - 8u));

    REG(RCC, AHB4ENR) |= USB_RCC_AHB4ENR_GPIOA;
    (void)REG(RCC, AHB4ENR);
    REG_AT(USB_PORT, USB_GPIO_OSPEEDR) |= 3u * pins;
    REG_AT(USB_PORT, GPIO_AFRH) =
        (REG_AT(USB_PORT, GPIO_AFRH) & ~(0xFu * functions)) | af * functions;
    REG_AT(USB_PORT, GPIO_MODER) = (REG_AT(USB_PORT, GPIO_MODER) & ~(3u * pins)) | mode * pins;
}

static bool core_reset(void)
{
    OTG(GUSBCFG) |= OTG_GUSBCFG_PHYSEL;
    if (!wait_for(&OTG(GRSTCTL), OTG_GRSTCTL_AHBIDL, OTG_GRSTCTL_AHBIDL)) {
        return false;
    }
    OTG(GRSTCTL) |= OTG_GRSTCTL_CSRST;
    return wait_for(&OTG(GRSTCTL), OTG_GRSTCTL_CSRST, 0);
}

static void device_mode(void)
{
    OTG(DCTL) |= OTG_DCTL_SDIS;
    OTG(GUSBCFG) = OTG_GUSBCFG_PHYSEL | OTG_GUSBCFG_FDMOD | FIELD(OTG_GUSBCFG_TRDT, TURNAROUND);
    OTG(GCCFG) = OTG_GCCFG_PWRDWN;
    wait_ms(MODE_MS);
    OTG(GOTGCTL) |= OTG_GOTGCTL_BVALOEN | OTG_GOTGCTL_BVALOVAL;
    OTG(PCGCCTL) = 0;
    OTG(DCFG) |= OTG_DCFG_DSPD | OTG_DCFG_NZLSOHSK;
    OTG(GRXFSIZ) = RX_WORDS;
    OTG(DIEPTXF0) = TX_WORDS << 16 | RX_WORDS;
    flush_fifos();
    OTG(DIEPMSK) = OTG_EPINT_XFRC;
    OTG(DOEPMSK) = OTG_EPINT_XFRC | OTG_EPINT_STUP;
    OTG(DAINTMSK) = 1u << 16 | 1u;
    OTG(GINTMSK) =
        OTG_GINT_USBRST | OTG_GINT_ENUMDNE | OTG_GINT_RXFLVL | OTG_GINT_IEPINT | OTG_GINT_OEPINT;
    OTG(GAHBCFG) = OTG_GAHBCFG_GINT;
}

bool otg_start(struct duo_usb *u, const struct duo_usb_function *function, void *ctx)
{
    if (!clock_on() || !core_reset()) {
        return false;
    }
    set_pins(2u, USB_PIN_AF);
    duo_usb_start(u, &driver, function, ctx);
    device_mode();
    REG(SCS, SCR) |= SCS_SCR_SEVONPEND;
    usb = u;
    OTG(DCTL) &= ~OTG_DCTL_SDIS;
    return true;
}

void otg_serial(char text[OTG_SERIAL_SIZE])
{
    for (unsigned i = 0; i < OTG_SERIAL_SIZE - 1; i++) {
        uint32_t word = REG_AT(MEM_UNIQUE_ID_BASE, 4u * (i / 8u));
        text[i] = "0123456789ABCDEF"[word >> (28u - 4u * (i % 8u)) & 0xFu];
    }
    text[OTG_SERIAL_SIZE - 1] = '\0';
}

void otg_stop(void)
{
    if (usb) {
        usb = NULL;
        OTG(DCTL) |= OTG_DCTL_SDIS;
        wait_ms(GONE_MS);
    }
}
