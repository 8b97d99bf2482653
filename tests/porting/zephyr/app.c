/* SPDX-License-Identifier: MIT */
/* Calls what every thread of an application calls; the linker then wants what that needs. */
#include "duo/duo.h"

void app(void);

void app(void)
{
    struct duo_update_progress progress;

    duo_mailbox_start();
    (void)duo_confirm();
    (void)duo_service();
    (void)duo_update_begin();
    (void)duo_update_poll(0);
    (void)duo_update_work(0);
    duo_update_look(&progress);
}
