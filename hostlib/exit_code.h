/* SPDX-License-Identifier: MIT */
/* The exit codes of duoboot and duoemu: one list, from which --help is printed. Scripts depend on
 * them, so a number never changes its meaning within one program; 0, 1 and 2 mean the same in both.
 */
#ifndef DUO_HOSTLIB_EXIT_CODE_H
#define DUO_HOSTLIB_EXIT_CODE_H

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FOUND =
        EXIT_DONE,     /* run: the pattern of --until; doctor: healthy; torture: no device stuck */
    EXIT_VERIFY = 1,   /* duoboot: a signature, hash or content check failed */
    EXIT_FINDINGS = 1, /* duoemu: findings, a device stuck or a broken invariant */
    EXIT_USAGE = 2,

    EXIT_IO = 3,       /* duoboot: a file or device could not be opened, read or written */
    EXIT_TIMEOUT = 4,  /* the device did not answer in time */
    EXIT_REJECTED = 5, /* the input, or the device, says no: wrong kind of file, does not fit... */
    EXIT_INTERNAL = 6, /* out of memory, library failure */

    EXIT_TIME = 3,   /* duoemu: virtual time is over */
    EXIT_LOCKUP = 4, /* no core can run again without a reset */
    EXIT_FILE = 5,   /* a file cannot be read or written, is of the wrong kind or does not fit */
    EXIT_IDLE = 6,   /* both cores sleep and nothing is left that could wake them */
    EXIT_USER = 7,   /* ended from outside: Ctrl-], SIGINT, SIGTERM */
    EXIT_PROGRAM = 8 /* the program ended itself by semihosting, with a status that is not 0 */
};

/* A code in the words of --help. A list ends with a row without text. */
struct exit_code_row {
    enum exit_code code;
    const char *text;
};

extern const struct exit_code_row duoboot_exit_codes[], duoemu_exit_codes[];

#endif
