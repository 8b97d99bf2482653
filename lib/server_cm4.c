/* SPDX-License-Identifier: MIT */
/* The SMP server is the M7's: the update session's work and the journal are there. */
#include "duo/duo.h"

enum duo_status duo_server_start(void *buffer, size_t size)
{
    (void)buffer;
    (void)size;
    return DUO_E_M7_ONLY;
}

bool duo_server_input(const void *bytes, size_t n, uint32_t now_ms)
{
    (void)bytes;
    (void)n;
    (void)now_ms;
    return false;
}

void duo_server_work(uint32_t now_ms)
{
    (void)now_ms;
}

size_t duo_server_output(void *bytes, size_t max)
{
    (void)bytes;
    (void)max;
    return 0;
}

bool duo_server_active(uint32_t now_ms)
{
    (void)now_ms;
    return false;
}

bool duo_server_wants_reset(void)
{
    return false;
}

void duo_server_reset(void)
{
    duo_restart();
}
