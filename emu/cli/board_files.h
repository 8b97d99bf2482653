/* SPDX-License-Identifier: MIT */
/* The files of a board: firmware, more content, names of functions. */
#ifndef EMU_CLI_BOARD_FILES_H
#define EMU_CLI_BOARD_FILES_H

#include "emu/cli/board.h"

/* FILE or FILE@ADDR: the length of FILE. */
size_t board_path_length(const char *value, unsigned long long *addr);
/* All that the arguments name; 0 or an exit code, with a message printed. */
int board_load_all(struct board *b, const struct board_args *a);

#endif
