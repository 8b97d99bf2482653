/* SPDX-License-Identifier: MIT */
#include "emu/cli/until.h"

#include <stdio.h>
#include <string.h>

bool until_compile(struct until *u, const char *pattern, char *err, size_t errlen)
{
    int rc = regcomp(&u->regex, pattern, REG_EXTENDED | REG_NOSUB);

    if (rc == 0) {
        u->set = true;
        return true;
    }
    char why[128];
    regerror(rc, &u->regex, why, sizeof(why));
    snprintf(err, errlen, "--until '%s' is not a regular expression: %s", pattern, why);
    return false;
}

bool until_byte(struct until *u, unsigned n, uint8_t byte)
{
    if (!u->set || u->found) {
        return u->found;
    }
    char *line = u->line[n];
    size_t *len = &u->len[n];
    if (byte == '\n' || *len == UNTIL_LINE - 1) {
        *len = 0;
    }
    if (byte == '\0' || byte == '\r' || byte == '\n') {
        return false; /* the line was looked at byte by byte already */
    }
    line[(*len)++] = (char)byte;
    line[*len] = '\0';
    u->found = regexec(&u->regex, line, 0, NULL, 0) == 0;
    return u->found;
}

void until_free(struct until *u)
{
    if (u->set) {
        regfree(&u->regex);
    }
    u->set = false;
}
