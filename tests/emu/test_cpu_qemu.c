/* SPDX-License-Identifier: MIT */
/*
 * The same test programs on duoemu and on QEMU's MPS2 boards with the same cores must give the same
 * result lines. Where QEMU 7.2 leaves the architecture, the right value is written down here.
 *
 * usage: test_cpu_qemu cm7|cm4 cpu|fuzz
 */
#include "cpu_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct deviation {
    const char *line, *ours, *why;
    int core; /* CM7, CM4, or -1: both */
} deviations[] = {
    {"store.bus-error", "00000005 00000400 00000000",
     "QEMU makes every store precise; on silicon it leaves through a write buffer", -1},
    {"store.disdefwbuf", "00000005 00000400 00000000",
     "the M7 has no such switch (the M4's makes stores precise, and there the lines agree)", CM7},
    {"basepri.low-bits", "00000050",
     "QEMU keeps the bits of priorities that these cores do not have (four of eight)", -1},
    {"sleeponexit", "00000003", "QEMU does not model SCR.SLEEPONEXIT", -1},
    {"tick.cvr-cleared", "00000000", "QEMU may have reloaded the counter already", -1},
    {"emu.ignored-load", "00000000 00000000 00000000", "QEMU does not model CCR.BFHFNMIGN", -1},
    {"emu.ignored-cfsr", "00008200", "the status bits are set all the same", -1},
    {"emu.vector-bus-error", "00000003 00000000 00000002",
     "QEMU leaves the exception active whose vector it could not read", -1},
};

static const struct deviation *find_deviation(const char *line, int core)
{
    size_t name = strcspn(line, " ");

    for (unsigned i = 0; i < sizeof(deviations) / sizeof(deviations[0]); i++) {
        if (strlen(deviations[i].line) == name && !strncmp(line, deviations[i].line, name) &&
            (deviations[i].core < 0 || deviations[i].core == core)) {
            return &deviations[i];
        }
    }
    return NULL;
}

static char *run_qemu(const char *core, const char *program)
{
    static char text[TEXT_MAX];
    char command[1024];
    const char *board = strcmp(core, "cm7") != 0 ? "mps2-an386" : "mps2-an500";

    snprintf(command, sizeof(command),
             "timeout 900 qemu-system-arm -M %s -nographic -monitor none -serial stdio "
             "-icount shift=4 -semihosting -kernel %s/%s_%s_mps2.elf </dev/null",
             board, DUO_FW_DIR, program, core);
    FILE *f = popen(command, "r");
    if (!f) {
        return NULL;
    }
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    text[n] = 0;
    pclose(f);
    return n ? text : NULL;
}

static char *take_line(char **at)
{
    char *line = *at, *end = line ? strchr(line, '\n') : NULL;

    if (!end) {
        return NULL;
    }
    *end = 0;
    *at = end + 1;
    return line;
}

static const char *value_of(const char *line)
{
    const char *eq = strstr(line, " = ");

    return eq ? eq + 3 : "";
}

static unsigned check_deviation(const struct deviation *d, const char *line)
{
    if (strcmp(value_of(line), d->ours) == 0) {
        return 0;
    }
    printf("%s: expected %s (%s)\n", line, d->ours, d->why);
    return 1;
}

/* Both texts line by line; a line that starts with "emu." is missing in QEMU's. */
static unsigned compare(char *ours, char *theirs, int core)
{
    unsigned wrong = 0, lines = 0;
    char *line;

    while ((line = take_line(&ours))) {
        const struct deviation *d = find_deviation(line, core);
        char *other = strncmp(line, "emu.", 4) ? take_line(&theirs) : NULL;
        lines++;
        if (d) {
            wrong += check_deviation(d, line);
        } else if (!other || strcmp(line, other) != 0) {
            printf("duoemu: %s\nQEMU:   %s\n", line, other ? other : "(nothing)");
            wrong++;
        }
    }
    if (take_line(&theirs)) {
        printf("QEMU printed more lines\n");
        wrong++;
    }
    printf("%u lines compared, %u wrong\n", lines, wrong);
    return lines < 100 ? wrong + 1 : wrong; /* a run that broke off early proves nothing */
}

int main(int argc, char **argv)
{
    static struct cpu_machine t;

    if (argc != 3) {
        fprintf(stderr, "usage: test_cpu_qemu cm7|cm4 cpu|fuzz\n");
        return 2;
    }
    char name[32];
    snprintf(name, sizeof(name), "%s_%s", argv[2], argv[1]);
    if (system("command -v qemu-system-arm >/dev/null")) {
        fprintf(stderr, "skipped: qemu-system-arm is not installed\n");
        return 77;
    }
    cpu_machine_open(&t, 0);
    t.until = "END";
    cpu_machine_load(&t, name);
    machine_power_on(t.m);
    enum machine_stop why = machine_run(t.m, 5 * VT_S);
    char *theirs = run_qemu(argv[1], argv[2]);
    unsigned wrong = why != M_USER;
    if (wrong) {
        printf("duoemu did not get to the end: %s\n%s\n", t.last_note, t.text);
    }
    wrong += theirs ? compare(t.text, theirs, strcmp(argv[1], "cm7") != 0 ? CM4 : CM7) : 1;
    if (t.features) {
        printf("features without a model were used: %s\n", t.last_note);
        wrong++;
    }
    cpu_machine_close(&t);
    return wrong != 0;
}
