/* SPDX-License-Identifier: MIT */
#include "hostlib/exit_code.h"

#include <stddef.h>

#define USAGE_ROW                                                                                  \
    {                                                                                              \
        EXIT_USAGE, "a mistake in the command line"                                                \
    }
#define END_ROW                                                                                    \
    {                                                                                              \
        EXIT_DONE, NULL                                                                            \
    }

const struct exit_code_row duoboot_exit_codes[] = {
    {EXIT_DONE, "done"},
    {EXIT_VERIFY, "verification failed: signature, hash or content"},
    USAGE_ROW,
    {EXIT_IO, "a file or device could not be opened, read or written"},
    {EXIT_TIMEOUT, "the device did not answer in time"},
    {EXIT_REJECTED, "rejected: wrong kind of file, does not fit, or the device refused"},
    {EXIT_INTERNAL, "internal error"},
    END_ROW,
};

const struct exit_code_row duoemu_exit_codes[] = {
    {EXIT_FOUND, "run: pattern seen, both applications running, or a program exited with status 0; "
                 "doctor: healthy; torture: no device stuck"},
    {EXIT_FINDINGS, "doctor: findings; torture: a device stuck or not on one whole set"},
    USAGE_ROW,
    {EXIT_TIME, "run: virtual time is over"},
    {EXIT_LOCKUP, "run: lockup, no core can go on without a reset"},
    {EXIT_FILE, "a file cannot be read or written, is of the wrong kind or does not fit"},
    {EXIT_IDLE, "run: both cores sleep and nothing is left that could wake them"},
    {EXIT_USER, "run: ended from outside (Ctrl-], SIGINT, SIGTERM)"},
    {EXIT_PROGRAM, "run: a program exited by semihosting with a status other than 0"},
    END_ROW,
};
