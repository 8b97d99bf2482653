/* SPDX-License-Identifier: MIT */
/* The target "recovery": who calls recovery, and the board that it finds. */
#ifndef TESTS_FUZZ_RECOVERY_H
#define TESTS_FUZZ_RECOVERY_H

#include <setjmp.h>

#include "boot/cm7/work.h"
#include "tests/fuzz/fuzz.h"

_Noreturn void recovery_enter(struct duo_txn *txn, const struct work_cause *cause);

/* The board: its line says what the input tells, and its flash is that of `dev`. */
void board_start(const struct duo_device *dev, struct fuzz_input *in);

/* Where a reset goes, and the end of the input. */
extern jmp_buf board_reset;

#endif
