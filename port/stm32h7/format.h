/* SPDX-License-Identifier: MIT */
/*
 * Text for the serial line without libc's printf: %u, %x (unsigned int), %s, %c, %%. Anything else
 * is printed as it stands.
 */
#ifndef DUO_FORMAT_H
#define DUO_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Calls `put` with pieces of the text in order. */
void format_text(void (*put)(const void *bytes, size_t n), const char *format, va_list args);

#endif
