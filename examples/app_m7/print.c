/* SPDX-License-Identifier: MIT */
#include "examples/app_m7/print.h"

#include "port/stm32h7/format.h"
#include "port/stm32h7/usart.h"

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_text(usart_write, format, args);
    va_end(args);
}
