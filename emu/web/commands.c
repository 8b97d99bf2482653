/* SPDX-License-Identifier: MIT */
/* What the page, or a script, asks of the board. */
#include "emu/web/parts.h"

#include "emu/cli/cli.h"

#include <string.h>

#define BUTTON "PC13" /* B1 of the Nucleo-H745ZI-Q (UM2408): high while pressed */

static const char *text_of(const json_t *message, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(message, name));

    return text ? text : otherwise;
}

/* ---- pins ---- */

static const char *drive(struct web *w, const json_t *message, int level)
{
    const char *pin = text_of(message, "pin", BUTTON);

    if (!gpio_drive(w->m->gpio, pin, level)) {
        return "there is no such pin; give one as PC13";
    }
    if (strcmp(pin, BUTTON) == 0) {
        w->pressed = level == 1;
    }
    return NULL;
}

static const char *press(struct web *w, const json_t *message)
{
    return drive(w, message, json_is_true(json_object_get(message, "low")) ? 0 : 1);
}

static const char *release(struct web *w, const json_t *message)
{
    return drive(w, message, -1);
}

/* A step that was begun does not end what comes after it. */
static void end_steps(struct web *w)
{
    sched_cancel(&w->m->sched, &w->step_end);
    if (w->stepping) {
        core_set_single_step(w->m->core[w->stepped], false);
        w->stepping = false;
    }
}

/* ---- reset and power ---- */

static const char *reset(struct web *w, const json_t *message)
{
    (void)message;
    if (w->unplugged) {
        return "the plug is pulled; plug it in";
    }
    machine_reset(w->m, RESET_PIN);
    return NULL;
}

static const char *unplug(struct web *w, const json_t *message)
{
    (void)message;
    if (w->unplugged) {
        return "the plug is pulled already";
    }
    end_steps(w);
    w->stopped = false;
    w->unplugged = true;
    flash_power_cut(w->m->flash, CUT_RANDOM);
    machine_power_cut(w->m);
    return NULL;
}

static const char *plug(struct web *w, const json_t *message)
{
    (void)message;
    if (!w->unplugged) {
        return "the board has power";
    }
    w->unplugged = false;
    return NULL;
}

/* ---- stop, go, step ---- */

static const char *stop(struct web *w, const json_t *message)
{
    (void)message;
    if (w->unplugged) {
        return "the plug is pulled; plug it in";
    }
    end_steps(w);
    w->stopped = true;
    machine_debug_stop(w->m);
    return NULL;
}

static const char *go(struct web *w, const json_t *message)
{
    (void)message;
    end_steps(w);
    w->stopped = false;
    return NULL;
}

static const char *step_core(struct web *w, const char *name)
{
    if (strcmp(name, "m7") != 0 && strcmp(name, "m4") != 0) {
        return "the cores are m7 and m4";
    }
    w->stepped = strcmp(name, "m7") == 0 ? CM7 : CM4;
    struct core *c = w->m->core[w->stepped];
    if (!c || core_held(c) || core_locked_up(c)) {
        return "this core executes nothing now";
    }
    core_set_single_step(c, true);
    w->stepping = true;
    w->stopped = false;
    return NULL;
}

static const char *step(struct web *w, const json_t *message)
{
    const char *core = text_of(message, "core", NULL), *time = text_of(message, "time", "1ms");
    vtime_t length;

    if (!w->stopped) {
        return "only a stopped board makes steps; stop it first";
    }
    end_steps(w);
    if (core) {
        return step_core(w, core);
    }
    if (!cli_parse_time(time, &length) || !length) {
        return "a step takes a time such as 1ms or 20us";
    }
    sched_at(&w->m->sched, &w->step_end, machine_now(w->m) + length);
    w->stopped = false;
    return NULL;
}

/* ---- lines ---- */

static const char *type(struct web *w, const json_t *message)
{
    const char *name = text_of(message, "uart", "USART3"), *text = text_of(message, "text", "");

    for (unsigned n = 1; n <= UARTS; n++) {
        struct web_line *l = &w->line[n];
        if (strcmp(uart_name(l->uart), name) == 0) {
            return web_line_type(l, text, strlen(text))
                       ? NULL
                       : "the line has not taken what was typed before; wait";
        }
    }
    return "there is no such line; give one as USART3";
}

static const char *quit(struct web *w, const json_t *message)
{
    (void)message;
    w->stopped = w->unplugged = false;
    machine_stop(w->m);
    return NULL;
}

const char *web_command(struct web *w, const json_t *message)
{
    static const struct {
        const char *name;
        const char *(*run)(struct web *w, const json_t *message);
    } commands[] = {{"press", press}, {"release", release}, {"reset", reset}, {"unplug", unplug},
                    {"plug", plug},   {"stop", stop},       {"go", go},       {"step", step},
                    {"type", type},   {"quit", quit}};
    const char *name = text_of(message, "do", "");

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            w->came = true;
            w->state_ns = 0; /* what has changed is shown at once */
            return commands[i].run(w, message);
        }
    }
    return "do is one of press, release, reset, unplug, plug, stop, go, step, type, quit";
}
