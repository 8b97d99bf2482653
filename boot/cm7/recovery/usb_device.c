/* SPDX-License-Identifier: MIT */
/* What a host sees of recovery: descriptors and strings (USB 2.0, 9.6; DFU 1.1, 4.2; DfuSe: AN3156
 * and UM0424). */
#include "boot/cm7/recovery/usb.h"

#include "port/stm32h7/otg.h"

#define LOW(x)  ((x)&0xFFu)
#define HIGH(x) ((x) >> 8 & 0xFFu)

enum { STRING_MAKER = 1, STRING_PRODUCT, STRING_SERIAL, STRING_FIRST_ALTERNATE };
enum { CLASS_APPLICATION = 0xFE, SUBCLASS_DFU = 1, PROTOCOL_DFU_MODE = 2 };
enum { CAN_DOWNLOAD = 1, CAN_UPLOAD = 2, MANIFESTATION_TOLERANT = 4 };
enum { INTERFACE_SIZE = 9, DFU_SIZE = 9, CONFIGURATION_SIZE = 9 };
enum { TOTAL = CONFIGURATION_SIZE + USB_ALTERNATES * INTERFACE_SIZE + DFU_SIZE };

#define DETACH_MS 255u /* wDetachTimeOut */

static const uint8_t device[] = {18,
                                 1,
                                 0x00,
                                 0x02, /* USB 2.0 */
                                 0,
                                 0,
                                 0,
                                 DUO_USB_PACKET,
                                 LOW(DUO_USB_ID >> 16),
                                 HIGH(DUO_USB_ID >> 16),
                                 LOW(DUO_USB_ID),
                                 HIGH(DUO_USB_ID),
                                 0x00,
                                 0x01, /* release of the device */
                                 STRING_MAKER,
                                 STRING_PRODUCT,
                                 STRING_SERIAL,
                                 1};

/* The version tells hosts which of the two it is. A DfuSe device ends with the download. */
#if DUO_DFUSE
#define DFU_VERSION    0x011Au
#define DFU_ATTRIBUTES (CAN_DOWNLOAD | CAN_UPLOAD)
#define INTERFACES     INTERFACE(USB_FLASH)
#else
#define DFU_VERSION    0x0110u
#define DFU_ATTRIBUTES (CAN_DOWNLOAD | (DUO_UPLOAD ? CAN_UPLOAD : 0) | MANIFESTATION_TOLERANT)
#define INTERFACES     INTERFACE(USB_SET), INTERFACE(USB_M7), INTERFACE(USB_M4)
#endif

#define INTERFACE(n)                                                                               \
    INTERFACE_SIZE, 4, 0, (n), 0, CLASS_APPLICATION, SUBCLASS_DFU, PROTOCOL_DFU_MODE,              \
        STRING_FIRST_ALTERNATE + (n)

static const uint8_t configuration[] = {CONFIGURATION_SIZE,
                                        2,
                                        LOW(TOTAL),
                                        HIGH(TOTAL),
                                        1,
                                        1,
                                        0,
                                        0xC0,
                                        50, /* self-powered, 100 mA */
                                        INTERFACES,
                                        DFU_SIZE,
                                        0x21,
                                        DFU_ATTRIBUTES,
                                        LOW(DETACH_MS),
                                        HIGH(DETACH_MS),
                                        LOW(DUO_DFU_BLOCK),
                                        HIGH(DUO_DFU_BLOCK),
                                        LOW(DFU_VERSION),
                                        HIGH(DFU_VERSION)};

static char reason[127], serial[OTG_SERIAL_SIZE];
static void (*told)(void);

void usb_set_reason(const char *what, const char *advice)
{
    size_t n = 0;
    const char *parts[] = {what, advice ? "; " : "", advice ? advice : ""};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const char *p = parts[i]; *p != '\0' && n < sizeof(reason) - 1; p++) {
            reason[n++] = *p;
        }
    }
    reason[n] = '\0';
}

const char *usb_reason(void)
{
    return reason[0] != '\0' ? reason : NULL;
}

static const char *string(void *ctx, uint8_t index)
{
    (void)ctx;
    switch (index) {
    case STRING_MAKER:
        return DUO_USB_MAKER;
    case STRING_PRODUCT:
        return DUO_USB_PRODUCT;
    case STRING_SERIAL:
        otg_serial(serial);
        return serial;
#if DUO_DFUSE
    /* As the chip's ROM names it: 16 sectors of 128 KiB, to be read, erased and written. */
    case STRING_FIRST_ALTERNATE + USB_FLASH:
        return "@Internal Flash   /0x08000000/16*128Kg";
#else
    case STRING_FIRST_ALTERNATE + USB_SET:
        return "set (.duo)";
    case STRING_FIRST_ALTERNATE + USB_M7:
        return "M7 image";
    case STRING_FIRST_ALTERNATE + USB_M4:
        return "M4 image";
#endif
    case DUO_DFU_STRING_REASON:
        return usb_reason();
    default:
        return NULL;
    }
}

static enum duo_usb_answer request(void *ctx, const struct duo_usb_setup *setup, uint8_t **data,
                                   uint16_t *length)
{
    told();
    return duo_dfu_request(ctx, setup, data, length);
}

static const struct duo_usb_function function = {
    device,  configuration,    USB_ALTERNATES,    string,
    request, duo_dfu_complete, duo_dfu_alternate, duo_dfu_reset};

const struct duo_usb_function *usb_function(void (*activity)(void))
{
    told = activity;
    return &function;
}
