/* SPDX-License-Identifier: MIT */
/* What the page shows, ten times a second. */
#include "emu/web/parts.h"

#include <stdio.h>
#include <string.h>

/* Nucleo-H745ZI-Q (UM2408): the user LEDs and the user button. */
static const struct {
    const char *pin, *name, *color;
} leds[] = {{"PB0", "LD1", "green"}, {"PE1", "LD2", "yellow"}, {"PB14", "LD3", "red"}};

/* ---- cores ---- */

static const char *core_doing(const struct web *w, enum core_id id)
{
    const struct core *c = w->m->core[id];

    if (w->unplugged) {
        return "off";
    }
    if (!c) {
        return "absent";
    }
    if (core_held(c)) {
        return "held";
    }
    if (core_locked_up(c)) {
        return "locked up";
    }
    if (core_power(c) != POWER_RUN) {
        return core_power(c) == POWER_SLEEP ? "sleeping" : "in stop";
    }
    if (w->m->clk[id].waiting && w->m->clk[id].stalled_until == VT_NEVER) {
        return "waits for the flash";
    }
    return w->stopped ? "stopped" : "running";
}

static json_t *core_json(const struct web *w, enum core_id id)
{
    char where[160] = "", pc[16] = "";
    const struct core *c = w->m->core[id];

    if (c && !w->unplugged && !core_held(c)) {
        uint32_t at = core_reg(c, REG_PC);
        snprintf(pc, sizeof(pc), "0x%08x", at);
        board_symbol(w->board, (int)id, at, where, sizeof(where));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "name", id == CM7 ? "M7" : "M4", "doing",
                     core_doing(w, id), "pc", pc, "where", where, "hz",
                     (json_int_t)w->m->clk[id].hz, "cycles", (json_int_t)(c ? core_insns(c) : 0));
}

/* ---- the rest of the board ---- */

static json_t *clocks_json(const struct web *w)
{
    const struct rcc *r = w->m->rcc;

    return json_pack("{s:I, s:I, s:I, s:I}", "system", (json_int_t)rcc_hz(r, CLK_SYS), "bus",
                     (json_int_t)rcc_hz(r, CLK_HCLK), "apb1", (json_int_t)rcc_hz(r, CLK_PCLK1),
                     "apb2", (json_int_t)rcc_hz(r, CLK_PCLK2));
}

static json_t *leds_json(const struct web *w)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < sizeof(leds) / sizeof(leds[0]); i++) {
        bool on = !w->unplugged && gpio_level(w->m->gpio, leds[i].pin) == 1;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "pin", leds[i].pin, "name",
                                              leds[i].name, "color", leds[i].color, "on", on));
    }
    return list;
}

static json_t *lines_json(const struct web *w)
{
    json_t *list = json_array();

    for (unsigned n = 1; list && n <= UARTS; n++) {
        const struct web_line *l = &w->line[n];
        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "name", uart_name(l->uart), "baud",
                                              (json_int_t)uart_baud(l->uart), "sent",
                                              (json_int_t)l->sent));
    }
    return list;
}

json_t *web_state(struct web *w)
{
    struct flash_counts n = flash_counts(w->m->flash);

    web_flash_look(&w->flash);
    return json_pack("{s:s, s:f, s:s, s:b, s:[o, o], s:o, s:o, s:o, s:o, s:o, s:[I, I], s:[I, I]}",
                     "type", "state", "time", (double)machine_now(w->m) / (double)VT_S, "power",
                     w->unplugged ? "off"
                     : w->stopped ? "stopped"
                                  : "on",
                     "pressed", w->pressed, "cores", core_json(w, CM7), core_json(w, CM4), "clocks",
                     clocks_json(w), "leds", leds_json(w), "uarts", lines_json(w), "flash",
                     web_flash_json(&w->flash), "journal", web_journal_json(&w->flash), "programs",
                     (json_int_t)n.programs[0], (json_int_t)n.programs[1], "erases",
                     (json_int_t)n.erases[0], (json_int_t)n.erases[1]);
}
