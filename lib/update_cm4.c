/* SPDX-License-Identifier: MIT */
/* The update session on the M4: bytes and wishes go to the M7. */
#include "duo/duo.h"
#include "lib/request.h"
#include "lib/shared.h"
#include "port/stm32h7/backup.h"
#include "port/stm32h7/cpu.h"

static uint32_t asked; /* the request that waits for its answer; 0: none */
static uint32_t number;

static void post(uint32_t kind)
{
    number += REQUEST_STEP;
    asked = number | kind;
    SHARED->request = asked;
}

/* BUSY until the M7 has answered this request, or the one before it, of another kind. */
static enum duo_status ask(uint32_t kind)
{
    if (cpu_exception() != 0) {
        return DUO_E_INTERRUPT;
    }
    if (!shared_ready()) {
        return DUO_E_STATE;
    }
    if (asked == 0) {
        post(kind);
    }
    if (SHARED->answered != asked) {
        return DUO_E_BUSY;
    }
    cpu_dsb(); /* the number before the answer it announces */
    const bool mine = (asked & REQUEST_KIND) == kind;
    asked = 0;
    if (mine) {
        return (enum duo_status)SHARED->answer;
    }
    post(kind);
    return DUO_E_BUSY;
}

enum duo_status duo_update_begin(void)
{
    return ask(REQUEST_BEGIN);
}

enum duo_status duo_update_resume(void)
{
    return ask(REQUEST_RESUME);
}

void duo_update_abort(void)
{
    (void)ask(REQUEST_ABORT);
}

enum duo_status duo_update_install(bool now)
{
    const enum duo_status status = ask(REQUEST_INSTALL);

    if (status == DUO_OK && now) {
        system_reset();
    }
    return status;
}

enum duo_status duo_update_next(void)
{
    return ask(REQUEST_NEXT);
}

enum duo_status duo_update_buffer(void *buffer, size_t size)
{
    (void)buffer;
    (void)size;
    return DUO_E_M7_ONLY;
}

enum duo_status duo_update_poll(uint32_t budget_us)
{
    (void)budget_us; /* the M7 spends its own */
    if (!shared_ready() || SHARED->owner == OWNER_NONE) {
        return DUO_E_STATE;
    }
    if (SHARED->progress.phase == DUO_UPDATE_FAILED) {
        return (enum duo_status)SHARED->progress.error;
    }
    return SHARED->head == SHARED->tail ? DUO_OK : DUO_E_BUSY;
}

enum duo_status duo_flash_guard(unsigned banks)
{
    (void)banks;
    return DUO_E_M7_ONLY;
}

enum duo_status duo_clock(uint32_t (*now_ms)(void))
{
    (void)now_ms;
    return DUO_E_M7_ONLY;
}

enum duo_status duo_update_work(uint32_t window_ms)
{
    (void)window_ms;
    return DUO_E_M7_ONLY;
}
