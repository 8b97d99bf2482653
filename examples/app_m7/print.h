/* SPDX-License-Identifier: MIT */
/* A small printf over the serial line: %u, %x, %s. */
#ifndef EXAMPLE_PRINT_H
#define EXAMPLE_PRINT_H

__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

#endif
