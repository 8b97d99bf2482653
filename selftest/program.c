/* SPDX-License-Identifier: MIT */
/* What the questions before, in and after a swap of the banks do with the flash. */
#include "selftest/ask.h"

enum duo_status program_word(struct duo_flash *flash, uint32_t addr, uint32_t *sr2)
{
    static const uint8_t bytes[DUO_WORD_SIZE] = {PROBE_BYTE};
    enum duo_status status = flash->begin_program(flash->ctx, addr, bytes);

    *sr2 = REG(FLASH, SR2);
    if (status != DUO_OK) {
        return status;
    }
    do {
        status = flash->poll(flash->ctx, addr);
    } while (status == DUO_E_BUSY);
    return status;
}
