/* SPDX-License-Identifier: MIT */
#include "tests/proto/dfu_host.h"

struct duo_dfu dfu;
uint8_t buffer[DUO_DFU_BLOCK];
uint8_t *answer;
uint16_t answer_length;

enum duo_usb_answer request(uint8_t type, uint8_t what, uint16_t value, uint16_t length)
{
    const struct duo_usb_setup setup = {type, what, value, 0, length};
    const enum duo_usb_answer said = duo_dfu_request(&dfu, &setup, &answer, &answer_length);

    if (said == DUO_USB_ACCEPT) {
        duo_dfu_complete(&dfu, &setup);
    }
    return said;
}
