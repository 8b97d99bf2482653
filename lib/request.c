/* SPDX-License-Identifier: MIT */
#include "duo/duo.h"
#include "port/stm32h7/backup.h"

_Noreturn void duo_enter_recovery(void)
{
    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_RECOVERY);
    system_reset();
}

_Noreturn void duo_rollback(void)
{
    backup_write(DUO_REQUEST_REGISTER, DUO_REQUEST_ROLLBACK);
    system_reset();
}

_Noreturn void duo_restart(void)
{
    system_reset();
}
