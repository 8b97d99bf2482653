/* SPDX-License-Identifier: MIT */
#include "emu/cli/powercut.h"

#include "emu/cli/cli.h"

#include <stdio.h>
#include <string.h>

static const char *const outcome_names[] = {
    [CUT_RANDOM] = "random",         [CUT_UNTOUCHED] = "untouched", [CUT_COMPLETE] = "complete",
    [CUT_DOUBLE] = "double",         [CUT_SINGLE] = "single",       [CUT_BLANK] = "blank",
    [CUT_TORN_ERASE] = "torn-erase", [CUT_MARGINAL] = "marginal",   [CUT_FACTORY] = "factory",
};

enum { OUTCOMES = sizeof(outcome_names) / sizeof(outcome_names[0]) };

const char *cut_outcome_name(enum cut_outcome outcome)
{
    return outcome_names[outcome];
}

bool cut_outcome_parse(const char *name, enum cut_outcome *outcome)
{
    for (unsigned i = 0; i < OUTCOMES; i++) {
        if (strcmp(name, outcome_names[i]) == 0) {
            *outcome = (enum cut_outcome)i;
            return true;
        }
    }
    return false;
}

static bool parse_part(struct power_cut *cut, const char *part, bool *when)
{
    if (strncmp(part, "at=", 3) == 0) {
        return *when = cli_parse_time(part + 3, &cut->at);
    }
    if (strncmp(part, "flash-op=", 9) == 0) {
        cut->by_op = true;
        return *when = cli_parse_u64(part + 9, &cut->op) && cut->op > 0;
    }
    return strncmp(part, "outcome=", 8) == 0 && cut_outcome_parse(part + 8, &cut->outcome);
}

bool power_cut_parse(struct power_cuts *cuts, const char *text)
{
    struct power_cut cut = {.outcome = CUT_RANDOM};
    char copy[128], *save = NULL;
    bool when = false, good = strlen(text) < sizeof(copy) && cuts->count < POWERCUT_MAX;

    if (good) {
        snprintf(copy, sizeof(copy), "%s", text);
    }
    for (char *part = good ? strtok_r(copy, ",", &save) : NULL; good && part;
         part = strtok_r(NULL, ",", &save)) {
        good = parse_part(&cut, part, &when);
    }
    if (!good || !when) {
        cli_error("--power-cut takes at=TIME or flash-op=N (from 1), then perhaps "
                  ",outcome=random|untouched|complete|double|"
                  "single|blank|torn-erase|marginal|factory, at most %d times; not '%s'",
                  POWERCUT_MAX, text);
        return false;
    }
    cuts->list[cuts->count++] = cut;
    return true;
}

static void cut_now(void *arg)
{
    struct power_cuts *cuts = arg;

    flash_power_cut(cuts->m->flash, cuts->list[cuts->next - 1].outcome);
    machine_power_cut(cuts->m);
}

void power_cut_arm(struct power_cuts *cuts, struct machine *m)
{
    if (cuts->next == cuts->count) {
        return;
    }
    const struct power_cut *cut = &cuts->list[cuts->next++];
    cuts->m = m;
    if (cut->by_op) {
        flash_cut_at_op(m->flash, cut->op, cut->outcome);
        return;
    }
    sched_event_init(&cuts->event, "--power-cut", cut_now, cuts);
    sched_at(&m->sched, &cuts->event, cut->at > m->now ? cut->at : m->now);
}
