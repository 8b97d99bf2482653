/* SPDX-License-Identifier: MIT */
/* CRC-16/XMODEM (polynomial 0x1021, start 0), used by YMODEM blocks and SMP frames. */
#ifndef DUO_PROTO_CRC16_H
#define DUO_PROTO_CRC16_H

#include <stddef.h>
#include <stdint.h>

/* Continues `crc` (0 to start) over n bytes. A message followed by its CRC, high byte first, gives
 * 0. */
uint16_t duo_crc16(uint16_t crc, const uint8_t *bytes, size_t n);

#endif
