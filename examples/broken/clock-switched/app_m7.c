/* SPDX-License-Identifier: MIT */
/* Sends a character now and then, by USART3: what the M4 does is what is wrong. */
#include "sender.h"
