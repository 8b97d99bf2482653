/* SPDX-License-Identifier: MIT */
#include "boot/cm7/line.h"

const struct duo_line *const line = &line_uart;
